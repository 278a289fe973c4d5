import type { HTTPIngressPath, Ingress, IngressBackend, IngressServiceBackend } from '#api/types/networking-v1';
import { invalidEach } from '../../core/v1/pod/checks.ts';
import { child, type FieldError, index, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { isDns1035Label, isDns1123Subdomain, isIpAddress, isPortName, isPortNumber, isWildcardDns1123Subdomain } from '../../machinery/names.ts';

const CLASS = 'kubernetes.io/ingress.class';
const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];

/** What is wrong with an Ingress. */
export function validateIngress({ spec }: Ingress): FieldError[] {
  const errors: FieldError[] = [];
  const { rules = [], defaultBackend, tls, ingressClassName } = spec ?? {};
  if (!rules.length && !defaultBackend) errors.push(invalid('spec', rules, 'either `defaultBackend` or `rules` must be specified'));
  if (defaultBackend) errors.push(...validateBackend(defaultBackend, 'spec.defaultBackend'));
  for (const [i, { host, http }] of rules.entries()) {
    const at = index('spec.rules', i);
    if (host) errors.push(...hostErrors(host, child(at, 'host')));
    if (!http) continue;
    if (!http.paths?.length) errors.push(required(child(at, 'http', 'paths')));
    for (const [j, path] of (http.paths ?? []).entries()) errors.push(...validatePath(path, index(child(at, 'http', 'paths'), j)));
  }
  for (const [i, { hosts }] of (tls ?? []).entries()) {
    const at = child(index('spec.tls', i), 'hosts');
    for (const [j, host] of (hosts ?? []).entries()) errors.push(...nameErrors(host, index(at, j)));
  }
  if (ingressClassName !== undefined) errors.push(...invalidEach('spec.ingressClassName', ingressClassName, isDns1123Subdomain(ingressClassName)));
  return errors;
}

/** The class is said once: by the annotation or by the field. */
export function validateNewIngress(ingress: Ingress): FieldError[] {
  const annotated = ingress.metadata.annotations?.[CLASS];
  const isTwice = annotated !== undefined && ingress.spec?.ingressClassName !== undefined;
  const errors = isTwice ? [invalid(child('annotations', CLASS), annotated, 'can not be set when the class field is also set')] : [];
  return [...errors, ...validateIngress(ingress)];
}

function hostErrors(host: string, path: string): FieldError[] {
  const isAddress = isIpAddress(host).length === 0;
  return [...(isAddress ? [invalid(path, host, 'must be a DNS name, not an IP address')] : []), ...nameErrors(host, path)];
}
function nameErrors(host: string, path: string): FieldError[] {
  return invalidEach(path, host, host.includes('*') ? isWildcardDns1123Subdomain(host) : isDns1123Subdomain(host));
}

function validatePath({ path: target = '', pathType, backend }: HTTPIngressPath, path: string): FieldError[] {
  if (!pathType) return [required(child(path, 'pathType'), 'pathType must be specified')];
  const at = child(path, 'path');
  const errors: FieldError[] = [];
  if (pathType === 'Exact' || pathType === 'Prefix') errors.push(...pathErrors(target, at));
  else if (pathType === 'ImplementationSpecific') {
    if (target && !target.startsWith('/')) errors.push(invalid(at, target, 'must be an absolute path'));
  } else errors.push(notSupported(child(path, 'pathType'), pathType, PATH_TYPES));
  return [...errors, ...validateBackend(backend, child(path, 'backend'))];
}

function pathErrors(target: string, path: string): FieldError[] {
  const errors = target.startsWith('/') ? [] : [invalid(path, target, 'must be an absolute path')];
  if (!target) return errors;
  for (const part of ['//', '/./', '/../', '%2f', '%2F']) if (target.includes(part)) errors.push(invalid(path, target, `must not contain '${part}'`));
  for (const end of ['/..', '/.']) if (target.endsWith(end)) errors.push(invalid(path, target, `cannot end with '${end}'`));
  return errors;
}

function validateBackend({ service, resource }: IngressBackend, path: string): FieldError[] {
  if (service && resource) return [invalid(path, '', 'cannot set both resource and service backends')];
  if (service) return validateServiceBackend(service, path);
  if (!resource) return [invalid(path, '', 'resource or service backend is required')];
  return (['kind', 'name'] as const).flatMap((field) => (resource[field] ? [] : [required(child(path, 'resource', field))]));
}

function validateServiceBackend({ name, port }: IngressServiceBackend, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!name) errors.push(required(child(path, 'service', 'name')));
  else errors.push(...invalidEach(child(path, 'service', 'name'), name, isDns1035Label(name)));
  const at = child(path, 'service', 'port');
  if (port?.name && port.number) return [...errors, invalid(path, '', 'cannot set both port name & port number')];
  if (port?.name) return [...errors, ...invalidEach(child(at, 'name'), port.name, isPortName(port.name))];
  if (port?.number) return [...errors, ...invalidEach(child(at, 'number'), port.number, isPortNumber(port.number))];
  return [...errors, required(path, 'port name or number is required')];
}

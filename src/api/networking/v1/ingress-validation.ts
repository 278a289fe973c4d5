import type {
  HTTPIngressPath,
  HTTPIngressRuleValue,
  Ingress,
  IngressBackend,
  IngressRule,
  IngressServiceBackend,
  IngressSpec,
  IngressTLS,
} from '#api/types/networking-v1';
import { invalidEach } from '../../core/v1/pod/checks.ts';
import { child, type FieldError, index, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { parseIp, validateLegacyIp } from '../../machinery/ip-address.ts';
import { isDns1123Label, isDns1123Subdomain, isPathSegmentName, isPortName, isPortNumber, isWildcardDns1123Subdomain } from '../../machinery/names.ts';

const CLASS = 'kubernetes.io/ingress.class';
const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
const NO_ADDRESS = 'must be a DNS name, not an IP address';

/** What an Ingress may keep that a new one may not have. */
interface Leniency {
  readonly allowsSecretNames: boolean;
  readonly allowsWildcardRules: boolean;
}
const STRICT: Leniency = { allowsSecretNames: false, allowsWildcardRules: false };

/** What is wrong with a new Ingress; follows pkg/apis/networking/validation. */
export function validateNewIngress(ingress: Ingress): FieldError[] {
  const errors = validateSpec(ingress.spec ?? {}, STRICT);
  const annotated = ingress.metadata.annotations?.[CLASS];
  const named = ingress.spec?.ingressClassName;
  if (annotated !== undefined && named !== undefined && annotated !== named) {
    errors.push(invalid(child('annotations', CLASS), annotated, 'must match `ingressClassName` when both are specified'));
  }
  return errors;
}

/** What is wrong with an Ingress that replaces `old`: mistakes of earlier versions may stay. */
export function validateIngressUpdate({ spec }: Ingress, old: Ingress): FieldError[] {
  return validateSpec(spec ?? {}, {
    allowsSecretNames: (old.spec?.tls ?? []).some(({ secretName }) => secretErrors(secretName, '').length > 0),
    allowsWildcardRules: (old.spec?.rules ?? []).some((rule) => rule.host?.includes('*') && ruleErrors(rule.http, '').length > 0),
  });
}

/** What is wrong with an Ingress' status. */
export function validateIngressStatus({ status }: Ingress, old: Ingress): FieldError[] {
  const known = (old.status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip);
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }, i) => {
    const at = index('status.loadBalancer.ingress', i);
    const errors = ip && !known.includes(ip) ? validateLegacyIp(child(at, 'ip'), ip) : [];
    if (!hostname) return errors;
    errors.push(...invalidEach(child(at, 'hostname'), hostname, isDns1123Subdomain(hostname)));
    if (parseIp(hostname)) errors.push(invalid(child(at, 'hostname'), hostname, NO_ADDRESS));
    return errors;
  });
}

function validateSpec({ rules = [], defaultBackend, tls, ingressClassName }: IngressSpec, leniency: Leniency): FieldError[] {
  const errors: FieldError[] = [];
  if (!rules.length && !defaultBackend) errors.push(invalid('spec', null, 'either `defaultBackend` or `rules` must be specified'));
  if (defaultBackend) errors.push(...validateBackend(defaultBackend, 'spec.defaultBackend'));
  errors.push(...rules.flatMap((rule, i) => validateRule(rule, index('spec.rules', i), leniency)));
  errors.push(...(tls ?? []).flatMap((each, i) => validateTls(each, index('spec.tls', i), leniency)));
  if (ingressClassName !== undefined) errors.push(...invalidEach('spec.ingressClassName', ingressClassName, isDns1123Subdomain(ingressClassName)));
  return errors;
}

function validateRule({ host, http }: IngressRule, path: string, leniency: Leniency): FieldError[] {
  const errors: FieldError[] = [];
  if (host && parseIp(host)) errors.push(invalid(child(path, 'host'), host, NO_ADDRESS));
  if (host) errors.push(...hostErrors(host, child(path, 'host')));
  return host?.includes('*') && leniency.allowsWildcardRules ? errors : [...errors, ...ruleErrors(http, path)];
}

function ruleErrors(http: HTTPIngressRuleValue | undefined, path: string): FieldError[] {
  if (!http) return [];
  const at = child(path, 'http', 'paths');
  if (!http.paths?.length) return [required(at)];
  return http.paths.flatMap((each, i) => validatePath(each, index(at, i)));
}

function validateTls({ hosts, secretName }: IngressTLS, path: string, leniency: Leniency): FieldError[] {
  const errors = (hosts ?? []).flatMap((host, i) => hostErrors(host, index(child(path, 'hosts'), i)));
  return leniency.allowsSecretNames ? errors : [...errors, ...secretErrors(secretName, child(path, 'secretName'))];
}

function secretErrors(name: string | undefined, path: string): FieldError[] {
  return name ? invalidEach(path, name, isDns1123Subdomain(name)) : [];
}

function hostErrors(host: string, path: string): FieldError[] {
  return invalidEach(path, host, host.includes('*') ? isWildcardDns1123Subdomain(host) : isDns1123Subdomain(host));
}

function validatePath({ path: target = '', pathType, backend }: HTTPIngressPath, path: string): FieldError[] {
  // Absent, it is null.
  if (pathType === undefined || pathType === null) return [required(child(path, 'pathType'), 'pathType must be specified')];
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
  for (const part of ['//', '/./', '/../', '%2f', '%2F']) if (target.includes(part)) errors.push(invalid(path, target, `must not contain '${part}'`));
  for (const end of ['/..', '/.']) if (target.endsWith(end)) errors.push(invalid(path, target, `cannot end with '${end}'`));
  return errors;
}

function validateBackend({ service, resource }: IngressBackend, path: string): FieldError[] {
  if (service && resource) return [invalid(path, '', 'cannot set both resource and service backends')];
  if (resource) return validateTypedReference(resource, child(path, 'resource'));
  return service ? validateServiceBackend(service, path) : [invalid(path, '', 'resource or service backend is required')];
}

/** A reference to an object of some kind in the same namespace. */
export function validateTypedReference(
  { apiGroup, kind, name }: { apiGroup?: string | null | undefined; kind?: string | undefined; name?: string | undefined },
  path: string,
): FieldError[] {
  // Go writes a missing group as null.
  const errors = apiGroup === undefined || apiGroup === null ? [] : invalidEach(child(path, 'apiGroup'), apiGroup, isDns1123Subdomain(apiGroup));
  for (const [field, value] of Object.entries({ kind, name })) {
    if (value) errors.push(...invalidEach(child(path, field), value, isPathSegmentName(value)));
    else errors.push(required(child(path, field)));
  }
  return errors;
}

function validateServiceBackend({ name, port }: IngressServiceBackend, path: string): FieldError[] {
  const at = child(path, 'service');
  const errors = name ? invalidEach(child(at, 'name'), name, isDns1123Label(name)) : [required(child(at, 'name'))];
  if (port?.name && port.number) return [...errors, invalid(path, '', 'cannot set both port name & port number')];
  if (port?.name) return [...errors, ...invalidEach(child(at, 'port', 'name'), port.name, isPortName(port.name))];
  if (port?.number) return [...errors, ...invalidEach(child(at, 'port', 'number'), port.number, isPortNumber(port.number))];
  return [...errors, required(path, 'port name or number is required')];
}

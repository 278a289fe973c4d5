import type { IngressClass, IngressClassParametersReference } from '#api/types/networking-v1';
import { invalidEach } from '../../core/v1/pod/checks.ts';
import { child, type FieldError, forbidden, invalid, notSupported, required, tooLong } from '../../machinery/field-error.ts';
import { isDns1123Label, isDns1123Subdomain, regexError } from '../../machinery/names.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';
import { validateTypedReference } from './ingress-validation.ts';

const MAX_CONTROLLER_LENGTH = 250;
const HTTP_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const HTTP_PATH_RE = new RegExp(`^${HTTP_PATH}$`);

/** What is wrong with an IngressClass. */
export function validateIngressClass({ spec }: IngressClass): FieldError[] {
  const controller = spec?.controller;
  const errors: FieldError[] = [];
  if (!controller) errors.push(required('spec.controller'));
  else {
    if (Buffer.byteLength(controller) > MAX_CONTROLLER_LENGTH) errors.push(tooLong('spec.controller', MAX_CONTROLLER_LENGTH));
    errors.push(...domainPrefixedPath('spec.controller', controller));
  }
  return spec?.parameters ? [...errors, ...validateParameters(spec.parameters, 'spec.parameters')] : errors;
}

/** Its controller is for ever. */
export function validateIngressClassUpdate(object: IngressClass, old: IngressClass): FieldError[] {
  return validateImmutable(object.spec?.controller ?? '', old.spec?.controller ?? '', 'spec.controller');
}

function domainPrefixedPath(path: string, value: string): FieldError[] {
  const slash = value.indexOf('/');
  const [host, rest] = [value.slice(0, slash), value.slice(slash + 1)];
  if (slash < 1 || !rest) return [invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const errors = invalidEach(path, host, isDns1123Subdomain(host));
  return HTTP_PATH_RE.test(rest) ? errors : [...errors, invalid(path, rest, regexError('Invalid path', HTTP_PATH))];
}

function validateParameters(parameters: IngressClassParametersReference, path: string): FieldError[] {
  const { scope, namespace } = parameters;
  const errors = validateTypedReference(parameters, path);
  const at = child(path, 'namespace');
  if (scope === undefined) return [...errors, required(child(path, 'scope'))];
  if (scope === 'Cluster') return namespace === undefined ? errors : [...errors, forbidden(at, "`parameters.scope` is set to 'Cluster'")];
  if (scope !== 'Namespace') return [...errors, notSupported(child(path, 'scope'), scope, ['Cluster', 'Namespace'])];
  if (namespace === undefined) return [...errors, required(at, "`parameters.scope` is set to 'Namespace'")];
  return [...errors, ...invalidEach(at, namespace, isDns1123Label(namespace))];
}

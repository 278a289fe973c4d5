import type { IngressClass, IngressClassParametersReference } from '#api/types/networking-v1';
import { invalidEach } from '../../core/v1/pod/checks.ts';
import { validateDomainPrefixedPath } from '../../machinery/domain-prefixed-path.ts';
import { child, type FieldError, forbidden, notSupported, required, tooLong } from '../../machinery/field-error.ts';
import { isDns1123Label } from '../../machinery/names.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';
import { validateTypedReference } from './ingress-validation.ts';

const MAX_CONTROLLER_LENGTH = 250;

/** What is wrong with an IngressClass. */
export function validateIngressClass({ spec }: IngressClass): FieldError[] {
  const controller = spec?.controller;
  const errors: FieldError[] = [];
  if (!controller) errors.push(required('spec.controller'));
  else {
    if (Buffer.byteLength(controller) > MAX_CONTROLLER_LENGTH) errors.push(tooLong('spec.controller', MAX_CONTROLLER_LENGTH));
    errors.push(...validateDomainPrefixedPath(controller, 'spec.controller'));
  }
  return spec?.parameters ? [...errors, ...validateParameters(spec.parameters, 'spec.parameters')] : errors;
}

/** Its controller is for ever. Judges the whole. */
export function validateIngressClassUpdate(object: IngressClass, old: IngressClass): FieldError[] {
  return [...validateImmutable(object.spec?.controller ?? '', old.spec?.controller ?? '', 'spec.controller'), ...validateIngressClass(object)];
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

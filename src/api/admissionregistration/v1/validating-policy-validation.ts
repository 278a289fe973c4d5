/** Validating policies and their bindings. Follows ValidateValidatingAdmissionPolicy(Binding) of pkg/apis/admissionregistration/validation. */
import type {
  AuditAnnotation,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicyStatus,
  Validation,
} from '#api/types/admissionregistration-v1';
import { duplicate, type FieldError, index, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { isQualifiedName } from '../../machinery/names.ts';
import { validateConditions } from '../../policy/v1/validation.ts';
import { matchConditionErrors } from './condition-validation.ts';
import { checkExpression, type ExpressionContext } from './expressions.ts';
import {
  failurePolicyErrors,
  matchConstraintsErrors,
  matchResourcesErrors,
  paramKindErrors,
  paramRefErrors,
  policyNameErrors,
  variablesErrors,
} from './match-validation.ts';

const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const ACTIONS = ['Audit', 'Deny', 'Warn'];
const MAX_ANNOTATIONS = 20;
const MAX_ANNOTATION_LENGTH = 5 * 1024;

/** What is wrong with a policy. `old` is what it replaces: conditions that did not change are not looked at again. */
export function validateValidatingPolicy(policy: ValidatingAdmissionPolicy, old?: ValidatingAdmissionPolicy): FieldError[] {
  const { paramKind, matchConstraints, matchConditions, variables, validations, auditAnnotations, failurePolicy } = policy.spec;
  const hasParams = paramKind !== undefined;
  const errors = [
    ...failurePolicyErrors(failurePolicy),
    ...paramKindErrors(paramKind, 'spec.paramKind'),
    ...matchConstraintsErrors(matchConstraints, 'spec.matchConstraints'),
  ];
  if (!old || !haveSameConditions(policy.spec, old.spec)) {
    errors.push(...matchConditionErrors(matchConditions, 'spec.matchConditions', hasParams));
  }
  const types = {};
  errors.push(...variablesErrors(variables, 'spec.variables', hasParams, types));
  const context = { hasParams, variables: types };
  if (!validations?.length && !auditAnnotations?.length) {
    const text = 'validations or auditAnnotations must contain at least one item';
    return [...errors, required('spec.validations', text), required('spec.auditAnnotations', text)];
  }
  errors.push(...(validations ?? []).flatMap((validation, i) => validationErrors(validation, index('spec.validations', i), context)));
  return [...errors, ...annotationsErrors(auditAnnotations ?? [], policy, context)];
}

type Context = Pick<ExpressionContext, 'hasParams' | 'variables'>;
type Conditioned = Pick<ValidatingAdmissionPolicy['spec'], 'paramKind' | 'matchConditions'>;
/** Neither the conditions nor what they may speak of changed. */
export function haveSameConditions(spec: Conditioned, old: Conditioned): boolean {
  const part = ({ paramKind, matchConditions }: Conditioned): JsonValue => ({ k: paramKind ?? null, c: matchConditions ?? null }) as unknown as JsonValue;
  return jsonEqual(part(spec), part(old));
}

function validationErrors({ expression, message, messageExpression, reason }: Validation, path: string, context: Context): FieldError[] {
  const errors: FieldError[] = [];
  if (!expression.trim()) errors.push(required(`${path}.expression`, 'expression is not specified'));
  else errors.push(...checkExpression(expression, `${path}.expression`, { place: 'validation', ...context }));
  if (messageExpression) {
    const at = `${path}.messageExpression`;
    if (!messageExpression.trim()) errors.push(invalid(at, messageExpression, 'must be non-empty if specified'));
    else errors.push(...checkExpression(messageExpression, at, { place: 'message', ...context }));
  }
  if (message) {
    if (!message.trim()) errors.push(invalid(`${path}.message`, message, 'message must be non-empty if specified'));
    else if (/[\r\n]/.test(message.trim())) errors.push(invalid(`${path}.message`, message, 'message must not contain line breaks'));
  }
  if (reason !== undefined && !REASONS.includes(reason)) errors.push(notSupported(`${path}.reason`, reason, REASONS));
  return errors;
}

function annotationsErrors(annotations: readonly AuditAnnotation[], { metadata: { name = '' } }: ValidatingAdmissionPolicy, context: Context): FieldError[] {
  const path = 'spec.auditAnnotations';
  const errors: FieldError[] = [];
  if (annotations.length > MAX_ANNOTATIONS) errors.push(invalid(path, annotations, `must not have more than ${MAX_ANNOTATIONS} auditAnnotations`));
  const seen = new Set<string>();
  annotations.forEach((annotation, i) => {
    const { key } = annotation;
    const at = index(path, i);
    if (name) errors.push(...isQualifiedName(`${name}/${key}`).map((message) => invalid(`${at}.key`, `${name}/${key}`, message)));
    else errors.push(invalid(`${at}.key`, key, 'requires metadata.name be non-empty'));
    errors.push(...annotationValueErrors(annotation, `${at}.valueExpression`, context));
    if (seen.has(key)) errors.push(duplicate(`${at}.key`, key));
    seen.add(key);
  });
  return errors;
}

function annotationValueErrors({ valueExpression }: AuditAnnotation, path: string, context: Context): FieldError[] {
  const text = valueExpression.trim();
  if (!text) return [required(path, 'valueExpression is not specified')];
  if (Buffer.byteLength(text) > MAX_ANNOTATION_LENGTH) return [required(path, `must not exceed ${MAX_ANNOTATION_LENGTH} bytes in length`)];
  return checkExpression(valueExpression, path, { place: 'auditAnnotation', ...context });
}

/** What is wrong with a policy's status. */
export function validatePolicyStatus(status: ValidatingAdmissionPolicyStatus | undefined): FieldError[] {
  const warnings = status?.typeChecking?.expressionWarnings ?? [];
  const errors = warnings.flatMap(({ warning, fieldRef }, i) => {
    const at = index('status.typeChecking.expressionWarnings', i);
    return [...(warning ? [] : [required(`${at}.warning`)]), ...(fieldRef ? fieldRefErrors(fieldRef, `${at}.fieldRef`) : [required(`${at}.fieldRef`)])];
  });
  return [...errors, ...validateConditions(status?.conditions, 'status.conditions')];
}

function fieldRefErrors(fieldRef: string, path: string): FieldError[] {
  const bracket = /\[[^\]]*$/.exec(fieldRef);
  return bracket ? [invalid(path, fieldRef, 'invalid JSONPath: unterminated array')] : [];
}

/** What is wrong with a binding. */
export function validateValidatingBinding({ spec }: ValidatingAdmissionPolicyBinding): FieldError[] {
  return [
    ...policyNameErrors(spec.policyName),
    ...paramRefErrors(spec.paramRef, 'spec.paramRef'),
    ...matchResourcesErrors(spec.matchResources, 'spec.matchResources'),
    ...actionErrors((spec.validationActions as string[] | null | undefined) ?? []),
  ];
}

function actionErrors(actions: readonly string[]): FieldError[] {
  const path = 'spec.validationActions';
  const errors = actions.flatMap((action, i) => {
    const at = index(path, i);
    const faults = ACTIONS.includes(action) ? [] : [notSupported(at, action, ACTIONS)];
    return actions.indexOf(action) < i ? [...faults, duplicate(at, action)] : faults;
  });
  if (actions.includes('Deny') && actions.includes('Warn')) {
    const text = 'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    errors.push(invalid(path, actions, text));
  }
  return actions.length === 0 ? [...errors, required(path, 'at least one validation action is required')] : errors;
}

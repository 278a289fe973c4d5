/** Mutating policies and their bindings. Follows ValidateMutatingAdmissionPolicy(Binding) of pkg/apis/admissionregistration/validation. */
import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, Mutation } from '#api/types/admissionregistration-v1';
import { type FieldError, index, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { matchConditionErrors } from './condition-validation.ts';
import { checkExpression, type ExpressionContext } from './expressions.ts';
import {
  failurePolicyErrors,
  matchConstraintsErrors,
  matchResourcesErrors,
  mutatingOperationsErrors,
  paramKindErrors,
  paramRefErrors,
  policyNameErrors,
  variablesErrors,
} from './match-validation.ts';
import { haveSameConditions } from './validating-policy-validation.ts';

const REINVOCATION_POLICIES = ['IfNeeded', 'Never'];
const PATCH_FIELDS = { JSONPatch: 'jsonPatch', ApplyConfiguration: 'applyConfiguration' } as const;

/** What is wrong with a policy. `old` is what it replaces: conditions that did not change are not looked at again. */
export function validateMutatingPolicy({ spec }: MutatingAdmissionPolicy, old?: MutatingAdmissionPolicy): FieldError[] {
  const { paramKind, matchConstraints, matchConditions, variables, mutations, failurePolicy, reinvocationPolicy } = spec;
  const hasParams = paramKind !== undefined;
  const errors = [
    ...failurePolicyErrors(failurePolicy),
    ...paramKindErrors(paramKind, 'spec.paramKind'),
    ...matchConstraintsErrors(matchConstraints, 'spec.matchConstraints'),
    ...mutatingOperationsErrors(matchConstraints, 'spec.matchConstraints'),
  ];
  if (!old || !haveSameConditions(spec, old.spec)) {
    errors.push(...matchConditionErrors(matchConditions, 'spec.matchConditions', hasParams));
  }
  const types = {};
  errors.push(...variablesErrors(variables, 'spec.variables', hasParams, types));
  const context = { hasParams, variables: types };
  if (!mutations?.length) errors.push(required('spec.mutations', 'mutations must contain at least one item'));
  errors.push(...(mutations ?? []).flatMap((mutation, i) => mutationErrors(mutation, index('spec.mutations', i), context)));
  if (!reinvocationPolicy) errors.push(required('spec.reinvocationPolicy'));
  else if (!REINVOCATION_POLICIES.includes(reinvocationPolicy)) {
    errors.push(notSupported('spec.reinvocationPolicy', reinvocationPolicy, REINVOCATION_POLICIES));
  }
  return errors;
}

function mutationErrors(mutation: Mutation, path: string, context: Pick<ExpressionContext, 'hasParams' | 'variables'>): FieldError[] {
  const { patchType } = mutation;
  if (!patchType) return [required(`${path}.patchType`)];
  if (!Object.hasOwn(PATCH_FIELDS, patchType)) return [notSupported(`${path}.patchType`, patchType, Object.keys(PATCH_FIELDS).sort())];
  const field = PATCH_FIELDS[patchType];
  const other = field === 'jsonPatch' ? 'applyConfiguration' : 'jsonPatch';
  const patch = mutation[field];
  const errors: FieldError[] = [];
  if (!patch) errors.push(required(`${path}.${field}`, `must be specified when patchType is ${patchType}`));
  if (mutation[other]) errors.push(invalid(`${path}.${other}`, `{${other}}`, `must not be specified when patchType is ${patchType}`));
  if (!patch) return errors;
  const { expression = '' } = patch;
  const at = `${path}.${field}.expression`;
  return [...errors, ...(expression.trim() ? checkExpression(expression, at, { place: field, ...context }) : [required(at)])];
}

/** What is wrong with a binding. */
export function validateMutatingBinding({ spec }: MutatingAdmissionPolicyBinding): FieldError[] {
  return [
    ...policyNameErrors(spec.policyName),
    ...paramRefErrors(spec.paramRef, 'spec.paramRef'),
    ...matchResourcesErrors(spec.matchResources, 'spec.matchResources'),
    ...mutatingOperationsErrors(spec.matchResources, 'spec.matchResources'),
  ];
}

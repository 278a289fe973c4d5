/** What policies and bindings have in common. Follows pkg/apis/admissionregistration/validation. */
import type { MatchResources, NamedRuleWithOperations, ParamKind, ParamRef, Variable } from '#api/types/admissionregistration-v1';
import { duplicate, type FieldError, index, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { isDns1035Label, isDns1123Subdomain, isPathSegmentName } from '../../machinery/names.ts';
import { validateLabelSelector } from '../../machinery/selector.ts';
import { checkExpression } from './expressions.ts';
import { ruleErrors } from './rules-validation.ts';

const MATCH_POLICIES = ['Equivalent', 'Exact'];
const MUTATING_OPERATIONS = ['*', 'CONNECT', 'CREATE', 'UPDATE'];
const NOT_FOUND_ACTIONS = ['Deny', 'Allow'];
const CEL_NAME = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const CEL_RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(' '),
);

/** Which requests a policy or binding is about. */
export function matchResourcesErrors(match: MatchResources | undefined, path: string): FieldError[] {
  if (!match) return [];
  const { matchPolicy, namespaceSelector, objectSelector } = match;
  const errors: FieldError[] = [];
  if (matchPolicy === undefined) errors.push(required(`${path}.matchPolicy`));
  else if (!MATCH_POLICIES.includes(matchPolicy)) errors.push(notSupported(`${path}.matchPolicy`, matchPolicy, MATCH_POLICIES));
  for (const [name, selector] of Object.entries({ namespaceSelector, objectSelector })) {
    if (selector === undefined) errors.push(required(`${path}.${name}`));
    else errors.push(...validateLabelSelector(selector, `${path}.${name}`));
  }
  for (const list of ['resourceRules', 'excludeResourceRules'] as const) {
    match[list]?.forEach((rule, i) => errors.push(...namedRuleErrors(rule, index(`${path}.${list}`, i))));
  }
  return errors;
}

function namedRuleErrors(rule: NamedRuleWithOperations, path: string): FieldError[] {
  const names = rule.resourceNames ?? [];
  const errors = names.flatMap((name, i) => {
    const at = index(`${path}.resourceNames`, i);
    const faults = isPathSegmentName(name).map((message) => invalid(at, name, message));
    return names.indexOf(name) < i ? [...faults, duplicate(at, name)] : faults;
  });
  return [...errors, ...ruleErrors(rule, path)];
}

/** What a policy matches has to be said, and be more than nothing. */
export function matchConstraintsErrors(match: MatchResources | undefined, path: string): FieldError[] {
  if (!match) return [required(path)];
  const errors = matchResourcesErrors(match, path);
  return match.resourceRules?.length ? errors : [...errors, required(`${path}.resourceRules`)];
}

/** What is deleted cannot be changed. */
export function mutatingOperationsErrors(match: MatchResources | undefined, path: string): FieldError[] {
  const operations = (match?.resourceRules ?? []).flatMap((rule) => rule.operations ?? []);
  const wrong = operations.filter((operation) => !MUTATING_OPERATIONS.includes(operation));
  return wrong.map((operation) => notSupported(`${path}.resourceRules.operations`, operation, MUTATING_OPERATIONS));
}

/** The kind of a policy's parameters. */
export function paramKindErrors(paramKind: ParamKind | undefined, path: string): FieldError[] {
  if (!paramKind) return [];
  const { apiVersion = '', kind = '' } = paramKind;
  const errors = apiVersion ? groupVersionErrors(apiVersion, `${path}.apiVersion`) : [required(`${path}.apiVersion`)];
  const faults = isDns1035Label(kind.toLowerCase());
  if (!kind) errors.push(required(`${path}.kind`));
  else if (faults.length > 0) errors.push(invalid(`${path}.kind`, kind, `may have mixed case, but should otherwise match: ${faults.join(',')}`));
  return errors;
}

function groupVersionErrors(apiVersion: string, path: string): FieldError[] {
  const parts = apiVersion === '/' ? [''] : apiVersion.split('/');
  const version = parts.pop() ?? '';
  const [group = ''] = parts;
  if (parts.length > 1) return [invalid(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  const errors: FieldError[] = [];
  const groupFaults = group ? isDns1123Subdomain(group) : [];
  if (groupFaults.length > 0) errors.push(invalid(path, group, groupFaults.join(',')));
  const versionFaults = isDns1035Label(version);
  if (!version) errors.push(invalid(path, apiVersion, 'version must be specified'));
  else if (versionFaults.length > 0) errors.push(invalid(path, version, versionFaults.join(',')));
  return errors;
}

/** Which parameters a binding takes. */
export function paramRefErrors(reference: ParamRef | undefined, path: string): FieldError[] {
  if (!reference) return [];
  const { name, selector, parameterNotFoundAction: action } = reference;
  const errors: FieldError[] = [];
  if (name) {
    errors.push(...isPathSegmentName(name).map((message) => invalid(`${path}.name`, name, message)));
    if (selector) {
      const text = 'name and selector are mutually exclusive';
      errors.push(invalid(`${path}.name`, name, text), invalid(`${path}.selector`, selector, text));
    }
  }
  errors.push(...validateLabelSelector(selector, `${path}.selector`));
  if (!name && !selector) errors.push(required(path, 'one of name or selector must be specified'));
  if (!action) errors.push(required(`${path}.parameterNotFoundAction`));
  else if (!NOT_FOUND_ACTIONS.includes(action)) errors.push(notSupported(`${path}.parameterNotFoundAction`, action, NOT_FOUND_ACTIONS));
  return errors;
}

/** The policy a binding is of. */
export function policyNameErrors(name: string | undefined): FieldError[] {
  if (!name) return [required('spec.policyName')];
  return isDns1123Subdomain(name).map((message) => invalid('spec.policyName', name, message));
}

/** Named expressions that others may use: their types are added to `variables`. */
export function variablesErrors(list: readonly Variable[] | undefined, path: string, hasParams: boolean, variables: object): FieldError[] {
  return (list ?? []).flatMap(({ name, expression }, i) => {
    const at = index(path, i);
    const errors: FieldError[] = [];
    if (!name.trim()) errors.push(required(`${at}.name`, 'name is not specified'));
    else if (!CEL_NAME.test(name) || CEL_RESERVED.has(name)) errors.push(invalid(`${at}.name`, name, 'name is not a valid CEL identifier'));
    if (!expression.trim()) errors.push(required(`${at}.expression`, 'expression is not specified'));
    else errors.push(...checkExpression(expression, `${at}.expression`, { place: 'variable', hasParams, variables, name }));
    return errors;
  });
}

const FAILURE_POLICIES = ['Fail', 'Ignore'];

/** What to do when a policy cannot be evaluated. */
export function failurePolicyErrors(policy: string | undefined): FieldError[] {
  if (policy === undefined) return [required('spec.failurePolicy')];
  return FAILURE_POLICIES.includes(policy) ? [] : [notSupported('spec.failurePolicy', policy, FAILURE_POLICIES)];
}

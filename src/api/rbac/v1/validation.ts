import type { ClusterRole, ClusterRoleBinding, PolicyRule, RoleBinding, Subject } from '#api/types/rbac-v1';
import { child, type FieldError, index, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { goValue } from '../../machinery/go-value.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { isDns1123Subdomain, isPathSegmentName } from '../../machinery/names.ts';
import { validateLabelSelector } from '../../machinery/selector.ts';
import { RBAC_GROUP } from './subjects.ts';

/** Rules of a Role or ClusterRole: verbs, and either resources or (ClusterRoles only) URLs. */
export function validateRules(rules: readonly PolicyRule[] | undefined, isNamespaced: boolean): FieldError[] {
  return (rules ?? []).flatMap((rule, i) => validateRule(rule, isNamespaced, index('rules', i)));
}

function validateRule({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule, isNamespaced: boolean, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!verbs?.length) errors.push(required(child(path, 'verbs'), 'verbs must contain at least one value'));
  if (nonResourceURLs?.length) {
    const at = child(path, 'nonResourceURLs');
    if (isNamespaced) errors.push(invalid(at, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
    if (apiGroups?.length || resources?.length || resourceNames?.length) {
      errors.push(invalid(at, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'));
    }
    return errors;
  }
  if (!apiGroups?.length) errors.push(required(child(path, 'apiGroups'), 'resource rules must supply at least one api group'));
  if (!resources?.length) errors.push(required(child(path, 'resources'), 'resource rules must supply at least one resource'));
  return errors;
}

/** What is wrong with a ClusterRole; with `old`, label values that were let in before may stay. */
export function validateClusterRole({ rules, aggregationRule }: ClusterRole, old?: ClusterRole): FieldError[] {
  const allowInvalidValues = (old?.aggregationRule?.clusterRoleSelectors ?? []).some((selector) => validateLabelSelector(selector, '').length > 0);
  const errors = validateRules(rules, false);
  if (!aggregationRule) return errors;
  const path = 'aggregationRule.clusterRoleSelectors';
  if (!aggregationRule.clusterRoleSelectors?.length) {
    errors.push(required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'));
  }
  for (const [i, selector] of (aggregationRule.clusterRoleSelectors ?? []).entries()) {
    const found = validateLabelSelector(selector, index(path, i), { allowInvalidValues });
    errors.push(...found);
    if (validateLabelSelector(selector, '').length) errors.push(invalid(index(path, i), undefined, 'invalid label selector.'));
  }
  return errors;
}

/** What is wrong with a binding: whom it binds to what. */
export function validateBinding({ roleRef, subjects }: RoleBinding | ClusterRoleBinding, isNamespaced: boolean): FieldError[] {
  const errors: FieldError[] = [];
  if (roleRef.apiGroup !== RBAC_GROUP) errors.push(notSupported('roleRef.apiGroup', roleRef.apiGroup, [RBAC_GROUP]));
  const kinds = isNamespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  if (!kinds.includes(roleRef.kind)) errors.push(notSupported('roleRef.kind', roleRef.kind, kinds));
  if (!roleRef.name) errors.push(required('roleRef.name'));
  else errors.push(...isPathSegmentName(roleRef.name).map((message) => invalid('roleRef.name', roleRef.name, message)));
  return [...errors, ...(subjects ?? []).flatMap((subject, i) => validateSubject(subject, isNamespaced, index('subjects', i)))];
}

function validateSubject({ kind, name, namespace, apiGroup = '' }: Subject, isNamespaced: boolean, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!name) errors.push(required(child(path, 'name')));
  switch (kind) {
    case 'ServiceAccount':
      if (name) errors.push(...isDns1123Subdomain(name).map((message) => invalid(child(path, 'name'), name, message)));
      if (apiGroup) errors.push(notSupported(child(path, 'apiGroup'), apiGroup, ['']));
      if (!isNamespaced && !namespace) errors.push(required(child(path, 'namespace')));
      break;
    case 'User':
    case 'Group':
      if (apiGroup !== RBAC_GROUP) errors.push(notSupported(child(path, 'apiGroup'), apiGroup, [RBAC_GROUP]));
      break;
    default:
      errors.push(notSupported(child(path, 'kind'), kind, ['ServiceAccount', 'User', 'Group']));
  }
  return errors;
}

/** A binding binds to the same role for ever. */
export function validateBindingUpdate<T extends RoleBinding | ClusterRoleBinding>({ roleRef }: T, old: T): FieldError[] {
  const isSame = jsonEqual(roleRef as unknown as JsonValue, old.roleRef as unknown as JsonValue);
  return isSame ? [] : [invalid('roleRef', goValue({ groupVersion: 'rbac/v1', struct: 'RoleRef' }, roleRef), 'cannot change roleRef')];
}

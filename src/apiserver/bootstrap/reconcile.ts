import type { KubeObject } from '#api';
import type { AggregationRule, PolicyRule, RoleRef, Subject } from '#api/types/rbac-v1';
import { uncoveredRules } from '../authz/coverage.ts';

/** What to do about an expected object. `recreate` is for bindings, whose role cannot be changed. */
export type Reconciliation = { readonly action: 'none' } | { readonly action: 'create' | 'update' | 'recreate'; readonly object: KubeObject };

const AUTO_UPDATE = 'rbac.authorization.kubernetes.io/autoupdate';
const NONE: Reconciliation = { action: 'none' };

type RbacObject = KubeObject & { rules?: PolicyRule[]; aggregationRule?: AggregationRule; subjects?: Subject[]; roleRef?: RoleRef };

/**
 * Compares what should be with what is: missing rules, subjects, labels and annotations are added, nothing is taken away, and an object whose
 * autoupdate annotation is `false` is left alone. Follows pkg/registry/rbac/reconciliation.
 */
export function reconcile(expected: KubeObject, existing: KubeObject | undefined): Reconciliation {
  if (!existing) return { action: 'create', object: expected };
  if (existing.metadata.annotations?.[AUTO_UPDATE] === 'false') return NONE;
  const [wanted, found] = [expected as RbacObject, existing as RbacObject];
  if (wanted.roleRef && !isSameRole(wanted.roleRef, found.roleRef)) return { action: 'recreate', object: expected };
  const changes: Partial<RbacObject> = {};
  const labels = { ...wanted.metadata.labels, ...found.metadata.labels };
  const annotations = { ...wanted.metadata.annotations, ...found.metadata.annotations };
  if (size(labels) !== size(found.metadata.labels) || size(annotations) !== size(found.metadata.annotations)) {
    changes.metadata = { ...found.metadata, labels, annotations };
  }
  if (wanted.aggregationRule) {
    // The rules are the aggregation controller's.
    if (!found.aggregationRule) changes.aggregationRule = wanted.aggregationRule;
  } else if (wanted.rules) {
    const missing = uncoveredRules(found.rules ?? [], wanted.rules);
    if (missing.length > 0) changes.rules = [...(found.rules ?? []), ...missing];
  }
  const missingSubjects = (wanted.subjects ?? []).filter((subject) => !found.subjects?.some((other) => isSameSubject(subject, other)));
  if (missingSubjects.length > 0) changes.subjects = [...(found.subjects ?? []), ...missingSubjects];
  return size(changes) > 0 ? { action: 'update', object: { ...existing, ...changes } } : NONE;
}

function size(map: object | undefined): number {
  return map ? Object.keys(map).length : 0;
}
function isSameRole(a: RoleRef, b: RoleRef | undefined): boolean {
  return a.kind === b?.kind && a.name === b.name;
}
function isSameSubject(a: Subject, b: Subject): boolean {
  return a.kind === b.kind && a.name === b.name && (a.namespace ?? '') === (b.namespace ?? '');
}

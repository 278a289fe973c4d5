import { clusterRoleBindings, clusterRoles, type KubeObject, namespaces, priorityClasses, type ResourceType, roleBindings, roles } from '#api';
import type { Namespace } from '#api/types/core-v1';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding } from '#api/types/rbac-v1';
import type { PriorityClass } from '#api/types/scheduling-v1';
import { clusterRoleBindingSpecs, clusterRoleSpecs } from './cluster-roles.ts';
import { controllerBindingSpecs, controllerRoleSpecs } from './controller-roles.ts';
import { namespaceRoleBindingSpecs, namespaceRoleSpecs } from './namespace-roles.ts';
import type { Reconciliation } from './reconcile.ts';
import type { BindingSpec, RoleSpec } from './rule.ts';

/** Objects of one kind that every cluster has. */
export interface ExpectedObjects<T extends KubeObject = KubeObject> {
  readonly type: ResourceType<T>;
  readonly objects: readonly T[];
  /** Where only those of one namespace are looked at. */
  readonly namespace?: string | undefined;
  /** Compares what should be with what is; default: as roles are. */
  readonly reconcile?: ((expected: KubeObject, existing: KubeObject | undefined) => Reconciliation) | undefined;
}

const RBAC = 'rbac.authorization.k8s.io';
const META = { labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' }, annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' } };

/** The namespaces that exist before anything else, and cannot be deleted but for kube-node-lease. */
export const SYSTEM_NAMESPACES = ['default', 'kube-node-lease', 'kube-public', 'kube-system'] as const;

export function expectedNamespaces(): ExpectedObjects<Namespace> {
  return { type: namespaces, objects: SYSTEM_NAMESPACES.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {} })) };
}

export function expectedPriorityClasses(): ExpectedObjects<PriorityClass> {
  const critical = (name: string, value: number, description: string): PriorityClass => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    description,
    preemptionPolicy: 'PreemptLowerPriority',
  });
  return {
    type: priorityClasses,
    objects: [
      critical('system-node-critical', 2_000_001_000, 'Used for system critical pods that must not be moved from their current node.'),
      critical(
        'system-cluster-critical',
        2_000_000_000,
        'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
      ),
    ],
  };
}

export function expectedClusterRoles(): ExpectedObjects<ClusterRole> {
  const objects = [...clusterRoleSpecs(), ...controllerRoleSpecs()].map(clusterRoleOf);
  return { type: clusterRoles, objects: aggregate(objects) };
}

export function expectedClusterRoleBindings(): ExpectedObjects<ClusterRoleBinding> {
  const objects = [...clusterRoleBindingSpecs(), ...controllerBindingSpecs()].map((spec) => ({
    ...bindingOf(spec, 'ClusterRole'),
    kind: 'ClusterRoleBinding',
    metadata: { name: spec.name, ...META },
  }));
  return { type: clusterRoleBindings, objects };
}

export function expectedRoles(): ExpectedObjects<Role> {
  const objects = Object.entries(namespaceRoleSpecs()).flatMap(([namespace, specs]) =>
    specs.map((spec) => ({ apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: { name: spec.name, namespace, ...META }, rules: [...spec.rules] })),
  );
  return { type: roles, objects };
}

export function expectedRoleBindings(): ExpectedObjects<RoleBinding> {
  const objects = Object.entries(namespaceRoleBindingSpecs()).flatMap(([namespace, specs]) =>
    specs.map((spec) => ({ ...bindingOf(spec, 'Role'), kind: 'RoleBinding', metadata: { name: spec.name, namespace, ...META } })),
  );
  return { type: roleBindings, objects };
}

function clusterRoleOf(spec: RoleSpec): ClusterRole {
  const role: ClusterRole = {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name: spec.name, ...META, labels: { ...META.labels, ...spec.labels } },
    rules: [...spec.rules],
  };
  return spec.aggregates ? { ...role, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [spec.aggregates]: 'true' } }] } } : role;
}

function bindingOf(spec: BindingSpec, roleKind: 'ClusterRole' | 'Role') {
  const roleRef = { apiGroup: RBAC, kind: roleKind, name: spec.role ?? spec.name };
  return { apiVersion: `${RBAC}/v1`, roleRef, ...(spec.subjects.length > 0 ? { subjects: [...spec.subjects] } : {}) };
}

/**
 * Fills the aggregated roles as the aggregation controller would, so that `view`, `edit` and `admin` work from the first request on.
 * They nest: view is part of edit, edit of admin.
 */
function aggregate(all: readonly ClusterRole[]): ClusterRole[] {
  const byName = [...all].sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  const rulesOf = (role: ClusterRole): PolicyRule[] => {
    const [label] = Object.keys(role.aggregationRule?.clusterRoleSelectors?.[0]?.matchLabels ?? {});
    if (!label) return role.rules ?? [];
    const collected = new Map<string, PolicyRule>();
    for (const part of byName.filter((other) => other !== role && other.metadata.labels?.[label])) {
      for (const rule of rulesOf(part)) if (!collected.has(JSON.stringify(rule))) collected.set(JSON.stringify(rule), rule);
    }
    return [...collected.values()];
  };
  return all.map((role) => ({ ...role, rules: rulesOf(role) }));
}

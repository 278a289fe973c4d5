import { clusterRoleBindings, clusterRoles, type KubeObject, newForbidden, newNotFound, type ResourceType, roleBindings, roles } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding } from '#api/types/rbac-v1';
import { compactRules, describeRule, quoteList, uncoveredRules } from './coverage.ts';
import type { Authorization } from './authorization.ts';
import { attributesOf } from './rbac.ts';

/** Keeps users from granting what they do not hold; throws StatusError Forbidden. Kinds that are not RBAC's pass. */
export interface EscalationCheck {
  /** Before an object of `type` is created (no `old`) or changed. */
  check(type: ResourceType, object: KubeObject, old: KubeObject | undefined, user: UserInfo): Promise<void>;
}

const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** Follows pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/policybased. */
export function createEscalationCheck(authorization: Authorization): EscalationCheck {
  const isAllowed = async (user: UserInfo, verb: string, type: ResourceType, ref: { namespace?: string | undefined; name: string }): Promise<boolean> =>
    (await authorization.authorize(attributesOf(user, verb, type, ref))).decision === 'allow';

  const refuseMissing = (type: ResourceType, name: string, rules: readonly PolicyRule[], user: UserInfo, namespace: string): void => {
    const held = authorization.rbac.heldRules(user, namespace);
    const missing = uncoveredRules(held.rules, rules);
    if (missing.length === 0) return;
    const lines = [...new Set(compactRules(missing).map(describeRule))].sort();
    const errors = held.errors.length > 0 ? `; resolution errors: [${held.errors.join(', ')}]` : '';
    const who = `user ${JSON.stringify(user.username ?? '')} (groups=${quoteList(user.groups ?? [])})`;
    throw newForbidden(type, name, `${who} is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}${errors}`);
  };

  const checkRole = async (type: ResourceType, role: Role | ClusterRole, old: Role | ClusterRole | undefined, user: UserInfo): Promise<void> => {
    const { name = '', namespace = '' } = role.metadata;
    const aggregation = (value: Role | ClusterRole | undefined) => value && 'aggregationRule' in value && value.aggregationRule;
    const isSame = (pick: (value: Role | ClusterRole) => unknown) => old && JSON.stringify(pick(old)) === JSON.stringify(pick(role));
    // What changes neither rules nor aggregation (labels, finalizers) grants nothing.
    if (isSame((value) => value.rules ?? []) && isSame(aggregation)) return;
    if (await isAllowed(user, 'escalate', type, { namespace, name })) return;
    refuseMissing(type, name, role.rules ?? [], user, namespace);
    // An aggregation rule can come to grant anything.
    if (aggregation(role) && !isSame(aggregation)) refuseMissing(type, name, EVERYTHING, user, '');
  };

  const checkBinding = async (type: ResourceType, binding: RoleBinding | ClusterRoleBinding, old: KubeObject | undefined, user: UserInfo): Promise<void> => {
    const { name = '', namespace = '' } = binding.metadata;
    const before = old as RoleBinding | undefined;
    const granted = (value: RoleBinding | ClusterRoleBinding) => JSON.stringify([value.roleRef, value.subjects ?? []]);
    if (before && granted(before) === granted(binding)) return;
    const { roleRef } = binding;
    const roleType = roleRef.kind === 'Role' ? roles : clusterRoles;
    const roleNamespace = roleRef.kind === 'Role' ? namespace : '';
    if (await isAllowed(user, 'bind', roleType, { namespace, name: roleRef.name })) return;
    const rules = authorization.rbac.rulesOf(roleRef, roleNamespace);
    if (!rules) throw newNotFound(roleType, roleRef.name);
    refuseMissing(type, name, rules, user, namespace);
  };

  return {
    async check(type, object, old, user) {
      if (type.group !== roles.group || user.groups?.includes('system:masters')) return;
      if (type.plural === roles.plural || type.plural === clusterRoles.plural) await checkRole(type, object as Role, old as Role | undefined, user);
      if (type.plural === roleBindings.plural || type.plural === clusterRoleBindings.plural) await checkBinding(type, object as RoleBinding, old, user);
    },
  };
}

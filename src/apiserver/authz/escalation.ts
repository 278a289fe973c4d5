import {
  clusterRoleBindings,
  clusterRoles,
  jsonEqual,
  type JsonObject,
  type KubeObject,
  newForbidden,
  newNotFound,
  type ResourceType,
  roleBindings,
  roles,
} from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef } from '#api/types/rbac-v1';
import { compactRules, describeRule, quoteList, uncoveredRules } from './coverage.ts';
import type { Authorization } from './authorization.ts';
import { attributesOf, joinErrors } from './rbac.ts';

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

  const holds = (user: UserInfo, namespace: string, rules: readonly PolicyRule[]): boolean =>
    uncoveredRules(authorization.rbac.heldRules(user, namespace).rules, rules).length === 0;

  const refuseMissing = (type: ResourceType, name: string, rules: readonly PolicyRule[], user: UserInfo, namespace: string): void => {
    const held = authorization.rbac.heldRules(user, namespace);
    const missing = uncoveredRules(held.rules, rules);
    if (missing.length === 0) return;
    const lines = [...new Set(compactRules(missing).map(describeRule))].sort();
    const errors = held.missing.map((ref) => newNotFound(roleTypeOf(ref), ref.name).message);
    const unresolved = errors.length > 0 ? `; resolution errors: [${joinErrors(errors)}]` : '';
    const who = `user ${JSON.stringify(user.username ?? '')} (groups=${quoteList(user.groups ?? [])})`;
    throw newForbidden(type, name, `${who} is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}${unresolved}`);
  };

  const checkRole = async (type: ResourceType, role: Role | ClusterRole, old: Role | ClusterRole | undefined, user: UserInfo): Promise<void> => {
    const { name = '', namespace = '' } = role.metadata;
    // A role that is made has no name yet, as far as the URL says.
    if (await isAllowed(user, 'escalate', type, { namespace, name: old ? name : '' })) return;
    if (old && differsForCollectionOnly(role, old)) return;
    refuseMissing(type, name, role.rules ?? [], user, namespace);
    // An aggregation rule can come to grant anything, and to take one away can keep a role from being narrowed.
    if ((isAggregated(role) || isAggregated(old)) && !holds(user, '', EVERYTHING)) {
      throw newForbidden(type, name, 'must have cluster-admin privileges to use the aggregationRule');
    }
  };

  const checkBinding = async (type: ResourceType, binding: RoleBinding | ClusterRoleBinding, old: KubeObject | undefined, user: UserInfo): Promise<void> => {
    const { name = '', namespace = '' } = binding.metadata;
    if (old && differsForCollectionOnly(binding, old)) return;
    const { roleRef } = binding;
    const roleType = roleTypeOf(roleRef);
    if (await isAllowed(user, 'bind', roleType, { namespace, name: roleRef.name })) return;
    const rules = authorization.rbac.rulesOf(roleRef, roleRef.kind === 'Role' ? namespace : '');
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

function roleTypeOf({ kind }: RoleRef): ResourceType {
  return kind === 'Role' ? roles : clusterRoles;
}

function isAggregated(role: Role | ClusterRole | undefined): boolean {
  return role !== undefined && 'aggregationRule' in role && (role.aggregationRule?.clusterRoleSelectors?.length ?? 0) > 0;
}

const COLLECTION_FIELDS: ReadonlySet<string> = new Set(['ownerReferences', 'finalizers', 'managedFields', 'resourceVersion']);

/** Only what the garbage collector changes on the way to deleting an object: that grants nothing. */
function differsForCollectionOnly(object: KubeObject, old: KubeObject): boolean {
  const rest = ({ metadata, ...parts }: KubeObject): JsonObject => {
    const others = Object.entries(metadata).filter(([name]) => !COLLECTION_FIELDS.has(name));
    return { ...parts, metadata: Object.fromEntries(others) } as unknown as JsonObject;
  };
  return jsonEqual(rest(object), rest(old));
}

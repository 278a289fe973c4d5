import { clusterRoleBindings, clusterRoles, type ObjectRef, roleBindings, roles } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import type { ClusterRoleBinding, PolicyRule, RoleBinding, RoleRef, Subject } from '#api/types/rbac-v1';
import type { Attributes, Authorizer, Decision, ObjectReader } from '../contract.ts';
import { ruleAllows } from './rules.ts';

const NO_OPINION: Decision = Object.freeze({ decision: 'no-opinion', reason: '' });
const GROUP = 'rbac.authorization.k8s.io';

/** A subject of a binding, as the index holds it. */
interface Grant {
  readonly binding: RoleBinding | ClusterRoleBinding;
  readonly subject: Subject;
}
/** Sees a rule, or none where the role is missing; true ends the visit. */
type VisitRule = (rule: PolicyRule | undefined, grant: Grant) => boolean;
/** Subject key (`u:` or `g:` and the name) → what is bound to it. */
type Grants = Map<string, Grant[]>;

/** RBAC, and what the escalation checks ask of it. */
export interface RbacAuthorizer extends Authorizer {
  /** Every rule that the user holds in the namespace ('' for the whole cluster), and which roles could not be found. */
  heldRules(user: UserInfo, namespace: string): { rules: PolicyRule[]; missing: RoleRef[] };
  /** The rules of a role; undefined when there is no such role. */
  rulesOf(ref: RoleRef, namespace: string): readonly PolicyRule[] | undefined;
}

/**
 * Role-based access control over the watch caches. Bindings are indexed by subject and kept current by their changes; roles are looked up when asked,
 * so that a changed role works at once. Follows plugin/pkg/auth/authorizer/rbac/rbac.go.
 */
export function createRbacAuthorizer(reader: ObjectReader): RbacAuthorizer {
  const cluster: Grants = new Map();
  const namespaces = new Map<string, Grants>();
  const grantsIn = (namespace: string): Grants => {
    let grants = namespaces.get(namespace);
    if (!grants) namespaces.set(namespace, (grants = new Map()));
    return grants;
  };
  for (const binding of reader.list(clusterRoleBindings)) add(cluster, binding);
  for (const binding of reader.list(roleBindings)) add(grantsIn(binding.metadata.namespace ?? ''), binding);
  reader.onChange(clusterRoleBindings, (binding, old, isDeleted) => replace(cluster, binding, old, isDeleted));
  reader.onChange(roleBindings, (binding, old, isDeleted) => {
    const namespace = binding.metadata.namespace ?? '';
    const grants = grantsIn(namespace);
    replace(grants, binding, old, isDeleted);
    if (grants.size === 0) namespaces.delete(namespace);
  });

  const rulesOf = (ref: RoleRef, namespace: string): readonly PolicyRule[] | undefined => {
    const role = ref.kind === 'Role' ? reader.get(roles, { namespace, name: ref.name }) : reader.get(clusterRoles, { name: ref.name });
    return role && (role.rules ?? []);
  };

  const visitGrants = (grants: readonly Grant[] | undefined, roleNamespace: string, visit: VisitRule): boolean => {
    for (const grant of grants ?? []) {
      const rules = rulesOf(grant.binding.roleRef, roleNamespace);
      if (!rules && visit(undefined, grant)) return true;
      for (const rule of rules ?? []) if (visit(rule, grant)) return true;
    }
    return false;
  };
  const visitPlace = (grants: Grants, user: UserInfo, roleNamespace: string, visit: VisitRule): boolean => {
    if (visitGrants(grants.get(`u:${user.username ?? ''}`), roleNamespace, visit)) return true;
    for (const group of user.groups ?? []) if (visitGrants(grants.get(`g:${group}`), roleNamespace, visit)) return true;
    return false;
  };
  /** Calls `visit` with each rule that applies until it returns true: what holds for the cluster first, as upstream. */
  const visitRules = (user: UserInfo, namespace: string, visit: VisitRule): boolean => {
    if (visitPlace(cluster, user, '', visit)) return true;
    const inNamespace = namespace ? namespaces.get(namespace) : undefined;
    return inNamespace !== undefined && visitPlace(inNamespace, user, namespace, visit);
  };

  const heldRules = (user: UserInfo, namespace: string) => {
    const rules: PolicyRule[] = [];
    const missing: RoleRef[] = [];
    /** A binding can have several subjects that the user is. */
    const subjects = new Map<Grant['binding'], Subject>();
    visitRules(user, namespace, (rule, { binding, subject }) => {
      const first = subjects.get(binding) ?? subject;
      if (first !== subject) return false;
      subjects.set(binding, subject);
      if (rule) rules.push(rule);
      else missing.push(binding.roleRef);
      return false;
    });
    return { rules, missing };
  };

  return {
    name: 'RBAC',
    authorize(attributes) {
      let allowing: Grant | undefined;
      let missing: string[] | undefined;
      visitRules(attributes.user, attributes.namespace, (rule, grant) => {
        if (!rule) (missing ??= []).push(missingRole(grant.binding.roleRef));
        else if (ruleAllows(attributes, rule)) allowing = grant;
        return allowing !== undefined;
      });
      if (allowing) return { decision: 'allow', reason: describeGrant(allowing, attributes.user) };
      return missing ? { decision: 'no-opinion', reason: `RBAC: ${joinErrors(missing)}` } : NO_OPINION;
    },
    rulesFor(user, namespace) {
      const { rules, missing } = heldRules(user, namespace);
      return {
        resourceRules: rules
          .filter((rule) => rule.resources?.length)
          .map(({ verbs, apiGroups = [], resources = [], resourceNames }) => ({ verbs, apiGroups, resources, ...(resourceNames ? { resourceNames } : {}) })),
        nonResourceRules: rules.filter((rule) => rule.nonResourceURLs?.length).map(({ verbs, nonResourceURLs = [] }) => ({ verbs, nonResourceURLs })),
        ...(missing.length > 0 ? { evaluationError: joinErrors(missing.map(missingRole)) } : {}),
      };
    },
    heldRules,
    rulesOf,
  };
}

/** As upstream prints several errors: each once, in brackets when there are more. */
export function joinErrors(errors: readonly string[]): string {
  const [first = '', ...more] = new Set(errors);
  return more.length > 0 ? `[${[first, ...more].join(', ')}]` : first;
}

function missingRole(ref: RoleRef): string {
  return `${ref.kind.toLowerCase()}.${GROUP} ${JSON.stringify(ref.name)} not found`;
}

function replace(grants: Grants, binding: RoleBinding | ClusterRoleBinding, old: RoleBinding | ClusterRoleBinding | undefined, isDeleted: boolean): void {
  remove(grants, old ?? binding);
  if (!isDeleted) add(grants, binding);
}

function add(grants: Grants, binding: RoleBinding | ClusterRoleBinding): void {
  for (const subject of binding.subjects ?? []) {
    const key = keyOfSubject(subject, binding.metadata.namespace);
    if (!key) continue;
    const list = grants.get(key);
    if (list) list.push({ binding, subject });
    else grants.set(key, [{ binding, subject }]);
  }
}

function remove(grants: Grants, binding: RoleBinding | ClusterRoleBinding): void {
  for (const subject of binding.subjects ?? []) {
    const key = keyOfSubject(subject, binding.metadata.namespace);
    if (!key) continue;
    const rest = (grants.get(key) ?? []).filter((grant) => grant.binding.metadata.name !== binding.metadata.name);
    if (rest.length > 0) grants.set(key, rest);
    else grants.delete(key);
  }
}

function keyOfSubject(subject: Subject, bindingNamespace: string | undefined): string | undefined {
  switch (subject.kind) {
    case 'User':
      return `u:${subject.name}`;
    case 'Group':
      return `g:${subject.name}`;
    case 'ServiceAccount': {
      const namespace = subject.namespace ?? bindingNamespace;
      return namespace ? `u:system:serviceaccount:${namespace}:${subject.name}` : undefined;
    }
    default:
      return undefined;
  }
}

/** Names the first of the binding's subjects that the user is. */
function describeGrant({ binding, subject: found }: Grant, user: UserInfo): string {
  const { name, namespace } = binding.metadata;
  const subject = (binding.subjects?.length === 1 ? found : binding.subjects?.find((each) => isSubject(each, namespace, user))) ?? found;
  const kind = namespace ? 'RoleBinding' : 'ClusterRoleBinding';
  const full = namespace ? `${name}/${namespace}` : name;
  const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace ?? namespace ?? ''}` : subject.name;
  const { kind: roleKind, name: role } = binding.roleRef;
  return `RBAC: allowed by ${kind} ${JSON.stringify(full)} of ${roleKind} ${JSON.stringify(role)} to ${subject.kind} ${JSON.stringify(who)}`;
}

function isSubject(subject: Subject, bindingNamespace: string | undefined, { username = '', groups }: UserInfo): boolean {
  const key = keyOfSubject(subject, bindingNamespace);
  return key === `u:${username}` || (subject.kind === 'Group' && (groups?.includes(subject.name) ?? false));
}

/** The user's request as the authorizers see it, for questions that the API server asks itself. */
export function attributesOf(
  user: UserInfo,
  verb: string,
  resource: { group: string; version: string; plural: string },
  ref: ObjectRef,
  subresource = '',
): Attributes {
  return {
    user,
    verb,
    isResourceRequest: true,
    apiGroup: resource.group,
    apiVersion: resource.version,
    resource: resource.plural,
    subresource,
    namespace: ref.namespace ?? '',
    name: ref.name,
    path: '',
  };
}

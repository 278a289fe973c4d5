import type { PolicyRule, Subject } from '#api/types/rbac-v1';

/** A default role as it is written down: what upstream's bootstrap policy calls a ClusterRole or a Role. */
export interface RoleSpec {
  readonly name: string;
  readonly rules: readonly PolicyRule[];
  readonly labels?: Readonly<Record<string, string>>;
  /** The label whose bearers' rules this role collects. */
  readonly aggregates?: string;
}
/** A default binding; the role has the binding's name unless `role` says otherwise. */
export interface BindingSpec {
  readonly name: string;
  readonly role?: string;
  readonly subjects: readonly Subject[];
}

export const READ = 'get list watch';
export const WRITE = 'create update patch delete deletecollection';
export const READ_WRITE = `${READ} ${WRITE}`;
export const READ_UPDATE = `${READ} update patch`;

/** A rule from lists of words; the group `core` stands for the empty one. Words are sorted, as upstream's are. */
export function rule(verbs: string, groups: string, resources: string, names?: string): PolicyRule {
  const policyRule: PolicyRule = {
    verbs: words(verbs),
    apiGroups: words(groups)
      .map((group) => (group === 'core' ? '' : group))
      .sort(),
    resources: words(resources),
  };
  return names ? { ...policyRule, resourceNames: words(names) } : policyRule;
}

/** A rule for paths. */
export function urls(verbs: string, paths: string): PolicyRule {
  return { verbs: words(verbs), nonResourceURLs: words(paths) };
}

/** What every component that reports needs. */
export function eventsRule(): PolicyRule {
  return rule('create update patch', 'core events.k8s.io', 'events');
}

function words(text: string): string[] {
  return text.split(' ').sort();
}

const RBAC_GROUP = 'rbac.authorization.k8s.io';

export function user(name: string): Subject {
  return { kind: 'User', apiGroup: RBAC_GROUP, name };
}
export function group(name: string): Subject {
  return { kind: 'Group', apiGroup: RBAC_GROUP, name };
}
export function account(name: string, namespace = 'kube-system'): Subject {
  return { kind: 'ServiceAccount', name, namespace };
}

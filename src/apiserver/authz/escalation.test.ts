import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clusterRoleBindings, clusterRoles, type KubeObject, type ResourceType, roleBindings, roles, StatusError } from '#api';
import { createFakeReader } from '../testing/fake-reader.ts';
import { createAuthorization, createEscalationCheck } from './index.ts';

const GROUP = 'rbac.authorization.k8s.io';
const USER = { username: 'u', groups: ['g'] };
const SECRETS = { verbs: ['get'], apiGroups: [''], resources: ['secrets'] };
const AGGREGATED = { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] };
const WHO = 'user "u" (groups=["g"]) is attempting to grant RBAC permissions not currently held:\n';
const SECRETS_TEXT = '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}';

/** What is said when the user, who holds `rules`, writes the object. */
async function refusal(type: ResourceType, object: object, old: object | undefined, rules: readonly object[] = []): Promise<string> {
  const reader = createFakeReader();
  reader.put(clusterRoles, { metadata: { name: 'held' }, rules } as never);
  reader.put(clusterRoles, { metadata: { name: 'reader' }, rules: [SECRETS] } as never);
  const subjects = [{ kind: 'User', name: 'u' }];
  reader.put(clusterRoleBindings, { metadata: { name: 'held' }, roleRef: { kind: 'ClusterRole', name: 'held' }, subjects } as never);
  if (rules.includes(BROKEN)) {
    for (const name of ['lost', 'gone']) reader.put(clusterRoleBindings, { metadata: { name }, roleRef: { kind: 'ClusterRole', name }, subjects } as never);
  }
  try {
    await createEscalationCheck(createAuthorization(reader)).check(type, object as KubeObject, old as KubeObject | undefined, USER);
    return '';
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return error.message;
  }
}
const BROKEN = { verbs: [] };
const EVERYTHING = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];
const escalate = (...resourceNames: string[]): object => ({
  verbs: ['escalate'],
  apiGroups: [GROUP],
  resources: ['roles'],
  ...(resourceNames.length > 0 ? { resourceNames } : {}),
});

const role = (metadata: object = {}): object => ({ metadata: { name: 'r', namespace: 'n', ...metadata }, rules: [SECRETS] });
const binding = (metadata: object = {}): object => ({ metadata: { name: 'b', namespace: 'n', ...metadata }, roleRef: { kind: 'ClusterRole', name: 'reader' } });
const clusterRole = (more: object): object => ({ metadata: { name: 'c' }, ...more });

void describe('granting', () => {
  const cases: [string, ResourceType, object, object | undefined, readonly object[], string][] = [
    ['what is held', roles, role(), undefined, [SECRETS], ''],
    ['what is not held', roles, role(), undefined, [], `roles.${GROUP} "r" is forbidden: ${WHO}${SECRETS_TEXT}`],
    [
      'what is not held, while roles are missing',
      roles,
      role(),
      undefined,
      [BROKEN],
      `roles.${GROUP} "r" is forbidden: ${WHO}${SECRETS_TEXT}; resolution errors: [[clusterroles.${GROUP} "lost" not found, clusterroles.${GROUP} "gone" not found]]`,
    ],
    ['anew with other labels', roles, role({ labels: { a: 'b' } }), role(), [], `roles.${GROUP} "r" is forbidden: ${WHO}${SECRETS_TEXT}`],
    [
      'nothing, when only what the garbage collector writes changes',
      roles,
      role({ finalizers: ['a/b'], ownerReferences: [], resourceVersion: '2' }),
      role(),
      [],
      '',
    ],
    ['by escalation', roles, role(), undefined, [escalate()], ''],
    ['by escalation of a name, which a new role has not', roles, role(), undefined, [escalate('r')], `roles.${GROUP} "r" is forbidden: ${WHO}${SECRETS_TEXT}`],
    ['by escalation of a name', roles, role({ labels: { a: 'b' } }), role(), [escalate('r')], ''],
    [
      'by aggregation',
      clusterRoles,
      clusterRole({ aggregationRule: AGGREGATED }),
      undefined,
      [SECRETS],
      `clusterroles.${GROUP} "c" is forbidden: must have cluster-admin privileges to use the aggregationRule`,
    ],
    ['by aggregation, as who may do everything', clusterRoles, clusterRole({ aggregationRule: AGGREGATED }), undefined, EVERYTHING, ''],
    [
      'no more by aggregation',
      clusterRoles,
      clusterRole({}),
      clusterRole({ aggregationRule: AGGREGATED }),
      [SECRETS],
      `clusterroles.${GROUP} "c" is forbidden: must have cluster-admin privileges to use the aggregationRule`,
    ],
    ['a role whose rules are held', roleBindings, binding(), undefined, [SECRETS], ''],
    ['a role whose rules are not held', roleBindings, binding(), undefined, [], `rolebindings.${GROUP} "b" is forbidden: ${WHO}${SECRETS_TEXT}`],
    [
      'a role by the verb bind',
      roleBindings,
      binding(),
      undefined,
      [{ verbs: ['bind'], apiGroups: [GROUP], resources: ['clusterroles'], resourceNames: ['reader'] }],
      '',
    ],
    ['a role that is not there', roleBindings, { ...binding(), roleRef: { kind: 'Role', name: 'x' } }, undefined, [], `roles.${GROUP} "x" not found`],
    [
      'a role anew with other labels',
      roleBindings,
      binding({ labels: { a: 'b' } }),
      binding(),
      [],
      `rolebindings.${GROUP} "b" is forbidden: ${WHO}${SECRETS_TEXT}`,
    ],
    ['a role no more than before', roleBindings, binding({ finalizers: ['a/b'] }), binding(), [], ''],
  ];
  for (const [title, type, object, old, rules, text] of cases) test(title, async () => assert.equal(await refusal(type, object, old, rules), text));
});

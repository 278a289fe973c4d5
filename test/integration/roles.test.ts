/** Upstream's default roles admit and refuse what upstream's do. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ControlPlane, startControlPlane, textOf } from './control-plane.ts';

let plane: ControlPlane;
before(async () => {
  plane = await startControlPlane({ datastoreEndpoint: 'memory' });
  for (const [name, role] of [
    ['viewer', 'view'],
    ['editor', 'edit'],
    ['boss', 'admin'],
    ['root', 'cluster-admin'],
  ]) {
    const body = {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'User', name }],
    };
    await plane.ok('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', { body });
  }
});
after(() => plane[Symbol.asyncDispose]());

interface Question {
  readonly user: string;
  readonly groups?: string[];
  readonly verb: string;
  /** `pods`, `pods/log`, `deployments.apps`, or a path. */
  readonly what: string;
  readonly namespace?: string;
  readonly name?: string;
}
async function may({ user, groups, verb, what, namespace, name }: Question): Promise<boolean> {
  const [resource = '', ...group] = what.split('.');
  const [plural = '', subresource] = resource.split('/');
  const attributes = what.startsWith('/')
    ? { nonResourceAttributes: { verb, path: what } }
    : { resourceAttributes: { verb, group: group.join('.'), resource: plural, subresource, namespace, name } };
  const { json } = await plane.ok('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { body: { spec: { user, groups, ...attributes } } });
  return json['status']?.['allowed'] as unknown as boolean;
}

const NODE = { user: 'system:node:n1', groups: ['system:nodes'] };
const ACCOUNT = { user: 'system:serviceaccount:default:default', groups: ['system:serviceaccounts', 'system:authenticated'] };
const controller = (name: string): { user: string } => ({ user: `system:serviceaccount:kube-system:${name}` });
const inDefault = { namespace: 'default' };

const admitted: Question[] = [
  { user: 'viewer', verb: 'list', what: 'pods', ...inDefault },
  { user: 'viewer', verb: 'get', what: 'pods/log', ...inDefault },
  { user: 'viewer', verb: 'watch', what: 'deployments.apps', ...inDefault },
  { user: 'editor', verb: 'create', what: 'pods/exec', ...inDefault },
  { user: 'editor', verb: 'get', what: 'secrets', ...inDefault },
  { user: 'editor', verb: 'update', what: 'deployments/scale.apps', ...inDefault },
  { user: 'boss', verb: 'create', what: 'rolebindings.rbac.authorization.k8s.io', ...inDefault },
  { user: 'root', verb: 'delete', what: 'anything.at.all', ...inDefault },
  { ...ACCOUNT, verb: 'create', what: 'selfsubjectaccessreviews.authorization.k8s.io' },
  { ...ACCOUNT, verb: 'get', what: '/openapi/v3' },
  { ...ACCOUNT, verb: 'get', what: '/.well-known/openid-configuration' },
  { user: 'system:anonymous', groups: ['system:unauthenticated'], verb: 'get', what: '/version' },
  { user: 'x', groups: ['system:masters'], verb: 'get', what: '/metrics' },
  { user: 'system:kube-scheduler', verb: 'create', what: 'pods/binding', ...inDefault },
  { user: 'system:kube-proxy', verb: 'list', what: 'endpointslices.discovery.k8s.io' },
  { ...controller('deployment-controller'), verb: 'create', what: 'replicasets.apps', ...inDefault },
  { ...controller('namespace-controller'), verb: 'deletecollection', what: 'things.example.com', ...inDefault },
  { ...NODE, verb: 'update', what: 'nodes/status', name: 'n1' },
  { ...NODE, verb: 'create', what: 'events', ...inDefault },
  { ...NODE, verb: 'list', what: 'services' },
];
const refused: Question[] = [
  { user: 'viewer', verb: 'get', what: 'secrets', ...inDefault },
  { user: 'viewer', verb: 'create', what: 'pods', ...inDefault },
  { user: 'viewer', verb: 'list', what: 'pods', namespace: 'kube-system' },
  { user: 'viewer', verb: 'list', what: 'pods' },
  { user: 'viewer', verb: 'get', what: 'roles.rbac.authorization.k8s.io', ...inDefault },
  { user: 'editor', verb: 'create', what: 'roles.rbac.authorization.k8s.io', ...inDefault },
  { user: 'editor', verb: 'create', what: 'resourcequotas', ...inDefault },
  { user: 'editor', verb: 'list', what: 'nodes' },
  { user: 'boss', verb: 'update', what: 'resourcequotas', ...inDefault },
  { user: 'boss', verb: 'delete', what: 'namespaces', name: 'kube-system' },
  { user: 'root', verb: 'list', what: 'nodes' },
  { ...ACCOUNT, verb: 'list', what: 'pods', ...inDefault },
  { ...ACCOUNT, verb: 'get', what: '/metrics' },
  { user: 'system:kube-scheduler', verb: 'get', what: 'secrets', ...inDefault },
  { ...controller('deployment-controller'), verb: 'create', what: 'pods', ...inDefault },
  { ...NODE, verb: 'get', what: 'secrets', ...inDefault, name: 'of-nobody' },
  { ...NODE, verb: 'list', what: 'secrets' },
  { ...NODE, verb: 'update', what: 'deployments.apps', ...inDefault },
];

void describe('default roles', () => {
  for (const [questions, wanted] of [
    [admitted, true],
    [refused, false],
  ] as const) {
    for (const question of questions) {
      const { user, verb, what, namespace } = question;
      test(`${user} ${wanted ? 'may' : 'may not'} ${verb} ${what}${namespace ? ` in ${namespace}` : ''}`, async () => {
        assert.equal(await may(question), wanted);
      });
    }
  }
});

test('nobody gives away more than they have', async () => {
  const body = { metadata: { name: 'more' }, rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['list'] }] };
  const answer = await plane.request('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles', { headers: { 'Impersonate-User': 'boss' }, body });
  assert.equal(answer.status, 403);
  assert.match(textOf(answer.json['message']), /user "boss" .* is attempting to grant RBAC permissions not currently held/);
});

test('the rules of a user are what their roles say', async () => {
  const headers = { 'Impersonate-User': 'viewer' };
  const { json } = await plane.ok('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { headers, body: { spec: { namespace: 'default' } } });
  const rules = json['status']?.['resourceRules'] as unknown as { verbs: string[]; resources: string[] }[];
  const ofPods = rules.filter(({ resources }) => resources.includes('pods')).flatMap(({ verbs }) => verbs);
  assert.deepEqual(ofPods.sort(), ['get', 'list', 'watch']);
});

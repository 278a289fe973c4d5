import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const CLASSES = '/apis/scheduling.k8s.io/v1/priorityclasses';
const OTHER_NAMESPACE = 'the namespace of the provided object does not match the namespace sent on the request';
const NAMELESS = 'the name of the object (a based on URL) was undeterminable: name must be provided';

let server: TestServer;
before(async () => {
  server = await startTestServer();
  await server.fetch('POST', MAPS, { body: { metadata: { name: 'a' } } });
});
after(async () => await server[Symbol.asyncDispose]());

const patch = (kind: string): Record<string, string> => ({ 'content-type': `application/${kind}` });
const refused: [string, string, string, object, Record<string, string>, string][] = [
  ['a PUT without a name', 'PUT', `${MAPS}/a`, {}, {}, NAMELESS],
  ['a PUT to another namespace', 'PUT', `${MAPS}/a`, { metadata: { name: 'b', namespace: 'x' } }, {}, OTHER_NAMESPACE],
  ['a patch that takes the name away', 'PATCH', `${MAPS}/a`, { metadata: { name: null } }, patch('merge-patch+json'), NAMELESS],
  ['a patch to another namespace', 'PATCH', `${MAPS}/a`, { metadata: { namespace: 'x' } }, patch('strategic-merge-patch+json'), OTHER_NAMESPACE],
  [
    'an apply that makes an object without a name',
    'PATCH',
    `${MAPS}/new?fieldManager=m`,
    { apiVersion: 'v1', kind: 'ConfigMap' },
    patch('apply-patch+yaml'),
    NAMELESS.replace('(a ', '(new '),
  ],
];
for (const [name, method, path, body, headers, message] of refused) {
  test(`${name} is refused`, async () => {
    const { status, json } = await server.fetch(method, path, { body, headers });
    assert.deepEqual([status, json['message']], [400, message]);
  });
}

test('what has no namespace loses that of its body', async () => {
  const made = await server.fetch('POST', CLASSES, { body: { metadata: { name: 'a', namespace: 'x' }, value: 1 } });
  assert.equal(made.status, 201, made.text);
  const put = await server.fetch('PUT', `${CLASSES}/a`, { body: { metadata: { name: 'a', namespace: 'y', labels: { b: 'c' } }, value: 1 } });
  assert.equal(put.status, 200, put.text);
  assert.ok(!put.text.includes('"namespace"'));
});

test('what a PUT or an apply makes may name any version', async () => {
  const put = await server.fetch('PUT', `${LEASES}/a`, { body: { metadata: { name: 'a', resourceVersion: '1' } } });
  assert.equal(put.status, 201, put.text);
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', resourceVersion: '1' } };
  const applied = await server.fetch('PATCH', `${MAPS}/c?fieldManager=m`, { body, headers: patch('apply-patch+yaml') });
  assert.equal(applied.status, 201, applied.text);
});

test('reviews are asked in the namespace of their URL', async () => {
  const path = '/apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews';
  const spec = { user: 'u', resourceAttributes: { namespace: 'default', verb: 'get', resource: 'pods' } };
  const { status, json } = await server.fetch('POST', path, { body: { spec } });
  assert.deepEqual([status, json['metadata']?.['namespace']], [201, 'default']);
  assert.equal((await server.fetch('POST', path.replace('/namespaces/default', ''), { body: { spec } })).status, 404);
  const elsewhere = await server.fetch('POST', path, { body: { metadata: { namespace: 'x' }, spec } });
  assert.deepEqual([elsewhere.status, elsewhere.json['message']], [400, OTHER_NAMESPACE]);
  const self = { metadata: { namespace: 'x', uid: 'u' }, spec: { nonResourceAttributes: { path: '/', verb: 'get' } } };
  assert.equal((await server.fetch('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { body: self })).status, 201);
});

test('tokens, bindings and evictions are asked for in the namespace of their URL', async () => {
  const [account, pod] = ['/api/v1/namespaces/default/serviceaccounts/a', '/api/v1/namespaces/default/pods/a'];
  const metadata = { name: 'a', namespace: 'x' };
  for (const [path, body] of [
    [`${account}/token`, { metadata, spec: {} }],
    [`${pod}/binding`, { metadata, target: { kind: 'Node', name: 'n' } }],
    [`${pod}/eviction`, { metadata }],
  ] as const) {
    const { status, json } = await server.fetch('POST', path, { body });
    assert.deepEqual([status, json['message']], [400, OTHER_NAMESPACE], path);
  }
});

test("the system's priority classes cannot be deleted", async () => {
  const { status, json } = await server.fetch('DELETE', `${CLASSES}/system-node-critical`);
  const text = 'priorityclasses.scheduling.k8s.io "system-node-critical" is forbidden: this is a system priority class and cannot be deleted';
  assert.deepEqual([status, json['message']], [403, text]);
});

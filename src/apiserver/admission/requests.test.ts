import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, startTestServer, type TestServer } from '../testing/test-server.ts';

async function startWith(labels: Record<string, string> = {}): Promise<TestServer & { post(path: string, body: object): Promise<Answer> }> {
  const api = await startTestServer();
  const post = (path: string, body: object) => api.fetch('POST', path, { body });
  await post('/api/v1/namespaces', { metadata: { name: 'n', labels } });
  await post('/api/v1/namespaces/n/serviceaccounts', { metadata: { name: 'default' } });
  return Object.assign(api, { post });
}
const PODS = '/api/v1/namespaces/n/pods';
const CONTAINERS = [{ name: 'c', image: 'i' }];

test('a security standard refuses with a Forbidden that names everything, and warns in headers', async () => {
  const prefix = 'pod-security.kubernetes.io';
  await using api = await startWith({ [`${prefix}/enforce`]: 'baseline', [`${prefix}/warn`]: 'restricted', [`${prefix}/warn-version`]: 'v1.24' });
  const refused = await api.post(PODS, { metadata: { generateName: 'p-' }, spec: { hostNetwork: true, containers: CONTAINERS } });
  const { name } = refused.json['details'] as unknown as { name: string };
  assert.match(name, /^p-[a-z0-9]{5}$/);
  assert.deepEqual(refused.json, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `pods "${name}" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)`,
    reason: 'Forbidden',
    details: { name, kind: 'pods' },
    code: 403,
  });
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: CONTAINERS } };
  const made = await api.post('/apis/apps/v1/namespaces/n/deployments', { metadata: { name: 'd' }, spec: { selector: { matchLabels: { a: 'b' } }, template } });
  assert.equal(made.status, 201);
  assert.match(
    String(made.headers['warning']),
    /^299 - "would violate PodSecurity \\"restricted:v1.24\\": allowPrivilegeEscalation != false \(container \\"c\\" must set/,
  );
  const stricter = await api.fetch('PATCH', '/api/v1/namespaces/n', {
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { metadata: { labels: { [`${prefix}/enforce`]: 'none' } } },
  });
  assert.equal(
    stricter.json['message'],
    'Namespace "n" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "none": must be one of privileged, baseline, restricted' as never,
  );
});

test('limits fill in, and dry runs show it', async () => {
  await using api = await startWith();
  await api.post('/api/v1/namespaces/n/limitranges', {
    metadata: { name: 'l' },
    spec: { limits: [{ type: 'Container', default: { cpu: '1' }, max: { cpu: '2' } }] },
  });
  const pod = (limits: object) => ({ metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i', resources: { limits } }] } });
  const shown = await api.post(`${PODS}?dryRun=All`, pod({}));
  assert.deepEqual(shown.json['spec']?.['containers']?.[0]?.['resources'], { limits: { cpu: '1' }, requests: { cpu: '1' } });
  const refused = await api.post(PODS, pod({ cpu: '3' }));
  assert.equal(refused.json['message'], 'pods "p" is forbidden: maximum cpu usage per Container is 2, but limit is 3' as never);
});

test('a quota is charged with what is stored, by whatever request', async () => {
  await using api = await startWith();
  await api.post('/api/v1/namespaces/n/resourcequotas', { metadata: { name: 'q' }, spec: { hard: { configmaps: '3' } } });
  const quota = '/api/v1/namespaces/n/resourcequotas/q';
  const patch = (path: string, body: object, type = 'merge-patch+json') =>
    api.fetch('PATCH', path, { headers: { 'content-type': `application/${type}` }, body });
  await patch(`${quota}/status`, { status: { hard: { configmaps: '3' }, used: { configmaps: '0' } } });
  const used = async (): Promise<unknown> => (await api.fetch('GET', quota)).json['status']?.['used']?.['configmaps'];
  const maps = '/api/v1/namespaces/n/configmaps';
  assert.equal((await api.post(maps, { metadata: { name: 'a' } })).status, 201);
  // Taken, wrong, dry: none of them costs.
  assert.equal((await api.post(maps, { metadata: { name: 'a' } })).status, 409);
  assert.equal((await api.post(maps, { metadata: { name: 'A' } })).status, 422);
  assert.equal((await api.post(`${maps}?dryRun=All`, { metadata: { name: 'b' } })).status, 201);
  assert.equal(await used(), '1');
  // What apply makes is charged too, what it changes is not.
  const apply = (name: string) => patch(`${maps}/${name}?fieldManager=t`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }, 'apply-patch+yaml');
  assert.equal((await apply('b')).status, 201);
  assert.equal((await apply('b')).status, 200);
  assert.equal(await used(), '2');
  const many = await Promise.all(Array.from({ length: 5 }, () => api.post(maps, { metadata: { generateName: 'g-' } })));
  assert.deepEqual(
    many.map(({ status }) => status).sort((a, b) => a - b),
    [201, 403, 403, 403, 403],
  );
  assert.equal(await used(), '3');
  const { managedFields } = (await api.fetch('GET', quota)).json['metadata'] as unknown as { managedFields: { manager: string; subresource?: string }[] };
  assert.ok(managedFields.some(({ manager, subresource }) => manager === 'kube-apiserver' && subresource === 'status'));
});

test('nothing is made in a namespace from the moment it is asked to go', async () => {
  await using api = await startWith();
  await api.fetch('DELETE', '/api/v1/namespaces/n');
  const refused = await api.post('/api/v1/namespaces/n/configmaps', { metadata: { name: 'c' } });
  assert.equal(refused.status, 403);
  assert.deepEqual(refused.json['details'], {
    name: 'c',
    kind: 'configmaps',
    causes: [{ reason: 'NamespaceTerminating', message: 'namespace n is being terminated', field: 'metadata.namespace' }],
  });
});

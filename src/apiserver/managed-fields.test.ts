import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Clock, systemClock } from '#lib';
import type { ManagedFieldsEntry } from '#api/types/meta-v1';
import { ECDSA_REQUEST } from '../api/certificates/test-requests.ts';
import { type Answer, startTestServer, type TestServer } from './testing/test-server.ts';

const CORE = '/api/v1/namespaces/default';
const APPS = '/apis/apps/v1/namespaces/default';
const APPLY = { 'content-type': 'application/apply-patch+yaml' };
const MERGE = { 'content-type': 'application/merge-patch+json' };
const REPLICAS = { 'f:spec': { 'f:replicas': {} } };

let server: TestServer;
/** How far the server's clock is ahead: entries have whole seconds. */
let aheadMs = 0;
const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
before(async () => {
  server = await startTestServer({ clock });
  await send('POST', `${CORE}/serviceaccounts`, { metadata: { name: 'default' } });
});
after(async () => await server[Symbol.asyncDispose]());

function entriesOf({ json }: Answer): ManagedFieldsEntry[] {
  return ((json['metadata'] as { managedFields?: ManagedFieldsEntry[] }).managedFields ?? []) as ManagedFieldsEntry[];
}
function owners(answer: Answer): Record<string, unknown> {
  return Object.fromEntries(
    entriesOf(answer).map(({ operation, manager, subresource, fieldsV1 }) => [`${operation} ${manager}${subresource ? `/${subresource}` : ''}`, fieldsV1]),
  );
}
async function send(method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await server.fetch(method, path, { headers, body });
  assert.ok(answer.status < 300, answer.text);
  return answer;
}
const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const replicaSet = (name: string): object => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name },
  spec: { replicas: 1, selector: { matchLabels: { app: 'a' } }, template },
});

test('who scales owns the replicas of the parent, without a time', async () => {
  await send('POST', `${APPS}/replicasets?fieldManager=creator`, replicaSet('scaled'));
  await send('PATCH', `${APPS}/replicasets/scaled/scale?fieldManager=scaler`, { spec: { replicas: 3 } }, MERGE);
  const scaled = await server.fetch('GET', `${APPS}/replicasets/scaled`);
  assert.deepEqual(owners(scaled)['Update scaler/scale'], REPLICAS);
  const entry = entriesOf(scaled).find(({ manager }) => manager === 'scaler');
  assert.equal(entry?.time, undefined);
  assert.equal(entry?.apiVersion, 'apps/v1');
  assert.ok(!('f:replicas' in (owners(scaled)['Update creator'] as { 'f:spec': object })['f:spec']));
  const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'scaled' }, spec: { replicas: 5 } };
  const conflict = await server.fetch('PATCH', `${APPS}/replicasets/scaled/scale?fieldManager=other`, { headers: APPLY, body: scale });
  assert.equal(conflict.status, 409);
  assert.equal(conflict.json['message'], 'Apply failed with 1 conflict: conflict with "scaler" with subresource "scale" using autoscaling/v1: .spec.replicas');
  await send('PATCH', `${APPS}/replicasets/scaled/scale?fieldManager=other&force=true`, scale, APPLY);
  const applied = await server.fetch('GET', `${APPS}/replicasets/scaled`);
  assert.deepEqual(Object.keys(owners(applied)), ['Apply other/scale', 'Update creator']);
  assert.deepEqual(owners(applied)['Apply other/scale'], REPLICAS);
});

test('endpoints own what they can change: status, labels of a Deployment’s status not', async () => {
  const deployment = { ...replicaSet('d'), kind: 'Deployment' };
  await send('POST', `${APPS}/deployments?fieldManager=creator`, { ...deployment, status: { replicas: 7 } });
  const change = { metadata: { labels: { l: '1' }, annotations: { n: '1' } }, status: { replicas: 2 }, spec: { paused: true } };
  const answer = await send('PATCH', `${APPS}/deployments/d/status?fieldManager=ctl`, change, MERGE);
  assert.deepEqual(owners(answer)['Update ctl/status'], {
    'f:metadata': { 'f:annotations': { '.': {}, 'f:n': {} } },
    'f:status': { 'f:replicas': {} },
  });
  assert.ok(!('f:status' in (owners(answer)['Update creator'] as object)));
  assert.equal(answer.json['metadata']?.['labels']?.['l'], undefined, 'nor do they change');
});

test('resizing and ephemeral containers own just that', async () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: template.spec };
  await send('POST', `${CORE}/pods?fieldManager=creator`, pod);
  const containers = [{ name: 'debug', image: 'i' }];
  const answer = await send('PATCH', `${CORE}/pods/p/ephemeralcontainers?fieldManager=kubectl`, { spec: { ephemeralContainers: containers } }, MERGE);
  const own = owners(answer)['Update kubectl/ephemeralcontainers'] as { 'f:spec': object };
  assert.deepEqual(Object.keys(own), ['f:spec']);
  assert.deepEqual(Object.keys(own['f:spec']), ['f:ephemeralContainers']);
});

test('entries of other versions are judged in them, those of unknown ones are dropped', async () => {
  const scaler = (version: string, spec: object): object => ({
    apiVersion: `autoscaling/${version}`,
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'h' },
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' }, maxReplicas: 5, ...spec },
  });
  const path = (version: string): string => `/apis/autoscaling/${version}/namespaces/default/horizontalpodautoscalers/h`;
  await send('PATCH', `${path('v1')}?fieldManager=one`, scaler('v1', { targetCPUUtilizationPercentage: 50 }), APPLY);
  const conflict = await server.fetch('PATCH', `${path('v2')}?fieldManager=two`, { headers: APPLY, body: scaler('v2', { maxReplicas: 9 }) });
  assert.equal(conflict.json['message'], 'Apply failed with 1 conflict: conflict with "one": .spec.maxReplicas');
  const metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } }];
  const taken = await send('PATCH', `${path('v2')}?fieldManager=two`, { spec: { metrics } }, MERGE);
  const one = owners(taken)['Apply one'] as { 'f:spec': object };
  assert.deepEqual(Object.keys(one['f:spec']), ['f:maxReplicas', 'f:scaleTargetRef'], 'the percentage of v1 is a metric of v2');
  const given = await send('PATCH', `${path('v1')}?fieldManager=one`, scaler('v1', {}), APPLY);
  assert.equal((given.json['spec'] as { targetCPUUtilizationPercentage?: number }).targetCPUUtilizationPercentage, 60);
  const old = { manager: 'old', operation: 'Update', apiVersion: 'autoscaling/v9', fieldsType: 'FieldsV1', fieldsV1: { 'f:spec': { 'f:minReplicas': {} } } };
  const merged = await send('PATCH', `${path('v2')}?fieldManager=three`, { metadata: { managedFields: [old] }, spec: { minReplicas: 2 } }, MERGE);
  assert.deepEqual(Object.keys(owners(merged)), ['Update three']);
});

test('an empty list of managedFields forgets owners, until the next apply', async () => {
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' }, data: { a: '1' } };
  await send('POST', `${CORE}/configmaps`, map);
  assert.deepEqual(owners(await send('PATCH', `${CORE}/configmaps/m`, { metadata: { managedFields: [] }, data: { b: '2' } }, MERGE)), {});
  aheadMs += 5000;
  const applied = await send('PATCH', `${CORE}/configmaps/m?fieldManager=z`, { ...map, data: { a: '1' } }, APPLY);
  assert.deepEqual(owners(applied), { 'Apply z': { 'f:data': { 'f:a': {} } }, 'Update before-first-apply': { 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} } } });
  assert.equal(entriesOf(applied)[0]?.time, undefined, 'a statement that changes nothing has no time');
});

test('writes that change nothing keep times and revision', async () => {
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kept' }, data: { a: '1' } };
  const created = await send('PATCH', `${CORE}/configmaps/kept?fieldManager=z`, map, APPLY);
  aheadMs += 5000;
  assert.deepEqual((await send('PATCH', `${CORE}/configmaps/kept?fieldManager=z`, map, APPLY)).json, created.json);
  assert.deepEqual((await send('PUT', `${CORE}/configmaps/kept?fieldManager=q`, map)).json, created.json);
});

test('an owner that is named twice is one, with a warning', async () => {
  const owner = { apiVersion: 'v1', kind: 'X', name: 'n', uid: 'u-1' };
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned', ownerReferences: [owner, { ...owner, name: 'other' }, owner] } };
  const kept = [owner, { ...owner, name: 'other' }];
  const warning = (when: string): string =>
    `299 - ".metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: u-1"`;
  for (const [method, path] of [
    ['POST', `${CORE}/configmaps`],
    ['PUT', `${CORE}/configmaps/owned`],
  ] as const) {
    const answer = await send(method, path, map);
    assert.deepEqual((answer.json['metadata'] as { ownerReferences?: unknown }).ownerReferences, kept);
    assert.equal(answer.headers['warning'], warning(''));
  }
  const patched = await send('PATCH', `${CORE}/configmaps/owned`, { metadata: { ownerReferences: [...kept, owner] } }, MERGE);
  assert.equal(patched.headers['warning'], warning(' after mutating admission happens'));
});

test('who names no manager is known by the user agent', async () => {
  const table = [
    ['kubectl/v1.36.0 (linux/amd64)', 'kubectl'],
    ['a b', 'a b'],
    ['a\tb/1', 'ab'],
    [`${'x'.repeat(200)}/1`, 'x'.repeat(128)],
    ['/1', 'unknown'],
  ] as const;
  for (const [agent, manager] of table) {
    const body = { metadata: { generateName: 'by-' }, data: { a: '1' } };
    const made = await send('POST', `${CORE}/configmaps?dryRun=All`, body, { 'user-agent': agent });
    assert.deepEqual(Object.keys(owners(made)), [`Update ${manager}`]);
  }
});

test('questions and token requests tell whose fields they have', async () => {
  const spec = { user: 'u', nonResourceAttributes: { path: '/', verb: 'get' } };
  const review = await send('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews?fieldManager=m', { spec });
  const asked = { 'f:nonResourceAttributes': { '.': {}, 'f:path': {}, 'f:verb': {} }, 'f:user': {} };
  assert.deepEqual(owners(review), { 'Update m': { 'f:spec': asked } });
  const token = await send('POST', `${CORE}/serviceaccounts/default/token?fieldManager=m`, { metadata: { uid: 'x' }, spec: {} });
  assert.deepEqual(owners(token), { 'Update m/token': { 'f:spec': { 'f:expirationSeconds': {} } } });
  assert.deepEqual([entriesOf(token)[0]?.apiVersion, token.json['metadata']?.['uid']], ['authentication.k8s.io/v1', undefined]);
});

test('who asks for a certificate owns nothing of the request: it is fixed', async () => {
  const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests?fieldManager=m';
  const spec = { request: Buffer.from(ECDSA_REQUEST).toString('base64'), signerName: 'a.b/c', usages: ['client auth'] };
  const answer = await send('POST', path, { metadata: { name: 'r', labels: { a: 'b' } }, spec });
  assert.deepEqual(owners(answer), { 'Update m': { 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } } } });
});

test('a status of a VolumeAttachment is owned without its metadata', async () => {
  const path = '/apis/storage.k8s.io/v1/volumeattachments';
  const spec = { attacher: 'a', nodeName: 'n', source: { persistentVolumeName: 'p' } };
  await send('POST', `${path}?fieldManager=m`, { metadata: { name: 'v' }, spec });
  const patch = { metadata: { labels: { a: 'b' } }, status: { attached: true } };
  const answer = await send('PATCH', `${path}/v/status?fieldManager=s`, patch, MERGE);
  assert.deepEqual(owners(answer)['Update s/status'], { 'f:status': { 'f:attached': {} } });
});

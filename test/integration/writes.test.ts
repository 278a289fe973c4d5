/** Writes that are not meant, writes on conditions, and what happens to what belongs to what is deleted. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ControlPlane, type Json, MERGE, startControlPlane, textOf } from './control-plane.ts';

let plane: ControlPlane;
before(async () => {
  plane = await startControlPlane({ datastoreEndpoint: 'memory' });
  await plane.becomes('/api/v1/namespaces/default/serviceaccounts/default', ({ status }) => status === 200);
});
after(() => plane[Symbol.asyncDispose]());

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const REPLICA_SETS = '/apis/apps/v1/namespaces/default/replicasets';

void describe('dry run', () => {
  test('create answers as if, and stores nothing', async () => {
    const { json } = await plane.ok('POST', `${CONFIG_MAPS}?dryRun=All`, { body: { metadata: { generateName: 'dry-' } } });
    assert.match(textOf(json['metadata']?.['name']), /^dry-.{5}$/);
    assert.equal((await plane.request('GET', `${CONFIG_MAPS}/${textOf(json['metadata']?.['name'])}`)).status, 404);
  });
  test('update, patch and delete leave the object as it is', async () => {
    const made = await plane.ok('POST', CONFIG_MAPS, { body: { metadata: { name: 'dry' }, data: { a: '1' } } });
    const put = await plane.ok('PUT', `${CONFIG_MAPS}/dry?dryRun=All`, { body: { metadata: { name: 'dry' }, data: { a: '2' } } });
    assert.deepEqual(put.json['data'], { a: '2' });
    await plane.ok('PATCH', `${CONFIG_MAPS}/dry?dryRun=All`, { headers: MERGE, body: { data: { a: '3' } } });
    await plane.ok('DELETE', `${CONFIG_MAPS}/dry?dryRun=All`);
    assert.deepEqual((await plane.ok('GET', `${CONFIG_MAPS}/dry`)).json, made.json);
  });
  test('mistakes are found all the same', async () => {
    assert.equal((await plane.request('POST', `${CONFIG_MAPS}?dryRun=All`, { body: { metadata: { name: 'A_B' } } })).status, 422);
    assert.equal((await plane.request('POST', `${CONFIG_MAPS}?dryRun=Some`, { body: { metadata: { name: 'a' } } })).status, 422);
  });
});

void describe('conditions', () => {
  test('an old resourceVersion is a conflict', async () => {
    const { json } = await plane.ok('POST', CONFIG_MAPS, { body: { metadata: { name: 'raced' } } });
    const change = (value: string): Promise<unknown> => plane.ok('PUT', `${CONFIG_MAPS}/raced`, { body: { ...json, data: { value } } });
    await change('first');
    await assert.rejects(change('second'), /409 .*the object has been modified; please apply your changes to the latest version and try again/);
  });
  test('of two deletions with preconditions the right one wins', async () => {
    const { json } = await plane.ok('POST', CONFIG_MAPS, { body: { metadata: { name: 'sure' } } });
    const uid = json['metadata']?.['uid'];
    const remove = (preconditions: object): Promise<{ status: number }> => plane.request('DELETE', `${CONFIG_MAPS}/sure`, { body: { preconditions } });
    assert.equal((await remove({ uid: 'another' })).status, 409);
    assert.equal((await remove({ uid, resourceVersion: '1' })).status, 409);
    assert.equal((await remove({ uid, resourceVersion: json['metadata']?.['resourceVersion'] })).status, 200);
  });
});

void describe('propagation', () => {
  for (const [policy, kept] of [
    ['Background', false],
    ['Foreground', false],
    ['Orphan', true],
  ] as const) {
    test(`${policy} ${kept ? 'leaves' : 'takes'} the dependents`, async () => {
      const name = policy.toLowerCase();
      const replicaSet = await deploy(name);
      await plane.ok('DELETE', `${DEPLOYMENTS}/${name}`, { body: { propagationPolicy: policy } });
      await plane.becomes(`${DEPLOYMENTS}/${name}`, ({ status }) => status === 404);
      if (!kept) return void (await plane.becomes(`${REPLICA_SETS}/${replicaSet}`, ({ status }) => status === 404));
      const { json } = await plane.ok('GET', `${REPLICA_SETS}/${replicaSet}`);
      assert.equal(json['metadata']?.['ownerReferences'], undefined);
    });
  }
  test('Jobs of batch/v1 leave their Pods where nothing is said', async () => {
    const jobs = '/apis/batch/v1/namespaces/default/jobs';
    const spec = { suspend: true, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } };
    await plane.ok('POST', jobs, { body: { metadata: { name: 'j' }, spec } });
    const { json } = await plane.ok('DELETE', `${jobs}/j?dryRun=All`);
    assert.deepEqual(json['metadata']?.['finalizers'], ['orphan']);
  });
});

async function deploy(name: string): Promise<string> {
  const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  await plane.ok('POST', DEPLOYMENTS, { body: { metadata: { name }, spec: { replicas: 0, selector: { matchLabels: { app: name } }, template } } });
  const found = await plane.becomes(`${REPLICA_SETS}?labelSelector=app%3D${name}`, ({ json }) => items(json).length > 0);
  return textOf(items(found.json)[0]?.['metadata']?.['name']);
}
const items = (list: Json): Json[] => (list['items'] ?? []) as unknown as Json[];

void describe('namespaces', () => {
  for (const name of ['default', 'kube-system', 'kube-public']) {
    test(`${name} is not deleted`, async () => {
      const answer = await plane.request('DELETE', `/api/v1/namespaces/${name}`);
      assert.deepEqual([answer.status, answer.json['message']], [403, `namespaces "${name}" is forbidden: this namespace may not be deleted`]);
    });
  }
  test('others go with all that is in them', async () => {
    await plane.ok('POST', '/api/v1/namespaces', { body: { metadata: { name: 'brief' } } });
    await plane.ok('POST', '/api/v1/namespaces/brief/configmaps', { body: { metadata: { name: 'a', finalizers: ['x.test/held'] } } });
    await plane.ok('DELETE', '/api/v1/namespaces/brief');
    const refused = await plane.request('POST', '/api/v1/namespaces/brief/configmaps', { body: { metadata: { name: 'b' } } });
    assert.equal(refused.status, 403);
    assert.match(textOf(refused.json['message']), /unable to create new content in namespace brief because it is being terminated/);
    await plane.becomes('/api/v1/namespaces/brief/configmaps/a', ({ json }) => json['metadata']?.['deletionTimestamp'] !== undefined);
    await plane.ok('PATCH', '/api/v1/namespaces/brief/configmaps/a', { headers: MERGE, body: { metadata: { finalizers: null } } });
    await plane.becomes('/api/v1/namespaces/brief', ({ status }) => status === 404);
  });
  test('objects want one that exists', async () => {
    const answer = await plane.request('POST', '/api/v1/namespaces/none/configmaps', { body: { metadata: { name: 'a' } } });
    assert.deepEqual([answer.status, answer.json['message']], [404, 'namespaces "none" not found']);
  });
});

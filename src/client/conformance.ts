import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { configMaps, isStatus, type KubeObject, namespaces, pods, type StatusReason, type WatchEvent } from '#api';
import type { ConfigMap, Pod } from '#api/types/core-v1';
import type { Client } from './contract.ts';

type Promises = (promise: string, check: (client: Client, context: TestContext) => Promise<void>) => void;

/** The specification of a Client against a real API server; `open` gives a client (of an administrator) to a fresh one for each test. */
export function testClient(name: string, open: (context: TestContext) => Promise<Client>): void {
  const promises: Promises = (promise, check) => {
    void test(`${name}: ${promise}`, async (context) => check(await open(context), context));
  };
  testObjects(promises);
  testLists(promises);
  testWatching(promises);
}

function testObjects(promises: Promises): void {
  promises('create, get, update and delete', async (client) => {
    const created = await client.create(configMaps, configMap('a', { x: '1' }));
    assert.ok(created.metadata.uid && created.metadata.resourceVersion && created.metadata.creationTimestamp);
    assert.equal(created.kind, 'ConfigMap');
    assert.deepEqual(await client.get(configMaps, ref('a')), created);
    const updated = await client.update(configMaps, { ...created, data: { x: '2' } });
    assert.notEqual(updated.metadata.resourceVersion, created.metadata.resourceVersion);
    assert.deepEqual(updated.data, { x: '2' });
    await client.delete(configMaps, ref('a'));
    await refusedAs('NotFound', client.get(configMaps, ref('a')));
  });
  promises('failures are StatusErrors with upstream’s reason and words', async (client) => {
    await client.create(configMaps, configMap('a'));
    const twice = await refusedAs('AlreadyExists', client.create(configMaps, configMap('a')));
    assert.equal(twice.message, 'configmaps "a" already exists');
    assert.equal(twice.code, 409);
    const missing = await refusedAs('NotFound', client.get(configMaps, ref('none')));
    assert.equal(missing.message, 'configmaps "none" not found');
    assert.deepEqual(missing.details, { name: 'none', kind: 'configmaps' });
    await refusedAs('Invalid', client.create(configMaps, configMap('Not_A_Name')));
    await refusedAs('NotFound', client.delete(configMaps, ref('none')));
  });
  promises('an update of an old version is a Conflict', async (client) => {
    const old = await client.create(configMaps, configMap('a'));
    await client.update(configMaps, { ...old, data: { x: '1' } });
    const conflict = await refusedAs('Conflict', client.update(configMaps, { ...old, data: { x: '2' } }));
    assert.match(conflict.message, /the object has been modified; please apply your changes to the latest version and try again/);
  });
  promises('patches of each type', async (client) => {
    await client.create(configMaps, configMap('a', { x: '1', y: '1' }));
    const json = await client.patch(configMaps, ref('a'), [{ op: 'replace', path: '/data/x', value: '2' }], { type: 'json' });
    assert.deepEqual(json.data, { x: '2', y: '1' });
    const merge = await client.patch(configMaps, ref('a'), { data: { y: null } }, { type: 'merge' });
    assert.deepEqual(merge.data, { x: '2' });
    const strategic = await client.patch(configMaps, ref('a'), { data: { z: '3' } }, { type: 'strategic' });
    assert.deepEqual(strategic.data, { x: '2', z: '3' });
    const apply = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b', namespace: 'default' }, data: { x: '1' } };
    const applied = await client.patch<ConfigMap>(configMaps, ref('b'), apply, { type: 'apply', fieldManager: 'conformance' });
    assert.equal(applied.metadata.managedFields?.[0]?.manager, 'conformance');
  });
  promises('dry runs change nothing', async (client) => {
    const dry = await client.create(configMaps, configMap('a'), { dryRun: true });
    assert.equal(dry.metadata.name, 'a');
    await refusedAs('NotFound', client.get(configMaps, ref('a')));
  });
  promises('the status is written by itself, and a subresource is posted to', async (client) => {
    await client.create(pods, pod('p'));
    const patch = { status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] } };
    const written = await client.patch(pods, ref('p'), patch, { type: 'strategic', subresource: 'status' });
    assert.equal(written.status?.conditions?.find((condition) => condition.type === 'PodScheduled')?.reason, 'Unschedulable');
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'p', namespace: 'default' }, target: { kind: 'Node', name: 'n' } };
    await client.createSubresource<KubeObject>(pods, ref('p'), 'binding', binding as KubeObject);
    assert.equal((await client.get(pods, ref('p'))).spec?.nodeName, 'n');
  });
  promises('cluster-scoped kinds need no namespace', async (client) => {
    await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' }, spec: {} });
    assert.equal((await client.get(namespaces, { name: 'other' })).kind, 'Namespace');
  });
  promises('preconditions of a deletion hold', async (client) => {
    await client.create(configMaps, configMap('a'));
    await refusedAs('Conflict', client.delete(configMaps, ref('a'), { preconditions: { uid: 'another' } }));
    assert.ok(await client.get(configMaps, ref('a')));
  });
}

function testLists(promises: Promises): void {
  promises('lists by namespace and selectors, with items that say what they are', async (client) => {
    await client.create(configMaps, { ...configMap('a'), metadata: { name: 'a', namespace: 'default', labels: { app: 'x' } } });
    await client.create(configMaps, configMap('b'));
    const selected = await client.list(configMaps, { namespace: 'default', labelSelector: 'app=x' });
    assert.deepEqual(namesOf(selected.items), ['a']);
    assert.equal(selected.items[0]?.kind, 'ConfigMap');
    assert.equal(selected.items[0]?.apiVersion, 'v1');
    assert.ok(selected.metadata.resourceVersion);
    assert.deepEqual(namesOf((await client.list(configMaps, { namespace: 'default', fieldSelector: 'metadata.name=b' })).items), ['b']);
    assert.deepEqual((await client.list(configMaps, { namespace: 'none' })).items, []);
  });
  promises('lists come in pages', async (client) => {
    for (const name of ['a', 'b', 'c']) await client.create(configMaps, configMap(name));
    const first = await client.list(configMaps, { namespace: 'default', fieldSelector: 'metadata.name!=kube-root-ca.crt', limit: 2 });
    assert.equal(first.items.length, 2);
    const second = await client.list(configMaps, {
      namespace: 'default',
      limit: 2,
      fieldSelector: 'metadata.name!=kube-root-ca.crt',
      continue: first.metadata.continue,
    });
    assert.deepEqual(namesOf([...first.items, ...second.items]), ['a', 'b', 'c']);
  });
  promises('deleteCollection deletes what is selected', async (client) => {
    await client.create(configMaps, { ...configMap('a'), metadata: { name: 'a', namespace: 'default', labels: { app: 'x' } } });
    await client.create(configMaps, configMap('b'));
    await client.deleteCollection(configMaps, { namespace: 'default', labelSelector: 'app=x' });
    await refusedAs('NotFound', client.get(configMaps, ref('a')));
    assert.ok(await client.get(configMaps, ref('b')));
  });
}

function testWatching(promises: Promises): void {
  promises('a watch from a list shows what comes after it, in order', async (client, { signal }) => {
    const { metadata } = await client.list(configMaps, { namespace: 'default' });
    const a = await client.create(configMaps, configMap('a', { x: '1' }));
    await client.update(configMaps, { ...a, data: { x: '2' } });
    await client.delete(configMaps, ref('a'));
    const seen: string[] = [];
    for await (const event of client.watch(configMaps, { namespace: 'default', resourceVersion: metadata.resourceVersion, signal })) {
      if (event.type === 'BOOKMARK') continue;
      seen.push(`${event.type} ${event.object.kind} ${event.object.data?.['x']}`);
      if (event.type === 'DELETED') break;
    }
    assert.deepEqual(seen, ['ADDED ConfigMap 1', 'MODIFIED ConfigMap 2', 'DELETED ConfigMap 2']);
  });
  promises('a watch shows what happens while it runs, and ends when its signal aborts', async (client, context) => {
    const { metadata } = await client.list(configMaps, { namespace: 'default' });
    const controller = new AbortController();
    context.signal.addEventListener('abort', () => controller.abort());
    const events: WatchEvent[] = [];
    const watching = (async () => {
      for await (const event of client.watch(configMaps, { namespace: 'default', resourceVersion: metadata.resourceVersion, signal: controller.signal })) {
        events.push(event);
        if (event.object.metadata.name === 'b') controller.abort();
      }
    })();
    for (const name of ['a', 'b']) await client.create(configMaps, configMap(name));
    await watching;
    assert.deepEqual(namesOf(events.map((event) => event.object)), ['a', 'b']);
  });
  promises('a large object comes whole through a watch', async (client, { signal }) => {
    const { metadata } = await client.list(configMaps, { namespace: 'default' });
    await client.create(configMaps, configMap('big', { x: 'x'.repeat(500_000) }));
    for await (const event of client.watch(configMaps, { namespace: 'default', resourceVersion: metadata.resourceVersion, signal })) {
      assert.equal(event.object.data?.['x']?.length, 500_000);
      break;
    }
  });
}

function configMap(name: string, data: Record<string, string> = {}): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data };
}
function pod(name: string): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
}
const ref = (name: string) => ({ namespace: 'default', name });
const namesOf = (objects: readonly KubeObject[]) => objects.map((object) => object.metadata.name);

async function refusedAs(reason: StatusReason, attempt: Promise<unknown>) {
  const error = await attempt.then(
    () => assert.fail(`should have been refused as ${reason}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(isStatus(error, reason), `not ${reason}: ${String(error)}`);
  return error;
}

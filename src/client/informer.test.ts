import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, type KubeList, StatusError } from '#api';
import type { ConfigMap } from '#api/types/core-v1';
import { FakeClock, seededRandom } from '#lib';
import { createInformer, createInformerFactory } from './index.ts';
import { FakeClient, settle } from './testing/fake-client.ts';

function object(name: string, resourceVersion: string, uid = name): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', resourceVersion, uid } };
}
const listOf = (resourceVersion: string, ...items: ConfigMap[]): KubeList<ConfigMap> => ({ metadata: { resourceVersion }, items });

/** An informer over a fake client, and what its handlers heard. */
function start(...answers: (KubeList | Error)[]) {
  const client = new FakeClient();
  client.answers.push(...answers);
  const clock = new FakeClock();
  const controller = new AbortController();
  const heard: string[] = [];
  const informer = createInformer(client, configMaps, { signal: controller.signal, clock, random: seededRandom(1), namespace: 'default' });
  informer.on({
    added: ({ metadata }) => heard.push(`+${metadata.name}@${metadata.resourceVersion}`),
    updated: ({ metadata }, old) => heard.push(`~${metadata.name}@${old.metadata.resourceVersion}>${metadata.resourceVersion}`),
    deleted: ({ metadata }) => heard.push(`-${metadata.name}@${metadata.resourceVersion}`),
  });
  return { client, clock, controller, informer, heard };
}

void test('lists from the cache, then watches from there', async () => {
  const { client, informer, heard, controller } = start(listOf('5', object('a', '3')));
  assert.equal(informer.hasSynced, false);
  await informer.synced;
  assert.equal(informer.hasSynced, true);
  await settle();
  assert.deepEqual(heard, ['+a@3']);
  assert.deepEqual([client.lists[0]?.resourceVersion, client.lists[0]?.namespace], ['0', 'default']);
  const [watch] = client.watches;
  assert.deepEqual([watch?.options.resourceVersion, watch?.options.allowWatchBookmarks], ['5', true]);
  watch?.events.push({ type: 'MODIFIED', object: object('a', '6') });
  watch?.events.push({ type: 'ADDED', object: object('b', '7') });
  watch?.events.push({ type: 'DELETED', object: object('a', '8') });
  await settle();
  assert.deepEqual(heard, ['+a@3', '~a@3>6', '+b@7', '-a@8']);
  assert.deepEqual(
    informer.store.list('default').map((item) => item.metadata.name),
    ['b'],
  );
  controller.abort();
});
void test('a watch that ends goes on where it was; a bookmark moves that on', async () => {
  const { client, clock, controller } = start(listOf('5'));
  await settle();
  client.watches[0]?.events.push({ type: 'BOOKMARK', object: object('', '42') });
  await settle();
  client.watches[0]?.events.end();
  await settle();
  await clock.advance(2000);
  assert.equal(client.watches[1]?.options.resourceVersion, '42');
  assert.equal(client.lists.length, 1);
  controller.abort();
});
void test('an expired watch lists again, from the newest, and tells the difference', async () => {
  const { client, heard, controller } = start(
    listOf('5', object('a', '1'), object('b', '2'), object('c', '3')),
    listOf('20', object('a', '1'), object('b', '15'), object('c', '16', 'other')),
  );
  await settle();
  heard.length = 0;
  client.watches[0]?.events.end(new StatusError('Expired', 'too old resource version: 5 (10)'));
  await settle();
  assert.equal(client.lists[1]?.resourceVersion, undefined);
  assert.deepEqual(heard, ['~b@2>15', '-c@3', '+c@16']);
  assert.equal(client.watches[1]?.options.resourceVersion, '20');
  controller.abort();
});
void test('objects that are gone after a new list are deleted with their last state', async () => {
  const { client, heard, controller } = start(listOf('5', object('a', '1')), listOf('9'));
  await settle();
  client.watches[0]?.events.end(new StatusError('Gone', ''));
  await settle();
  assert.deepEqual(heard, ['+a@1', '-a@1']);
  controller.abort();
});
void test('failures back off with jitter, doubling, and the store stays', async () => {
  const unreachable = new StatusError('ServiceUnavailable', 'down');
  const { client, clock, informer, controller } = start(unreachable, unreachable, listOf('5', object('a', '1')));
  await settle();
  assert.equal(client.lists.length, 1);
  await clock.advance(799);
  assert.equal(client.lists.length, 1, 'before the shortest backoff');
  await clock.advance(801);
  assert.equal(client.lists.length, 2);
  await clock.advance(799);
  assert.equal(client.lists.length, 2, 'before the doubled backoff');
  await clock.advance(2401);
  await informer.synced;
  client.watches[0]?.events.end(unreachable);
  await settle();
  assert.equal(informer.store.size, 1);
  controller.abort();
});
void test('handlers that come late hear what is there; removed ones hear nothing; a throw hurts nobody', async () => {
  const { client, informer, controller } = start(listOf('5', object('a', '1')));
  await settle();
  const late: string[] = [];
  const remove = informer.on({ added: (added) => late.push(added.metadata.name ?? '') });
  informer.on({
    added: () => {
      throw new Error('a handler');
    },
  });
  client.watches[0]?.events.push({ type: 'ADDED', object: object('b', '6') });
  await settle();
  remove();
  client.watches[0]?.events.push({ type: 'ADDED', object: object('c', '7') });
  await settle();
  assert.deepEqual(late, ['a', 'b']);
  assert.equal(informer.store.size, 3);
  controller.abort();
});
void test('stopping ends the watch and rejects synced when nothing was listed', async () => {
  const { controller, informer } = start(new StatusError('ServiceUnavailable', 'down'));
  await settle();
  controller.abort();
  await assert.rejects(informer.synced, /stopped before it had synced/);
});
void test('indexes follow changes, also those that were added late', async () => {
  const { client, informer, controller } = start(listOf('5', object('a', '1', 'x'), object('b', '2', 'y')));
  await settle();
  informer.store.addIndex('uid', ({ metadata }) => [metadata.uid ?? '']);
  assert.deepEqual(
    informer.store.byIndex('uid', 'x').map((item) => item.metadata.name),
    ['a'],
  );
  client.watches[0]?.events.push({ type: 'MODIFIED', object: object('b', '6', 'y') });
  client.watches[0]?.events.push({ type: 'DELETED', object: object('a', '7', 'x') });
  await settle();
  assert.deepEqual(informer.store.byIndex('uid', 'x'), []);
  assert.equal(informer.store.byIndex('uid', 'y')[0]?.metadata.resourceVersion, '6');
  assert.throws(() => informer.store.byIndex('none', ''), /no such index/);
  controller.abort();
});
void test('a factory shares one informer for each kind and selection', async () => {
  const client = new FakeClient();
  client.answers.push(listOf('1'), listOf('1'));
  const controller = new AbortController();
  const factory = createInformerFactory(client, { signal: controller.signal });
  const one = factory.informer(configMaps);
  assert.equal(factory.informer(configMaps), one);
  assert.notEqual(factory.informer(configMaps, { namespace: 'default' }), one);
  await factory.synced();
  assert.equal(client.lists.length, 2);
  controller.abort();
});

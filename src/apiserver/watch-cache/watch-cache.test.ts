import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, type KubeObject, pods } from '#api';
import { type Datastore, openDatastore } from '#datastore';
import { createLog, FakeClock } from '#lib';
import type { CacheEvent } from './cache-event.ts';
import { Entry, encodeStored, formatOf } from './entry.ts';
import { ResourceCache } from './resource-cache.ts';
import { WatchCaches } from './watch-caches.ts';
import type { Watcher } from './watchers.ts';

const format = formatOf(configMaps);
const place = { namespace: 'ns', name: 'a' };

function configMap(name: string, data: Record<string, string> = {}): KubeObject {
  return { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, namespace: 'ns', uid: `uid-${name}` }, data } as KubeObject;
}

test('the resourceVersion is spliced into stored bytes without parsing', () => {
  const entry = new Entry(format, place, encodeStored(format, configMap('a', { x: '1' })), 42);
  assert.equal(JSON.parse(entry.bytes.toString()).metadata.resourceVersion, '42');
  assert.equal(entry.object.metadata.resourceVersion, '42');
  assert.equal(entry.itemBytes.toString(), '"metadata":{"resourceVersion":"42","name":"a","namespace":"ns","uid":"uid-a"},"data":{"x":"1"}}');
});

test('what others wrote with fields in another order, or a line feed, is read too', () => {
  const reordered = Buffer.from('{"metadata":{"name":"a","resourceVersion":"1"},"data":{"x":"1"},"apiVersion":"v1","kind":"ConfigMap"}\n');
  const entry = new Entry(format, place, reordered, 7);
  assert.equal(entry.object.metadata.resourceVersion, '7');
  assert.equal(entry.bytes.at(-1), '}'.charCodeAt(0));
  assert.ok(entry.bytes.toString().startsWith('{"kind":"ConfigMap","apiVersion":"v1","metadata":{"resourceVersion":"7",'));
});

test('fields in another order are no change, another value is', () => {
  const entry = new Entry(format, place, encodeStored(format, configMap('a', { x: '1', y: '2' })), 42);
  const same = configMap('a', { y: '2', x: '1' });
  const other = configMap('a', { x: '1', y: '3' });
  assert.equal(entry.sameStored(encodeStored(format, same), same), true);
  assert.equal(entry.sameStored(encodeStored(format, other), other), false);
});

test('an object at a later revision shares nothing that changes', () => {
  const entry = new Entry(format, place, encodeStored(format, configMap('a')), 9);
  const later = entry.atRevision(1000);
  assert.equal(later.object.metadata.resourceVersion, '1000');
  assert.equal(entry.object.metadata.resourceVersion, '9');
});

test('shared objects are frozen in tests', () => {
  const entry = new Entry(format, place, encodeStored(format, configMap('a')), 9);
  assert.throws(() => (entry.object.metadata.labels = {}), TypeError);
});

test('lists come in key order, whatever order things came in', () => {
  const cache = new ResourceCache(configMaps);
  let revision = 0;
  for (const key of ['b/x', 'a/y', 'a-b/z', 'a/x']) {
    const [namespace = '', name = ''] = key.split('/');
    cache.apply(new Entry(format, { namespace, name }, encodeStored(format, configMap(name)), ++revision), false, 0);
  }
  assert.deepEqual(
    [...cache.list()].map((entry) => `${entry.namespace}/${entry.name}`),
    ['a-b/z', 'a/x', 'a/y', 'b/x'],
  );
  cache.apply(new Entry(format, { namespace: 'a', name: 'x' }, encodeStored(format, configMap('x')), ++revision), true, 0);
  assert.deepEqual(
    [...cache.list('a')].map(({ name }) => name),
    ['y'],
  );
});

test('lists and counts from any key on are those of a sorted list, however objects come, go and come again', () => {
  const cache = new ResourceCache(configMaps);
  const present = new Set<string>();
  let seed = 7;
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let revision = 1; revision <= 600; revision++) {
    const [namespace, name] = [['a', 'a-b', 'b'][random(3)] as string, `n${random(12)}`];
    const key = `${namespace}/${name}`;
    const isDeleted = present.has(key) && random(2) === 0;
    cache.apply(new Entry(format, { namespace, name }, encodeStored(format, configMap(name)), revision), isDeleted, 0);
    if (isDeleted) present.delete(key);
    else present.add(key);
    if (random(3) > 0) continue;
    const start = [undefined, '', `${namespace}/${name}`, `${namespace}/${name}\0`, 'a', 'a-', 'zzz'][random(7)];
    const inside = random(2) === 0 ? namespace : undefined;
    const expected = [...present].filter((each) => each >= (start ?? '') && (inside === undefined || each.startsWith(`${inside}/`))).sort();
    assert.deepEqual(
      [...cache.list(inside, start)].map((entry) => `${entry.namespace}/${entry.name}`),
      expected,
    );
    assert.equal(cache.count(inside, start), expected.length);
  }
});

test('whoever goes through a list while it changes meets nothing twice, and nothing that is gone', () => {
  const cache = new ResourceCache(configMaps);
  let revision = 0;
  const apply = (name: string, isDeleted: boolean): void => {
    cache.apply(new Entry(format, { namespace: 'a', name }, encodeStored(format, configMap(name)), ++revision), isDeleted, 0);
  };
  for (const name of ['a', 'c', 'd', 'e']) apply(name, false);
  const seen: string[] = [];
  for (const { name } of cache.list('a')) {
    seen.push(name);
    if (name !== 'c') continue;
    apply('b', false);
    apply('d', true);
    cache.count();
  }
  assert.deepEqual(seen, ['a', 'c', 'e']);
});

test('metadata is cut out of the bytes, whatever its texts hold', () => {
  for (const text of ['plain', 'a "quoted" \\ and }{ braces', '\\', '\u{1F600}"}']) {
    const object = { ...configMap('a'), metadata: { ...configMap('a').metadata, annotations: { text, empty: '' }, finalizers: [] } };
    const entry = new Entry(format, place, encodeStored(format, object), 42);
    assert.deepEqual(JSON.parse(`{${entry.metadataBytes.toString()}}`), { metadata: { resourceVersion: '42', ...object.metadata } });
  }
});

test('each watcher is told of exactly what lies where it looks, until it goes', () => {
  const cache = new ResourceCache(configMaps);
  const places: Pick<Watcher, 'namespace' | 'name'>[] = [
    {},
    { namespace: 'a' },
    { namespace: 'a', name: 'x' },
    { name: 'x' },
    { namespace: 'b' },
    { namespace: '' },
    { namespace: '', name: 'x' },
  ];
  const seen = places.map(() => [] as string[]);
  const watchers = places.map((place, i): Watcher => {
    const event = ({ entry }: CacheEvent): void => void seen[i]?.push(`${entry.namespace}/${entry.name}`);
    return { ...place, wantsBookmarks: false, event, bookmark: () => {}, end: () => {} };
  });
  let revision = 0;
  const change = (key: string): void => {
    const [namespace = '', name = ''] = key.split('/');
    cache.apply(new Entry(format, { namespace, name }, encodeStored(format, configMap(name)), ++revision), false, 0);
  };
  const keys = ['a/x', 'a/y', 'b/x', 'b/y', '/x', '/y'];
  for (const watcher of watchers) cache.watchers.add(watcher);
  keys.forEach(change);
  assert.deepEqual(
    seen,
    places.map(({ namespace, name }) =>
      keys.filter((key) => (namespace === undefined || key.startsWith(`${namespace}/`)) && (name === undefined || key.endsWith(`/${name}`))),
    ),
  );
  const before = seen.flat().length;
  for (const watcher of watchers) cache.watchers.delete(watcher);
  keys.forEach(change);
  assert.equal(seen.flat().length, before);
  assert.equal(cache.watchers.size, 0);
});

test('the ring tells what came after a revision, or how far back it reaches', () => {
  const cache = new ResourceCache(configMaps);
  cache.startAt(10);
  for (let revision = 11; revision <= 20; revision++) cache.apply(new Entry(format, place, encodeStored(format, configMap('a')), revision), false, 0);
  const events = cache.since(17);
  assert.ok(Array.isArray(events));
  assert.deepEqual(
    events.map((event) => event.revision),
    [18, 19, 20],
  );
  assert.deepEqual(cache.since(9), { oldest: 10 });
  for (let revision = 21; revision <= 20_000; revision++) cache.apply(new Entry(format, place, encodeStored(format, configMap('a')), revision), false, 0);
  const oldest = cache.since(15);
  assert.ok(!Array.isArray(oldest) && oldest.oldest > 10_000, 'the ring is bounded');
});

async function openCaches(): Promise<{ datastore: Datastore; caches: WatchCaches; clock: FakeClock } & AsyncDisposable> {
  const datastore = await openDatastore({ endpoint: 'memory' });
  const clock = new FakeClock();
  const caches = new WatchCaches({ datastore, definitions: [configMaps, pods], clock, log: createLog('test') });
  return {
    datastore,
    caches,
    clock,
    async [Symbol.asyncDispose]() {
      await caches.stop();
      await datastore.close();
    },
  };
}

test('what was stored before the start is there, what is stored later comes', async () => {
  await using store = await openCaches();
  const { datastore, caches } = store;
  await datastore.create('/registry/configmaps/ns/a', encodeStored(format, configMap('a')));
  await caches.start();
  assert.equal(caches.get(configMaps, { namespace: 'ns', name: 'a' })?.metadata.name, 'a');
  await datastore.create('/registry/configmaps/ns/b', encodeStored(format, configMap('b')));
  await caches.settled(configMaps);
  assert.equal(caches.get(configMaps, { namespace: 'ns', name: 'b' })?.metadata.name, 'b');
  assert.equal(caches.applied, datastore.revision);
});

test('own writes are not parsed again', async () => {
  await using store = await openCaches();
  const { datastore, caches } = store;
  await caches.start();
  const object = configMap('a');
  const value = encodeStored(format, object);
  caches.handOver(value, object);
  await datastore.create('/registry/configmaps/ns/a', value);
  await caches.settled(configMaps);
  assert.equal(caches.get(configMaps, { namespace: 'ns', name: 'a' }), object);
});

test('bookmarks go to those who want them, once a minute', async () => {
  await using store = await openCaches();
  const { caches, clock } = store;
  await caches.start();
  const told: number[] = [];
  const cache = caches.cacheOf(configMaps);
  assert.ok(cache);
  const watcher = { event: () => {}, bookmark: (revision: number) => void told.push(revision), end: () => {} };
  caches.watch(cache, { ...watcher, wantsBookmarks: true });
  caches.watch(cache, { ...watcher, wantsBookmarks: false });
  await clock.advance(60_000);
  assert.deepEqual(told, [caches.applied]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps } from '#api';
import type { ConfigMap } from '#api/types/core-v1';
import { openDatastore } from '#datastore';
import { FakeClock } from '#lib';
import { createFlakyDatastore, type FlakyDatastore } from './testing/flaky-datastore.ts';
import { type Answer, startTestServer, type TestServer } from './testing/test-server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

async function start(): Promise<{ api: TestServer; datastore: FlakyDatastore; clock: FakeClock; create: (name: string) => Promise<Answer> } & AsyncDisposable> {
  const datastore = createFlakyDatastore(await openDatastore({ endpoint: 'memory' }));
  // Certificates are checked by real time.
  const clock = new FakeClock(Date.now());
  const api = await startTestServer({ datastore, clock });
  return {
    api,
    datastore,
    clock,
    create: (name) => api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name } } }),
    [Symbol.asyncDispose]: () => api[Symbol.asyncDispose](),
  };
}

test('a full datastore is an error that names it, without a promise of later, and writes work again when there is room', async () => {
  await using cluster = await start();
  const { api, datastore, create } = cluster;
  datastore.failure = 'full';
  const refused = await create('a');
  assert.equal(refused.status, 500);
  assert.equal(refused.headers['retry-after'], undefined);
  assert.match(refused.text, /The datastore has no room left: Cannot write/);
  assert.equal((await api.fetch('GET', CONFIG_MAPS)).status, 200, 'reads go on');
  assert.equal((await api.fetch('GET', `${CONFIG_MAPS}/a`)).status, 404, 'nothing of it is seen');
  datastore.failure = undefined;
  assert.equal((await create('a')).status, 201);
});

test('a datastore that does not answer is upstream’s ServerTimeout, which clients try again after', async () => {
  await using cluster = await start();
  cluster.datastore.failure = 'unavailable';
  const refused = await cluster.create('a');
  assert.equal(refused.status, 500, refused.text);
  assert.equal(refused.json['reason'], 'ServerTimeout');
  assert.equal(refused.headers['retry-after'], '1');
});

test('readiness notices that writes fail, liveness does not, and both forget it in time', async () => {
  await using cluster = await start();
  const { api, datastore, clock, create } = cluster;
  const statusOf = async (path: string): Promise<number> => (await api.fetch('GET', path)).status;
  assert.equal(await statusOf('/readyz'), 200);
  datastore.failure = 'full';
  await create('a');
  const ready = await api.fetch('GET', '/readyz');
  assert.equal(ready.status, 500);
  assert.match(ready.text, /\[-\]etcd failed: reason withheld/);
  assert.deepEqual([await statusOf('/livez'), await statusOf('/healthz'), await statusOf('/readyz/etcd')], [200, 500, 500]);
  await clock.advance(30_000);
  assert.equal(await statusOf('/readyz'), 200, 'nobody has written since');
  await create('b');
  assert.equal(await statusOf('/readyz'), 500);
  datastore.failure = undefined;
  await create('c');
  assert.equal(await statusOf('/readyz'), 200);
});

interface Told {
  readonly type: string;
  readonly name: string;
  readonly revision: number;
}
/** Watches config maps in the server itself. */
function watchIn({ server }: TestServer): { told: Told[]; stop(): void } {
  const told: Told[] = [];
  const changed = (object: ConfigMap, old: ConfigMap | undefined, isDeleted: boolean): void => {
    told.push({
      type: isDeleted ? 'DELETED' : old ? 'MODIFIED' : 'ADDED',
      name: object.metadata.name ?? '',
      revision: Number(object.metadata.resourceVersion),
    });
  };
  return { told, stop: server.reader.onChange(configMaps, changed) };
}

test('what happens while the watch of the datastore is lost is told once, in order, as it happened', async () => {
  await using cluster = await start();
  const { api, datastore, clock, create } = cluster;
  await create('before');
  await api.server.reader.settled(configMaps);
  const { told } = watchIn(api);
  datastore.loseWatches('unavailable');
  await new Promise(setImmediate);
  assert.match(String(api.server.health()), /watch cache lost the datastore/);
  const value = Buffer.from('{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x","namespace":"default","uid":"u"}}');
  const first = await datastore.create('/registry/configmaps/default/x', value);
  const second = await datastore.delete('/registry/configmaps/default/x', first.revision);
  datastore.repair();
  await clock.advance(500);
  await api.server.reader.settled(configMaps);
  assert.deepEqual(told, [
    { type: 'ADDED', name: 'x', revision: first.revision },
    { type: 'DELETED', name: 'x', revision: second.revision },
  ]);
  assert.equal(api.server.health(), undefined);
});

test('where history is gone meanwhile everything is read anew, and watchers are told the difference in the order of revisions', async () => {
  await using cluster = await start();
  const { api, datastore, clock, create } = cluster;
  for (const name of ['kept', 'gone', 'anew', 'changed']) await create(name);
  await api.server.reader.settled(configMaps);
  const { told } = watchIn(api);
  datastore.loseWatches('compacted');
  await new Promise(setImmediate);
  const stored = (name: string): Buffer =>
    Buffer.from(`{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"${name}","namespace":"default","uid":"new"}}`);
  const key = (name: string): string => `/registry/configmaps/default/${name}`;
  const added = await datastore.create(key('zz'), stored('zz'));
  await datastore.delete(key('anew'));
  const anew = await datastore.create(key('anew'), stored('anew'));
  await datastore.delete(key('gone'));
  const current = await datastore.get(key('changed'));
  const changed = await datastore.update(key('changed'), stored('changed'), current?.modRevision ?? 0);
  datastore.repair();
  await clock.advance(500);
  await api.server.reader.settled(configMaps);
  assert.deepEqual(told, [
    { type: 'ADDED', name: 'zz', revision: added.revision },
    { type: 'DELETED', name: 'anew', revision: anew.revision - 1 },
    { type: 'ADDED', name: 'anew', revision: anew.revision },
    { type: 'MODIFIED', name: 'changed', revision: changed.revision },
    { type: 'DELETED', name: 'gone', revision: changed.revision },
  ]);
  const expired = await api.fetch('GET', `${CONFIG_MAPS}?watch=1&resourceVersion=${added.revision - 1}&timeoutSeconds=-1`);
  assert.match(expired.text, /"code":410/, 'a watch from before has to list again');
});

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { FakeClock, seededRandom } from '#lib';
import { type JsonEvent, JsonWatch } from '../testing/json-watch.ts';
import { identityOf, type Item, keyOf, KINDS, listing, prepare, RandomObjects, WAYS } from '../testing/random-objects.ts';
import { startTestServer, type TestServer } from '../testing/test-server.ts';

const SEEDS = 4;
const WRITES = 30;

/** What one who has listed makes of the events, as informers do; each must fit what is known. */
function replay(known: readonly Item[], events: readonly JsonEvent[], what: string): string[] {
  const objects = new Map(known.map((item) => [keyOf(item), item]));
  let revision = 0;
  for (const { type, object } of events) {
    const item = object as unknown as Item;
    const key = keyOf(item);
    assert.equal(type === 'ADDED', !objects.has(key), `${what}: ${type} ${key}`);
    assert.ok(Number(item.metadata.resourceVersion) > revision, what);
    revision = Number(item.metadata.resourceVersion);
    if (type === 'DELETED') {
      // The last state that was selected, at the version of what ended it.
      assert.deepEqual(item.metadata.labels, objects.get(key)?.metadata.labels, what);
      objects.delete(key);
    } else objects.set(key, item);
  }
  return [...objects.values()].map(identityOf).sort();
}

for (const [root, plural] of KINDS) {
  suite(`a list of ${plural} and the watch behind it`, () => {
    const clock = new FakeClock(Date.now());
    let api: TestServer;
    before(async () => {
      api = await startTestServer({ clock });
      await prepare(api);
    });
    after(() => api[Symbol.asyncDispose]());

    void test('are what the next list shows, with any selector, live and later', async () => {
      for (let seed = 0; seed < SEEDS; seed++) {
        const random = seededRandom(seed);
        const model = new RandomObjects(api, root, plural);
        await model.load();
        const before = await Promise.all(WAYS.map(({ namespace, query }) => listing(api.fetch('GET', `${model.path(namespace)}?${query}`))));
        const paths = WAYS.map(({ namespace, query }, i) => {
          const revision = before[i]?.metadata.resourceVersion;
          return `${model.path(namespace)}?watch=1&timeoutSeconds=1&resourceVersion=${revision}${query}`;
        });
        const live = paths.map((path) => new JsonWatch(api, path));
        await Promise.all(live.map(({ started }) => started));
        for (let i = 0; i < WRITES; i++) await model.write(random);
        const later = paths.map((path) => new JsonWatch(api, path));
        await Promise.all(later.map(({ started }) => started));
        await clock.advance(1_000);
        for (const [i, way] of WAYS.entries()) {
          const what = `seed ${seed}: ${way.namespace ?? '*'} ${way.query}`;
          const wanted = model.selected(way).map(identityOf).sort();
          for (const watch of [live[i], later[i]]) {
            await watch?.ended;
            assert.deepEqual(replay(before[i]?.items ?? [], watch?.events ?? [], what), wanted, what);
            watch?.[Symbol.dispose]();
          }
        }
      }
    });
  });
}

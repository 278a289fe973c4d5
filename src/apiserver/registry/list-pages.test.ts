import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type Random, seededRandom } from '#lib';
import { integer } from '../../api/testing/generate-object.ts';
import { identityOf, type Item, keyOf, KINDS, listing, prepare, RandomObjects, type Way, WAYS } from '../testing/random-objects.ts';
import { startTestServer, type TestServer, textOf } from '../testing/test-server.ts';

const SEEDS = 8;

for (const [root, plural] of KINDS) {
  suite(`pages of ${plural}`, () => {
    let api: TestServer;
    before(async () => {
      api = await startTestServer();
      await prepare(api);
    });
    after(() => api[Symbol.asyncDispose]());

    void test('show the state of the first, whatever is written between them', async () => {
      for (let seed = 0; seed < SEEDS; seed++) {
        for (const way of WAYS) {
          const random = seededRandom(seed);
          const model = await filled(random);
          const wanted = model.selected(way);
          const pages = await readPages(model, way, random, () => Promise.resolve());
          const what = `seed ${seed}: ${way.namespace ?? '*'} ${way.query}`;
          assert.deepEqual(pages.items.map(identityOf), wanted.map(identityOf), what);
          assert.equal(pages.hasExpired, false, what);
        }
      }
    });

    void test('go on after a compaction with the token of the answer: what was there all along comes once', async () => {
      let expired = 0;
      for (let seed = 100; seed < 100 + SEEDS; seed++) {
        for (const way of WAYS) {
          const random = seededRandom(seed);
          const model = await filled(random);
          const wanted = model.selected(way);
          const compactAt = integer(random, 1, 3);
          const pages = await readPages(model, way, random, async (page) => {
            if (page === compactAt) await api.datastore.compact(api.datastore.revision);
          });
          const what = `seed ${seed}: ${way.namespace ?? '*'} ${way.query}`;
          if (pages.hasExpired) expired++;
          const keys = pages.items.map(keyOf);
          assert.deepEqual(keys, [...new Set(keys)].sort(), what);
          const now = new Set(model.selected(way).map(identityOf));
          for (const item of wanted.filter((each) => now.has(identityOf(each)))) assert.ok(keys.includes(keyOf(item)), `${what}: ${keyOf(item)}`);
        }
      }
      assert.ok(expired > SEEDS, `${expired} lists met the compaction`);
    });

    void test('show one state while others write all the time', async () => {
      for (const way of WAYS) {
        const random = seededRandom(way.query.length);
        const model = await filled(random);
        let isOver = false;
        const writing = (async () => {
          while (!isOver) await model.write(random);
        })();
        const readings = Array.from({ length: 4 }, async (_, i) => {
          const pages = await readPages(model, way, seededRandom(i), () => Promise.resolve(), false);
          const exact = `${model.path(way.namespace)}?resourceVersion=${pages.revision}&resourceVersionMatch=Exact${way.query}`;
          assert.deepEqual(pages.items.map(identityOf), (await listing(api.fetch('GET', exact))).items.map(identityOf), way.query);
        });
        await Promise.all(readings).finally(() => (isOver = true));
        await writing;
      }
    });

    async function filled(random: Random): Promise<RandomObjects> {
      const model = new RandomObjects(api, root, plural);
      await model.load();
      for (let i = 0; i < 12; i++) await model.write(random);
      return model;
    }

    /** Follows the tokens to the end; with 410 by the token that it brings. */
    async function readPages(
      model: RandomObjects,
      way: Way,
      random: Random,
      between: (page: number) => Promise<void>,
      writes = true,
    ): Promise<{ items: readonly Item[]; hasExpired: boolean; revision: string | undefined }> {
      const items: Item[] = [];
      let token = '';
      let hasExpired = false;
      let revision: string | undefined;
      const total = model.selected(way).length;
      for (let page = 1; ; page++) {
        const path = `${model.path(way.namespace)}?limit=${integer(random, 1, 5)}${way.query}&continue=`;
        let answer = await api.fetch('GET', path + token);
        if (answer.status === 410) {
          hasExpired = true;
          revision = undefined;
          assert.equal(answer.json['reason'], 'Expired');
          answer = await api.fetch('GET', path + textOf(answer.json['metadata']?.['continue']));
        }
        const list = await listing(Promise.resolve(answer));
        revision ??= list.metadata.resourceVersion;
        assert.equal(list.metadata.resourceVersion, revision);
        assert.equal(list.metadata.remainingItemCount !== undefined, Boolean(list.metadata.continue) && way.query === '');
        items.push(...list.items);
        const { remainingItemCount } = list.metadata;
        if (remainingItemCount !== undefined && !hasExpired && writes) assert.equal(remainingItemCount, total - items.length);
        if (!list.metadata.continue) return { items, hasExpired, revision };
        token = list.metadata.continue;
        if (writes) for (let i = integer(random, 0, 4); i >= 0; i--) await model.write(random);
        await between(page);
      }
    }
  });
}

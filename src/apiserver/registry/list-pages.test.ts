import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type Random, seededRandom, waitFor } from '#lib';
import { integer, pick } from '../../api/testing/generate-object.ts';
import { type Answer, startTestServer, type TestServer, textOf } from '../testing/test-server.ts';

const SEEDS = 8;
const NAMESPACES = ['a', 'a-b', 'b'];
const NAMES = ['a', 'a-0', 'a.b', 'b', 'c', 'd0', 'd1', 'd10', 'e', 'f', 'g', 'z-z', 'z0'];
const MERGE = { 'content-type': 'application/merge-patch+json' };

interface Item {
  readonly metadata: { readonly namespace: string; readonly name: string; readonly resourceVersion: string; readonly labels: Readonly<Record<string, string>> };
}
interface Listing {
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number };
  readonly items: readonly Item[];
}
/** A way to list, and what it selects. */
interface Way {
  readonly namespace?: string;
  readonly query: string;
  readonly selects: (item: Item) => boolean;
}

const WAYS: readonly Way[] = [
  { query: '', selects: () => true },
  { namespace: 'a', query: '', selects: () => true },
  { query: '&labelSelector=par%3Dodd', selects: ({ metadata }) => metadata.labels['par'] === 'odd' },
  { namespace: 'a-b', query: '&labelSelector=par!%3Dodd', selects: ({ metadata }) => metadata.labels['par'] !== 'odd' },
  { query: '&fieldSelector=metadata.namespace%3Da', selects: ({ metadata }) => metadata.namespace === 'a' },
  { query: '&fieldSelector=metadata.name%3Dd1', selects: ({ metadata }) => metadata.name === 'd1' },
  {
    namespace: 'b',
    query: '&fieldSelector=metadata.name!%3Dd1&labelSelector=par',
    selects: ({ metadata }) => metadata.name !== 'd1' && metadata.labels['par'] !== undefined,
  },
];

const keyOf = ({ metadata: { namespace, name } }: Item): string => `${namespace}/${name}`;
const identityOf = (item: Item): string => `${keyOf(item)}@${item.metadata.resourceVersion}`;
const inKeyOrder = (items: Iterable<Item>): Item[] => [...items].sort((x, y) => (keyOf(x) < keyOf(y) ? -1 : 1));

/** The objects of one kind as the server must have them, and random writes to both. */
class Model {
  readonly #api: TestServer;
  readonly #root: string;
  readonly #plural: string;
  readonly objects = new Map<string, Item>();

  constructor(api: TestServer, root: string, plural: string) {
    this.#api = api;
    this.#root = root;
    this.#plural = plural;
  }
  path(namespace?: string): string {
    return namespace === undefined ? `${this.#root}/${this.#plural}` : `${this.#root}/namespaces/${namespace}/${this.#plural}`;
  }
  async load(): Promise<void> {
    const { items } = await listing(this.#api.fetch('GET', this.path()));
    this.objects.clear();
    for (const item of items) this.objects.set(keyOf(item), { ...item, metadata: { ...item.metadata, labels: item.metadata.labels ?? {} } });
  }
  async write(random: Random): Promise<void> {
    const namespace = pick(random, NAMESPACES);
    const name = pick(random, NAMES);
    const path = this.path(namespace);
    const labels = { par: pick(random, ['odd', 'even']) };
    const key = `${namespace}/${name}`;
    if (!this.objects.has(key)) return this.#keep(await this.#api.fetch('POST', path, { body: { ...this.#type(), metadata: { name, labels } } }));
    if (random.number() < 0.4) {
      const { status, text } = await this.#api.fetch('DELETE', `${path}/${name}`);
      assert.equal(status, 200, text);
      this.objects.delete(key);
      return;
    }
    const stamp = String(integer(random, 0, 1_000_000));
    const body = { metadata: { labels, annotations: { stamp } } };
    this.#keep(await this.#api.fetch('PATCH', `${path}/${name}`, { headers: MERGE, body }));
  }
  selected({ namespace, selects }: Way): Item[] {
    return inKeyOrder(this.objects.values()).filter((item) => (namespace === undefined || item.metadata.namespace === namespace) && selects(item));
  }
  #type(): object {
    return this.#plural === 'widgets' ? { apiVersion: 'example.com/v1', kind: 'Widget' } : {};
  }
  #keep({ status, text, json }: Answer): void {
    assert.ok(status < 300, text);
    const item = json as unknown as Item;
    this.objects.set(keyOf(item), item);
  }
}

async function listing(answer: Promise<Answer>): Promise<Listing> {
  const { status, text, json } = await answer;
  assert.equal(status, 200, text);
  const list = json as unknown as Listing;
  assert.ok(Array.isArray(list.items), text);
  return list;
}

const DEFINITION = {
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};

for (const [root, plural] of [
  ['/api/v1', 'configmaps'],
  ['/apis/example.com/v1', 'widgets'],
] as const) {
  suite(`pages of ${plural}`, () => {
    let api: TestServer;
    before(async () => {
      api = await startTestServer();
      for (const name of NAMESPACES) await api.fetch('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
      await api.fetch('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body: DEFINITION });
      await waitFor('the custom kind is served', async () => (await api.fetch('GET', '/apis/example.com/v1/widgets')).status === 200);
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

    async function filled(random: Random): Promise<Model> {
      const model = new Model(api, root, plural);
      await model.load();
      for (let i = 0; i < 12; i++) await model.write(random);
      return model;
    }

    /** Follows the tokens to the end; with 410 by the token that it brings. */
    async function readPages(
      model: Model,
      way: Way,
      random: Random,
      between: (page: number) => Promise<void>,
    ): Promise<{ items: readonly Item[]; hasExpired: boolean }> {
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
        if (remainingItemCount !== undefined && !hasExpired) assert.equal(remainingItemCount, total - items.length);
        if (!list.metadata.continue) return { items, hasExpired };
        token = list.metadata.continue;
        for (let i = integer(random, 0, 4); i >= 0; i--) await model.write(random);
        await between(page);
      }
    }
  });
}

import assert from 'node:assert/strict';
import { type Random, waitFor } from '#lib';
import { integer, pick } from '../../api/testing/generate-object.ts';
import type { Answer, TestServer } from './test-server.ts';

const NAMESPACES = ['a', 'a-b', 'b'];
const NAMES = ['a', 'a-0', 'a.b', 'b', 'c', 'd0', 'd1', 'd10', 'e', 'f', 'g', 'z-z', 'z0'];
const MERGE = { 'content-type': 'application/merge-patch+json' };

/** What tests look at of an object. */
export interface Item {
  readonly metadata: { readonly namespace: string; readonly name: string; readonly resourceVersion: string; readonly labels: Readonly<Record<string, string>> };
}
/** A list as the server answers with it. */
export interface Listing {
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number };
  readonly items: readonly Item[];
}
/** A way to list, and what it selects. */
export interface Way {
  readonly namespace?: string;
  readonly query: string;
  readonly selects: (item: Item) => boolean;
}

/** In all namespaces and in one, with and without selectors. */
export const WAYS: readonly Way[] = [
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

/** `namespace/name`. */
export const keyOf = ({ metadata: { namespace, name } }: Item): string => `${namespace}/${name}`;
/** The key and the version of this very state. */
export const identityOf = (item: Item): string => `${keyOf(item)}@${item.metadata.resourceVersion}`;
const inKeyOrder = (items: Iterable<Item>): Item[] => [...items].sort((x, y) => (keyOf(x) < keyOf(y) ? -1 : 1));

/** The objects of one kind as the server must have them, and random writes to both. */
export class RandomObjects {
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

/** The list, which must have been answered with. */
export async function listing(answer: Promise<Answer>): Promise<Listing> {
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

/** Has the namespaces and the kind that random objects are made of. */
export async function prepare(api: TestServer): Promise<void> {
  for (const name of NAMESPACES) await api.fetch('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
  await api.fetch('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body: DEFINITION });
  await waitFor('the custom kind is served', async () => (await api.fetch('GET', '/apis/example.com/v1/widgets')).status === 200);
}

/** A built-in kind and one of clients: where they are served, and their names. */
export const KINDS = [
  ['/api/v1', 'configmaps'],
  ['/apis/example.com/v1', 'widgets'],
] as const;

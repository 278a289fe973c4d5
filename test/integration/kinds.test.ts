/** Every kind that the program knows is served, through the network, as every other. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { allResources, apiVersionOf, type ResourceDefinition } from '#api';
import { type Answer, type ControlPlane, type Json, MERGE, startControlPlane, TABLE, textOf } from './control-plane.ts';
import { SAMPLES } from './samples.ts';

const NAMESPACE = 'all-kinds';
let plane: ControlPlane;
before(async () => {
  plane = await startControlPlane({ datastoreEndpoint: 'memory' });
  await plane.ok('POST', '/api/v1/namespaces', { body: { metadata: { name: NAMESPACE } } });
  await plane.becomes(`/api/v1/namespaces/${NAMESPACE}/serviceaccounts/default`, ({ status }) => status === 200);
});
after(() => plane[Symbol.asyncDispose]());

const stored = allResources.filter(({ storage }) => storage !== undefined);
const rootOf = ({ group, version }: { group: string; version: string }): string => (group ? `/apis/${group}/${version}` : `/api/${version}`);
const items = (list: Json | undefined): Json[] => (list ?? []) as unknown as Json[];

test('every stored kind has a sample', () => {
  assert.deepEqual(Object.keys(SAMPLES).sort(), stored.map(({ plural }) => plural).sort());
});

void describe('a life of every kind', () => {
  for (const definition of stored) test(`${definition.kind}.${definition.group}`, () => live(definition));
});

async function live(definition: ResourceDefinition): Promise<void> {
  const { plural, namespaced, kind } = definition;
  const sample = SAMPLES[plural];
  assert.ok(sample, `no sample of ${plural}`);
  const name = sample.name ?? 'sample-1';
  const root = rootOf(definition);
  const collection = namespaced ? `${root}/namespaces/${NAMESPACE}/${plural}` : `${root}/${plural}`;
  const listed = await plane.ok('GET', collection);
  assert.equal(listed.json['kind'], definition.listKind);
  const from = textOf(listed.json['metadata']?.['resourceVersion']);

  const created = await plane.ok('POST', collection, { body: { metadata: { name }, ...sample.body } });
  assert.deepEqual([created.status, created.json['kind'], created.json['apiVersion']], [201, kind, apiVersionOf(definition)]);
  const got = await plane.ok('GET', `${collection}/${name}`);
  assert.equal(got.json['metadata']?.['uid'], created.json['metadata']?.['uid']);
  await checkLists(collection, name);

  const patched = await plane.ok('PATCH', `${collection}/${name}`, { headers: MERGE, body: { metadata: { labels: { seen: 'yes' } } } });
  assert.equal(patched.json['metadata']?.['labels']?.['seen'], 'yes');
  const selected = await plane.ok('GET', `${collection}?labelSelector=seen%3Dyes&fieldSelector=metadata.name%3D${name}`);
  assert.equal(items(selected.json['items']).length, 1);

  const deleted = await plane.request('DELETE', `${collection}/${name}`);
  assert.ok(deleted.status === 200 || deleted.status === 202, deleted.text);
  const wanted = [`ADDED ${name}`, `MODIFIED ${name}`, `DELETED ${name}`];
  const path = `${collection}?watch=true&timeoutSeconds=10&resourceVersion=${from}&fieldSelector=metadata.name%3D${name}`;
  const isEnough = (events: readonly string[]): boolean => wanted.every((event) => events.includes(event));
  const events = await plane.watch(path, isEnough);
  assert.ok(isEnough(events), events.join());
  assert.equal(events[0], wanted[0]);
}

async function checkLists(collection: string, name: string): Promise<void> {
  const names = (answer: Answer): unknown[] => items(answer.json['items']).map((item) => item['metadata']?.['name']);
  assert.ok(names(await plane.ok('GET', `${collection}?limit=500`)).includes(name));
  const table = await plane.ok('GET', collection, { headers: TABLE });
  assert.equal(table.json['kind'], 'Table');
  const columns = items(table.json['columnDefinitions']);
  const row = items(table.json['rows']).find((each) => textOf(each['object']?.['metadata']?.['name']) === name);
  assert.equal(items(row?.['cells']).length, columns.length);
}

test('discovery names every kind with its verbs', async () => {
  for (const definition of allResources) {
    for (const served of [definition, ...(definition.alsoServedAs ?? [])]) {
      const { json } = await plane.ok('GET', rootOf(served));
      const found = items(json['resources']).find(({ name }) => textOf(name) === definition.plural);
      assert.deepEqual([found?.['kind'], [...items(found?.['verbs'])].map(String).sort()], [definition.kind, [...definition.verbs].sort()], definition.plural);
    }
  }
});

test('OpenAPI v3 and v2 describe every kind', async () => {
  // Upstream does not say that its index is JSON.
  const index = (JSON.parse((await plane.ok('GET', '/openapi/v3')).text) as Json)['paths'];
  const v2 = (await plane.ok('GET', '/openapi/v2')).json['paths'];
  for (const [root, kinds] of Map.groupBy(allResources, rootOf)) {
    const url = textOf(index?.[root.slice(1)]?.['serverRelativeURL']);
    const { json } = await plane.ok('GET', url);
    for (const { plural, namespaced, kind } of kinds) {
      const path = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
      assert.ok(json['paths']?.[path], `${path} is not in ${url}`);
      assert.ok(v2?.[path], `${path} is not in /openapi/v2`);
      assert.ok(
        Object.keys(json['components']?.['schemas'] ?? {}).some((schema) => schema.endsWith(`.${kind}`)),
        kind,
      );
    }
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiFacts } from './machinery/facts.ts';
import { allResources, findResource } from './resources.ts';

const facts = apiFacts();

void test('every definition names a struct of the facts', () => {
  for (const { kind, schema } of allResources) {
    assert.ok(facts[schema.groupVersion]?.structs[schema.struct], `${kind}: ${schema.groupVersion} ${schema.struct}`);
  }
});

void test('scope agrees with the facts', () => {
  for (const { kind, namespaced, schema } of allResources) {
    const tags = facts[schema.groupVersion]?.kinds[kind];
    if (!tags?.includes('genclient')) continue;
    assert.equal(namespaced, !tags.includes('genclient:nonNamespaced'), kind);
  }
});

void test('addresses and storage prefixes are unique', () => {
  const addresses = allResources.map((r) => `${r.group}/${r.version}/${r.plural}`);
  assert.equal(new Set(addresses).size, addresses.length);
  const prefixes = allResources.flatMap((r) => r.storage ?? []);
  assert.equal(new Set(prefixes).size, prefixes.length);
});

void test('findResource finds stored versions and nothing else', () => {
  assert.equal(findResource({ group: 'apps', version: 'v1', plural: 'deployments' })?.kind, 'Deployment');
  assert.equal(findResource({ group: 'apps', version: 'v1beta1', plural: 'deployments' }), undefined);
});

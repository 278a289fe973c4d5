import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodTemplateSpec } from '#api/types/core-v1';
import { isSameTemplate, templateHash } from './template.ts';

function template(labels: Record<string, string>, image = 'app:1'): PodTemplateSpec {
  return { metadata: { labels }, spec: { containers: [{ name: 'app', image }] } };
}

test('the hash label does not make a template another', () => {
  assert.ok(isSameTemplate(template({ app: 'web' }), template({ app: 'web', 'pod-template-hash': 'abc' })));
  assert.ok(isSameTemplate({ spec: { containers: [] } }, { metadata: { labels: { 'pod-template-hash': 'abc' } }, spec: { containers: [] } }));
});

test('the order of fields and what is unset do not make a template another', () => {
  const a: PodTemplateSpec = { metadata: { labels: { a: '1', b: '2' }, annotations: {} }, spec: { containers: [], volumes: [] } };
  const b: PodTemplateSpec = { spec: { containers: [], nodeName: undefined }, metadata: { labels: { b: '2', a: '1' } } };
  assert.ok(isSameTemplate(a, b));
});

test('labels, annotations and spec make a template another', () => {
  const base = template({ app: 'web' });
  const others = [template({ app: 'api' }), template({ app: 'web' }, 'app:2'), { ...base, metadata: { ...base.metadata, annotations: { a: 'b' } } }];
  for (const other of others) {
    assert.ok(!isSameTemplate(base, other));
    assert.notEqual(templateHash(base, undefined), templateHash(other, undefined));
  }
});

test('an empty object is not the same as none: it can mean something', () => {
  assert.ok(!isSameTemplate({ spec: { containers: [], securityContext: {} } }, { spec: { containers: [] } }));
});

test('a collision changes the hash, and a hash is always the same', () => {
  const base = template({ app: 'web' });
  const hashes = [undefined, 0, 1, 2].map((count) => templateHash(base, count));
  assert.equal(new Set(hashes).size, 4);
  assert.equal(templateHash(template({ app: 'web' }), undefined), hashes[0]);
  for (const hash of hashes) assert.match(hash, /^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonValue } from '../machinery/json.ts';
import { Correlation } from './correlation.ts';
import type { JsonSchema } from './json-schema.ts';

const KEYED: JsonSchema = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['k'],
  items: { type: 'object', properties: { k: { type: 'string' }, n: { type: 'integer' } } },
};
const SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    n: { type: 'integer' },
    list: { type: 'array', items: { type: 'integer' } },
    keyed: KEYED,
    kept: { 'x-kubernetes-preserve-unknown-fields': true },
  },
};

/** Value, old value, whether nothing has changed. */
const CASES: readonly (readonly [string, JsonValue, JsonValue, boolean])[] = [
  ['the same', { n: 1, list: [1, 2] }, { list: [1, 2], n: 1 }, true],
  ['another value', { n: 1 }, { n: 2 }, false],
  ['one more member', { n: 1, list: [] }, { n: 1 }, false],
  ['a list in another order', { list: [1, 2] }, { list: [2, 1] }, false],
  ['a list with keys in another order', { keyed: [{ k: 'a' }, { k: 'b', n: 1 }] }, { keyed: [{ k: 'b', n: 1 }, { k: 'a' }] }, true],
  ['what the schema does not describe', { kept: { a: 1 } }, { kept: { a: 1 } }, false],
  ['a member without a schema', { metadata: {} }, { metadata: {} }, false],
  ['null', { n: null }, { n: null }, true],
];

void describe('what a value was before', () => {
  for (const [name, value, old, expected] of CASES) {
    void test(name, () => assert.equal(new Correlation(SCHEMA, value, old).isUnchanged, expected));
  }
  void test('is known of members and of items with keys', () => {
    const root = new Correlation(
      SCHEMA,
      { n: 1, list: [1], keyed: [{ k: 'b', n: 2 }, { k: 'c' }] },
      { n: 2, list: [1], keyed: [{ k: 'a' }, { k: 'b', n: 3 }] },
    );
    assert.equal(root.member('n')?.old, 2);
    assert.equal(root.member('list')?.item(0), undefined);
    assert.deepEqual(root.member('keyed')?.item(0)?.old, { k: 'b', n: 3 });
    assert.equal(root.member('keyed')?.item(1), undefined);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject, ResourceDefinition } from '#api';
import { kindSchema } from './custom-schemas.ts';
import type { ServedKind } from './names.ts';
import type { Dialect } from './schemas.ts';

function published(schema: JsonObject | undefined, dialect: Dialect): JsonObject {
  const definition = { custom: { schema: () => schema } } as unknown as ResourceDefinition;
  return kindSchema({ definition } as ServedKind, dialect, (struct) => ({ $ref: `#/${struct}` }));
}
function member(schema: JsonObject, dialect: Dialect): unknown {
  return (published({ type: 'object', properties: { a: schema } }, dialect)['properties'] as JsonObject)['a'];
}
const PRESERVING = { 'x-kubernetes-preserve-unknown-fields': true };
const INT_OR_STRING = { 'x-kubernetes-int-or-string': true };
const EITHER = [{ type: 'integer' }, { type: 'string' }];
const STRING = { type: 'string' };

void describe('what is published of custom kinds', () => {
  const TABLE: readonly (readonly [name: string, schema: JsonObject, three: JsonObject, two: JsonObject])[] = [
    [
      'junctors are for OpenAPI 3',
      { ...STRING, not: { pattern: 'x' }, anyOf: [{ minLength: 1 }] },
      { ...STRING, not: { pattern: 'x' }, anyOf: [{ minLength: 1 }] },
      STRING,
    ],
    ['examples are for nobody', { ...STRING, example: 'x', externalDocs: { url: 'https://x' } }, STRING, STRING],
    ['an integer or a string is either', INT_OR_STRING, { ...INT_OR_STRING, anyOf: EITHER }, INT_OR_STRING],
    ['once is enough', { ...INT_OR_STRING, anyOf: EITHER }, { ...INT_OR_STRING, anyOf: EITHER }, INT_OR_STRING],
    [
      'besides what else holds',
      { ...INT_OR_STRING, anyOf: [{ pattern: 'x' }] },
      { ...INT_OR_STRING, anyOf: [{ pattern: 'x' }], allOf: [{ anyOf: EITHER }] },
      INT_OR_STRING,
    ],
    [
      'what may be null has no form',
      { type: 'object', nullable: true, properties: { b: STRING } },
      { type: 'object', nullable: true, properties: { b: STRING } },
      {},
    ],
    [
      'what may be null is not required',
      { type: 'object', required: ['b', 'c'], properties: { b: { ...STRING, nullable: true }, c: STRING } },
      { type: 'object', required: ['b', 'c'], properties: { b: { ...STRING, nullable: true }, c: STRING } },
      { type: 'object', required: ['c'], properties: { b: {}, c: STRING } },
    ],
    [
      'what keeps unknown members names none',
      { type: 'object', ...PRESERVING, properties: { b: STRING } },
      { type: 'object', ...PRESERVING, properties: { b: STRING } },
      PRESERVING,
    ],
    ['lists of anything have no form', { type: 'array', ...PRESERVING, items: STRING }, { type: 'array', ...PRESERVING, items: STRING }, PRESERVING],
    [
      'maps say what is in them',
      { type: 'object', additionalProperties: true },
      { type: 'object', additionalProperties: true },
      { type: 'object', additionalProperties: true },
    ],
  ];
  for (const [name, schema, three, two] of TABLE) {
    void test(name, () => {
      assert.deepEqual(member(schema, 3), three, 'OpenAPI 3');
      assert.deepEqual(member(schema, 2), two, 'OpenAPI 2');
    });
  }
  void test('resources within resources have a type and metadata', () => {
    const embedded = { type: 'object', 'x-kubernetes-embedded-resource': true, properties: { spec: STRING }, required: ['apiVersion'] };
    const made = member(embedded, 3) as { properties: Record<string, JsonObject>; required: string[] };
    assert.deepEqual(Object.keys(made.properties), ['spec', 'apiVersion', 'kind', 'metadata']);
    assert.deepEqual(made.required, ['apiVersion', 'kind']);
    assert.match(JSON.stringify(made.properties['kind']), /^\{"description":"kind is a string value representing the type of this object\. /);
    assert.deepEqual(member({ ...embedded, ...PRESERVING }, 2), { ...PRESERVING, 'x-kubernetes-embedded-resource': true, required: ['apiVersion'] });
  });
  void test('kinds that keep everything say nothing in OpenAPI 2, those without a schema nowhere', () => {
    assert.deepEqual(published({ type: 'object', ...PRESERVING, properties: { spec: STRING } }, 2), { type: 'object' });
    assert.deepEqual(published(undefined, 3), { type: 'object' });
  });
});

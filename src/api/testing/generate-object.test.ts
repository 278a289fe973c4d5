import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#lib';
import { codecFor } from '../machinery/codec.ts';
import type { JsonObject } from '../machinery/json.ts';
import { cloneJson } from '../machinery/json-value.ts';
import { schemaOf } from '../machinery/schema.ts';
import { allResources } from '../resources.ts';
import { generateObject } from './generate-object.ts';

const SCHEMAS = [...new Set(allResources.flatMap((each) => [each.schema, ...(each.alsoServedAs ?? []).map(({ schema }) => schema)]))];

test('generated objects of every kind are what decoding makes of them', () => {
  const random = seededRandom(1);
  let values = 0;
  for (const ref of SCHEMAS) {
    for (let i = 0; i < 8; i++) {
      const object = generateObject(schemaOf(ref), random);
      const text = JSON.stringify(object);
      const { object: decoded, unknownFields } = codecFor<JsonObject>(ref).convert(cloneJson(object));
      assert.deepEqual(unknownFields, []);
      assert.deepEqual(decoded, object, `${ref.groupVersion}.${ref.struct}`);
      values += text.split(':').length;
    }
  }
  assert.ok(values > SCHEMAS.length * 8 * 20, `objects have something in them: ${values}`);
});

test('the same seed gives the same objects', () => {
  const schema = schemaOf({ groupVersion: 'core/v1', struct: 'Pod' });
  assert.deepEqual(generateObject(schema, seededRandom(7)), generateObject(schema, seededRandom(7)));
  assert.notDeepEqual(generateObject(schema, seededRandom(7)), generateObject(schema, seededRandom(8)));
});

/** Names that every JavaScript object knows are names like any other: whoever uses one must be judged, not meet a function where a table should have a row. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Random, seededRandom } from '#lib';
import { loadExpressions } from './admissionregistration/v1/expressions.ts';
import { loadSelectors } from './resource/v1/selector-expression.ts';
import { StatusError } from './machinery/status-error.ts';
import type { JsonObject, JsonValue } from './machinery/json.ts';
import { isObject, setMember } from './machinery/json-value.ts';
import { schemaOf } from './machinery/schema.ts';
import type { ResourceDefinition } from './machinery/resource.ts';
import { allResources } from './resources.ts';
import { generateObject, pick } from './testing/generate-object.ts';
import { created, createErrors, updateErrors } from './testing/kind-cases.ts';

const NAMES = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__'];
const ROUNDS = 40;

/** The value with such names in place of some texts and keys. */
function withNames(value: JsonValue, random: Random): JsonValue {
  if (typeof value === 'string') return random.number() < 0.1 ? pick(random, NAMES) : value;
  if (Array.isArray(value)) return value.map((item) => withNames(item, random));
  if (!isObject(value)) return value;
  const result: JsonObject = {};
  for (const [name, member] of Object.entries(value)) setMember(result, name, withNames(member as JsonValue, random));
  if (random.number() < 0.2) setMember(result, pick(random, NAMES), pick(random, NAMES));
  return result;
}

/** Judges a body in every way; false: it cannot be decoded, and is refused before. */
function judge(definition: ResourceDefinition, body: object, other: object): boolean {
  try {
    created(definition, body);
    created(definition, other);
  } catch (error) {
    if (error instanceof StatusError) return false;
    throw error;
  }
  createErrors(definition, body);
  updateErrors(definition, body, other);
  definition.warnings?.(created(definition, body), undefined);
  return true;
}

describe('names that every object knows', async () => {
  const random = seededRandom(11);
  await Promise.all([loadExpressions(), loadSelectors()]);
  for (const definition of allResources) {
    test(`${definition.kind}.${definition.version}.${definition.group}`, () => {
      const schema = schemaOf(definition.schema);
      const bodyOf = (size: number) => withNames(generateObject(schema, random, { size }), random) as JsonObject;
      let judged = 0;
      for (let round = 0; round < ROUNDS; round++) if (judge(definition, bodyOf(20 + round), bodyOf(20))) judged++;
      assert.ok(judged > 0);
    });
  }
});

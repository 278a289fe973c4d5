import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { CustomResourceDefinition } from '#api/types/apiextensions-v1';
import { type Random, seededRandom, systemClock } from '#lib';
import { customResourceDefinitions } from '../apiextensions/v1/custom-resource-definitions.ts';
import { codecFor } from '../machinery/codec.ts';
import { DecodeError } from '../machinery/decode-scalar.ts';
import type { JsonObject, JsonValue } from '../machinery/json.ts';
import { cloneJson } from '../machinery/json-value.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { HookContext, ResourceDefinition } from '../machinery/resource.ts';
import { integer, pick } from '../testing/generate-object.ts';
import { customResources } from './custom-kind.ts';
import { loadCel } from './cel/cel-module.ts';
import type { JsonSchema } from './json-schema.ts';

const CONTEXT: HookContext = { user: { username: 'tester' }, clock: systemClock, isDryRun: false, subresource: '' };
const SEEDS = 500;
/** Names that schemas and values share, those of every object among them. */
const NAMES = ['a', 'b', 'x-y', '__proto__', 'constructor', 'metadata', 'kind'];
const RULES = ['true', 'self == self', 'has(self.a)', 'self.a == oldSelf.a', 'size(self) > 1', 'self.all(x, x == x)'];
const SCALARS: readonly JsonValue[] = ['a', 'aa', '2024-01-01T00:00:00Z', 1, -7, 1.5, null, true];

function randomSchema(random: Random, depth: number): JsonSchema {
  const kind = pick(random, depth > 0 ? ['scalar', 'object', 'object', 'list', 'map', 'either'] : ['scalar']);
  const schema: JsonObject = {};
  const maybe = (field: string, value: () => unknown, chance = 0.2): void => {
    if (random.number() < chance) schema[field] = value() as JsonValue;
  };
  maybe('nullable', () => true);
  maybe('default', () => randomValue(random, depth), 0.1);
  maybe('x-kubernetes-validations', () => [{ rule: pick(random, RULES) }]);
  if (kind === 'either') schema['x-kubernetes-int-or-string'] = true;
  else if (kind === 'scalar') {
    schema['type'] = pick(random, ['string', 'integer', 'number', 'boolean']);
    maybe('format', () => pick(random, ['date-time', 'int32', 'byte', 'nothing']));
    maybe('maxLength', () => integer(random, 0, 9));
    maybe('minimum', () => integer(random, -5, 5));
    maybe('pattern', () => pick(random, ['^a+$', '(', '[0-9]']));
    maybe('enum', () => [pick(random, SCALARS), pick(random, SCALARS)]);
  } else if (kind === 'list') {
    Object.assign(schema, { type: 'array', items: randomSchema(random, depth - 1) });
    maybe('maxItems', () => integer(random, 0, 4));
    maybe('x-kubernetes-list-type', () => pick(random, ['atomic', 'set', 'map']), 0.5);
    maybe('x-kubernetes-list-map-keys', () => [pick(random, NAMES)], 0.5);
  } else if (kind === 'map') Object.assign(schema, { type: 'object', additionalProperties: randomSchema(random, depth - 1) });
  else {
    const properties = Object.fromEntries(Array.from({ length: integer(random, 0, 4) }, () => [pick(random, NAMES), randomSchema(random, depth - 1)]));
    Object.assign(schema, { type: 'object', properties });
    maybe('required', () => [pick(random, NAMES)]);
    maybe('x-kubernetes-preserve-unknown-fields', () => true);
    maybe('x-kubernetes-embedded-resource', () => true);
    maybe('x-kubernetes-map-type', () => pick(random, ['atomic', 'granular']));
  }
  return schema as JsonSchema;
}
function randomValue(random: Random, depth: number): JsonValue {
  const kind = depth > 0 ? pick(random, ['scalar', 'list', 'object', 'object']) : 'scalar';
  if (kind === 'scalar') return pick(random, SCALARS);
  const values = Array.from({ length: integer(random, 0, 4) }, () => randomValue(random, depth - 1));
  return kind === 'list' ? values : Object.fromEntries(values.map((value) => [pick(random, NAMES), value]));
}

function definition(spec: JsonSchema): CustomResourceDefinition {
  const openAPIV3Schema = { type: 'object', properties: { spec, status: spec } };
  const made: CustomResourceDefinition = {
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema } }],
    },
  };
  customResourceDefinitions.defaults?.(made);
  customResourceDefinitions.prepareForCreate?.(made, CONTEXT);
  return made;
}
const objectOf = (spec: JsonValue): JsonObject => ({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'x' }, spec, status: cloneJson(spec) });

before(loadCel);

test('whatever a definition and an object are, judging them ends in words', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = seededRandom(seed);
    const made = definition(randomSchema(random, 3));
    customResourceDefinitions.validate?.(made, CONTEXT);
    const [kind] = customResources(made);
    assert.ok(kind);
    const [old, object] = [read(kind, randomValue(random, 4)), read(kind, randomValue(random, 4))];
    if (!old || !object) continue;
    kind.validate?.(object, CONTEXT);
    kind.validateUpdate?.(object, old, CONTEXT);
    kind.subresources?.status?.validateUpdate?.(object, old, CONTEXT);
    kind.warnings?.(object, old);
    kind.custom?.normalize(object);
  }
});

test('an object that was brought into form has it', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = seededRandom(seed);
    const schema = randomSchema(random, 3);
    const made = definition(schema);
    // Defaults that do not fit are refused with their definition.
    if ((customResourceDefinitions.validate?.(made, CONTEXT) ?? []).length > 0) continue;
    const [kind] = customResources(made);
    assert.ok(kind);
    const once = read(kind, randomValue(random, 4));
    if (!once) continue;
    const { object, unknownFields } = codecFor<KubeObject>(kind.schema).convert(cloneJson(once) as unknown as JsonValue);
    assert.deepEqual([object, unknownFields], [once, []], `seed ${seed}: ${JSON.stringify(schema)}`);
  }
});

/** The object with this spec as the server reads it; undefined when it refuses it. */
function read(kind: ResourceDefinition, spec: JsonValue): KubeObject | undefined {
  try {
    return codecFor<KubeObject>(kind.schema).convert(objectOf(spec)).object;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

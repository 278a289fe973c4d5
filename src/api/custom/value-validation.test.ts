import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatFieldError } from '../machinery/field-error.ts';
import type { JsonValue } from '../machinery/json.ts';
import { validateListTypes } from './list-types.ts';
import type { JsonSchema } from './json-schema.ts';
import { validateValue } from './value-validation.ts';

/** What is said of `value` as the member `a` of an object. */
function texts(a: JsonSchema, value: JsonValue, old?: JsonValue): string[] {
  const before = old === undefined ? undefined : { a: old };
  return validateValue({ type: 'object', properties: { a } }, { a: value }, { old: before }).map(formatFieldError);
}

/** Schema, value, what upstream says. */
const CASES: readonly (readonly [string, JsonSchema, JsonValue, readonly string[]])[] = [
  ['a right text', { type: 'string' }, 'x', []],
  ['another type', { type: 'string' }, 3, ['a: Invalid value: "integer": a in body must be of type string: "integer"']],
  ['null', { type: 'string' }, null, ['a: Invalid value: "null": a in body must be of type string: "null"']],
  ['null where it may be', { type: 'string', nullable: true }, null, []],
  ['an integer for a number', { type: 'number' }, 3, []],
  [
    'a number for an integer',
    { type: 'integer' },
    3.5,
    [
      'a: Invalid value: "number": a in body must be of type integer: "number"',
      '<nil>: Invalid value: "": Checked value must be of type integer (default format) in a',
    ],
  ],
  ['int-or-string', { 'x-kubernetes-int-or-string': true }, '50%', []],
  ['int-or-string', { 'x-kubernetes-int-or-string': true }, true, ['a: Invalid value: "boolean": a in body must be of type integer,string: "boolean"']],
  ['a text too long', { type: 'string', maxLength: 2 }, 'abc', ['a: Too long: may not be more than 2 bytes']],
  ['lengths count characters', { type: 'string', maxLength: 2 }, '😀😀', []],
  ['a text too short', { type: 'string', minLength: 2 }, 'a', ['a: Invalid value: "a": a in body should be at least 2 chars long']],
  ['a pattern', { type: 'string', pattern: '^b' }, 'a', ['a: Invalid value: "a": a in body should match \'^b\'']],
  ['an enum', { type: 'string', enum: ['x', 'y'] }, 'z', ['a: Unsupported value: "z": supported values: "x", "y"']],
  ['an enum of integers', { type: 'number', enum: [1, 2] }, 1.5, []],
  ['an enum of integers', { type: 'number', enum: [1, 2] }, 3.5, ['a: Unsupported value: 3.5: supported values: "1", "2"']],
  ['a maximum', { type: 'integer', maximum: 3 }, 4, ['a: Invalid value: 4: a in body should be less than or equal to 3']],
  ['an exclusive maximum', { type: 'integer', maximum: 3, exclusiveMaximum: true }, 3, ['a: Invalid value: 3: a in body should be less than 3']],
  ['a minimum', { type: 'integer', minimum: 3 }, 2, ['a: Invalid value: 2: a in body should be greater than or equal to 3']],
  [
    'an integer with a bound that is none',
    { type: 'integer', maximum: 2.5 },
    2,
    ['<nil>: Invalid value: "": Maximum boundary value must be of type integer (default format) in a'],
  ],
  ['an integer in the bounds of a number', { type: 'number', maximum: 2.5 }, 3, ['a: Invalid value: 3: a in body should be less than or equal to 2']],
  ['a number in its bounds', { type: 'number', minimum: 2.5 }, 2.4, ['a: Invalid value: 2.4: a in body should be greater than or equal to 2.5']],
  [
    'a number too big for its format',
    { type: 'number', format: 'float' },
    3.5e38,
    ['<nil>: Invalid value: "": Checked value must be of type number with format float in a'],
  ],
  [
    'an integer too big for its format',
    { type: 'integer', format: 'int32' },
    2147483648,
    ['<nil>: Invalid value: "": Checked value must be of type integer with format int32 in a'],
  ],
  [
    'a float beyond the integers',
    { type: 'integer', format: 'int64' },
    1e30,
    [
      'a: Invalid value: "double": a in body must be of type int64: "double"',
      '<nil>: Invalid value: "": Checked value must be of type integer with format int64 in a',
    ],
  ],
  ['a format that is unknown for numbers', { type: 'integer', format: 'uint32' }, -1, []],
  [
    'what two schemas say',
    { type: 'object', required: ['b'], allOf: [{ required: ['b'] }] },
    {},
    ['a.b: Required value', '<nil>: Invalid value: "": "a" must validate all the schemas (allOf). None validated'],
  ],
  [
    'the first of alternatives that fit alike',
    { type: 'string', oneOf: [{ enum: ['b'] }, { pattern: '^c' }] },
    'x',
    ['<nil>: Invalid value: "": "a" must validate one and only one schema (oneOf). Found none valid', 'a: Unsupported value: "x": supported values: "b"'],
  ],
  ['a multiple', { type: 'integer', multipleOf: 3 }, 4, ['a: Invalid value: 4: a in body should be a multiple of 3']],
  ['a format', { type: 'string', format: 'date' }, '2024-13-01', ['a: Invalid value: "2024-13-01": a in body must be of type date: "2024-13-01"']],
  ['an unknown format', { type: 'string', format: 'color' }, 'x', []],
  ['too many items', { type: 'array', maxItems: 1, items: { type: 'string' } }, ['x', 'y'], ['a: Too many: 2: must have at most 1 items']],
  ['too few items', { type: 'array', minItems: 1, items: { type: 'string' } }, [], ['a: Invalid value: 0: a in body should have at least 1 items']],
  ['an item', { type: 'array', items: { type: 'string' } }, ['x', 3], ['a[1]: Invalid value: "integer": a[1] in body must be of type string: "integer"']],
  ['a missing field', { type: 'object', required: ['b'], properties: { b: { type: 'string' } } }, {}, ['a.b: Required value']],
  [
    'a value of a map',
    { type: 'object', additionalProperties: { type: 'integer' } },
    { b: 'x' },
    ['a.b: Invalid value: "string": a.b in body must be of type integer: "string"'],
  ],
  ['too many entries', { type: 'object', maxProperties: 1 }, { b: 1, c: 2 }, ['a: Too many: 2: must have at most 1 items']],
  ['none of anyOf', { anyOf: [{ minimum: 5 }, { minimum: 7 }] }, 3, ['<nil>: Invalid value: "": "a" must validate at least one schema (anyOf)']],
  [
    'both of oneOf',
    { oneOf: [{ minimum: 1 }, { minimum: 2 }] },
    3,
    ['<nil>: Invalid value: "": "a" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
  ],
  ['what it may not be', { not: { minimum: 1 } }, 3, ['<nil>: Invalid value: "": "a" must not validate the schema (not)']],
];

void describe('validation by a structural schema', () => {
  for (const [name, schema, value, expected] of CASES) {
    void test(`${name}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`, () => {
      const found = texts(schema, value);
      // The parts of alternatives that fail are told, too: the first text is what counts here.
      if (schema.anyOf) assert.equal(found[0], expected[0]);
      else assert.deepEqual(found, expected);
    });
  }

  const RATCHETED: JsonSchema = {
    type: 'object',
    properties: {
      n: { type: 'integer', maximum: 3 },
      list: { type: 'array', items: { type: 'integer', maximum: 3 } },
      keyed: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: { type: 'object', properties: { k: { type: 'string' }, n: { type: 'integer', maximum: 3 } } },
      },
    },
  };
  const count = (value: JsonValue, old: JsonValue): number => texts(RATCHETED, value, old).length;
  void test('what was wrong before and has not changed is let pass', () => {
    assert.equal(count({ n: 4 }, { n: 4 }), 0);
    assert.equal(count({ n: 5 }, { n: 4 }), 1);
    assert.equal(count({ n: 4 }, {}), 1);
  });
  void test('items of lists without keys count as new when their list changes', () => {
    assert.equal(count({ n: 1, list: [4] }, { list: [4] }), 0);
    assert.equal(count({ list: [4, 1] }, { list: [4] }), 1);
    assert.equal(count({ keyed: [{ k: 'b' }, { k: 'a', n: 4 }] }, { keyed: [{ k: 'a', n: 4 }] }), 0);
    assert.equal(count({ keyed: [{ k: 'c', n: 4 }] }, { keyed: [{ k: 'a', n: 4 }] }), 1);
  });
});

void describe('lists whose items have an identity', () => {
  const SCHEMA: JsonSchema = {
    type: 'object',
    properties: {
      set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
      map: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k', 'j'], items: { type: 'object' } },
    },
  };
  const found = (value: JsonValue): string[] => validateListTypes(SCHEMA, value).map(formatFieldError);
  void test('have every item once', () => {
    assert.deepEqual(
      found({
        set: ['a', 'b'],
        map: [
          { k: 1, j: 1 },
          { k: 1, j: 2 },
        ],
      }),
      [],
    );
    assert.deepEqual(found({ set: ['a', 'b', 'a', 'a'] }), ['set[2]: Duplicate value: "a"']);
    assert.deepEqual(
      found({
        map: [
          { k: 1, j: 2, v: 1 },
          { k: 1, j: 2, v: 2 },
        ],
      }),
      ['map[1]: Duplicate value: {"j":2,"k":1}'],
    );
  });
});

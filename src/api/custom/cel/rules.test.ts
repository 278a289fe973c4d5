import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { CustomResourceDefinition } from '#api/types/apiextensions-v1';
import { systemClock } from '#lib';
import { customResourceDefinitions } from '../../apiextensions/v1/custom-resource-definitions.ts';
import { formatFieldError } from '../../machinery/field-error.ts';
import type { JsonValue } from '../../machinery/json.ts';
import type { HookContext } from '../../machinery/resource.ts';
import type { JsonSchema } from '../json-schema.ts';
import { loadRulesOf } from './load-rules.ts';
import { validateRules } from './rule-validation.ts';

const CONTEXT: HookContext = { user: { username: 'tester' }, clock: systemClock, isDryRun: false, subresource: '' };

function definition(spec: JsonSchema): CustomResourceDefinition {
  const openAPIV3Schema = { type: 'object', properties: { spec } };
  return {
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}
const ROOT = 'spec.validation.openAPIV3Schema';
/** What is said of a new definition whose spec has this schema; paths begin at the spec's schema. */
function judge(spec: JsonSchema): string[] {
  const candidate = definition(spec);
  customResourceDefinitions.defaults?.(candidate);
  customResourceDefinitions.prepareForCreate?.(candidate, CONTEXT);
  return (customResourceDefinitions.validate?.(candidate, CONTEXT) ?? []).map((error) =>
    formatFieldError(error).replaceAll(`${ROOT}.properties[spec]`, 'S').replaceAll(ROOT, 'R'),
  );
}

/** What is said of an object whose spec has this schema. */
function ask(spec: JsonSchema, value: JsonValue, old?: JsonValue): string[] {
  const schema: JsonSchema = { type: 'object', properties: { spec } };
  const before = old === undefined ? undefined : { spec: old };
  return validateRules(schema, { spec: value }, { isBlocked: false, old: before }).errors.map(formatFieldError);
}
const STRING: JsonSchema = { type: 'string', maxLength: 10 };
const ADVICE = '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';

before(async () => {
  await loadRulesOf(definition({ type: 'object', 'x-kubernetes-validations': [{ rule: 'true' }] }));
});

void describe('rules of a definition', () => {
  const list = (maxItems: number | undefined, maxLength: number | undefined): JsonSchema => ({
    type: 'array',
    ...(maxItems === undefined ? {} : { maxItems }),
    items: { type: 'string', ...(maxLength === undefined ? {} : { maxLength }) },
    'x-kubernetes-validations': [{ rule: "self.all(x, x.contains('gpu'))" }],
  });

  void test('must compile to a bool', () => {
    const [error] = judge({ type: 'object', properties: { a: STRING }, 'x-kubernetes-validations': [{ rule: 'self.b' }] });
    assert.match(
      error ?? '',
      /^S\.x-kubernetes-validations\[0\]\.rule: Invalid value: \{"Rule":"self\.b",.*\}: compilation failed: ERROR: <input>:1:5: undefined field 'b'\n/,
    );
    const [other] = judge({ type: 'object', properties: { a: STRING }, 'x-kubernetes-validations': [{ rule: 'self.a' }] });
    assert.match(other ?? '', /: cel expression must evaluate to a bool$/);
  });

  // Measured with the validator of 1.36: the longest lists that it accepts for a length of their items.
  for (const [maxLength, maxItems] of [
    [16, 909_090],
    [63, 333_333],
    [253, 94_339],
    [1_024, 24_154],
  ] as const) {
    void test(`may cost so much: ${maxItems} items of ${maxLength} characters`, () => {
      assert.deepEqual(judge(list(maxItems, maxLength)), []);
      assert.match(
        judge(list(maxItems + 1, maxLength))[0] ?? '',
        /^S\.x-kubernetes-validations\[0\]\.rule: Forbidden: estimated rule cost exceeds budget by factor of 1\.0000\d\dx /,
      );
    });
  }
  void test('without bounds cost too much, each and together', () => {
    assert.deepEqual(judge(list(undefined, undefined)), [
      `S.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${ADVICE}`,
      'S.x-kubernetes-validations[0].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema',
      `R: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${ADVICE}`,
    ]);
  });
  void test('cost as often as they may be asked', () => {
    const rules = [{ rule: "self.contains('x')" }];
    const items: JsonSchema = { type: 'string', maxLength: 10, 'x-kubernetes-validations': rules };
    assert.deepEqual(judge({ type: 'array', maxItems: 1_000, items }), []);
    assert.match(
      judge({ type: 'array', maxItems: 1_000, items: { type: 'array', maxItems: 10_000, items } })[0] ?? '',
      /S\.items\.items\S+ Forbidden: estimated rule cost exceeds budget/,
    );
  });

  const CASES: readonly (readonly [string, JsonSchema, readonly (string | RegExp)[]])[] = [
    [
      'of items that cannot be told apart have no oldSelf',
      { type: 'array', maxItems: 3, items: { ...STRING, 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] } },
      [
        'S.items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within S',
      ],
    ],
    [
      'without oldSelf say nothing of it',
      { ...STRING, 'x-kubernetes-validations': [{ rule: 'self == ""', optionalOldSelf: false }] },
      ['S.x-kubernetes-validations[0].optionalOldSelf: Invalid value: false: may not be set if oldSelf is not used in rule'],
    ],
    [
      'have messages that are texts',
      { ...STRING, 'x-kubernetes-validations': [{ rule: 'true', messageExpression: '1' }] },
      [/messageExpression: Invalid value: \{.*\}: messageExpression must evaluate to a string$/],
    ],
    [
      'have messages that do not cost too much',
      { type: 'integer', 'x-kubernetes-validations': [{ rule: 'true', messageExpression: "'min (' + string(self) + ')'" }] },
      [
        `S.x-kubernetes-validations[0].messageExpression: Forbidden: estimated messageExpression cost exceeds budget by factor of more than 100x ${ADVICE}`,
        /contributed to estimated rule cost total/,
        /^R: Forbidden: /,
      ],
    ],
    ['may use format() for messages', { type: 'integer', 'x-kubernetes-validations': [{ rule: 'true', messageExpression: "'min (%d)'.format([self])" }] }, []],
    [
      'judge the defaults of their schemas',
      { type: 'object', properties: { a: { type: 'integer', default: 3, 'x-kubernetes-validations': [{ rule: 'self > 5' }] } } },
      ['S.properties[a].default: Invalid value: 3: failed rule: self > 5'],
    ],
    [
      'must be there',
      { ...STRING, 'x-kubernetes-validations': [{ rule: ' ' }] },
      ['S.x-kubernetes-validations[0].rule: Required value: rule is not specified'],
    ],
    [
      'point to fields that are there',
      { type: 'object', properties: { a: STRING }, 'x-kubernetes-validations': [{ rule: 'true', fieldPath: '.b' }] },
      ['S.x-kubernetes-validations[0].fieldPath: Invalid value: ".b": must be a valid path'],
    ],
  ];
  for (const [name, schema, expected] of CASES) {
    void test(name, () => {
      const found = judge(schema);
      assert.equal(found.length, expected.length, found.join('\n'));
      expected.forEach((each, i) => (typeof each === 'string' ? assert.equal(found[i], each) : assert.match(found[i] ?? '', each)));
    });
  }
});

void describe('rules of a custom resource', () => {
  const object = (
    rules: JsonSchema['x-kubernetes-validations'],
    properties: Record<string, JsonSchema> = { a: STRING, n: { type: 'integer' } },
  ): JsonSchema => ({
    type: 'object',
    properties,
    ...(rules ? { 'x-kubernetes-validations': rules } : {}),
  });
  const scalar = (rule: string, more: object = {}): JsonSchema => object(undefined, { a: { ...STRING, 'x-kubernetes-validations': [{ rule, ...more }] } });

  const CASES: readonly (readonly [string, JsonSchema, JsonValue, JsonValue | undefined, readonly string[]])[] = [
    ['hold', object([{ rule: 'self.n > 1' }]), { n: 2 }, undefined, []],
    ['fail without showing an object', object([{ rule: 'self.n > 1' }]), { n: 1 }, undefined, ['spec: Invalid value: failed rule: self.n > 1']],
    ['fail and show a scalar', scalar('self == "x"', { message: ' no x ' }), { a: 'y' }, undefined, ['spec.a: Invalid value: "y": no x']],
    ['have a reason', object([{ rule: 'false', reason: 'FieldValueForbidden', message: 'm' }]), {}, undefined, ['spec: Forbidden: m']],
    ['have another reason', object([{ rule: 'false', reason: 'FieldValueDuplicate' }]), {}, undefined, ['spec: Duplicate value']],
    [
      'have another path',
      object([{ rule: 'false', reason: 'FieldValueRequired', fieldPath: '.a', message: 'm' }]),
      {},
      undefined,
      ['spec.a: Required value: m'],
    ],
    ['make their messages', scalar('false', { messageExpression: '" not " + self' }), { a: 'y' }, undefined, ['spec.a: Invalid value: "y": not y']],
    ['fall back to the fixed message', scalar('false', { messageExpression: '" "', message: 'm' }), { a: 'y' }, undefined, ['spec.a: Invalid value: "y": m']],
    [
      'report what went wrong',
      object([{ rule: 'self.n / 0 == 1' }]),
      { n: 1 },
      undefined,
      ['spec: Invalid value: "object": division by zero evaluating rule: self.n / 0 == 1'],
    ],
    [
      'report a field that is missing',
      object([{ rule: 'self.n == 1' }]),
      {},
      undefined,
      ['spec: Invalid value: "object": no such key: n evaluating rule: self.n == 1'],
    ],
    [
      'are not asked about null',
      object(undefined, { a: { ...STRING, nullable: true, 'x-kubernetes-validations': [{ rule: 'false' }] } }),
      { a: null },
      undefined,
      [],
    ],
    [
      'see names escaped',
      object([{ rule: 'self.a__dash__b == 1 && self.__in__ == 2 && self.x__dot__y == 3' }], {
        'a-b': { type: 'integer' },
        in: { type: 'integer' },
        'x.y': { type: 'integer' },
      }),
      { 'a-b': 1, in: 2, 'x.y': 3 },
      undefined,
      [],
    ],
    [
      'see what formats mean',
      object([{ rule: 'self.t < timestamp("2025-01-01T00:00:00Z") && self.d > duration("1m") && self.b == b"abc" && type(self.i) == int' }], {
        t: { type: 'string', format: 'date-time' },
        d: { type: 'string', format: 'duration' },
        b: { type: 'string', format: 'byte' },
        i: { 'x-kubernetes-int-or-string': true },
      }),
      { t: '2024-01-01T00:00:00Z', d: '1h', b: 'YWJj', i: 3 },
      undefined,
      [],
    ],
    ['about changes are not asked of what is new', scalar('self == oldSelf'), { a: 'y' }, undefined, []],
    ['about changes are not asked of what was not there', scalar('self == oldSelf'), { a: 'y' }, {}, []],
    [
      'about changes are asked otherwise',
      scalar('self == oldSelf', { message: 'immutable' }),
      { a: 'y' },
      { a: 'x' },
      ['spec.a: Invalid value: "y": immutable'],
    ],
    [
      'may ask whether there was a value',
      scalar('oldSelf.hasValue() || self == "x"', { optionalOldSelf: true, message: 'x first' }),
      { a: 'y' },
      undefined,
      ['spec.a: Invalid value: "y": x first'],
    ],
    ['let pass what has not changed', object([{ rule: 'self.n > 1' }], { n: { type: 'integer' }, a: STRING }), { n: 1, a: 'x' }, { n: 1, a: 'x' }, []],
    [
      'do not let pass what has',
      object([{ rule: 'self.n > 1' }], { n: { type: 'integer' }, a: STRING }),
      { n: 1, a: 'y' },
      { n: 1, a: 'x' },
      ['spec: Invalid value: failed rule: self.n > 1'],
    ],
  ];
  for (const [name, schema, value, old, expected] of CASES) {
    void test(name, () => assert.deepEqual(ask(schema, value, old), expected));
  }

  void test('tell items apart by their keys', () => {
    const v: JsonSchema = { ...STRING, 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'immutable' }] };
    const schema: JsonSchema = {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      items: { type: 'object', properties: { k: STRING, v } },
    };
    assert.deepEqual(
      ask(
        schema,
        [
          { k: 'b', v: '1' },
          { k: 'a', v: '1' },
        ],
        [{ k: 'a', v: '1' }],
      ),
      [],
    );
    assert.deepEqual(
      ask(
        schema,
        [
          { k: 'b', v: '1' },
          { k: 'a', v: '2' },
        ],
        [{ k: 'a', v: '1' }],
      ),
      ['spec[1].v: Invalid value: "2": immutable'],
    );
  });
  void test('compare lists with identity without regard to order', () => {
    const schema = (listType: 'atomic' | 'set'): JsonSchema => ({
      type: 'array',
      'x-kubernetes-list-type': listType,
      items: STRING,
      'x-kubernetes-validations': [{ rule: 'self == oldSelf' }],
    });
    assert.deepEqual(ask(schema('set'), ['a', 'b'], ['b', 'a']), []);
    assert.equal(ask(schema('atomic'), ['a', 'b'], ['b', 'a']).length, 1);
  });
  void test('know the kind and the name of a resource', () => {
    const schema: JsonSchema = { type: 'object', 'x-kubernetes-validations': [{ rule: 'self.metadata.name != "bad" && self.kind == "Widget"' }] };
    const errors = (name: string): string[] => validateRules(schema, { kind: 'Widget', metadata: { name } }, { isBlocked: false }).errors.map(formatFieldError);
    assert.deepEqual(errors('good'), []);
    assert.match(errors('bad')[0] ?? '', /^<nil>: Invalid value: failed rule/);
  });
  void test('stop when they cost too much', () => {
    const rule = 'self.all(x, self.all(y, self.all(z, x + y + z != "")))';
    const schema: JsonSchema = { type: 'array', items: STRING, 'x-kubernetes-validations': [{ rule }, { rule: 'false' }] };
    assert.deepEqual(ask(schema, Array.from({ length: 200 }, String)), [
      `spec: Invalid value: "array": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${rule}`,
    ]);
  });
  void test('stop when all of them together cost too much', () => {
    const rule = 'self.all(x, self.all(y, x + y != ""))';
    const list: JsonSchema = { type: 'array', items: STRING, 'x-kubernetes-validations': [{ rule }] };
    const value = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, Array.from({ length: 250 }, String)]));
    const errors = ask({ type: 'object', additionalProperties: list }, value);
    assert.equal(errors.length, 1);
    assert.match(
      errors[0] ?? '',
      /^spec\[k\d+\]: Invalid value: "array": validation failed due to running out of cost budget, no further validation rules will be run$/,
    );
  });
  void test('are not asked of what is invalid otherwise', () => {
    const schema: JsonSchema = { type: 'object', 'x-kubernetes-validations': [{ rule: 'false' }] };
    const { errors } = validateRules(schema, {}, { isBlocked: true });
    assert.match(
      formatFieldError(errors[0] ?? { type: 'InternalError', field: '', message: '' }),
      /^<nil>: Invalid value: null: some validation rules were not checked/,
    );
  });
  void test('do not know whether what no schema describes has changed', () => {
    const kept: JsonSchema = { ...object([{ rule: 'self.n > 1' }]), 'x-kubernetes-preserve-unknown-fields': true };
    assert.deepEqual(ask(kept, { n: 1 }, { n: 1 }), []);
    assert.deepEqual(ask(kept, { n: 1, other: 1 }, { n: 1, other: 1 }), ['spec: Invalid value: failed rule: self.n > 1']);
  });
  void test('write messages without optional values', () => {
    const rule = { rule: 'oldSelf.hasValue() && self.n < 1', optionalOldSelf: true, message: 'no' };
    const schema = (messageExpression: string): JsonSchema => object([{ ...rule, messageExpression }]);
    assert.deepEqual(ask(schema('"was " + string(oldSelf.value().n)'), { n: 2 }, { n: 1 }), ['spec: Invalid value: no']);
    assert.deepEqual(ask(schema('"is " + string(self.n)'), { n: 2 }, { n: 1 }), ['spec: Invalid value: is 2']);
    assert.deepEqual(ask(object([{ rule: 'self.n < 1', messageExpression: '"was " + string(oldSelf.n)' }]), { n: 2 }, { n: 1 }), [
      'spec: Invalid value: failed rule: self.n < 1',
    ]);
  });
  void test('that let something pass say so in a warning', () => {
    const schema: JsonSchema = { type: 'object', properties: { spec: object([{ rule: 'self.n > 1' }]) } };
    const value = { spec: { n: 1 } };
    const { errors, warnings } = validateRules(schema, value, { isBlocked: false, old: structuredClone(value) });
    assert.deepEqual([errors, warnings], [[], ['spec: Invalid value: failed rule: self.n > 1']]);
  });
});

void test('bounds beyond 2^53 are bounds', () => {
  const huge = 9_007_199_254_740_993n as unknown as number;
  const schema: JsonSchema = {
    type: 'array',
    maxItems: huge,
    items: { type: 'string', maxLength: huge },
    'x-kubernetes-validations': [{ rule: 'self.all(x, x != "")' }],
  };
  assert.match(judge(schema)[0] ?? '', /estimated rule cost exceeds budget by factor of more than 100x/);
  assert.deepEqual(ask(schema, ['x']), []);
});

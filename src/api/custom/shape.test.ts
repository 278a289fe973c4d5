import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject, JsonValue } from '../machinery/json.ts';
import { fillDefaults } from './default-values.ts';
import { coerceEmbedded, validateEmbedded } from './embedded-meta.ts';
import { hasFormat } from './formats.ts';
import { parseJsonPath } from './json-path.ts';
import type { JsonSchema } from './json-schema.ts';
import { printerColumns, selectedText } from './printer-columns.ts';
import { pruneNulls, pruneUnknown } from './prune.ts';
import { findSchemaPath } from './schema-path.ts';
import { validateValue } from './value-validation.ts';

const SCHEMA: JsonSchema = {
  type: 'object',
  properties: {
    known: { type: 'string' },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { strict: { type: 'object', properties: { a: { type: 'string' } } } } },
    map: { type: 'object', additionalProperties: { type: 'object', properties: { a: { type: 'string' } } } },
    list: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
    embedded: { type: 'object', 'x-kubernetes-embedded-resource': true, properties: { spec: { type: 'object' } } },
  },
};

void describe('pruning', () => {
  const CASES: readonly (readonly [string, JsonValue, JsonValue, readonly string[]])[] = [
    ['drops what the schema does not know', { known: 'x', other: 1 }, { known: 'x' }, ['other']],
    ['keeps everything below what preserves', { free: { x: { y: 1 } } }, { free: { x: { y: 1 } } }, []],
    ['drops again below what is specified there', { free: { strict: { a: 'x', b: 1 } } }, { free: { strict: { a: 'x' } } }, ['free.strict.b']],
    ['goes through maps and lists', { map: { m: { b: 1 } }, list: [{ a: 'x', b: 1 }] }, { map: { m: {} }, list: [{ a: 'x' }] }, ['list[0].b', 'map.m.b']],
    [
      'keeps what makes an embedded object one',
      { embedded: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, other: 1 } },
      { embedded: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } } },
      ['embedded.other'],
    ],
  ];
  for (const [name, value, expected, unknown] of CASES) {
    void test(name, () => {
      const found: string[] = [];
      assert.deepEqual(pruneUnknown(structuredClone(value), SCHEMA, { isRoot: true, unknown: found }), expected);
      assert.deepEqual(found, unknown);
    });
  }
  void test('a member named as those of every object is one like others', () => {
    const hostile = JSON.parse('{"__proto__":{"x":1},"constructor":1,"known":"x"}') as JsonObject;
    assert.deepEqual(JSON.stringify(pruneUnknown(hostile, SCHEMA, { isRoot: true })), '{"known":"x"}');
  });
});

void describe('defaults', () => {
  const DEFAULTED: JsonSchema = {
    type: 'object',
    properties: {
      a: { type: 'string', default: 'x' },
      nullable: { type: 'string', nullable: true, default: 'x' },
      deep: { type: 'object', default: {}, properties: { b: { type: 'integer', default: 3 } } },
      list: { type: 'array', items: { type: 'object', properties: { b: { type: 'integer', default: 3 } } } },
      map: { type: 'object', additionalProperties: { type: 'string', default: 'y' } },
    },
  };
  const filled = (value: JsonObject): JsonValue => {
    fillDefaults(value, DEFAULTED);
    return pruneNulls(value, DEFAULTED);
  };
  const ALL = { a: 'x', nullable: 'x', deep: { b: 3 } };
  void test('fill what is missing, at every depth', () => {
    assert.deepEqual(filled({}), ALL);
    assert.deepEqual(filled({ a: 'z', deep: { b: 4 }, list: [{}, { b: 1 }] }), { ...ALL, a: 'z', deep: { b: 4 }, list: [{ b: 3 }, { b: 1 }] });
  });
  void test('take the place of a null that may not be, and keep one that may', () => {
    assert.deepEqual(filled({ a: null, nullable: null, map: { m: null } }), { ...ALL, nullable: null, map: { m: 'y' } });
  });
  void test('are not shared between objects', () => {
    const one = filled({}) as { deep: JsonObject };
    one.deep['b'] = 9;
    assert.deepEqual(filled({}), ALL);
  });
});

void test('formats are checked as upstream checks them', () => {
  const CASES: readonly (readonly [string, string, boolean])[] = [
    ['date', '2024-02-29', true],
    ['date', '2023-02-29', false],
    ['date-time', '2024-02-29T10:00:00Z', true],
    ['date-time', '2024-02-29 10:00', false],
    ['duration', '1h30m', true],
    ['duration', 'x', false],
    ['ipv4', '1.2.3.4', true],
    ['ipv4', '::1', false],
    ['ipv6', '::1', true],
    ['cidr', '10.0.0.0/8', true],
    ['cidr', '10.0.0.0', false],
    ['uuid', '123e4567-e89b-12d3-a456-426614174000', true],
    ['byte', 'YWJj', true],
    ['byte', '*', false],
    ['hostname', 'a.example.com', true],
    ['k8s-short-name', 'a-b', true],
    ['k8s-short-name', 'A', false],
    ['color', 'anything', true],
    ['hostname', 'my-host', false],
    ['hostname', 'm-yhost', true],
    ['hostname', 'my-host.example.com', true],
    ['hostname', 'a.example.c1', false],
    ['hostname', 'a_b', false],
    ['ipv4', '010.0.0.1', true],
    ['ipv4', '::ffff:1.2.3.4', true],
    ['ipv4', '1.2.3.256', false],
    ['ipv6', 'fe80::1%eth0', false],
    ['cidr', '10.1.2.3/08', true],
    ['cidr', '::1/129', false],
    ['uri', '/a b', true],
    ['uri', 'x', false],
    ['uri', 'http://a b', false],
    ['uri', 'mailto:x', true],
    ['uri', '/%zz', false],
    ['email', 'Some One <a.b@c.d>', true],
    ['email', '"a b"@c', true],
    ['email', 'a..b@c', false],
    ['email', 'a@', false],
    ['email', 'a@b c', false],
    ['duration', '3 days and 2 hours', true],
    ['duration', '3 fortnights', false],
    ['duration', '5 seconds', true],
    ['date-time', '2024-02-29t10:00:00,5z', true],
  ];
  for (const [format, text, expected] of CASES) assert.equal(hasFormat(format, text), expected, `${format} ${text}`);
});

void test('columns read paths', () => {
  const object = {
    metadata: { name: 'x', labels: { 'a.b/c': 'l' } },
    spec: {
      list: [
        { a: 1, b: 'x' },
        { a: 2, b: 'y' },
      ],
      n: 3,
      yes: true,
    },
  };
  const CASES: readonly (readonly [string, string])[] = [
    ['.spec.n', '3'],
    ['.spec.yes', 'true'],
    ['.spec.list[1].b', 'y'],
    ['.spec.list[-1].a', '2'],
    ['.metadata.labels.a\\.b/c', 'l'],
    ["['metadata']['name']", 'x'],
    ['.spec.nothing', ''],
  ];
  for (const [path, expected] of CASES) {
    const parsed = parseJsonPath(path);
    assert.equal(selectedText(parsed, object as never), expected, path);
  }
});

void test('cells are what Go prints', () => {
  const now = Date.parse('2020-01-02T00:00:00Z');
  const CASES: readonly (readonly [string, JsonValue, unknown])[] = [
    ['string', null, '<no value>'],
    ['string', { b: '<', a: 1 }, String.raw`{"a":1,"b":"\u003c"}`],
    ['string', 1e-7, '1e-07'],
    ['string', true, 'true'],
    ['integer', 1.9, 1],
    ['integer', '1', null],
    ['integer', null, null],
    ['boolean', 'true', null],
    ['date', '2020-01-01T00:00:00Z', '24h'],
    ['date', '2020-01-01', '<invalid>'],
    ['date', '', '<unknown>'],
    ['date', 5, null],
  ];
  for (const [type, value, expected] of CASES) {
    const [, cell] = printerColumns([{ name: 'x', type, jsonPath: '.spec' }]);
    assert.equal(cell?.value({ metadata: {}, spec: value } as never, now), expected, `${type} ${JSON.stringify(value)}`);
  }
});

void test('values in errors are in order, as Go prints maps', () => {
  const [error] = validateValue({ enum: [{ b: 1, a: 2 }] }, { d: '<', c: 1 });
  assert.equal(error?.message, String.raw`Unsupported value: {"c":1,"d":"\u003c"}: supported values: "{\"a\":2,\"b\":1}"`);
  const embedded: JsonSchema = { type: 'object', 'x-kubernetes-embedded-resource': true };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 1, labels: {} } } as const;
  assert.match(
    coerceEmbedded({ type: 'object', properties: { pod: embedded } }, { pod: structuredClone(pod) })?.message ?? '',
    /^Invalid value: \{"labels":\{\},"name":1\}: json/,
  );
  assert.deepEqual(validateEmbedded(embedded, { ...pod, metadata: { finalizers: ['x'] } }), []);
});

void test('paths to fields of a schema', () => {
  const nested: JsonSchema = { type: 'object', properties: { spec: SCHEMA } };
  const path = (text: string): string => {
    const found = findSchemaPath(text, nested, { allowsBrackets: true });
    return 'path' in found ? found.path : found.error;
  };
  assert.equal(path('.spec.known'), 'spec.known');
  assert.equal(path(".spec['map'].m.a"), 'spec.map[m].a');
  assert.equal(path(String.raw`.spec['map']['it\'s']`), "spec.map[it's]");
  assert.equal(path(String.raw`.spec['\x']`), String.raw`invalid string literal: invalid escape char \x`);
  assert.equal(path(String.raw`.spec['map']['\\x']`), String.raw`spec.map[\x]`);
  assert.equal(path('.spec.nothing'), 'does not refer to a valid field');
  assert.equal(path('.spec.list[0]'), 'expected single quoted string but got 0');
  assert.equal(path('spec'), 'expected [ or . but got: spec');
  assert.equal(path('.'), 'unexpected end of JSON path');
});

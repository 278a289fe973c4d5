import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exactInteger, parseExactJson } from './json-integers.ts';
import { parseYaml } from './yaml.ts';

test('integers beyond 2^53 are read and written as they are', () => {
  const big = ['9007199254740993', '-9223372036854775808', '9223372036854775807', '123456789012345678901234567890'];
  for (const digits of big) {
    for (const text of [`{"a":[${digits}]}`, `{"padding padding":"${'x'.repeat(20)}","a":[${digits}]}`]) {
      const value = parseExactJson(text) as { a: unknown[] };
      assert.equal(value.a[0], BigInt(digits));
      assert.equal(JSON.stringify(value), text);
    }
    assert.deepEqual(parseYaml(`a: [${digits}]`), { a: [BigInt(digits)] });
  }
});

test('everything else is what JSON.parse makes of it', () => {
  for (const text of [
    '9007199254740991',
    '-1',
    '0.12345678901234567',
    '1234567890123456.5',
    '1e300',
    '"9007199254740993"',
    '{"9007199254740993":1}',
    '[]',
    'null',
  ]) {
    assert.deepEqual(parseExactJson(text), JSON.parse(text), text);
  }
  assert.equal(typeof exactInteger('12'), 'number');
  assert.throws(() => parseExactJson('{"a":9007199254740993'), SyntaxError);
});

test('a long number is found wherever it begins', () => {
  for (let at = 0; at < 40; at++) {
    const value = parseExactJson(`{"${'k'.repeat(at)}":1234567890123456789}`) as Record<string, unknown>;
    assert.equal(value['k'.repeat(at)], 1234567890123456789n, String(at));
  }
});

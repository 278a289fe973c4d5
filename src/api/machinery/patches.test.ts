import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject, JsonValue } from './json.ts';
import { jsonPatch } from './json-patch.ts';
import { cloneJson, jsonEqual } from './json-value.ts';
import { createMergePatch, mergePatch } from './merge-patch.ts';

/** Frozen all the way down: a patch that changed its input would throw. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

test('JSON patches do what RFC 6902 says', () => {
  const document = frozen<JsonValue>({ a: 1, list: ['x', 'y'], o: { p: { q: 1 } }, 'a/b': 1, '~t': 2 });
  const table: [JsonValue, JsonValue][] = [
    [[{ op: 'add', path: '/b', value: 2 }], { ...(document as JsonObject), b: 2 }],
    [[{ op: 'add', path: '/list/1', value: 'n' }], { ...(document as JsonObject), list: ['x', 'n', 'y'] }],
    [[{ op: 'add', path: '/list/-', value: 'n' }], { ...(document as JsonObject), list: ['x', 'y', 'n'] }],
    [[{ op: 'remove', path: '/list/0' }], { ...(document as JsonObject), list: ['y'] }],
    [
      [
        { op: 'remove', path: '/a~1b' },
        { op: 'remove', path: '/~0t' },
      ],
      { a: 1, list: ['x', 'y'], o: { p: { q: 1 } } },
    ],
    [[{ op: 'replace', path: '/o/p/q', value: null }], { ...(document as JsonObject), o: { p: { q: null } } }],
    [[{ op: 'move', from: '/o/p', path: '/m' }], { ...(document as JsonObject), o: {}, m: { q: 1 } }],
    [
      [
        { op: 'copy', from: '/o/p', path: '/o/c' },
        { op: 'replace', path: '/o/p/q', value: 2 },
      ],
      { ...(document as JsonObject), o: { p: { q: 2 }, c: { q: 1 } } },
    ],
    [[{ op: 'test', path: '/o', value: { p: { q: 1 } } }], document],
    [[{ op: 'test', path: '/none', value: null }], document],
    [[{ op: 'replace', path: '', value: { z: 1 } }], { z: 1 }],
    [[{ op: 'replace', path: '/none', value: 1 }], { ...(document as JsonObject), none: 1 }],
    [[{ op: 'copy', from: '/none', path: '/n' }], { ...(document as JsonObject), n: null }],
    [[{ op: 'add', path: 'o/b', value: 2 }], { ...(document as JsonObject), b: 2 }],
    [[{ op: 'test', path: '/list/-1', value: 'y' }], document],
    [[{ op: 'add', path: '/n' }], { ...(document as JsonObject), n: null }],
    [[{ op: 'add', path: '/list/-1', value: 'n' }], { ...(document as JsonObject), list: ['x', 'y', 'n'] }],
    [[{ op: 'replace', path: '/list/-1', value: 'n' }], { ...(document as JsonObject), list: ['x', 'n'] }],
    [[], document],
  ];
  for (const [patch, expected] of table) assert.deepEqual(jsonPatch(document, frozen(patch)), expected, JSON.stringify(patch));
});

test('a JSON patch shares what it does not touch', () => {
  const document = frozen({ a: { x: 1 }, b: { y: 1 } });
  const patched = jsonPatch(document, [{ op: 'replace', path: '/a/x', value: 2 }]) as JsonObject;
  assert.equal(patched['b'], document.b);
});

test('a JSON patch that does not fit fails as a whole', () => {
  const document = frozen<JsonValue>({ a: 1, list: [] });
  const table: [JsonValue, RegExp][] = [
    [{}, /^JsonPatchError: json: cannot unmarshal object into Go value of type jsonpatch\.Patch$/],
    [[{ op: 'replace', path: '/list/0', value: 1 }], /^JsonPatchError: replace operation does not apply: doc is missing key: \/list\/0: missing value$/],
    [[{ op: 'replace', path: '', value: 5 }], /^JsonPatchError: replace operation value must be object or array/],
    [[{ op: 'test', path: '/none/x', value: null }], /^JsonPatchError: test operation does not apply: is missing path: \/none\/x: missing value$/],
    [[{ op: 'add', path: '/none/x', value: 1 }], /^JsonPatchError: add operation does not apply: doc is missing path: "\/none\/x": missing value$/],
    [[{ op: 'test', path: '/a', value: 2 }], /^JsonPatchError: testing value \/a failed: test failed$/],
    [[{ op: 'remove', path: '/none' }], /^JsonPatchError: error in remove for path: '\/none': Unable to remove nonexistent key: none: missing value$/],
    [
      [{ op: 'add', path: '/list/3', value: 1 }],
      /^JsonPatchError: error in add for path: '\/list\/3': Unable to access invalid index: 3: invalid index referenced$/,
    ],
    [[{ op: 'what', path: '/a' }], /^JsonPatchError: Unexpected kind: what$/],
    [[{ op: 'add', path: '', value: {} }], /^JsonPatchError: add operation does not apply: doc is missing path: "": missing value$/],
    [[{ op: 'remove', path: '/list/x' }], /^JsonPatchError: error in remove for path: '\/list\/x': strconv\.Atoi: parsing "x": invalid syntax$/],
    [[{ op: 'move', from: '/none', path: '/b' }], /^JsonPatchError: error in move for path: 'none': Unable to remove nonexistent key: none: missing value$/],
    [[{ op: 'add' }], /^JsonPatchError: add operation failed to decode path: missing value$/],
    [[{ op: 'test' }], /^JsonPatchError: test operation failed to decode path: operation missing path field: missing value$/],
    [[{ op: 'copy', path: '/b' }], /^JsonPatchError: copy operation failed to decode from: operation, missing from field: missing value$/],
  ];
  for (const [patch, message] of table) assert.throws(() => jsonPatch(document, patch), message, JSON.stringify(patch));
});

test('merge patches do what RFC 7386 says', () => {
  const table: [JsonValue, JsonValue, JsonValue][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c', d: 'e' } }, { a: { b: 'x', d: null } }, { a: { b: 'x' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [['a'], ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, expected] of table) assert.deepEqual(mergePatch(frozen(target), frozen(patch)), expected, JSON.stringify(patch));
  const [from, to] = [
    { a: 1, b: { c: 1, d: 2 }, l: [1] },
    { b: { c: 1, e: 3 }, l: [2], n: {} },
  ];
  assert.deepEqual(createMergePatch(from, to), { a: null, b: { d: null, e: 3 }, l: [2], n: {} });
  assert.deepEqual(mergePatch(from, createMergePatch(from, to)), to);
});

test('JSON values are compared and copied deeply', () => {
  assert.ok(jsonEqual({ a: [1, { b: null }], c: undefined }, { a: [1, { b: null }] }));
  assert.ok(!jsonEqual({ a: 1 }, { a: 1, b: 2 }));
  assert.ok(!jsonEqual({ a: 1, b: 2 }, { a: 1 }));
  assert.ok(!jsonEqual([1], { 0: 1 }));
  assert.ok(!jsonEqual(null, {}));
  const value = JSON.parse('{"a":[{"__proto__":{"x":1}}],"b":null}') as JsonObject;
  assert.deepEqual(JSON.stringify(cloneJson(value)), JSON.stringify(value));
  assert.notEqual(cloneJson(value)['a'], value['a']);
});

test('the copies of a JSON patch add three mebibytes at most', () => {
  const document = frozen<JsonValue>({ text: 'x'.repeat(1 << 20) });
  const copies = (count: number): JsonValue => Array.from({ length: count }, (_, i) => ({ op: 'copy', from: '/text', path: `/t${i}` }));
  assert.ok(jsonPatch(document, copies(2)));
  assert.throws(() => jsonPatch(document, copies(3)), /Unable to complete the copy/);
});

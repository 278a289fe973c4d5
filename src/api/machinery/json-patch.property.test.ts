import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '#lib';
import { integer, pick } from '../testing/generate-object.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { jsonPatch, JsonPatchError } from './json-patch.ts';
import { createMergePatch, mergePatch } from './merge-patch.ts';
import { randomJson, randomObject } from './testing/random-json.ts';

const RUNS = 2_000;

/** RFC 6902 with upstream's liberties, on plain copies: an operation that does not fit gives undefined. */
function model(document: JsonValue, operations: readonly JsonObject[]): JsonValue | undefined {
  let state = structuredClone(document);
  for (const { op, path, from, value = null } of operations as { op: string; path: string; from: string; value?: JsonValue }[]) {
    const source = op === 'move' || op === 'copy' ? at(state, from) : undefined;
    if ((op === 'move' || op === 'copy') && (!source || !has(source, op === 'copy'))) return undefined;
    const moved = source && structuredClone(get(source));
    if (op === 'move' && source) drop(source);
    if (op === 'replace' && path === '') {
      if (typeof value !== 'object' || value === null) return undefined;
      state = structuredClone(value);
      continue;
    }
    if (op === 'test' && path === '') {
      if (!same(state, value)) return undefined;
      continue;
    }
    const target = at(state, path);
    if (!target) return undefined;
    if (op === 'test' && !(has(target, true) && same(get(target), value))) return undefined;
    if (op === 'remove' && !has(target, false)) return undefined;
    if (op === 'remove') drop(target);
    if (op === 'replace' && !put(target, structuredClone(value))) return undefined;
    if (['add', 'move', 'copy'].includes(op) && !add(target, structuredClone(moved ?? value))) return undefined;
  }
  return state;
}
interface Place {
  readonly parent: JsonObject | JsonValue[];
  readonly key: string;
}
function at(document: JsonValue, path: string): Place | undefined {
  const tokens = path
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
  const key = tokens.pop();
  let parent: JsonValue = document;
  for (const token of tokens) {
    if (typeof parent !== 'object' || parent === null || !has({ parent, key: token }, false)) return undefined;
    parent = get({ parent, key: token });
  }
  return key !== undefined && typeof parent === 'object' && parent !== null ? { parent, key } : undefined;
}
function index(list: readonly JsonValue[], key: string, length = list.length): number | undefined {
  if (!/^[-+]?\d+$/.test(key)) return undefined;
  const wanted = Number(key) < 0 ? length + Number(key) : Number(key);
  return wanted >= 0 && wanted < length ? wanted : undefined;
}
function has({ parent, key }: Place, mayBeMissing: boolean): boolean {
  return Array.isArray(parent) ? index(parent, key) !== undefined : mayBeMissing || Object.hasOwn(parent, key);
}
function get({ parent, key }: Place): JsonValue {
  return (Array.isArray(parent) ? parent[index(parent, key) as number] : Object.hasOwn(parent, key) ? parent[key] : null) ?? null;
}
function drop({ parent, key }: Place): void {
  if (Array.isArray(parent)) parent.splice(index(parent, key) as number, 1);
  else delete parent[key];
}
function put({ parent, key }: Place, value: JsonValue): boolean {
  if (!Array.isArray(parent)) parent[key] = value;
  else if (index(parent, key) === undefined) return false;
  else parent[index(parent, key) as number] = value;
  return true;
}
function add({ parent, key }: Place, value: JsonValue): boolean {
  if (!Array.isArray(parent)) return put({ parent, key }, value);
  const where = key === '-' ? parent.length : index(parent, key, parent.length + 1);
  if (where !== undefined) parent.splice(where, 0, value);
  return where !== undefined;
}
function same(a: JsonValue, b: JsonValue): boolean {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

/** A path that mostly leads somewhere. */
function randomPath(random: Random, document: JsonValue): string {
  let path = '';
  let value: JsonValue | undefined = document;
  while (typeof value === 'object' && value !== null && random.number() < 0.8) {
    const keys: string[] = Object.keys(value);
    const key: string = keys.length === 0 || random.number() < 0.15 ? pick(random, ['a', '-', '0', '-1', '9', 'new']) : pick(random, keys);
    path += `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    value = (value as JsonObject)[key];
  }
  return path === '' && random.number() < 0.9 ? '/a' : path;
}
function randomOperation(random: Random, document: JsonValue): JsonObject {
  const op = pick(random, ['add', 'add', 'remove', 'replace', 'move', 'copy', 'test']);
  const path = randomPath(random, document);
  if (op === 'move' || op === 'copy') return { op, path, from: randomPath(random, document) };
  return op === 'remove' ? { op, path } : { op, path, value: randomJson(random, 2) };
}

test('JSON patches do what a plain model does, change neither argument, and undo nothing', () => {
  let fitted = 0;
  for (let seed = 0; seed < RUNS; seed++) {
    const random = seededRandom(seed);
    const document = randomObject(random, 4);
    const operations = Array.from({ length: integer(random, 1, 4) }, () => randomOperation(random, document));
    const [before, sent] = [structuredClone(document), structuredClone(operations)];
    const expected = model(document, operations);
    const about = `seed ${seed}: ${JSON.stringify(document)} ${JSON.stringify(operations)}`;
    if (expected === undefined) assert.throws(() => jsonPatch(document, operations), JsonPatchError, about);
    else assert.deepEqual(jsonPatch(document, operations), expected, about);
    assert.deepEqual([document, operations], [before, sent], about);
    if (expected !== undefined) fitted++;
  }
  assert.ok(fitted > RUNS / 4 && fitted < RUNS, `${fitted} fit`);
});

test('the merge patch between two objects leads from one to the other', () => {
  const withoutNulls = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return value.map(withoutNulls);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).flatMap(([name, member]) => (member === null ? [] : [[name, withoutNulls(member as JsonValue)]])));
  };
  for (let seed = 0; seed < RUNS; seed++) {
    const random = seededRandom(seed);
    const [from, to] = [randomObject(random, 4), randomObject(random, 4)].map(withoutNulls) as [JsonObject, JsonObject];
    const patch = createMergePatch(from, to);
    const before = structuredClone([from, patch]);
    assert.deepEqual(mergePatch(from, patch), to, `seed ${seed}: ${JSON.stringify(from)} ${JSON.stringify(patch)}`);
    assert.deepEqual([from, patch], before);
    assert.deepEqual(mergePatch(to, patch), to, 'a second time changes nothing');
  }
});

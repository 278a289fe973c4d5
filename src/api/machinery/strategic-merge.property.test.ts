import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '#lib';
import { generateObject } from '../testing/generate-object.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { cloneJson, isObject, jsonEqual } from './json-value.ts';
import { mergePatch } from './merge-patch.ts';
import { schemaOf } from './schema.ts';
import { strategicMergePatch } from './strategic-merge.ts';
import { patchable, strategicDiff } from './testing/strategic-diff.ts';

const KINDS: [string, string][] = [
  ['apps/v1', 'Deployment'],
  ['core/v1', 'Pod'],
  ['core/v1', 'Service'],
  ['core/v1', 'Node'],
  ['core/v1', 'ServiceAccount'],
];
const RUNS = 80;

/** Something between two objects: members of either, lists mixed and shuffled. */
function mixed(a: JsonValue, b: JsonValue, random: Random): JsonValue {
  if (Array.isArray(a) && Array.isArray(b)) {
    const items = [...a, ...b].filter(() => random.number() < 0.6).map((item) => (random.number() < 0.3 ? mixed(item, b[0] as JsonValue, random) : item));
    return items.length > 0 ? items.sort(() => random.number() - 0.5) : a;
  }
  if (!isObject(a) || !isObject(b)) return typeof a === typeof b && Array.isArray(a) === Array.isArray(b) && random.number() < 0.5 ? b : a;
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(() => random.number() < 0.8);
  return Object.fromEntries(
    names.map((name) => {
      const [mine, theirs] = [a[name], b[name]];
      return [name, mine === undefined ? theirs : theirs === undefined ? mine : mixed(mine, theirs, random)];
    }),
  );
}

for (const [groupVersion, struct] of KINDS) {
  test(`the strategic merge patch between two states of a ${struct} leads from one to the other`, () => {
    const schema = schemaOf({ groupVersion, struct });
    let different = 0;
    for (let seed = 0; seed < RUNS; seed++) {
      const random = seededRandom(seed);
      const state = (value: JsonValue): JsonObject => patchable(schema, cloneJson(value), () => random.nameSuffix(6)) as JsonObject;
      const from = state(generateObject(schema, random, { size: 60 }));
      const to = state(mixed(from, state(generateObject(schema, random, { size: 40 })), random));
      const patch = strategicDiff(schema, from, to);
      const before = cloneJson([from, patch]);
      const about = `seed ${seed}: ${JSON.stringify(patch)}`;
      assert.deepEqual(strategicMergePatch(from, patch, schema), to, about);
      assert.deepEqual([from, patch], before, 'neither argument is changed');
      assert.deepEqual(strategicMergePatch(to, patch, schema), to, `a second time changes nothing: ${about}`);
      if (!jsonEqual(from, to)) different++;
    }
    assert.ok(different > RUNS / 2);
  });
}

test('without a schema a strategic merge patch is a merge patch', () => {
  for (let seed = 0; seed < 500; seed++) {
    const random = seededRandom(seed);
    const schema = schemaOf({ groupVersion: 'core/v1', struct: 'ConfigMap' });
    const [from, patch] = [generateObject(schema, random), generateObject(schema, random)];
    assert.deepEqual(strategicMergePatch(from, patch, undefined), mergePatch(from, patch), `seed ${seed}`);
  }
});

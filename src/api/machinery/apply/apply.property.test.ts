import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '#lib';
import { generateObject, pick } from '../../testing/generate-object.ts';
import { codecFor, type ObjectCodec } from '../codec.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { cloneJson, isObject } from '../json-value.ts';
import type { KubeObject } from '../object.ts';
import type { FieldSchema, ObjectSchema, TypeSchema } from '../schema.ts';
import { StatusError } from '../status-error.ts';
import { ApplyModel, type ModelState, type Path } from '../testing/apply-model.ts';
import { applyPatch } from './apply-patch.ts';
import { itemElement } from './field-path.ts';
import type { FieldSet } from './field-set.ts';
import { trackUpdate } from './track-update.ts';

const KINDS: [string, string][] = [
  ['core/v1', 'ConfigMap'],
  ['core/v1', 'Service'],
  ['apps/v1', 'Deployment'],
  ['networking/v1', 'NetworkPolicy'],
  ['core/v1', 'ServiceAccount'],
  ['resource/v1', 'ResourceClaim'],
];
const RUNS = 60;
const STEPS = 8;
const NOW = Date.UTC(2026, 0, 1);

function isWanted(owner: ObjectSchema, { name }: FieldSchema): boolean {
  if (owner.struct === 'ObjectMeta') return ['labels', 'annotations', 'finalizers', 'ownerReferences'].includes(name);
  return name !== 'status';
}
/** Nulls state something of their own, and empty lists are nothing once they are stored. */
function withoutNothing(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNothing);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null && !(Array.isArray(member) && member.length === 0));
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutNothing(member as JsonValue)]));
}
/** The value with some members and items left out; what identifies items stays. */
function thinned(schema: TypeSchema | undefined, value: JsonValue, random: Random, keys: readonly string[] = []): JsonValue {
  if (Array.isArray(value)) {
    const list = schema?.kind === 'list' ? schema : undefined;
    const some = value.filter(() => random.number() < 0.8);
    const kept = some.length > 0 ? some : value;
    if (!list || list.listType === 'atomic') return kept;
    return kept.map((item) => thinned(list.element, item, random, list.keys));
  }
  if (!isObject(value) || schema?.kind === 'scalar') return value;
  const kept = Object.entries(value).filter(([name]) => keys.includes(name) || random.number() < 0.8);
  const typeOf = (name: string): TypeSchema | undefined =>
    schema?.kind === 'object' ? schema.fields.get(name)?.type : schema?.kind === 'map' ? schema.value : undefined;
  return Object.fromEntries(kept.map(([name, member]) => [name, thinned(typeOf(name), member as JsonValue, random)]));
}

/** The object with lists of identified items in one order; required lists without items are stored as null. */
function comparable(schema: TypeSchema | undefined, value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    if (value.length === 0) return null;
    const list = schema?.kind === 'list' && schema.listType !== 'atomic' ? schema : undefined;
    const items = value.map((item) => comparable(schema?.kind === 'list' ? schema.element : undefined, item));
    return list ? items.sort((a, b) => (itemElement(list, a) < itemElement(list, b) ? -1 : 1)) : items;
  }
  if (!isObject(value)) return value;
  const typeOf = (name: string): TypeSchema | undefined =>
    schema?.kind === 'object' ? schema.fields.get(name)?.type : schema?.kind === 'map' ? schema.value : undefined;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, comparable(typeOf(name), member as JsonValue)]));
}
function pathsOf(set: FieldSet, prefix: Path = '', all = new Set<Path>()): Set<Path> {
  for (const [element, node] of Object.entries(set)) {
    if (element === '.') continue;
    const path = prefix === '' ? element : `${prefix}\u0000${element}`;
    const members = Object.keys(node as FieldSet);
    if (members.length === 0 || members.includes('.')) all.add(path);
    pathsOf(node as FieldSet, path, all);
  }
  return all;
}
function ownersOf(object: KubeObject | undefined): Map<string, Set<Path>> {
  return new Map(
    (object?.metadata.managedFields ?? []).map(({ operation, manager, fieldsV1 }) => [`${operation} ${manager}`, pathsOf((fieldsV1 ?? {}) as FieldSet)]),
  );
}

/** One object, written through the real thing. */
class Store {
  live: KubeObject | undefined;
  readonly codec: ObjectCodec;
  readonly apiVersion: string;

  constructor(codec: ObjectCodec, apiVersion: string) {
    this.codec = codec;
    this.apiVersion = apiVersion;
  }
  decoded(value: JsonObject): KubeObject {
    const { object } = this.codec.convert(cloneJson(value));
    object.metadata.uid = 'u';
    return object;
  }
  update(manager: string, next: JsonObject): void {
    const { live, codec, apiVersion } = this;
    const updated = this.decoded(next);
    const entries = trackUpdate({ live, updated, manager, schema: codec.schema, apiVersion, nowMs: NOW });
    if (entries?.length) updated.metadata.managedFields = entries;
    else delete updated.metadata.managedFields;
    this.live = updated;
  }
  apply(manager: string, applied: JsonObject, force: boolean): void {
    const { live, codec, apiVersion } = this;
    const result = applyPatch({ live, applied: cloneJson(applied), manager, force, schema: codec.schema, apiVersion, nowMs: NOW });
    this.live = this.decoded(result.object as unknown as JsonObject);
  }
}

function conflictsOf(error: unknown): Set<string> {
  assert.ok(error instanceof StatusError && error.reason === 'Conflict', String(error));
  return new Set((error.details?.causes ?? []).map(({ message, field }) => `${message} ${field}`));
}

for (const [groupVersion, struct] of KINDS) {
  test(`writes to a ${struct} leave the owners and values that the model tells`, () => {
    const codec = codecFor({ groupVersion, struct });
    const model = new ApplyModel(codec.schema, codec.zero() as unknown as JsonObject);
    let applied = 0;
    let refused = 0;
    for (let run = 0; run < RUNS; run++) {
      const random = seededRandom(1000 * KINDS.findIndex(([, each]) => each === struct) + run);
      const pool = [1, 2, 3].map(() => withoutNothing(generateObject(codec.schema, random, { size: 25, isWanted })) as JsonObject);
      const store = new Store(codec, groupVersion.replace('core/', ''));
      let state: ModelState = { object: undefined, owners: new Map() };
      for (let step = 0; step < STEPS; step++) {
        const manager = pick(random, ['a', 'b', 'c']);
        const stated = thinned(codec.schema, pick(random, pool), random) as JsonObject;
        const about = `seed ${run} step ${step}`;
        if (random.number() < 0.3) {
          const base = random.number() < 0.5 ? (state.object ?? {}) : stated;
          const next = store.decoded({ metadata: {}, ...(thinned(codec.schema, base, random) as JsonObject) });
          delete next.metadata.managedFields;
          store.update(manager, cloneJson(next) as unknown as JsonObject);
          state = model.update(state, manager, next as unknown as JsonObject);
        } else {
          const force = random.number() < 0.5;
          const result = model.apply(state, manager, stated, force);
          if ('conflicts' in result) {
            assert.throws(
              () => store.apply(manager, stated, force),
              (error) => conflictsOf(error).size === result.conflicts.size,
              about,
            );
            refused++;
            continue;
          }
          store.apply(manager, stated, force);
          const next = store.decoded(result.object ?? {});
          delete next.metadata.managedFields;
          state = { object: next as unknown as JsonObject, owners: result.owners };
          applied++;
        }
        const { managedFields: _, ...metadata } = store.live?.metadata ?? {};
        const actual = { ...store.live, metadata } as unknown as JsonObject;
        assert.deepEqual(comparable(codec.schema, actual), comparable(codec.schema, state.object ?? {}), about);
        state = { ...state, object: actual };
        assert.deepEqual(ownersOf(store.live), new Map(state.owners), about);
      }
    }
    assert.ok(applied > RUNS && refused > 0, `${applied} applied, ${refused} refused`);
  });
}

test('applied items stand in the order in which they are applied', () => {
  const codec = codecFor({ groupVersion: 'core/v1', struct: 'Pod' });
  const container = (name: string): JsonObject => ({ name });
  for (let seed = 0; seed < 200; seed++) {
    const random = seededRandom(seed);
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const list = (): string[] => names.filter(() => random.number() < 0.5).sort(() => random.number() - 0.5);
    const store = new Store(codec, 'v1');
    for (const manager of ['x', 'y', 'z']) {
      const wanted = list();
      store.apply(manager, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: wanted.map(container) } }, true);
      const actual = ((store.live as unknown as { spec: { containers: { name: string }[] | null } }).spec.containers ?? []).map(({ name }) => name);
      assert.deepEqual(
        actual.filter((name) => wanted.includes(name)),
        wanted,
        `seed ${seed}`,
      );
      assert.equal(new Set(actual).size, actual.length);
    }
  }
});

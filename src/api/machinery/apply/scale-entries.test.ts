import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ManagedFieldsEntry } from '#api/types/meta-v1';
import type { JsonObject } from '../json.ts';
import { parentEntriesOf, scaleEntriesOf } from './scale-entries.ts';

const V1 = 'example.com/v1';
/** Replicas at .spec.nested.count in v1, none in v2, no other versions. */
const PATHS = { pathIn: (apiVersion: string) => (apiVersion === V1 ? ['spec', 'nested', 'count'] : apiVersion === 'example.com/v2' ? [] : undefined) };
const COUNT = { 'f:spec': { 'f:nested': { 'f:count': {} } } };

function entry(manager: string, fieldsV1: JsonObject, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry {
  return { manager, operation: 'Update', apiVersion: V1, fieldsType: 'FieldsV1', fieldsV1, ...more };
}

void describe('who owns the replicas of what clients defined', () => {
  const parent = [
    entry('creator', { 'f:spec': { 'f:nested': { 'f:count': {}, 'f:other': {} } } }),
    entry('second', { 'f:spec': { 'f:replicas': {} } }, { apiVersion: 'example.com/v2' }),
    entry('old', COUNT, { apiVersion: 'example.com/v0' }),
  ];
  void test('owns those of the Scale', () => {
    assert.deepEqual(
      scaleEntriesOf(parent, PATHS).map(({ manager, apiVersion, fieldsV1 }) => [manager, apiVersion, fieldsV1]),
      [['creator', 'autoscaling/v1', { 'f:spec': { 'f:replicas': {} } }]],
    );
  });
  void test('loses them to who wrote the Scale, at the place where they are', () => {
    const scale = [entry('scaler', { 'f:spec': { 'f:replicas': {} } }, { apiVersion: 'autoscaling/v1', subresource: 'scale' })];
    const entries = parentEntriesOf(parent, scale, { apiVersion: V1, ...PATHS });
    assert.deepEqual(Object.fromEntries(entries.map(({ manager, fieldsV1 }) => [manager, fieldsV1])), {
      creator: { 'f:spec': { 'f:nested': { 'f:other': {} } } },
      second: { 'f:spec': { 'f:replicas': {} } },
      scaler: COUNT,
    });
  });
});

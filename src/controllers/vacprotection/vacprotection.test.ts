import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KubeObject, persistentVolumeClaims, volumeAttributesClasses } from '#api';
import type { PersistentVolumeClaim } from '#api/types/core-v1';
import type { VolumeAttributesClass } from '#api/types/storage-v1';
import { startTestCluster } from '../testing/test-cluster.ts';
import { classesOfClaim, wantedFinalizers } from './controller.ts';

const FINALIZER = 'kubernetes.io/vac-protection';

test('which classes are protected', () => {
  const made = (finalizers: string[], deletionTimestamp?: string) =>
    ({ metadata: { finalizers, ...(deletionTimestamp ? { deletionTimestamp } : {}) } }) as VolumeAttributesClass;
  assert.deepEqual(wantedFinalizers(made(['x']), false), ['x', FINALIZER]);
  assert.equal(wantedFinalizers(made([FINALIZER]), false), undefined);
  assert.equal(wantedFinalizers(made([FINALIZER], 'now'), true), undefined);
  assert.deepEqual(wantedFinalizers(made(['x', FINALIZER], 'now'), false), ['x']);
});

test('which classes a claim names', () => {
  const status = { currentVolumeAttributesClassName: 'a', modifyVolumeStatus: { targetVolumeAttributesClassName: 'b', status: 'Pending' } };
  assert.deepEqual(classesOfClaim({ spec: { volumeAttributesClassName: 'a' }, status } as PersistentVolumeClaim), ['a', 'b']);
  assert.deepEqual(classesOfClaim({ spec: {} } as PersistentVolumeClaim), []);
});

test('a class goes when no claim names it any more', async () => {
  await using cluster = await startTestCluster();
  const { client } = cluster;
  for (const name of ['used', 'free']) {
    const made = await client.create(volumeAttributesClasses, { metadata: { name }, driverName: 'd', parameters: { a: 'b' } } as KubeObject);
    assert.deepEqual(made.metadata.finalizers, [FINALIZER]);
  }
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, volumeAttributesClassName: 'used' };
  await client.create(persistentVolumeClaims, { metadata: { name: 'c', namespace: 'default' }, spec } as KubeObject);
  for (const name of ['used', 'free']) await client.delete(volumeAttributesClasses, { name });
  await cluster.gone(volumeAttributesClasses, 'free');
  await cluster.idle();
  assert.notEqual((await client.get(volumeAttributesClasses, { name: 'used' })).metadata.deletionTimestamp, undefined);
  await client.delete(persistentVolumeClaims, { namespace: 'default', name: 'c' });
  await cluster.gone(volumeAttributesClasses, 'used');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KubeObject, persistentVolumeClaims, persistentVolumes, pods } from '#api';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '#api/types/core-v1';
import { wantedFinalizers } from '../pvprotection/controller.ts';
import { startTestCluster } from '../testing/test-cluster.ts';
import { CLAIM_FINALIZER, claimNames, usesClaim } from './plan.ts';

const claim = { metadata: { name: 'p-scratch', namespace: 'default', uid: 'c' }, spec: {} } as PersistentVolumeClaim;
function pod(spec: object, metadata: object = {}): Pod {
  return { metadata: { name: 'p', uid: 'u', ...metadata }, spec } as Pod;
}

test('who uses a claim', () => {
  const mounts = (claimName: string) => ({ nodeName: 'n', volumes: [{ name: 'v', persistentVolumeClaim: { claimName } }] });
  assert.equal(usesClaim(pod(mounts('p-scratch')), claim), true);
  assert.equal(usesClaim(pod(mounts('other')), claim), false);
  assert.equal(usesClaim(pod({ ...mounts('p-scratch'), nodeName: undefined }), claim), false, 'not on a node');
  const ephemeral = { nodeName: 'n', volumes: [{ name: 'scratch', ephemeral: {} }] };
  const owned = { ...claim, metadata: { ...claim.metadata, ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: true }] } };
  assert.deepEqual(claimNames(pod(ephemeral)), ['p-scratch']);
  assert.equal(usesClaim(pod(ephemeral), owned), true);
  assert.equal(usesClaim(pod(ephemeral), claim), false, 'a claim of that name that is not its own');
  assert.equal(usesClaim(pod(ephemeral, { deletionTimestamp: 'x', deletionGracePeriodSeconds: 0 }), owned), false, 'deleted by force');
});

test('which volumes are protected', () => {
  const volume = (finalizers: string[], deletionTimestamp?: string, phase?: string) =>
    ({ metadata: { finalizers, ...(deletionTimestamp ? { deletionTimestamp } : {}) }, status: { phase } }) as PersistentVolume;
  assert.deepEqual(wantedFinalizers(volume(['x'])), ['x', 'kubernetes.io/pv-protection']);
  assert.equal(wantedFinalizers(volume(['kubernetes.io/pv-protection'])), undefined);
  assert.equal(wantedFinalizers(volume(['kubernetes.io/pv-protection'], 'now', 'Bound')), undefined);
  assert.deepEqual(wantedFinalizers(volume(['x', 'kubernetes.io/pv-protection'], 'now', 'Released')), ['x']);
  assert.equal(wantedFinalizers(volume(['x'], 'now')), undefined);
});

test('a claim goes when the last Pod that uses it is gone', async () => {
  await using cluster = await startTestCluster();
  const { client } = cluster;
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  for (const name of ['used', 'free']) await client.create(persistentVolumeClaims, { metadata: { name, namespace: 'default' }, spec } as KubeObject);
  assert.deepEqual((await cluster.get(persistentVolumeClaims, 'used')).metadata.finalizers, [CLAIM_FINALIZER]);
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'used' } }];
  await client.create(pods, { metadata: { name: 'p', namespace: 'default' }, spec: { containers: [{ name: 'c', image: 'i' }], volumes } } as KubeObject);
  await cluster.eventually(
    'the Pod to be on a node',
    () => cluster.get(pods, 'p'),
    ({ spec: { nodeName } }) => Boolean(nodeName),
  );
  for (const name of ['used', 'free']) await client.delete(persistentVolumeClaims, { namespace: 'default', name });
  await cluster.gone(persistentVolumeClaims, 'free');
  await cluster.idle();
  assert.notEqual((await cluster.get(persistentVolumeClaims, 'used')).metadata.deletionTimestamp, undefined);
  await client.delete(pods, { namespace: 'default', name: 'p' });
  await cluster.gone(persistentVolumeClaims, 'used');
});

test('a volume goes when no claim is bound to it', async () => {
  await using cluster = await startTestCluster();
  const { client } = cluster;
  const spec = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } };
  const volume = (await client.create(persistentVolumes, { metadata: { name: 'v' }, spec } as KubeObject)) as PersistentVolume & KubeObject;
  assert.deepEqual(volume.metadata.finalizers, ['kubernetes.io/pv-protection']);
  await client.update(persistentVolumes, { ...volume, status: { phase: 'Bound' } } as KubeObject, { subresource: 'status' });
  await client.delete(persistentVolumes, { name: 'v' });
  await cluster.idle();
  const bound = (await client.get(persistentVolumes, { name: 'v' })) as PersistentVolume & KubeObject;
  await client.update(persistentVolumes, { ...bound, status: { phase: 'Released' } } as KubeObject, { subresource: 'status' });
  await cluster.gone(persistentVolumes, 'v');
});

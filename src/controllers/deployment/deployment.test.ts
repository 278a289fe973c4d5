import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pods } from '#api';
import { startTestCluster } from '../testing/test-cluster.ts';

test('a new deployment makes a replica set that makes pods, and tells how far it has come', async () => {
  await using cluster = await startTestCluster();
  await cluster.deployment('web', 3);
  const { metadata, status } = await cluster.rolledOut('web');
  assert.equal(metadata.annotations?.['deployment.kubernetes.io/revision'], '1');
  assert.deepEqual(status?.conditions?.map((c) => `${c.type}=${c.status} ${c.reason}: ${c.message}`).sort(), []);
  assert.equal((await cluster.list(pods, 'default')).length, 3);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodes } from '#api';
import { newNode, startTestCluster } from '../testing/test-cluster.ts';
import { nextSize, SIZES } from './plan.ts';

test('sizes overlap', () => {
  const [small, medium, large] = SIZES;
  assert.equal(nextSize(small, 100), small);
  assert.equal(nextSize(small, 101), medium);
  assert.equal(nextSize(medium ?? small, 90), medium);
  assert.equal(nextSize(medium ?? small, 89), small);
  assert.equal(nextSize(small, 600), large);
  assert.equal(nextSize(small, 1_000_000).ttlSeconds, 300);
});

test('nodes are told, and told again when somebody says otherwise', async () => {
  await using cluster = await startTestCluster();
  const annotation = async (): Promise<string | undefined> => (await cluster.get(nodes, 'n')).metadata.annotations?.['node.alpha.kubernetes.io/ttl'];
  const told = () => cluster.eventually('the node to be told', annotation, (value) => value === '0');
  await cluster.client.create(nodes, newNode('n'));
  await told();
  await cluster.client.patch(nodes, { name: 'n' }, { metadata: { annotations: { 'node.alpha.kubernetes.io/ttl': '7' } } }, { type: 'merge' });
  await told();
});

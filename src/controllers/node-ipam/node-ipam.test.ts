import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodes } from '#api';
import { newNode, startTestCluster } from '../testing/test-cluster.ts';
import { blockCidr, blocksOf, freeBlock, parseRange } from './plan.ts';

test('blocks of a range', () => {
  const v4 = parseRange('10.42.0.0/16', 24);
  assert.equal(v4.blocks, 256);
  assert.deepEqual([blockCidr(v4, 0), blockCidr(v4, 7), blockCidr(v4, 255)], ['10.42.0.0/24', '10.42.7.0/24', '10.42.255.0/24']);
  assert.deepEqual(blocksOf(v4, '10.42.7.0/24'), [7]);
  assert.deepEqual(blocksOf(v4, '10.42.4.0/23'), [4, 5]);
  assert.deepEqual(blocksOf(v4, '192.168.0.0/24'), []);
  const v6 = parseRange('fd42:1::/56', 64);
  assert.deepEqual([blockCidr(v6, 0), blockCidr(v6, 17)], ['fd42:1::/64', 'fd42:1:0:11::/64']);
  assert.deepEqual(blocksOf(v6, 'fd42:1:0:11::/64'), [17]);
});

test('a range that cannot be divided so is refused with the cure', () => {
  assert.throws(() => parseRange('10.42.0.0/24', 16), /choose a mask size between 24 and 32/);
  assert.throws(() => parseRange('10.42.0.0', 24), /Cannot read CIDR "10.42.0.0"/);
});

test('the next free block is found going round', () => {
  const range = parseRange('10.42.0.0/22', 24);
  assert.equal(freeBlock(range, new Set([2, 3, 0]), 2), 1);
  assert.equal(freeBlock(range, new Set([0, 1, 2, 3]), 0), undefined);
});

test('every node gets a block of its own, and keeps one that it has', async () => {
  await using cluster = await startTestCluster({ clusterCidr: '10.42.0.0/16,fd42::/56' });
  await cluster.client.create(nodes, { ...newNode('fixed'), spec: { podCIDR: '10.42.1.0/24', podCIDRs: ['10.42.1.0/24'] } });
  for (const name of ['a', 'b', 'c']) await cluster.client.create(nodes, newNode(name));
  const all = await cluster.eventually(
    'all blocks',
    () => cluster.list(nodes),
    (list) => list.every((n) => n.spec.podCIDR !== undefined),
  );
  const blocks = all.map((n) => n.spec.podCIDR);
  assert.equal(new Set(blocks).size, 5, blocks.join());
  assert.equal(all.find((n) => n.metadata.name === 'fixed')?.spec.podCIDR, '10.42.1.0/24');
  assert.deepEqual(all.find((n) => n.metadata.name === 'node-1')?.spec.podCIDRs, ['10.42.0.0/24', 'fd42::/64']);
});

test('what services have is not given to nodes', async () => {
  await using cluster = await startTestCluster({ clusterCidr: '10.42.0.0/22', serviceCidr: '10.42.0.0/23' });
  await cluster.client.create(nodes, newNode('a'));
  const all = await cluster.eventually(
    'both blocks',
    () => cluster.list(nodes),
    (list) => list.every((n) => n.spec.podCIDR !== undefined),
  );
  assert.deepEqual(all.map((n) => n.spec.podCIDR ?? '').sort(), ['10.42.2.0/24', '10.42.3.0/24']);
});

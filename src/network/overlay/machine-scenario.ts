/** The pod network's files, switches and rules on a real kernel; started on an isolated machine by `pod-network.test.ts`. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodes } from '#api';
import { runChecked } from '#lib';
import { MemoryCluster } from '../fixtures/memory-client.ts';
import { createPodNetwork } from './pod-network.ts';

const dir = process.argv[2] ?? '';
const conflist = join(dir, 'data/agent/etc/cni/net.d/10-flannel.conflist');

function open(cluster: MemoryCluster) {
  return createPodNetwork({ client: cluster.client, nodeName: 'here', clusterCidr: '10.42.0.0/16', dataDir: join(dir, 'data'), runDir: join(dir, 'run') });
}
function nodeWith(podCIDR: string | undefined) {
  return { metadata: { name: 'here' }, spec: podCIDR ? { podCIDR, podCIDRs: [podCIDR] } : {} };
}

test('a pod network that is stopped before the Node has a podCIDR says so', async () => {
  const cluster = new MemoryCluster();
  cluster.put(nodes, nodeWith(undefined));
  const network = open(cluster);
  await network.start();
  assert.equal(network.health(), 'waiting for spec.podCIDR of node "here"');
  assert.equal(existsSync(conflist), false);
  await network.stop();
  await assert.rejects(network.configured, { message: 'The pod network was stopped before the Node had a podCIDR' });
});

test('the pod network is set up as soon as the Node has a podCIDR', async () => {
  const cluster = new MemoryCluster();
  cluster.put(nodes, nodeWith(undefined));
  const network = open(cluster);
  await network.start();
  assert.equal(readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim(), '1');
  assert.doesNotMatch(await runChecked('nft', ['list', 'table', 'ip', 'k3ts-pod-network']), /10\.42\.7\.0/);
  // Its watch may begin only after this: the change is found either way.
  cluster.put(nodes, nodeWith('10.42.7.0/24'));
  assert.deepEqual(await network.configured, { clusterCidrs: ['10.42.0.0/16'], podCidrs: ['10.42.7.0/24'], mtu: 1450 });
  assert.equal(network.health(), undefined);
  assert.match(readFileSync(conflist, 'utf8'), /"subnet": "10\.42\.7\.0\/24"/);
  assert.match(readFileSync(join(dir, 'run/subnet.env'), 'utf8'), /FLANNEL_SUBNET=10\.42\.7\.1\/24/);
  assert.match(await runChecked('nft', ['list', 'table', 'ip', 'k3ts-pod-network']), /10\.42\.7\.0\/24 return/);
  await network.stop();
});

test('a restart leaves an equal configuration alone, for the runtime would reload it', async () => {
  const cluster = new MemoryCluster();
  cluster.put(nodes, nodeWith('10.42.7.0/24'));
  const before = statSync(conflist);
  const network = open(cluster);
  await network.start();
  await network.configured;
  await network.stop();
  assert.equal(statSync(conflist).ino, before.ino);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#lib';
import type { AgentConfig } from './config.ts';
import { identifyNode, parseTaint } from './node.ts';

const config = (more: Partial<AgentConfig>): AgentConfig => ({
  nodeName: 'One',
  withNodeId: false,
  nodeLabels: [],
  nodeTaints: [],
  nodeIps: ['192.0.2.1'],
  nodeExternalIps: [],
  privateRegistry: '',
  snapshotter: '',
  kubeletArgs: [],
  kubeProxyArgs: [],
  ...more,
});

test('a node is named in lower case and carries what the flags say', () => {
  const node = identifyNode(config({ nodeLabels: ['a=b', 'c='], nodeTaints: ['k=v:NoSchedule'] }), seededRandom(1));
  assert.deepEqual(node, {
    name: 'one',
    ips: ['192.0.2.1'],
    externalIps: [],
    labels: { a: 'b', c: '' },
    taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }],
  });
});
test('without --node-ip the host has some address', () => {
  assert.match(identifyNode(config({ nodeIps: [] }), seededRandom(1)).ips[0] ?? '', /^[\d.:a-f]+$/);
});
for (const [what, more] of [
  ['a name with a space', { nodeName: 'a b' }],
  ['an address that is none', { nodeIps: ['300.1.1.1'] }],
  ['a label without value', { nodeLabels: ['a'] }],
] as [string, Partial<AgentConfig>][]) {
  test(`refuses ${what}`, () => assert.throws(() => identifyNode(config(more), seededRandom(1)), /Cannot use/));
}
test('taints', () => {
  assert.deepEqual(parseTaint('CriticalAddonsOnly=true:NoExecute'), { key: 'CriticalAddonsOnly', value: 'true', effect: 'NoExecute' });
  assert.deepEqual(parseTaint('a:PreferNoSchedule'), { key: 'a', effect: 'PreferNoSchedule' });
  assert.throws(() => parseTaint('a=b:Sometimes'), /NoSchedule, PreferNoSchedule or NoExecute/);
});

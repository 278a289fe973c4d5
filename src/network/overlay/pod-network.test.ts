import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createMachine } from '#test/machine/index.ts';
import { conflistOf, gatewayOf, subnetEnvOf } from './conflist.ts';
import { masqueradeRules } from './masquerade.ts';

const NETWORK = { clusterCidrs: ['10.42.0.0/16'], podCidrs: ['10.42.3.0/24'], mtu: 1450 };

test('conflistOf has the bridge that k3s names, and bandwidth only where it is installed', () => {
  const read = (hasBandwidth: boolean) =>
    JSON.parse(conflistOf({ ...NETWORK, addressStateDir: '/var/lib/cni/networks', hasBandwidth })) as {
      name: string;
      plugins: { type: string; bridge?: string; ipam?: { ranges: object } }[];
    };
  const list = read(true);
  assert.equal(list.name, 'cbr0');
  assert.deepEqual(
    list.plugins.map(({ type }) => type),
    ['bridge', 'bandwidth'],
  );
  assert.equal(list.plugins[0]?.bridge, 'cni0');
  assert.deepEqual(list.plugins[0]?.ipam?.ranges, [[{ subnet: '10.42.3.0/24' }]]);
  assert.equal(read(false).plugins.length, 1);
});

test('subnetEnvOf is what flannel writes', () => {
  assert.equal(subnetEnvOf(NETWORK), 'FLANNEL_NETWORK=10.42.0.0/16\nFLANNEL_SUBNET=10.42.3.1/24\nFLANNEL_MTU=1450\nFLANNEL_IPMASQ=true\n');
  const dual = { clusterCidrs: ['10.42.0.0/16', 'fd00:42::/56'], podCidrs: ['10.42.3.0/24', 'fd00:42:0:3::/64'], mtu: 1450 };
  assert.match(subnetEnvOf(dual), /FLANNEL_IPV6_NETWORK=fd00:42::\/56\nFLANNEL_IPV6_SUBNET=fd00:42:0:3::1\/64\n/);
});

test('gatewayOf is the first address', () => {
  assert.equal(gatewayOf('10.42.0.0/24'), '10.42.0.1/24');
  assert.equal(gatewayOf('fd00::/64'), 'fd00::1/64');
});

test('masqueradeRules replace the table in one transaction and wait for the podCIDR with what needs it', () => {
  const early = masqueradeRules(['10.42.0.0/16'], []);
  assert.match(early, /^add table ip k3ts-pod-network\ndelete table ip k3ts-pod-network\nadd table/);
  assert.doesNotMatch(early, /saddr !=/);
  assert.match(masqueradeRules(['10.42.0.0/16'], ['10.42.3.0/24']), /ip saddr != 10\.42\.0\.0\/16 ip daddr 10\.42\.3\.0\/24 return/);
  assert.equal(masqueradeRules(['fd00:42::/56'], []), 'add table ip k3ts-pod-network\ndelete table ip k3ts-pod-network\n');
});

test('the pod network is set up on a real kernel', { timeout: 60_000, skip: process.getuid?.() === 0 ? false : 'needs root' }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'k3ts-overlay-'));
  try {
    await using machine = await createMachine({ name: `pn${process.pid % 10_000}`, dir, subnet: 32 });
    const { code, stdout, stderr } = await machine.run([process.execPath, join(import.meta.dirname, 'machine-scenario.ts'), dir], {
      mayFail: true,
      env: { NODE_TEST_CONTEXT: '' },
    });
    assert.equal(code, 0, stdout + stderr);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

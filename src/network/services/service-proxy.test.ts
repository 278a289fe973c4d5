import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createMachine } from '#test/machine/index.ts';

test('service rules work in a real kernel and nothing leaves the host', {
  timeout: 120_000,
  skip: process.getuid?.() === 0 ? false : 'needs root',
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'k3ts-services-'));
  try {
    await using machine = await createMachine({ name: `svc${process.pid % 10_000}`, dir, subnet: 31 });
    const scenario = join(import.meta.dirname, 'machine-scenario.ts');
    const env = { NODE_TEST_CONTEXT: '' };
    const { code, stdout, stderr } = await machine.run([process.execPath, '--test-reporter=spec', scenario, machine.nodeIp], { mayFail: true, env });
    assert.equal(code, 0, stdout + stderr);
    assert.equal(machine.leakedPackets(), 0);
    if (process.env['K3TS_TEST_VERBOSE']) console.log(stdout);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { runIsolated } from '../testing/isolation.ts';

test('the kubelet server streams with a real container runtime', { timeout: 120_000, skip: process.getuid?.() === 0 ? false : 'needs root' }, async () => {
  const { code, output } = await runIsolated(join(import.meta.dirname, 'testing/runtime-scenario.ts'));
  assert.equal(code, 0, output);
});

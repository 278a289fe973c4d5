/** A short run with a fixed seed; the long one is `npm run fuzz`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzz } from './fuzz.ts';

test('hostile requests neither end the server nor make it fail, hang or grow', async () => {
  const { attacks, finds, heap } = await fuzz({ cpuSeconds: 12, seed: 1 });
  assert.deepEqual(finds, []);
  assert.ok(attacks > 200, `only ${attacks} attacks`);
  assert.ok(heap.late < heap.early * 1.5, `heap ${heap.early} → ${heap.late}`);
});

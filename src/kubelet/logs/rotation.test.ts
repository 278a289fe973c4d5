import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { FakeClock } from '#lib';
import { createLogRotation } from './rotation.ts';

function fixture(reopen: (path: string) => void) {
  const dir = mkdtempSync(join(tmpdir(), 'k3ts-rotation-'));
  const path = join(dir, '0.log');
  const clock = new FakeClock();
  const rotation = createLogRotation({
    backend: {
      pods: () => [{ metadata: { namespace: 'a', name: 'p', uid: '1' }, spec: { containers: [{ name: 'c' }] } }],
      findContainer: () => ({
        found: 'container',
        target: {
          namespace: 'a',
          podName: 'p',
          podUid: '1',
          container: 'c',
          containerId: 'x',
          state: { running: {} },
          logPath: path,
          tty: false,
          stdin: false,
        },
      }),
      reopenLog: () => {
        reopen(path);
        return Promise.resolve();
      },
    },
    maxSizeBytes: 10,
    maxFiles: 3,
    clock,
  });
  return { dir, path, clock, rotation, [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
}

test('rotation keeps the current log, the one before as it is, and compressed older ones', async () => {
  using at = fixture((path) => writeFileSync(path, ''));
  await at.rotation.start();
  for (let round = 1; round <= 4; round++) {
    writeFileSync(at.path, `round ${round} is long`);
    await at.rotation.rotateAll();
    await at.clock.advance(2000);
  }
  await at.rotation.stop();
  const names = readdirSync(at.dir).sort();
  assert.deepEqual(names, ['0.log', '0.log.20260101-000004.gz', '0.log.20260101-000006']);
  assert.equal(gunzipSync(readFileSync(join(at.dir, names[1] ?? ''))).toString(), 'round 3 is long');
  assert.equal(readFileSync(join(at.dir, names[2] ?? ''), 'utf8'), 'round 4 is long');
});

test('rotation leaves a small log alone', async () => {
  using at = fixture(() => assert.fail('must not be reopened'));
  await at.rotation.start();
  writeFileSync(at.path, 'short');
  await at.rotation.rotateAll();
  await at.rotation.stop();
  assert.deepEqual(readdirSync(at.dir), ['0.log']);
});

test('rotation gives the log its name back when the runtime does not reopen it', async () => {
  using at = fixture(() => {
    throw new Error('runtime is gone');
  });
  await at.rotation.start();
  writeFileSync(at.path, 'long enough to rotate');
  await at.rotation.rotateAll();
  await at.rotation.stop();
  assert.equal(readFileSync(at.path, 'utf8'), 'long enough to rotate');
});

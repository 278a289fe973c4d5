import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { FakeClock, type Timer, waitFor } from '#lib';
import { createLogRotation } from './rotation.ts';

class CountingClock extends FakeClock {
  /** Timers that have not run. */
  pending = 0;
  override setTimer(delayMs: number, run: () => void): Timer {
    this.pending += 1;
    const timer = super.setTimer(delayMs, () => {
      this.pending -= 1;
      run();
    });
    return { cancel: () => timer.cancel() };
  }
}

function fixture(reopen: (path: string) => void, podCount = { now: 1 }) {
  const dir = mkdtempSync(join(tmpdir(), 'k3ts-rotation-'));
  const path = join(dir, '0.log');
  const clock = new CountingClock();
  const rotation = createLogRotation({
    backend: {
      pods: () => Array(podCount.now).fill({ metadata: { namespace: 'a', name: 'p', uid: '1' }, spec: { containers: [{ name: 'c' }] } }),
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
    podLogsDir: dir,
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

test('rotation looks every ten seconds while there are pods, and sleeps until the first comes', async () => {
  const podCount = { now: 0 };
  let rotations = 0;
  using at = fixture((path) => {
    rotations += 1;
    writeFileSync(path, '');
  }, podCount);
  await at.rotation.start();
  assert.equal(at.clock.pending, 0);
  podCount.now = 1;
  writeFileSync(at.path, 'long enough to rotate');
  await waitFor('the pod to be noticed', () => at.clock.pending === 1);
  await at.clock.advance(10_000);
  await waitFor('a rotation', () => rotations === 1);
  podCount.now = 0;
  await waitFor('the next look to be planned', () => at.clock.pending === 1);
  await at.clock.advance(10_000);
  await waitFor('rest', () => at.clock.pending === 0);
  await at.rotation.stop();
});

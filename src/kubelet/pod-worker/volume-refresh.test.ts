import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '#lib';
import { VolumeRefresh } from './volume-refresh.ts';

test('a change during a refresh, or while none is possible, leads to another refresh', async () => {
  let isPossible = true;
  const running: (() => void)[] = [];
  const volumes = new VolumeRefresh({
    log: createLog('test'),
    mayRefresh: () => isPossible,
    refresh: () => new Promise((resolve) => running.push(resolve)),
  });
  volumes.request();
  volumes.request();
  volumes.request();
  assert.equal(running.length, 1, 'one at a time');
  running[0]?.();
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(running.length, 2, 'several changes need one more');
  isPossible = false;
  volumes.request();
  running[1]?.();
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(running.length, 2);
  isPossible = true;
  void volumes.proceed();
  assert.equal(running.length, 3);
});

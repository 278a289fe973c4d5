import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { Container, Pod } from '#api/types/core-v1';
import { FakeClock } from '#lib';
import { createBackoff } from '../backoff.ts';
import type { KubeletContext } from '../context.ts';
import { ContainerWaits } from './container-waits.ts';
import type { ObservedContainer } from './observed.ts';

const container: Container = { name: 'c', image: 'app' };
const pod: Pod = { metadata: { name: 'p', namespace: 'n', uid: 'u' }, spec: { containers: [container] } };

describe('containers wait', () => {
  let clock: FakeClock;
  let told: string[];
  let wakeAtMs: number | undefined;
  let waits: ContainerWaits;
  /** It ended `agoMs` ago. */
  const ended = (agoMs = 0) => ({ state: 'exited', finishedAtMs: clock.now() - agoMs }) as ObservedContainer;

  beforeEach(() => {
    clock = new FakeClock(1_000_000);
    told = [];
    wakeAtMs = undefined;
    const events = { event: (_: unknown, type: string, reason: string, message: string) => told.push(`${type} ${reason} ${message}`) };
    waits = new ContainerWaits({ clock, events } as unknown as KubeletContext, createBackoff(10_000, 300_000, clock), (atMs) => (wakeAtMs = atMs));
  });

  test('not before their first start and their first restart, then 10 s, 20 s, …', () => {
    assert.equal(waits.mayStart(pod, container, undefined), true);
    assert.equal(waits.mayStart(pod, container, ended()), true);
    assert.equal(waits.mayStart(pod, container, ended(1000)), false);
    assert.equal(wakeAtMs, clock.now() + 9000);
    assert.deepEqual(waits.get('c'), {
      reason: 'CrashLoopBackOff',
      message: 'back-off 10s restarting failed container=c pod=p_n(u)',
      retryAtMs: clock.now() + 9000,
    });
    assert.equal(waits.mayStart(pod, container, ended(2000)), false);
    assert.deepEqual(told, ['Warning BackOff Back-off restarting failed container c in pod p_n(u)']);
    assert.equal(waits.mayStart(pod, container, ended(10_000)), true);
    waits.set('c', undefined);
    assert.equal(waits.mayStart(pod, container, ended()), false);
    assert.match(waits.get('c')?.message ?? '', /^back-off 20s /);
  });

  test('until the time of what failed, unless it was an image or an object that has come', () => {
    for (const [reason, retry] of [
      ['ImagePullBackOff', () => waits.retryImages()],
      ['ErrImageNeverPull', () => waits.retryImages()],
      ['CreateContainerConfigError', () => waits.retryObjects()],
    ] as const) {
      waits.set('c', { reason, message: '', retryAtMs: clock.now() + 5000 });
      assert.equal(wakeAtMs, clock.now() + 5000);
      assert.equal(waits.mayStart(pod, container, undefined), false);
      retry();
      assert.equal(waits.mayStart(pod, container, undefined), true, reason);
    }
    waits.set('c', { reason: 'RunContainerError', message: '', retryAtMs: clock.now() + 5000 });
    waits.retryImages();
    waits.retryObjects();
    assert.equal(waits.mayStart(pod, container, undefined), false);
  });
});

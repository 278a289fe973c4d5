import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, Pod, PodSpec } from '#api/types/core-v1';
import { containerHash } from './labels.ts';
import type { ObservedContainer, PodRuntime } from './observed.ts';
import { hasInitFailed, planPod, type ProbeVerdict } from './plan.ts';

const GOOD: ProbeVerdict = { isStarted: true };
const spec = (more: Partial<PodSpec> = {}): Pod => ({ metadata: { name: 'p' }, spec: { containers: [{ name: 'a', image: 'i' }], ...more } });
const made = (name: string, more: Partial<ObservedContainer> = {}): ObservedContainer => ({
  id: `${name}-${more.restartCount ?? 0}`,
  name,
  sandboxId: 's0',
  state: 'running',
  restartCount: 0,
  createdAtMs: 0,
  startedAtMs: 0,
  finishedAtMs: 0,
  exitCode: 0,
  reason: '',
  message: '',
  image: 'i',
  imageRef: 'i',
  hash: containerHash({ name, image: 'i' }),
  logPath: '',
  terminationFile: undefined,
  terminationPolicy: 'File',
  ...more,
});
const exited = (name: string, exitCode: number, more: Partial<ObservedContainer> = {}) => made(name, { state: 'exited', exitCode, ...more });
const runtime = (...containers: ObservedContainer[]): PodRuntime => ({
  sandboxes: [{ id: 's0', attempt: 0, isReady: true, createdAtMs: 0, isHostNetwork: false, ips: ['10.0.0.1'] }],
  containers,
});
const dead = (...containers: ObservedContainer[]): PodRuntime => ({ ...runtime(...containers), sandboxes: [{ ...runtime().sandboxes[0]!, isReady: false }] });
const sidecar: Container = { name: 'side', image: 'i', restartPolicy: 'Always' };
const init: Container = { name: 'init', image: 'i' };
const other: Container = { name: 'b', image: 'i' };

/** `sandbox:n`, `stop`, `kill x`, `start x`, in this order. */
function plan(pod: Pod, observed: PodRuntime, verdict: ProbeVerdict = GOOD): string {
  const { stopAll, sandboxAttempt, kill, start } = planPod(pod, observed, () => verdict);
  const words = [
    ...(stopAll ? ['stop'] : []),
    ...(sandboxAttempt === undefined ? [] : [`sandbox:${sandboxAttempt}`]),
    ...kill.map(({ container }) => `kill ${container.name}`),
    ...start.map(({ name }) => `start ${name}`),
  ];
  return words.join(', ');
}

const cases: [string, Pod, PodRuntime, string, ProbeVerdict?][] = [
  ['a new pod', spec(), { sandboxes: [], containers: [] }, 'sandbox:0, start a'],
  ['a new pod with init containers', spec({ initContainers: [init] }), { sandboxes: [], containers: [] }, 'sandbox:0, start init'],
  ['a running pod', spec(), runtime(made('a')), ''],
  ['a container that was never made', spec({ containers: [{ name: 'a', image: 'i' }, other] }), runtime(made('a')), 'start b'],
  ['an end under Always', spec(), runtime(exited('a', 0)), 'start a'],
  ['a success under OnFailure', spec({ restartPolicy: 'OnFailure' }), runtime(exited('a', 0)), 'stop'],
  ['a failure under OnFailure', spec({ restartPolicy: 'OnFailure' }), runtime(exited('a', 1)), 'start a'],
  ['a failure under Never', spec({ restartPolicy: 'Never' }), runtime(exited('a', 1)), 'stop'],
  ['one of two ended under Never', spec({ restartPolicy: 'Never', containers: [{ name: 'a', image: 'i' }, other] }), runtime(made('a'), exited('b', 0)), ''],
  ['a dead sandbox under Always', spec(), dead(exited('a', 137)), 'stop, sandbox:1, start a'],
  ['a dead sandbox under Never', spec({ restartPolicy: 'Never' }), dead(exited('a', 137)), 'stop'],
  ['a dead sandbox after success', spec({ restartPolicy: 'OnFailure' }), dead(exited('a', 0)), 'stop'],
  ['another image', spec({ containers: [{ name: 'a', image: 'new' }] }), runtime(made('a')), 'kill a'],
  ['a failed liveness probe', spec(), runtime(made('a')), 'kill a', { isStarted: true, failed: 'liveness' }],
  ['an unknown container', spec(), runtime(made('a', { state: 'unknown' })), 'kill a'],
  ['a created container', spec(), runtime(made('a', { state: 'created' })), 'start a'],
  ['a running init container', spec({ initContainers: [init] }), runtime(made('init')), ''],
  ['a finished init container', spec({ initContainers: [init] }), runtime(exited('init', 0)), 'start a'],
  ['a failed init container', spec({ initContainers: [init] }), runtime(exited('init', 1)), 'start init'],
  ['a failed init container under Never', spec({ initContainers: [init], restartPolicy: 'Never' }), runtime(exited('init', 1)), ''],
  ['an init container that is gone while the others run', spec({ initContainers: [init] }), runtime(made('a')), ''],
  ['a started sidecar', spec({ initContainers: [sidecar, init] }), runtime(made('side')), 'start init'],
  ['a sidecar that has not started', spec({ initContainers: [sidecar, init] }), runtime(made('side')), '', { isStarted: false }],
  ['a sidecar that ended', spec({ initContainers: [sidecar] }), runtime(made('a'), exited('side', 1)), 'start side'],
  ['a sidecar after the end', spec({ initContainers: [sidecar], restartPolicy: 'Never' }), runtime(exited('a', 0), made('side')), 'stop'],
];

for (const [name, pod, observed, expected, verdict] of cases)
  test(`${name}: ${expected || 'nothing to do'}`, () => assert.equal(plan(pod, observed, verdict), expected));

test('an init container that failed for good fails the pod', () => {
  const pod = spec({ initContainers: [init], restartPolicy: 'Never' });
  assert.equal(hasInitFailed(pod, runtime(exited('init', 1))), true);
  assert.equal(hasInitFailed(spec({ initContainers: [init] }), runtime(exited('init', 1))), false);
});

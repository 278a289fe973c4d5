/**
 * What to do next for a pod that shall run: pure decisions from its spec and what the runtime holds. Follows computePodActions of
 * https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/kuberuntime/kuberuntime_manager.go
 */
import type { Container, Pod } from '#api/types/core-v1';
import { type AnyContainer, containerHash } from './labels.ts';
import { currentSandbox, newest, type ObservedContainer, type PodRuntime } from './observed.ts';

/** What the probes say of a running container. */
export interface ProbeVerdict {
  /** The startup probe passed, or there is none. */
  readonly isStarted: boolean;
  /** The probe whose failure demands a restart. */
  readonly failed?: 'startup' | 'liveness' | undefined;
}

export interface Kill {
  readonly container: ObservedContainer;
  readonly reason: 'startup' | 'liveness' | 'changed' | 'stale';
  /** Upstream's event text. */
  readonly message: string;
}

export interface PodPlan {
  /** Everything must stop before a new sandbox can be made, or because nothing is left to do. */
  readonly stopAll: boolean;
  /** The attempt number of the sandbox to make; undefined while the present one serves. */
  readonly sandboxAttempt: number | undefined;
  readonly kill: readonly Kill[];
  /** In this order; init containers come one at a time. */
  readonly start: readonly AnyContainer[];
}

const NOTHING: PodPlan = { stopAll: false, sandboxAttempt: undefined, kill: [], start: [] };

/** Init containers that go on running beside the others (`restartPolicy: Always`). */
export function isSidecar(container: AnyContainer): boolean {
  return container.restartPolicy === 'Always';
}

export function planPod(pod: Pod, runtime: PodRuntime, verdictOf: (container: ObservedContainer) => ProbeVerdict): PodPlan {
  const spec = pod.spec;
  if (!spec) return NOTHING;
  const sandbox = currentSandbox(runtime);
  const isSandboxUsable =
    sandbox?.isReady === true && sandbox.isHostNetwork === (spec.hostNetwork === true) && (sandbox.isHostNetwork || sandbox.ips.length > 0);
  if (!isSandboxUsable) return planNewSandbox(pod, runtime);
  const inits = planInits(pod, runtime, verdictOf);
  const ephemeral = (spec.ephemeralContainers ?? []).filter((container) => !newest(runtime, container.name));
  if (!inits.areDone) return { ...NOTHING, kill: inits.kill, start: [...ephemeral, ...inits.start] };
  const mains = planMains(pod, runtime, verdictOf);
  if (mains.isOver) return { ...NOTHING, stopAll: true };
  return { ...NOTHING, kill: [...inits.kill, ...mains.kill], start: [...ephemeral, ...inits.start, ...mains.start] };
}

function planNewSandbox(pod: Pod, runtime: PodRuntime): PodPlan {
  const spec = pod.spec;
  const sandbox = currentSandbox(runtime);
  const attempt = sandbox ? sandbox.attempt + 1 : 0;
  const inits = spec?.initContainers ?? [];
  const mains = spec?.containers ?? [];
  const hasRun = attempt > 0 && runtime.containers.length > 0;
  if (spec?.restartPolicy === 'Never' && hasRun) return { ...NOTHING, stopAll: true };
  const wanted = mains.filter((container) => spec?.restartPolicy !== 'OnFailure' || !hasSucceeded(runtime, container));
  if (wanted.length === 0) return { ...NOTHING, stopAll: true };
  const base = { stopAll: sandbox !== undefined, sandboxAttempt: attempt, kill: [] };
  // What finished init containers did counts only while the sandbox lives: in a new one all of them run again.
  return { ...base, start: inits.length > 0 ? inits.slice(0, 1) : wanted };
}

function hasSucceeded(runtime: PodRuntime, container: AnyContainer): boolean {
  const last = newest(runtime, container.name);
  return last?.state === 'exited' && last.exitCode === 0;
}

/** Whether a container that is not running shall be started (again). */
export function shallRestart(pod: Pod, container: AnyContainer, last: ObservedContainer | undefined): boolean {
  if (!last || last.state === 'created') return true;
  if (last.state === 'running' || last.state === 'unknown') return false;
  const rule = container.restartPolicyRules?.find((candidate) => matchesExitCode(candidate.exitCodes, last.exitCode));
  if (rule) return rule.action === 'Restart';
  const policy = container.restartPolicy ?? pod.spec?.restartPolicy ?? 'Always';
  if (policy === 'Always') return true;
  return policy === 'OnFailure' && last.exitCode !== 0;
}

function matchesExitCode(rule: { operator: string; values?: number[] | undefined } | undefined, exitCode: number): boolean {
  if (!rule) return false;
  const isListed = rule.values?.includes(exitCode) ?? false;
  return rule.operator === 'In' ? isListed : !isListed;
}

/** As shallRestart, for init containers that must end: a success is final, `Always` retries failures. */
function shallRestartInit(pod: Pod, container: Container, last: ObservedContainer): boolean {
  if (last.exitCode === 0) return false;
  const rule = container.restartPolicyRules?.find((candidate) => matchesExitCode(candidate.exitCodes, last.exitCode));
  if (rule) return rule.action === 'Restart';
  return (container.restartPolicy ?? pod.spec?.restartPolicy) !== 'Never';
}

interface InitPlan {
  readonly areDone: boolean;
  readonly kill: readonly Kill[];
  readonly start: readonly Container[];
}

function planInits(pod: Pod, runtime: PodRuntime, verdictOf: (container: ObservedContainer) => ProbeVerdict): InitPlan {
  const inits = pod.spec?.initContainers ?? [];
  const kill: Kill[] = [];
  const start: Container[] = [];
  const sandboxId = currentSandbox(runtime)?.id;
  // Once a regular container exists in this sandbox, the pod is initialized for good.
  const isInitialized = (pod.spec?.containers ?? []).some((container) => newest(runtime, container.name)?.sandboxId === sandboxId);
  const mainsOver = isInitialized && areMainsOver(pod, runtime);
  for (const container of inits) {
    const last = newest(runtime, container.name);
    const current = last?.sandboxId === sandboxId ? last : undefined;
    if (current?.state === 'unknown') {
      kill.push(unknownKill(current));
      if (isInitialized) continue;
      return { areDone: false, kill, start };
    }
    if (isSidecar(container)) {
      if (mainsOver) continue;
      if (current?.state === 'running') {
        const verdict = verdictOf(current);
        const killed = killFor(container, current, verdict);
        if (killed) kill.push(killed);
        if (isInitialized || verdict.isStarted) continue;
        return { areDone: false, kill, start };
      }
      start.push(container);
      if (isInitialized) continue;
      return { areDone: false, kill, start };
    }
    if (isInitialized || (current?.state === 'exited' && current.exitCode === 0)) continue;
    if (current?.state === 'running') return { areDone: false, kill, start };
    if (!current || current.state === 'created' || shallRestartInit(pod, container, current)) start.push(container);
    return { areDone: false, kill, start };
  }
  return { areDone: true, kill, start };
}

/** Whether an init container has failed and is not tried again: the pod has failed. */
export function hasInitFailed(pod: Pod, runtime: PodRuntime): boolean {
  const isInitialized = (pod.spec?.containers ?? []).some((container) => newest(runtime, container.name) !== undefined);
  if (isInitialized) return false;
  return (pod.spec?.initContainers ?? []).some((container) => {
    const last = newest(runtime, container.name);
    return !isSidecar(container) && last?.state === 'exited' && last.exitCode !== 0 && !shallRestartInit(pod, container, last);
  });
}

/** Nobody knows whether it runs: it is ended before another is started. */
function unknownKill(container: ObservedContainer): Kill {
  return { container, reason: 'stale', message: 'Container is in an unknown state, try killing it before restart' };
}

function killFor(container: Container, current: ObservedContainer, verdict: ProbeVerdict): Kill | undefined {
  if (containerHash(container) !== current.hash && current.hash !== '') {
    return { container: current, reason: 'changed', message: `Container ${container.name} definition changed, will be restarted` };
  }
  if (verdict.failed === undefined) return undefined;
  return { container: current, reason: verdict.failed, message: `Container ${container.name} failed ${verdict.failed} probe, will be restarted` };
}

function planMains(pod: Pod, runtime: PodRuntime, verdictOf: (container: ObservedContainer) => ProbeVerdict) {
  const kill: Kill[] = [];
  const start: Container[] = [];
  for (const container of pod.spec?.containers ?? []) {
    const last = newest(runtime, container.name);
    if (last?.state === 'unknown') kill.push(unknownKill(last));
    else if (last?.state !== 'running') {
      if (shallRestart(pod, container, last)) start.push(container);
    }
    if (last?.state !== 'running') continue;
    const killed = killFor(container, last, verdictOf(last));
    if (!killed) continue;
    const isRestarted = killed.reason === 'changed' || pod.spec?.restartPolicy !== 'Never';
    kill.push(isRestarted ? killed : { ...killed, message: killed.message.replace(', will be restarted', '') });
  }
  return { kill, start, isOver: start.length === 0 && areMainsOver(pod, runtime) };
}

/** Whether every regular container has ended for good. */
export function areMainsOver(pod: Pod, runtime: PodRuntime): boolean {
  return (pod.spec?.containers ?? []).every((container) => {
    const last = newest(runtime, container.name);
    return last?.state === 'exited' && !shallRestart(pod, container, last);
  });
}

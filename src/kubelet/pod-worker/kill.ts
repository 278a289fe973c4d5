import type { Pod } from '#api/types/core-v1';
import type { KubeletContext } from '../context.ts';
import { isRuntimeNotFound } from '../cri/cri-client.ts';
import { runHook } from './hooks.ts';
import { type AnyContainer, findContainer } from './labels.ts';
import type { ObservedContainer } from './observed.ts';
import { isSidecar } from './plan.ts';
import { containerReference, podReference } from './references.ts';

export interface KillRequest {
  readonly pod: Pod;
  readonly container: AnyContainer | undefined;
  readonly observed: ObservedContainer;
  readonly graceSeconds: number;
  /** For the event; default `Stopping container x`. */
  readonly message?: string | undefined;
  readonly podIp: string;
}

// Upstream's minimumGracePeriodInSeconds: what a container gets after its hook used up the time.
const MIN_GRACE_SECONDS = 2;
const DEFAULT_GRACE_SECONDS = 30;

/** How long the pod's containers have to end when nothing else is said; beyond 2^53 it came as a bigint. */
export function graceSecondsOf(pod: Pod): number {
  return Number(pod.spec?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS);
}
/** How long they have since the pod is being deleted. */
export function deletionGraceSecondsOf(pod: Pod): number {
  return Number(pod.metadata.deletionGracePeriodSeconds ?? graceSecondsOf(pod));
}

/** Ends one container: event, preStop hook, stop signal, and at the end of its grace period the kill. Resolves when it has ended. */
export async function killContainer(context: KubeletContext, request: KillRequest): Promise<void> {
  const { pod, container, observed } = request;
  const reference = container ? containerReference(pod, container) : podReference(pod);
  context.events.event(reference, 'Normal', 'Killing', request.message ?? `Stopping container ${observed.name}`);
  let graceSeconds = request.graceSeconds;
  const preStop = container?.lifecycle?.preStop;
  if (preStop && graceSeconds > 0 && observed.state === 'running') {
    const startedMs = context.clock.monotonic();
    await runPreStop(context, request, preStop);
    graceSeconds -= Math.ceil((context.clock.monotonic() - startedMs) / 1000);
  }
  if (request.graceSeconds > 0) graceSeconds = Math.max(graceSeconds, MIN_GRACE_SECONDS);
  await stopContainer(context, observed.id, graceSeconds);
}

async function runPreStop(
  context: KubeletContext,
  request: KillRequest,
  handler: NonNullable<NonNullable<AnyContainer['lifecycle']>['preStop']>,
): Promise<void> {
  const { pod, container, observed, podIp } = request;
  if (!container) return;
  const timeoutMs = request.graceSeconds * 1000;
  const hook = runHook(context.cri, context.clock, { handler, container, containerId: observed.id, podIp, timeoutMs });
  const limit = context.clock.sleep(timeoutMs).then(() => undefined);
  try {
    await Promise.race([hook, limit]);
  } catch {
    context.events.event(containerReference(pod, container), 'Warning', 'FailedPreStopHook', 'PreStopHook failed');
  }
}

/** StopContainer that takes what is gone as stopped. */
export async function stopContainer(context: KubeletContext, containerId: string, graceSeconds: number): Promise<void> {
  try {
    await context.cri.call('StopContainer', { containerId, timeout: graceSeconds }, { timeoutMs: graceSeconds * 1000 + 120_000 });
  } catch (error) {
    if (!isRuntimeNotFound(error)) throw error;
  }
}

/** Ends all given containers: the regular ones together, then sidecars, the last started first. */
export async function killContainers(
  context: KubeletContext,
  pod: Pod,
  running: readonly ObservedContainer[],
  graceSeconds: number,
  podIp: string,
): Promise<void> {
  const requestFor = (observed: ObservedContainer, grace: number): KillRequest => ({
    pod,
    container: findContainer(pod, observed.name),
    observed,
    graceSeconds: grace,
    podIp,
  });
  const sidecarNames = (pod.spec?.initContainers ?? []).filter(isSidecar).map((container) => container.name);
  const startedMs = context.clock.monotonic();
  await Promise.all(running.filter(({ name }) => !sidecarNames.includes(name)).map((observed) => killContainer(context, requestFor(observed, graceSeconds))));
  for (const name of sidecarNames.reverse()) {
    const left = Math.max(graceSeconds === 0 ? 0 : 1, graceSeconds - Math.floor((context.clock.monotonic() - startedMs) / 1000));
    await Promise.all(running.filter((observed) => observed.name === name).map((observed) => killContainer(context, requestFor(observed, left))));
  }
}

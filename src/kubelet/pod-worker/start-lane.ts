/** Starts what the plan wants, in order: sandbox and volumes beside each other, then containers one after the other, prepared ahead. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { configMaps, isStatus, secrets } from '#api';
import type { Pod } from '#api/types/core-v1';
import { aborted } from '#lib';
import type { KubeletContext } from '../context.ts';
import { isRuntimeGone } from '../cri/cri-client.ts';
import { GrpcError } from '../cri/grpc-channel.ts';
import type { PodSandboxConfig } from '../cri/messages.ts';
import { buildEnv, ContainerConfigError } from '../env.ts';
import { containerResources, podLimits, qosClassOf } from '../resources.ts';
import { containerMounts } from '../volumes/container-mounts.ts';
import { type MountedVolume, type VolumeContext, VolumeError } from '../volumes/contract.ts';
import { mountVolumes } from '../volumes/pod-volumes.ts';
import { containerConfigOf } from './container-config.ts';
import { linkLog } from './clean-up.ts';
import { runHook } from './hooks.ts';
import { type AnyContainer, formatPod } from './labels.ts';
import { type ObservedContainer, type ObservedSandbox, observeContainer, observeSandbox } from './observed.ts';
import { containerReference, podReference } from './references.ts';
import { sandboxConfigOf } from './sandbox-config.ts';
import { backoffNever, type WaitingEntry } from './waiting.ts';

/** What the lane tells its worker while it goes on. */
export interface LaneHost {
  readonly pod: Pod;
  readonly podDir: string;
  readonly signal: AbortSignal;
  sandbox(): ObservedSandbox | undefined;
  newest(name: string): ObservedContainer | undefined;
  sandboxMade(sandbox: ObservedSandbox): void;
  /** From now on the runtime may tell of it. */
  created(containerId: string): void;
  containerChanged(container: ObservedContainer): void;
  waits(name: string, entry: WaitingEntry | undefined): void;
  /** A container whose postStart hook runs is neither probed nor ready. */
  hooking(containerId: string, isRunning: boolean): void;
  /** Ends a container whose postStart hook failed. */
  killFor(container: ObservedContainer, message: string): Promise<void>;
}

export interface LaneOrder {
  readonly sandboxAttempt: number | undefined;
  readonly start: readonly AnyContainer[];
}

/** What failed for the whole pod; the worker tries again after a while. */
export class PodStartError extends Error {
  override readonly name = 'PodStartError';
}

/** Resolves when everything was started or says why it waits. Throws PodStartError, or the signal's reason. */
export async function runStartLane(context: KubeletContext, host: LaneHost, order: LaneOrder): Promise<void> {
  const images = new Map(order.start.map((container) => [container.name, context.images.ensure(host.pod, container, host.signal)]));
  for (const promise of images.values()) promise.catch(() => undefined);
  const volumes = mountPodVolumes(context, host);
  volumes.catch(() => undefined);
  const config = sandboxConfigFor(context, host, order.sandboxAttempt ?? host.sandbox()?.attempt ?? 0);
  const sandbox = order.sandboxAttempt === undefined ? host.sandbox() : await makeSandbox(context, host, config);
  if (!sandbox) return;
  const mounted = await volumes;
  host.signal.throwIfAborted();
  const made = order.start.map((container) => {
    const creating = createContainer(context, host, { container, sandbox, config, volumes: mounted, image: images.get(container.name) });
    creating.catch(() => undefined);
    return { container, creating };
  });
  for (const { container, creating } of made) await startOne(context, host, container, creating);
}

function sandboxConfigFor(context: KubeletContext, host: LaneHost, attempt: number): PodSandboxConfig {
  const { pod } = host;
  const uid = pod.metadata.uid ?? '';
  const cgroupParent = context.cgroups.create(uid, qosClassOf(pod), podLimits(pod));
  const logDirectory = join(context.podLogsDir, `${pod.metadata.namespace}_${pod.metadata.name}_${uid}`);
  mkdirSync(logDirectory, { recursive: true, mode: 0o755 });
  mkdirSync(host.podDir, { recursive: true, mode: 0o750 });
  const seccompRoot = join(context.rootDir, 'seccomp');
  return sandboxConfigOf({ pod, attempt, logDirectory, cgroupParent, nodeName: context.nodeName, dns: context.dns, seccompRoot });
}

async function makeSandbox(context: KubeletContext, host: LaneHost, config: PodSandboxConfig): Promise<ObservedSandbox> {
  const { pod } = host;
  try {
    const problem = pod.spec?.hostNetwork ? undefined : context.networkProblem();
    if (problem) {
      context.events.event(podReference(pod), 'Warning', 'NetworkNotReady', `network is not ready: ${problem}`);
      throw new PodStartError(problem);
    }
    const runtimeHandler = await context.runtimeHandler(pod);
    const { podSandboxId } = await context.cri.call('RunPodSandbox', { config, runtimeHandler }, { timeoutMs: 240_000 });
    const { status } = await context.cri.call('PodSandboxStatus', { podSandboxId });
    if (!status) throw new Error(`the runtime does not know sandbox ${podSandboxId} that it just made`);
    const sandbox = observeSandbox(status);
    host.sandboxMade(sandbox);
    return sandbox;
  } catch (error) {
    if (error instanceof PodStartError) throw error;
    const message = (error as Error).message;
    context.events.event(podReference(pod), 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${message}`);
    throw new PodStartError(`failed to "CreatePodSandbox" for "${formatPod(pod)}": ${message}`, { cause: error });
  }
}

/** What volumes and variables of this pod are made from. */
export function volumeContextOf(context: KubeletContext, pod: Pod, podIps: readonly string[]): VolumeContext {
  const uid = pod.metadata.uid ?? '';
  return {
    pod,
    downward: { pod, hostIps: context.hostIps(), podIps, nodeAllocatable: context.nodeAllocatable() },
    object: (type, namespace, name) => context.objects.get(uid, type, namespace, name),
    token: (wish) => context.tokens.get(pod, wish),
    nowMs: context.clock.now(),
  };
}

async function mountPodVolumes(context: KubeletContext, host: LaneHost): Promise<Map<string, MountedVolume>> {
  try {
    return await mountVolumes(host.podDir, volumeContextOf(context, host.pod, host.sandbox()?.ips ?? []));
  } catch (error) {
    const message = error instanceof VolumeError || isStatus(error) ? error.message : `MountVolume.SetUp failed: ${(error as Error).message}`;
    context.events.event(podReference(host.pod), 'Warning', 'FailedMount', message);
    throw new PodStartError(message, { cause: error });
  }
}

interface Creation {
  readonly container: AnyContainer;
  readonly sandbox: ObservedSandbox;
  readonly config: PodSandboxConfig;
  readonly volumes: ReadonlyMap<string, MountedVolume>;
  readonly image: ReturnType<KubeletContext['images']['ensure']> | undefined;
}

/** The id of the created container; undefined when it waits, with the reason told to the host. */
async function createContainer(context: KubeletContext, host: LaneHost, creation: Creation): Promise<string | undefined> {
  const { container, sandbox } = creation;
  const { pod } = host;
  const image = await creation.image;
  if (!image) return undefined;
  if ('reason' in image) {
    context.events.event(containerReference(pod, container), 'Warning', 'Failed', `Error: ${image.reason}`);
    host.waits(container.name, { reason: image.reason, message: image.message, retryAtMs: context.clock.now() + image.retryAfterMs });
    return undefined;
  }
  const last = host.newest(container.name);
  const restartCount = last ? last.restartCount + (last.state === 'created' ? 0 : 1) : restartCountShown(pod, container);
  try {
    const podIps = pod.spec?.hostNetwork ? context.hostIps() : sandbox.ips;
    const env = await envOf(context, pod, container, podIps);
    const mounts = containerMounts({
      pod,
      podDir: host.podDir,
      container,
      volumes: creation.volumes,
      env,
      podIps,
      clusterDomain: context.dns.clusterDomain,
      instance: String(restartCount),
    });
    const targetName = 'targetContainerName' in container ? container.targetContainerName : undefined;
    const config = containerConfigOf({
      pod,
      container,
      restartCount,
      env,
      mounts,
      image: image.image,
      resources: containerResources(pod, container, context.nodeMemoryBytes),
      seccompRoot: join(context.rootDir, 'seccomp'),
      targetId: targetName ? host.newest(targetName)?.id : undefined,
    });
    mkdirSync(join(creation.config.logDirectory ?? '', container.name), { recursive: true, mode: 0o755 });
    if (last?.state === 'created') await context.cri.call('RemoveContainer', { containerId: last.id });
    const { containerId } = await context.cri.call('CreateContainer', { podSandboxId: sandbox.id, config, sandboxConfig: creation.config });
    host.created(containerId);
    return containerId;
  } catch (error) {
    host.signal.throwIfAborted();
    // A container of this name is there although we do not know it: a call before was cut off. The worker looks again.
    const isUnknownToUs = error instanceof GrpcError && error.description.includes('is reserved for');
    if (isRuntimeGone(error) || isUnknownToUs) throw new PodStartError((error as Error).message, { cause: error });
    const reason = error instanceof ContainerConfigError ? 'CreateContainerConfigError' : 'CreateContainerError';
    const message = (error as Error).message;
    context.events.event(containerReference(pod, container), 'Warning', 'Failed', `Error: ${message}`);
    host.waits(container.name, { reason, message, retryAtMs: context.clock.now() + backoffNever.retryMs });
    return undefined;
  }
}

/** A pod whose containers the runtime lost goes on counting where its status stood. */
function restartCountShown(pod: Pod, container: AnyContainer): number {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const shown = [...containerStatuses, ...initContainerStatuses].find((status) => status.name === container.name);
  return shown?.containerID ? shown.restartCount + 1 : 0;
}

async function envOf(context: KubeletContext, pod: Pod, container: AnyContainer, podIps: readonly string[]) {
  const { uid = '', namespace } = pod.metadata;
  try {
    return await buildEnv(
      {
        pod,
        hostIps: context.hostIps(),
        podIps,
        nodeAllocatable: context.nodeAllocatable(),
        configMap: (name) => context.objects.get(uid, configMaps, namespace, name),
        secret: (name) => context.objects.get(uid, secrets, namespace, name),
        services: () => context.services(),
      },
      container,
    );
  } catch (error) {
    if (error instanceof ContainerConfigError) throw error;
    throw new ContainerConfigError((error as Error).message, { cause: error });
  }
}

async function startOne(context: KubeletContext, host: LaneHost, container: AnyContainer, creating: Promise<string | undefined>): Promise<void> {
  const containerId = await creating;
  if (containerId === undefined) return;
  host.signal.throwIfAborted();
  const { pod } = host;
  const reference = containerReference(pod, container);
  context.events.event(reference, 'Normal', 'Created', 'Container created');
  let failure: string | undefined;
  try {
    await context.cri.call('StartContainer', { containerId });
  } catch (error) {
    if (isRuntimeGone(error)) throw new PodStartError((error as Error).message, { cause: error });
    failure = (error as Error).message;
    context.events.event(reference, 'Warning', 'Failed', `Error: ${failure}`);
  }
  const { status } = await context.cri.call('ContainerStatus', { containerId });
  if (!status) return;
  const observed = observeContainer(status, host.sandbox()?.id ?? '');
  host.waits(
    container.name,
    failure === undefined ? undefined : { reason: 'RunContainerError', message: failure, retryAtMs: context.clock.now() + backoffNever.retryMs },
  );
  host.containerChanged(observed);
  if (failure !== undefined) return;
  context.events.event(reference, 'Normal', 'Started', 'Container started');
  linkLog(context.podLogsDir, pod, observed);
  const postStart = container.lifecycle?.postStart;
  if (!postStart) return;
  host.hooking(containerId, true);
  try {
    const podIp = host.sandbox()?.ips[0] ?? context.hostIps()[0] ?? '';
    const hook = runHook(context.cri, context.clock, { handler: postStart, container, containerId, podIp, timeoutMs: 0 });
    // A hook that never ends must not keep the pod from ending.
    await Promise.race([hook, aborted(host.signal)]);
    host.signal.throwIfAborted();
  } catch (error) {
    host.signal.throwIfAborted();
    context.events.event(reference, 'Warning', 'FailedPostStartHook', 'PostStartHook failed');
    host.waits(container.name, { reason: 'PostStartHookError', message: (error as Error).message, retryAtMs: 0 });
    await host.killFor(observed, 'FailedPostStartHook');
  } finally {
    host.hooking(containerId, false);
  }
}

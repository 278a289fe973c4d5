import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Pod } from '#api/types/core-v1';
import type { KubeletContext } from './context.ts';
import type { AnyContainer } from './pod-worker/labels.ts';
import { currentSandbox, type ObservedContainer } from './pod-worker/observed.ts';
import type { PodWorker } from './pod-worker/pod-worker.ts';
import type { PodWorkers } from './pod-workers.ts';
import { takeStats } from './node/stats.ts';
import type { ContainerLookup, ContainerTarget, KubeletBackend } from './streaming/contract.ts';
import { releaseStuckInput } from './streaming/stuck-input.ts';

/** Answers the kubelet's HTTP server from the workers' memory and the runtime. */
export function createBackend(context: KubeletContext, workers: PodWorkers, health: () => string | undefined): KubeletBackend {
  const { cri } = context;
  return {
    pods: () => [...workers.all()].map((worker) => worker.pod),
    runningPods: () => [...workers.all()].filter((worker) => currentSandbox(worker.view.current)?.isReady).map((worker) => worker.pod),
    findContainer: (namespace, pod, container, uid) => findContainer(context, workers, { namespace, pod, container, uid }),
    async execUrl(containerId, command, streams) {
      const { stdin, stdout, stderr, tty } = streams;
      return (await cri.call('Exec', { containerId, cmd: [...command], stdin, stdout, stderr: stderr && !tty, tty })).url;
    },
    releaseInput: (containerId) => releaseStuckInput(context.runtimeStateDir, containerId),
    async attachUrl(containerId, { stdin, stdout, stderr, tty }) {
      return (await cri.call('Attach', { containerId, stdin, stdout, stderr: stderr && !tty, tty })).url;
    },
    async portForwardUrl(podSandboxId, ports) {
      return (await cri.call('PortForward', { podSandboxId, port: [...ports] })).url;
    },
    async execSync(containerId, command, timeoutMs) {
      const limit = timeoutMs === 0 ? 0 : timeoutMs + 2000;
      const { stdout, stderr, exitCode } = await cri.call(
        'ExecSync',
        { containerId, cmd: [...command], timeout: Math.ceil(timeoutMs / 1000) },
        { timeoutMs: limit },
      );
      return { stdout, stderr, exitCode };
    },
    stats: () => takeStats(context, workers),
    async reopenLog(containerId) {
      await cri.call('ReopenContainerLog', { containerId });
    },
    health,
    onContainerEnd(containerId, ended) {
      const worker = workers.ofContainer(containerId);
      if (worker) return worker.view.onContainerEnd(containerId, ended);
      ended();
      return () => undefined;
    },
  };
}

interface Wanted {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly uid?: string | undefined;
}

function findContainer(context: KubeletContext, workers: PodWorkers, wanted: Wanted): ContainerLookup {
  const matching = [...workers.all()].filter(({ pod: { metadata } }) => metadata.namespace === wanted.namespace && metadata.name === wanted.pod);
  const worker = wanted.uid ? matching.find(({ pod }) => pod.metadata.uid === wanted.uid) : (matching.find(({ isEnding }) => !isEnding) ?? matching[0]);
  if (!worker) return { found: 'nothing' };
  const spec = worker.pod.spec;
  const container = [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])].find(
    ({ name }) => name === wanted.container,
  );
  return container ? { found: 'container', target: targetOf(context, worker, container) } : { found: 'pod' };
}

function targetOf(context: KubeletContext, worker: PodWorker, container: AnyContainer): ContainerTarget {
  const pod: Pod = worker.pod;
  const { namespace = '', name = '', uid = '' } = pod.metadata;
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {};
  const status = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find((candidate) => candidate.name === container.name);
  const instances: ObservedContainer[] = worker.view.current.containers.filter(
    (candidate) => candidate.name === container.name && candidate.state !== 'created',
  );
  const latest = instances[0];
  const folder = join(context.podLogsDir, `${namespace}_${name}_${uid}`, container.name);
  const before = latest && latest.restartCount > 0 ? join(folder, `${latest.restartCount - 1}.log`) : undefined;
  return {
    namespace,
    podName: name,
    podUid: uid,
    container: container.name,
    containerId: latest?.id,
    sandboxId: currentSandbox(worker.view.current)?.id,
    state: status?.state,
    lastState: status?.lastState,
    logPath: latest ? latest.logPath || join(folder, `${latest.restartCount}.log`) : undefined,
    previousLogPath: before && existsSync(before) ? before : undefined,
    tty: container.tty ?? false,
    stdin: container.stdin ?? false,
  };
}

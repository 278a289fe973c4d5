/**
 * What the kubelet's HTTP server (port 10250) asks of the kubelet. The kubelet implements `KubeletBackend`; `createKubeletServer` and
 * `createLogRotation` use it. Lookups are synchronous and answered from memory; what asks the container runtime is a promise.
 * A promise rejects with an Error whose message clients may read; a StatusError keeps its code and reason.
 */
import type { ContainerState, Pod } from '#api/types/core-v1';

/** One container of a pod that runs here, as it is now. */
export interface ContainerTarget {
  readonly namespace: string;
  readonly podName: string;
  readonly podUid: string;
  readonly container: string;
  /** The CRI id of the newest instance; absent while none was created. */
  readonly containerId?: string | undefined;
  /** The CRI id of the pod's sandbox; absent while there is none. */
  readonly sandboxId?: string | undefined;
  /** As in the pod's status: exactly one of waiting, running, terminated. Absent: the status does not know the container yet. */
  readonly state?: ContainerState | undefined;
  /** The instance before, as in the pod's status. */
  readonly lastState?: ContainerState | undefined;
  /** Absolute path of the newest instance's log (CRI format), e.g. `/var/log/pods/<ns>_<name>_<uid>/<container>/0.log`. */
  readonly logPath?: string | undefined;
  /** The log of the instance before, while its file exists. */
  readonly previousLogPath?: string | undefined;
  readonly tty: boolean;
  readonly stdin: boolean;
}

/** The answer of `findContainer`; a pod that is not here and a container that is not in the pod's spec are different answers. */
export type ContainerLookup = { readonly found: 'container'; readonly target: ContainerTarget } | { readonly found: 'pod' } | { readonly found: 'nothing' };

export interface StreamOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

export interface ExecSyncResult {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly exitCode: number;
}

/** Use of a cgroup at one moment; counters are since its start. */
export interface UsageSample {
  readonly timestampMs: number;
  readonly cpuUsageNanoSeconds: number;
  readonly memoryWorkingSetBytes: number;
  readonly memoryUsageBytes?: number | undefined;
  readonly memoryRssBytes?: number | undefined;
  readonly memoryAvailableBytes?: number | undefined;
  readonly pageFaults?: number | undefined;
  readonly majorPageFaults?: number | undefined;
}
export interface FilesystemSample {
  readonly timestampMs: number;
  readonly usedBytes: number;
  readonly availableBytes?: number | undefined;
  readonly capacityBytes?: number | undefined;
  readonly inodesUsed?: number | undefined;
  readonly inodes?: number | undefined;
  readonly inodesFree?: number | undefined;
}
export interface NetworkSample {
  readonly timestampMs: number;
  readonly interface: string;
  readonly rxBytes: number;
  readonly rxErrors: number;
  readonly txBytes: number;
  readonly txErrors: number;
}
export interface ContainerStats {
  readonly name: string;
  readonly startTimeMs: number;
  readonly usage: UsageSample;
  readonly rootfs?: FilesystemSample | undefined;
  readonly logs?: FilesystemSample | undefined;
}
export interface PodStats {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly startTimeMs: number;
  readonly containers: readonly ContainerStats[];
  /** Of the pod's own cgroup; absent: the sum of its containers is shown. */
  readonly usage?: UsageSample | undefined;
  readonly network?: NetworkSample | undefined;
  readonly volumes?:
    | readonly (FilesystemSample & { readonly name: string; readonly claim?: { readonly name: string; readonly namespace: string } })[]
    | undefined;
}
export interface NodeStats {
  readonly nodeName: string;
  readonly startTimeMs: number;
  readonly usage?: UsageSample | undefined;
  readonly network?: NetworkSample | undefined;
  readonly filesystem?: FilesystemSample | undefined;
  readonly imageFilesystem?: FilesystemSample | undefined;
}
export interface StatsSnapshot {
  readonly node: NodeStats;
  readonly pods: readonly PodStats[];
}

export interface KubeletBackend {
  /** All pods bound to this node, with their newest status; shared, not to be changed. */
  pods(): readonly Pod[];
  /** Pods that have a running sandbox. */
  runningPods(): readonly Pod[];
  /** Init and ephemeral containers count. With `uid` only the pod of that uid is meant. */
  findContainer(namespace: string, pod: string, container: string, uid?: string): ContainerLookup;
  /** CRI Exec: the URL where the runtime's streaming server waits for the client. */
  execUrl(containerId: string, command: readonly string[], streams: StreamOptions): Promise<string>;
  /** Drops the input that commands which have ended in the container left unread, where the runtime waits for somebody to read it. */
  releaseInput?(containerId: string): Promise<unknown>;
  /** CRI Attach. */
  attachUrl(containerId: string, streams: StreamOptions): Promise<string>;
  /** CRI PortForward; `ports` may be empty: then the streams name them. */
  portForwardUrl(sandboxId: string, ports: readonly number[]): Promise<string>;
  /** CRI ExecSync; timeoutMs 0: none. */
  execSync(containerId: string, command: readonly string[], timeoutMs: number): Promise<ExecSyncResult>;
  /** Asks the runtime and the cgroups now. */
  stats(): Promise<StatsSnapshot>;
  /** CRI ReopenContainerLog: the runtime closes the container's log file and opens its path anew. */
  reopenLog(containerId: string): Promise<void>;
  /** Why /healthz should fail; undefined while healthy. */
  health(): string | undefined;
  /** Lines in Prometheus' text form to add to /metrics. */
  metrics?(): string;
  /**
   * Calls back once the container `containerId` has ended (at once when it has); returns what ends the wait.
   * Followers of a log need it: they read what is left and finish.
   */
  onContainerEnd(containerId: string, ended: () => void): () => void;
}

/** Who asks: from the client's verified certificate. */
export interface KubeletUser {
  readonly name: string;
  readonly groups: readonly string[];
}
/** May `user` do `verb` on `nodes/<subresource>`? The verbs and subresources are upstream's (proxy, stats, log, metrics, pods, …). */
export type KubeletAuthorize = (user: KubeletUser, verb: string, subresource: string) => Promise<boolean>;

/** Where the kubelet's server listens, and with which papers. */
export interface ServingOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly address: string;
  readonly certPem: string;
  readonly keyPem: string;
  /** Clients must show a certificate of this CA for everything but /healthz. */
  readonly clientCaPem: string;
}

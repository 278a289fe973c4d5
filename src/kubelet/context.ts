import type { Pod, Service } from '#api/types/core-v1';
import type { Client, EventRecorder } from '#client';
import type { Clock, Log } from '#lib';
import type { PodCgroups } from './cgroups/cgroups.ts';
import type { CriClient } from './cri/cri-client.ts';
import type { ImagePuller } from './images/puller.ts';
import type { DnsSettings } from './pod-worker/dns.ts';
import type { Probes } from './probes/probes.ts';
import type { ReferencedObjects } from './referenced-objects.ts';
import type { Tokens } from './volumes/tokens.ts';

/** What the kubelet's parts share: made once by `createKubelet`. */
export interface KubeletContext {
  readonly client: Client;
  readonly cri: CriClient;
  readonly events: EventRecorder;
  readonly images: ImagePuller;
  readonly objects: ReferencedObjects;
  readonly tokens: Tokens;
  readonly cgroups: PodCgroups;
  readonly probes: Probes;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodeName: string;
  readonly rootDir: string;
  readonly podLogsDir: string;
  /** containerd's state: `/run/k3s/containerd`. */
  readonly runtimeStateDir: string;
  readonly dns: DnsSettings;
  readonly nodeMemoryBytes: number;
  hostIps(): readonly string[];
  nodeAllocatable(): Readonly<Record<string, string>>;
  services(): readonly Service[];
  /** Why pods cannot get a network; undefined when they can. */
  networkProblem(): string | undefined;
  /** The runtime's handler for a pod's RuntimeClass; '' is the default. Throws an Error with upstream's text when there is no such class. */
  runtimeHandler(pod: Pod): Promise<string>;
}

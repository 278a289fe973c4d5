import type { Client } from '#client';
import type { Clock, Log, Random } from '#lib';
import type { Taint } from '#api/types/core-v1';
import type { ServingOptions } from './streaming/contract.ts';

/** `cgroupfs` makes cgroups itself, `systemd` asks systemd for slices. */
export type CgroupDriver = 'cgroupfs' | 'systemd';

/** What `createContainerd` needs. Paths default to k3s' own. */
export interface ContainerdOptions {
  /** k3s' `--data-dir`, e.g. `/var/lib/rancher/k3s`; everything of containerd is below its `agent/`. */
  readonly dataDir: string;
  /** containerd's state (task bundles, the socket). Default `/run/k3s/containerd`. */
  readonly stateDir?: string | undefined;
  /** Default `<stateDir>/containerd.sock`. */
  readonly socketPath?: string | undefined;
  /** Default `/etc/rancher/k3s/registries.yaml`; a missing file means none. */
  readonly registriesFile?: string | undefined;
  /** `--disable-default-registry-endpoint`. */
  readonly disableDefaultRegistryEndpoint?: boolean | undefined;
  /** `--snapshotter`; default overlayfs. */
  readonly snapshotter?: string | undefined;
  /** `--default-runtime`; default runc. */
  readonly defaultRuntime?: string | undefined;
  readonly cgroupDriver?: CgroupDriver | undefined;
  /** `--pause-image`; default our own. */
  readonly sandboxImage?: string | undefined;
  /** Default `<dataDir>/agent/etc/cni/net.d`. */
  readonly cniConfDir?: string | undefined;
  /** Where CNI plugins are looked for; the first that has `bridge` is taken. */
  readonly cniBinDirs?: readonly string[] | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
}

/** What `createKubelet` needs. */
export interface KubeletOptions {
  readonly client: Client;
  /** Lower case; the name of the Node object. */
  readonly nodeName: string;
  /** InternalIP addresses, the primary first (one per family). */
  readonly nodeIps: readonly string[];
  /** `--node-external-ip`. */
  readonly nodeExternalIps?: readonly string[] | undefined;
  /** k3s' `--data-dir`: images and static pods are below its `agent/`. */
  readonly dataDir: string;
  /** The kubelet's own directory (pods' volumes). Default `/var/lib/kubelet`. */
  readonly rootDir?: string | undefined;
  /** Default `/var/log/pods`. */
  readonly podLogsDir?: string | undefined;
  /** Default `/run/k3s/containerd/containerd.sock`. */
  readonly containerdSocket?: string | undefined;
  /** `--cluster-dns`, several allowed. */
  readonly clusterDns: readonly string[];
  /** Default `cluster.local`. */
  readonly clusterDomain?: string | undefined;
  /** The HTTPS server for exec, logs and the like; absent: none is started. */
  readonly serving?: ServingOptions | undefined;
  /** `--node-label`: added to those that every node gets; set when the Node registers. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Annotations that the Node carries (`k3s.io/node-args`, …). */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** `--node-taint`: only when the Node registers. */
  readonly taints?: readonly Taint[] | undefined;
  /** Default `k3s://<nodeName>`. */
  readonly providerId?: string | undefined;
  /** nodeInfo.kubeletVersion; default VERSION. */
  readonly version?: string | undefined;
  /** Between renewals of the node's Lease; default 10 s. */
  readonly leaseRenewIntervalMs?: number | undefined;
  /** Default 110. */
  readonly maxPods?: number | undefined;
  /** Below which cgroup `kubepods` is made; default the root. Tests and nested machines give their own. */
  readonly cgroupRoot?: string | undefined;
  readonly cgroupDriver?: CgroupDriver | undefined;
  /** `--resolv-conf`; default `/etc/resolv.conf`. */
  readonly resolvConf?: string | undefined;
  /** Must equal containerd's; default our own. */
  readonly sandboxImage?: string | undefined;
  /** Image garbage collection by disk use in percent. Default high 85, low 80 (upstream's). */
  readonly imageGc?: { readonly highThresholdPercent: number; readonly lowThresholdPercent: number } | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

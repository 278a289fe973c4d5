import { existsSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Pod, VolumeMount } from '#api/types/core-v1';
import { type Mount, MOUNT_PROPAGATION } from '../cri/messages.ts';
import { ContainerConfigError, expandVariables } from '../env.ts';
import type { AnyContainer } from '../pod-worker/labels.ts';
import { fqdnOf, hostnameOf } from '../pod-worker/sandbox-config.ts';
import type { MountedVolume } from './contract.ts';

export interface MountRequest {
  readonly pod: Pod;
  readonly podDir: string;
  readonly container: AnyContainer;
  readonly volumes: ReadonlyMap<string, MountedVolume>;
  readonly env: readonly { readonly key: string; readonly value: string }[];
  readonly podIps: readonly string[];
  readonly clusterDomain: string;
  /** Names the file of the termination message. */
  readonly instance: string;
}

/** All mounts of a container: its volumes, /etc/hosts and the file for its termination message. Throws ContainerConfigError. */
export function containerMounts(request: MountRequest): Mount[] {
  const { container, podDir, pod } = request;
  const mounts = (container.volumeMounts ?? []).map((mount) => volumeMount(request, mount));
  if (!mounts.some((mount) => mount.containerPath === '/etc/hosts')) {
    const hostPath = join(podDir, 'etc-hosts');
    writeFileSync(hostPath, hostsFile(pod, request.podIps, request.clusterDomain), { mode: 0o644 });
    mounts.push({ containerPath: '/etc/hosts', hostPath, readonly: container.securityContext?.readOnlyRootFilesystem === true });
  }
  mounts.push({
    containerPath: container.terminationMessagePath ?? '/dev/termination-log',
    hostPath: terminationFile(podDir, container.name, request.instance),
  });
  return mounts;
}

const PROPAGATION: Record<string, number> = {
  HostToContainer: MOUNT_PROPAGATION.PROPAGATION_HOST_TO_CONTAINER,
  Bidirectional: MOUNT_PROPAGATION.PROPAGATION_BIDIRECTIONAL,
};

function volumeMount(request: MountRequest, mount: VolumeMount): Mount {
  const volume = request.volumes.get(mount.name);
  if (!volume) throw new ContainerConfigError(`cannot find volume "${mount.name}" to mount into container "${request.container.name}"`);
  const env = new Map(request.env.map(({ key, value }) => [key, value]));
  const subPath = mount.subPathExpr ? expandVariables(mount.subPathExpr, (name) => env.get(name)) : (mount.subPath ?? '');
  return {
    containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
    hostPath: subPath ? resolveSubPath(volume, mount, subPath) : volume.hostPath,
    readonly: mount.readOnly === true || volume.isReadOnly,
    propagation: PROPAGATION[mount.mountPropagation ?? ''] ?? MOUNT_PROPAGATION.PROPAGATION_PRIVATE,
  };
}

/** A subPath must stay inside its volume, links included; what is missing is made as a folder. */
function resolveSubPath(volume: MountedVolume, mount: VolumeMount, subPath: string): string {
  const fail = (why: string) => new ContainerConfigError(`failed to prepare subPath for volumeMount "${mount.name}" of container: ${why}`);
  if (subPath.startsWith('/') || subPath.split('/').includes('..')) throw fail(`subpath "${subPath}" not within volume path`);
  const root = realpathSync(volume.hostPath);
  const path = join(root, subPath);
  if (!existsSync(path)) {
    // Links on the way are resolved before anything is made behind them.
    assertInside(root, firstExisting(path), fail);
    if (volume.isReadOnly) throw fail(`"${subPath}" does not exist in a read-only volume`);
    mkdirSync(path, { recursive: true, mode: statSync(root).mode & 0o777 });
  }
  const real = realpathSync(path);
  assertInside(root, real, fail);
  return real;
}

function firstExisting(path: string): string {
  return existsSync(path) ? realpathSync(path) : firstExisting(dirname(path));
}

function assertInside(root: string, path: string, fail: (why: string) => Error): void {
  if (path !== root && !path.startsWith(`${root}/`)) throw fail(`"${path}" not within volume path "${root}"`);
}

/** The file on the host to which an instance of a container may write its last words; made when missing. */
export function terminationFile(podDir: string, container: string, instance: string): string {
  const dir = join(podDir, 'containers', container);
  const path = join(dir, instance);
  if (!existsSync(path)) {
    mkdirSync(dir, { recursive: true, mode: 0o750 });
    writeFileSync(path, '', { mode: 0o666 });
    // The umask must not take the container's user its right to write.
    process.getBuiltinModule('node:fs').chmodSync(path, 0o666);
  }
  return path;
}

/** /etc/hosts as the kubelet writes it. */
export function hostsFile(pod: Pod, podIps: readonly string[], clusterDomain: string): string {
  const spec = pod.spec;
  let text: string;
  if (spec?.hostNetwork) {
    text = `# Kubernetes-managed hosts file (host network).\n${readHostsFile()}`;
  } else {
    const hostname = hostnameOf(pod);
    const fqdn = fqdnOf(pod, clusterDomain);
    text = [
      '# Kubernetes-managed hosts file.',
      '127.0.0.1\tlocalhost',
      '::1\tlocalhost ip6-localhost ip6-loopback',
      'fe00::0\tip6-localnet',
      'fe00::0\tip6-mcastprefix',
      'fe00::1\tip6-allnodes',
      'fe00::2\tip6-allrouters',
      ...podIps.map((ip) => (fqdn ? `${ip}\t${fqdn}\t${hostname}` : `${ip}\t${hostname}`)),
      '',
    ].join('\n');
  }
  const aliases = spec?.hostAliases ?? [];
  if (aliases.length === 0) return text;
  return `${text}\n# Entries added by HostAliases.\n${aliases.map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}\n`).join('')}`;
}

function readHostsFile(): string {
  try {
    return readFileSync('/etc/hosts', 'utf8');
  } catch {
    return '';
  }
}

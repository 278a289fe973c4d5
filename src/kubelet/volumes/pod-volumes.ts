/** Volumes of one pod on disk: `<rootDir>/pods/<uid>/volumes/kubernetes.io~<plugin>/<name>`, upstream's layout. */
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { persistentVolumeClaims, persistentVolumes, quantityValue } from '#api';
import type { HostPathVolumeSource, Pod, Volume } from '#api/types/core-v1';
import { runChecked } from '#lib';
import { writeAtomically } from './atomic-writer.ts';
import { type MountedVolume, type VolumeContext, VolumeError } from './contract.ts';
import { isProjected, projectedFiles } from './projections.ts';

/** Makes every volume of the pod; safe to call again. Throws VolumeError with upstream's text for the first that cannot be made. */
export async function mountVolumes(podDir: string, context: VolumeContext): Promise<Map<string, MountedVolume>> {
  const mounted = await Promise.all((context.pod.spec?.volumes ?? []).map(async (volume) => [volume.name, await mountOne(podDir, context, volume)] as const));
  return new Map(mounted);
}

/** Brings volumes that show API objects up to date. */
export async function refreshVolumes(podDir: string, context: VolumeContext): Promise<void> {
  for (const volume of context.pod.spec?.volumes ?? []) {
    if (isProjected(volume)) await writeProjected(volumeDir(podDir, volume), context, volume);
  }
}

async function mountOne(podDir: string, context: VolumeContext, volume: Volume): Promise<MountedVolume> {
  const dir = volumeDir(podDir, volume);
  const fsGroup = context.pod.spec?.securityContext?.fsGroup;
  try {
    if (volume.hostPath) return { hostPath: checkHostPath(volume.hostPath), isReadOnly: false, volume };
    if (volume.persistentVolumeClaim || volume.ephemeral) return await mountClaim(context, volume);
    if (isProjected(volume)) {
      await makeMemoryDir(dir);
      await writeProjected(dir, context, volume);
      return { hostPath: dir, isReadOnly: true, volume };
    }
    if (volume.emptyDir || isBare(volume)) {
      if (volume.emptyDir?.medium === 'Memory') await makeMemoryDir(dir, volume.emptyDir.sizeLimit);
      else makeDir(dir);
      applyFsGroup(dir, fsGroup);
      return { hostPath: dir, isReadOnly: false, volume };
    }
  } catch (error) {
    if (error instanceof VolumeError) throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`);
    throw error;
  }
  throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : volume type ${pluginOf(volume)} is not supported by this node`);
}

/** Without any source a volume is an emptyDir. */
function isBare(volume: Volume): boolean {
  return Object.entries(volume).every(([key, value]) => key === 'name' || value === undefined);
}

function makeDir(dir: string): void {
  if (existsSync(dir)) return;
  mkdirSync(dir, { recursive: true, mode: 0o750 });
  chmodSync(dir, 0o777);
}

async function makeMemoryDir(dir: string, sizeLimit?: string): Promise<void> {
  makeDir(dir);
  if (isMountPoint(dir)) return;
  const size = sizeLimit && quantityValue(sizeLimit) > 0 ? ['-o', `size=${quantityValue(sizeLimit)}`] : [];
  await runChecked('mount', ['-t', 'tmpfs', ...size, 'tmpfs', dir]);
  chmodSync(dir, 0o777);
}

async function writeProjected(dir: string, context: VolumeContext, volume: Volume): Promise<void> {
  const files = await projectedFiles(context, volume);
  writeAtomically(dir, files, context.nowMs, context.pod.spec?.securityContext?.fsGroup);
}

/** Group ownership, group access and the set-group bit, for the volume and what is in it. */
function applyFsGroup(dir: string, fsGroup: number | undefined): void {
  if (fsGroup === undefined) return;
  const apply = (path: string) => {
    const info = lstatSync(path);
    if (info.isSymbolicLink()) return;
    if (info.gid !== fsGroup) chownSync(path, info.uid, fsGroup);
    const mode = info.mode & 0o7777;
    const wanted = info.isDirectory() ? mode | 0o2770 : mode | 0o660;
    if (mode !== wanted) chmodSync(path, wanted);
    if (info.isDirectory()) for (const name of readdirSync(path)) apply(join(path, name));
  };
  apply(dir);
}

function checkHostPath(source: HostPathVolumeSource): string {
  const { path, type = '' } = source;
  const info = statSync(path, { throwIfNoEntry: false });
  if (type === 'DirectoryOrCreate' && !info) mkdirSync(path, { recursive: true, mode: 0o755 });
  else if (type === 'FileOrCreate' && !info) writeFileSync(path, '', { mode: 0o644 });
  const wrong = (what: string) => new VolumeError(`hostPath type check failed: ${path} is not ${what}`);
  if ((type === 'Directory' || type === 'DirectoryOrCreate') && info !== undefined && !info.isDirectory()) throw wrong('a directory');
  if (type === 'Directory' && !info) throw wrong('a directory');
  if ((type === 'File' && !info?.isFile()) || (type === 'FileOrCreate' && info !== undefined && !info.isFile())) throw wrong('a file');
  if (type === 'Socket' && !info?.isSocket()) throw wrong('a socket file');
  if (type === 'CharDevice' && !info?.isCharacterDevice()) throw wrong('a character device');
  if (type === 'BlockDevice' && !info?.isBlockDevice()) throw wrong('a block device');
  return path;
}

async function mountClaim(context: VolumeContext, volume: Volume): Promise<MountedVolume> {
  const { pod } = context;
  const namespace = pod.metadata.namespace;
  const name = volume.persistentVolumeClaim?.claimName ?? `${pod.metadata.name}-${volume.name}`;
  const claim = await context.object(persistentVolumeClaims, namespace, name);
  if (!claim) throw new VolumeError(`persistentvolumeclaim "${name}" not found`);
  const volumeName = claim.spec?.volumeName;
  if (!volumeName || claim.status?.phase !== 'Bound') throw new VolumeError(`persistentvolumeclaim "${name}" is not bound`);
  const bound = await context.object(persistentVolumes, undefined, volumeName);
  if (!bound) throw new VolumeError(`persistentvolume "${volumeName}" not found`);
  const isReadOnly = volume.persistentVolumeClaim?.readOnly === true;
  if (bound.spec?.hostPath) return { hostPath: checkHostPath(bound.spec.hostPath), isReadOnly, volume };
  if (bound.spec?.local) {
    const { path } = bound.spec.local;
    if (!existsSync(path)) throw new VolumeError(`path "${path}" does not exist`);
    applyFsGroup(path, pod.spec?.securityContext?.fsGroup);
    return { hostPath: path, isReadOnly, volume };
  }
  throw new VolumeError(`the type of persistentvolume "${volumeName}" is not supported by this node: only hostPath and local are`);
}

function pluginOf(volume: Volume): string {
  const source = Object.keys(volume).find((key) => key !== 'name' && volume[key as keyof Volume] !== undefined) ?? 'emptyDir';
  return { emptyDir: 'empty-dir', configMap: 'configmap', downwardAPI: 'downward-api' }[source] ?? source;
}

function volumeDir(podDir: string, volume: Volume): string {
  return join(podDir, 'volumes', `kubernetes.io~${pluginOf(volume)}`, volume.name);
}

/** Mount points below a folder, the deepest first. */
export function mountsBelow(dir: string): string[] {
  return mountPoints()
    .filter((path) => path.startsWith(`${dir}/`))
    .sort((a, b) => b.length - a.length);
}

function mountPoints(): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[1] ?? '').replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))));
}

function isMountPoint(dir: string): boolean {
  return mountPoints().includes(dir);
}

/** Unmounts and removes all that the pod had on disk. Never follows a mount that could not be ended. */
export async function removePodDir(podDir: string): Promise<void> {
  for (const path of mountsBelow(podDir)) await runChecked('umount', [path]);
  if (existsSync(podDir)) rmSync(podDir, { recursive: true, force: true });
}

/** Uids of the pods that have a folder here. */
export function podUidsOnDisk(rootDir: string): string[] {
  const dir = join(rootDir, 'pods');
  return existsSync(dir) ? readdirSync(dir) : [];
}

/** Whether the pod has volumes that follow API objects or tokens. */
export function hasProjectedVolumes(pod: Pod): boolean {
  return (pod.spec?.volumes ?? []).some(isProjected);
}

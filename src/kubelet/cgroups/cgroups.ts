/** Cgroups of pods: `<root>/kubepods[/burstable|/besteffort]/pod<uid>` as upstream lays them out, in version 1 and 2. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '#lib';
import type { PodLimits, QosClass } from '../resources.ts';

export interface CgroupOptions {
  /** '' or '/': the mount's root. */
  readonly root: string;
  readonly driver: 'cgroupfs' | 'systemd';
  /** For tests; default `/sys/fs/cgroup`. */
  readonly mountPoint?: string | undefined;
  readonly log: Log;
}

export interface PodCgroups {
  readonly version: 1 | 2;
  /** Makes `kubepods` and its QoS children. Throws an Error that names the cgroup and the cure. */
  prepare(): void;
  /** Makes the pod's cgroup with its limits and returns the name that CRI gets as the sandbox's cgroup parent. */
  create(uid: string, qos: QosClass, limits: PodLimits, pidsLimit?: number): string;
  /** Removes the pod's cgroups; what still has processes stays and is tried again by the next clean-up. */
  remove(uid: string, qos: QosClass): void;
  /** Uids of the pods that have cgroups, for the clean-up after a crash. */
  list(): { readonly uid: string; readonly qos: QosClass }[];
  /** Folder of the pod's cgroup for a controller (`memory`, `cpuacct`, …), to read its use. */
  folder(uid: string, qos: QosClass, controller: string): string;
}

// Controllers whose cgroups the kubelet makes on version 1; runc makes those of the others.
const V1_CONTROLLERS = ['cpu', 'cpuacct', 'cpuset', 'memory', 'pids', 'blkio', 'devices', 'freezer', 'hugetlb', 'systemd'];
const V2_CONTROLLERS = ['cpu', 'cpuset', 'io', 'memory', 'pids', 'hugetlb'];

export function createPodCgroups(options: CgroupOptions): PodCgroups {
  const mount = options.mountPoint ?? '/sys/fs/cgroup';
  const version = existsSync(join(mount, 'cgroup.controllers')) ? 2 : 1;
  const layout = new Layout(options.root.replace(/\/+$/, ''), options.driver);
  return version === 2 ? new UnifiedCgroups(mount, layout) : new SplitCgroups(mount, layout);
}

class Layout {
  readonly root: string;
  readonly #driver: 'cgroupfs' | 'systemd';

  constructor(root: string, driver: 'cgroupfs' | 'systemd') {
    this.root = root;
    this.#driver = driver;
  }
  /** Names of the folders from the root down to the pod's (or the QoS class's without uid). */
  path(qos: QosClass, uid?: string): string[] {
    const qosName = qos === 'Guaranteed' ? undefined : qos.toLowerCase();
    if (this.#driver === 'cgroupfs') return ['kubepods', ...(qosName ? [qosName] : []), ...(uid ? [`pod${uid}`] : [])];
    const names = ['kubepods', ...(qosName ? [qosName] : []), ...(uid ? [`pod${uid.replaceAll('-', '_')}`] : [])];
    return names.map((_, index) => `${names.slice(0, index + 1).join('-')}.slice`);
  }
  /** What CRI wants: a path, or the slice's name alone. */
  parentName(qos: QosClass, uid: string): string {
    const path = this.path(qos, uid);
    return this.#driver === 'systemd' ? (path.at(-1) ?? '') : `${this.root}/${path.join('/')}`;
  }
  uidOf(folder: string): string | undefined {
    const match = this.#driver === 'systemd' ? /-pod([0-9a-f_]+)\.slice$/.exec(folder) : /^pod(.+)$/.exec(folder);
    return this.#driver === 'systemd' ? match?.[1]?.replaceAll('_', '-') : match?.[1];
  }
}

const QOS_CLASSES: readonly QosClass[] = ['Guaranteed', 'Burstable', 'BestEffort'];

class SplitCgroups implements PodCgroups {
  readonly version = 1;
  readonly #mount: string;
  readonly #layout: Layout;
  readonly #controllers: readonly string[];

  constructor(mount: string, layout: Layout) {
    this.#mount = mount;
    this.#layout = layout;
    this.#controllers = V1_CONTROLLERS.filter((name) => existsSync(join(mount, name)));
  }
  prepare(): void {
    for (const qos of QOS_CLASSES) for (const controller of this.#controllers) this.#make(controller, this.#layout.path(qos));
    this.#write('cpu', this.#layout.path('BestEffort'), 'cpu.shares', '2');
  }
  create(uid: string, qos: QosClass, limits: PodLimits, pidsLimit?: number): string {
    const path = this.#layout.path(qos, uid);
    for (const controller of this.#controllers) this.#make(controller, path);
    this.#write('cpu', path, 'cpu.shares', String(limits.cpuShares));
    if (limits.cpuQuota) {
      this.#write('cpu', path, 'cpu.cfs_period_us', '100000');
      this.#write('cpu', path, 'cpu.cfs_quota_us', String(limits.cpuQuota));
    }
    if (limits.memoryBytes) this.#write('memory', path, 'memory.limit_in_bytes', String(limits.memoryBytes));
    if (pidsLimit) this.#write('pids', path, 'pids.max', String(pidsLimit));
    return this.#layout.parentName(qos, uid);
  }
  remove(uid: string, qos: QosClass): void {
    for (const controller of this.#controllers) removeTree(this.#folder(controller, this.#layout.path(qos, uid)));
  }
  list(): { uid: string; qos: QosClass }[] {
    return QOS_CLASSES.flatMap((qos) => uidsIn(this.#folder('memory', this.#layout.path(qos)), this.#layout, qos));
  }
  folder(uid: string, qos: QosClass, controller: string): string {
    return this.#folder(controller, this.#layout.path(qos, uid));
  }
  #folder(controller: string, path: readonly string[]): string {
    return join(this.#mount, controller, this.#layout.root, ...path);
  }
  #make(controller: string, path: readonly string[]): void {
    const folder = this.#folder(controller, path);
    if (existsSync(folder)) return;
    makeCgroup(folder);
    // A new cpuset is empty, and a process cannot enter it: each level takes its parent's.
    if (controller === 'cpuset') fillCpusets(join(this.#mount, controller), [...this.#layout.root.split('/').filter(Boolean), ...path]);
  }
  #write(controller: string, path: readonly string[], file: string, value: string): void {
    if (this.#controllers.includes(controller)) writeValue(join(this.#folder(controller, path), file), value);
  }
}

function fillCpusets(mount: string, path: readonly string[]): void {
  for (let depth = 1; depth <= path.length; depth++) {
    const folder = join(mount, ...path.slice(0, depth));
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (readFileSync(join(folder, file), 'utf8').trim() === '') writeValue(join(folder, file), readFileSync(join(folder, '..', file), 'utf8').trim());
    }
  }
}

class UnifiedCgroups implements PodCgroups {
  readonly version = 2;
  readonly #mount: string;
  readonly #layout: Layout;

  constructor(mount: string, layout: Layout) {
    this.#mount = mount;
    this.#layout = layout;
  }
  prepare(): void {
    for (const qos of QOS_CLASSES) this.#make(this.#layout.path(qos));
    writeValue(join(this.#folder(this.#layout.path('BestEffort')), 'cpu.weight'), '1');
  }
  create(uid: string, qos: QosClass, limits: PodLimits, pidsLimit?: number): string {
    const path = this.#layout.path(qos, uid);
    this.#make(path);
    const folder = this.#folder(path);
    writeValue(join(folder, 'cpu.weight'), String(cpuWeight(limits.cpuShares)));
    if (limits.cpuQuota) writeValue(join(folder, 'cpu.max'), `${limits.cpuQuota} 100000`);
    if (limits.memoryBytes) writeValue(join(folder, 'memory.max'), String(limits.memoryBytes));
    if (pidsLimit) writeValue(join(folder, 'pids.max'), String(pidsLimit));
    return this.#layout.parentName(qos, uid);
  }
  remove(uid: string, qos: QosClass): void {
    removeTree(this.#folder(this.#layout.path(qos, uid)));
  }
  list(): { uid: string; qos: QosClass }[] {
    return QOS_CLASSES.flatMap((qos) => uidsIn(this.#folder(this.#layout.path(qos)), this.#layout, qos));
  }
  folder(uid: string, qos: QosClass): string {
    return this.#folder(this.#layout.path(qos, uid));
  }
  #folder(path: readonly string[]): string {
    return join(this.#mount, this.#layout.root, ...path);
  }
  /** Every level above must hand its controllers down before the next is made. */
  #make(path: readonly string[]): void {
    const names = [...this.#layout.root.split('/').filter(Boolean), ...path];
    let folder = this.#mount;
    for (const name of names) {
      enableControllers(folder);
      folder = join(folder, name);
      if (!existsSync(folder)) makeCgroup(folder);
    }
    enableControllers(folder);
  }
}

function enableControllers(folder: string): void {
  const available = new Set(readFileSync(join(folder, 'cgroup.controllers'), 'utf8').trim().split(' '));
  const enabled = new Set(readFileSync(join(folder, 'cgroup.subtree_control'), 'utf8').trim().split(' '));
  const missing = V2_CONTROLLERS.filter((name) => available.has(name) && !enabled.has(name));
  if (missing.length > 0) writeValue(join(folder, 'cgroup.subtree_control'), missing.map((name) => `+${name}`).join(' '));
}

/** Version 2's weight for version 1's shares, the formula that runc and upstream use. */
export function cpuWeight(shares: number): number {
  return Math.floor(1 + ((shares - 2) * 9999) / 262_142);
}

function makeCgroup(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new Error(`Cannot make cgroup "${folder}": run as root on a writable cgroup mount, or set another cgroup root`, { cause: error });
  }
}

function writeValue(file: string, value: string): void {
  try {
    writeFileSync(file, value);
  } catch (error) {
    // A controller that this machine lacks limits nothing; all others must work.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'EACCES') return;
    throw new Error(`Cannot set cgroup value "${file}" to ${value}`, { cause: error });
  }
}

function removeTree(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) removeTree(join(folder, entry.name));
  try {
    rmdirSync(folder);
  } catch {
    // Busy: a process in it is still ending.
  }
}

function uidsIn(folder: string, layout: Layout, qos: QosClass): { uid: string; qos: QosClass }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => {
      const uid = layout.uidOf(entry.name);
      return uid ? [{ uid, qos }] : [];
    });
}

/**
 * A *machine*: a network and a mount namespace of its own with no route out, its own folders and cgroup, on which a node can be started,
 * cut off and killed like on real hardware. Tests, benchmarks and `npm start` run their nodes on one. Needs root.
 *
 *   createMachine() --> running --stop()--> gone        Nothing of it stays behind: processes, mounts, links and cgroups end with it.
 *
 * Its default route leads to `out0`, one end of a pair that leads nowhere: a packet seen there would have left a real host.
 */
import { type ChildProcess, execFile, execFileSync, spawn, type SpawnOptions } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '#lib';

export interface MachineOptions {
  /** Short and unique on this host: it names links and cgroups. */
  readonly name: string;
  /** Where its folders are kept (made when missing). */
  readonly dir: string;
  /** Links it with the host so that the host reaches its node address, and nothing else is reached. */
  readonly hostLink?: boolean;
  /** The last but one number of its node address 198.18.N.2. */
  readonly subnet?: number;
}
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
export interface RunOptions {
  readonly env?: Record<string, string>;
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Resolves even with another exit code than 0. */
  readonly mayFail?: boolean;
}

export interface Machine extends AsyncDisposable {
  readonly name: string;
  readonly dir: string;
  readonly nodeIp: string;
  /** The process that holds the namespaces. */
  readonly pid: number;
  /** For `--kubelet-arg=cgroup-root=…`: everything that runs on the machine is below it. */
  readonly cgroupRoot: string;
  /** Program and arguments that run `argv` on the machine. */
  enter(argv: readonly string[]): [string, string[]];
  run(argv: readonly string[], options?: RunOptions): Promise<Finished>;
  spawn(argv: readonly string[], options?: SpawnOptions): ChildProcess;
  /** Packets for pod, service and private addresses that would have left the host since the machine was made. */
  leakedPackets(): number;
  /** Processes of the machine, containers included. */
  processes(): number[];
  /** Kills every process, removes links and cgroups; folders stay for whoever wants to look. */
  stop(): Promise<void>;
}

const here = import.meta.dirname;

export async function createMachine(options: MachineOptions): Promise<Machine> {
  const { name, dir, subnet = 0 } = options;
  const nodeIp = `198.18.${subnet}.2`;
  const cgroupRoot = `/k3ts-test-${name}`;
  mkdirSync(dir, { recursive: true });
  rmSync(join(dir, 'ready'), { force: true });
  rmSync(join(dir, 'host-link'), { force: true });
  if (options.hostLink) writeFileSync(join(dir, 'host-link'), '');
  const groups = cgroupFolders(cgroupRoot).map((folder) => join(folder, 'system'));
  for (const folder of groups) mkdirSync(folder, { recursive: true });
  const procs = groups.map((folder) => join(folder, 'cgroup.procs'));
  const init = spawn('unshare', ['--net', '--mount', '--propagation', 'private', join(here, 'init'), dir, nodeIp, ...procs], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const pid = init.pid as number;
  try {
    const failed = new Promise<never>(
      (_, reject) => void init.once('exit', (code) => reject(new Error(`Cannot make machine ${name}: its init ended with ${code}`))),
    );
    await Promise.race([failed, waitFor(`machine ${name}`, () => existsSync(join(dir, 'ready')))]);
    failed.catch(() => undefined); // later it ends because stop() ends it
    if (options.hostLink) linkWithHost(name, pid, subnet);
  } catch (error) {
    init.kill('SIGKILL');
    throw error;
  }
  return machineOf({ name, dir, nodeIp, pid, cgroupRoot, hasHostLink: options.hostLink === true }, init, procs);
}

function machineOf(
  base: Pick<Machine, 'name' | 'dir' | 'nodeIp' | 'pid' | 'cgroupRoot'> & { hasHostLink: boolean },
  init: ChildProcess,
  procs: readonly string[],
): Machine {
  const joinCgroups = procs.map((file) => `echo $$ > ${file}`).join('; ');
  const enter = (argv: readonly string[]): [string, string[]] => [
    'nsenter',
    [`--target=${base.pid}`, '--net', '--mount', `--wd=${process.cwd()}`, '--', 'sh', '-c', `${joinCgroups}; exec "$@"`, 'sh', ...argv],
  ];
  const exited = new Promise<void>((resolve) => void init.once('exit', () => resolve()));
  const machine: Machine = {
    name: base.name,
    dir: base.dir,
    nodeIp: base.nodeIp,
    pid: base.pid,
    cgroupRoot: base.cgroupRoot,
    enter,
    spawn: (argv, options = {}) => spawn(...enter(argv), options),
    run: (argv, options) => run(enter(argv), argv, options),
    leakedPackets: () =>
      Number(
        /packets (\d+)/.exec(
          execFileSync('nsenter', [`--target=${base.pid}`, '--net', '--', 'nft', 'list', 'chain', 'ip', 'machine', 'out'], { encoding: 'utf8' }),
        )?.[1] ?? Number.NaN,
      ),
    processes: () => processesBelow(base.cgroupRoot),
    async stop() {
      await killAll(base.cgroupRoot);
      init.kill('SIGKILL');
      await exited;
      for (const folder of everyCgroupFolder(base.cgroupRoot)) removeCgroup(folder);
      if (base.hasHostLink) removeHostLink(base.name);
    },
    [Symbol.asyncDispose]: () => machine.stop(),
  };
  return machine;
}

function run([file, args]: [string, string[]], argv: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { env, input, timeoutMs = 120_000, mayFail = false } = options;
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      args,
      { env: { ...process.env, ...env }, timeout: timeoutMs, maxBuffer: 256 * 1024 * 1024, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
        if (code !== 0 && !mayFail)
          reject(new Error(`${argv.join(' ')} ended with ${code === -1 ? (error?.signal ?? error?.message) : code}: ${stderr || stdout}`));
        else resolve({ code, stdout, stderr });
      },
    );
    if (input !== undefined) child.stdin?.end(input);
    else child.stdin?.end();
  });
}

/** The machine's folder in each hierarchy that counts or limits: all of v1, or the one of v2. */
function cgroupFolders(root: string): string[] {
  const base = '/sys/fs/cgroup';
  if (existsSync(join(base, 'cgroup.controllers'))) return [base + root];
  return ['pids', 'cpuacct', 'memory'].map((controller) => join(base, controller) + root).filter((folder) => existsSync(join(folder, '../cgroup.procs')));
}

/** The same in every hierarchy: the node's Pods have groups in all of them. */
function everyCgroupFolder(root: string): string[] {
  const base = '/sys/fs/cgroup';
  return [base, ...readdirSync(base).map((name) => join(base, name))].map((mount) => mount + root).filter((folder) => existsSync(folder));
}

function processesBelow(root: string): number[] {
  const [folder] = cgroupFolders(root);
  const pids: number[] = [];
  const visit = (path: string): void => {
    try {
      pids.push(...readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number));
      for (const entry of readdirSync(path, { withFileTypes: true })) if (entry.isDirectory()) visit(join(path, entry.name));
    } catch {
      // The group went away while it was read: it had no processes left.
    }
  };
  if (folder) visit(folder);
  return pids;
}

async function killAll(root: string): Promise<void> {
  await waitFor(`the processes below ${root} to end`, () => {
    const pids = processesBelow(root);
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    return pids.length === 0;
  });
}

function removeCgroup(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) removeCgroup(join(folder, entry.name));
  try {
    rmdirSync(folder);
  } catch {
    // A process is still leaving; an empty group harms nobody.
  }
}

/** A veth pair: the host side 198.18.N.1, the machine's eth0 198.18.N.2; no route but the link itself, and the way out still leads nowhere. */
function linkWithHost(name: string, pid: number, subnet: number): void {
  const host = hostLinkName(name);
  removeHostLink(name);
  const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const inside = (...args: string[]) => execFileSync('nsenter', [`--target=${pid}`, '--net', '--', 'ip', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  ip('link', 'add', host, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid));
  ip('address', 'add', `198.18.${subnet}.1/24`, 'dev', host);
  ip('link', 'set', host, 'up');
  inside('address', 'add', `198.18.${subnet}.2/24`, 'dev', 'eth0');
  inside('link', 'set', 'eth0', 'up');
  inside('route', 'add', 'default', 'dev', 'out0', 'src', `198.18.${subnet}.2`);
}
function hostLinkName(name: string): string {
  return `k3ts-${name}`.slice(0, 15);
}
function removeHostLink(name: string): void {
  try {
    execFileSync('ip', ['link', 'delete', hostLinkName(name)], { stdio: 'ignore' });
  } catch {
    // There is none: a veth goes with the namespace of its peer.
  }
}

/** For tests that run real containers: a process of its own inside private network and mount namespaces, with no route out. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SETUP = `set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/netns /var/lib/cni
mount -t tmpfs tmpfs /var/lib/cni
ip link set lo up
exec "$@"`;

/** Runs a script of this project isolated; resolves with its exit code and output. */
export async function runIsolated(script: string, args: readonly string[] = []): Promise<{ code: number | null; output: string }> {
  const child = spawn('unshare', ['--net', '--mount', '--propagation', 'private', 'sh', '-c', SETUP, 'sh', process.execPath, script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, K3TS_ISOLATED: '1' },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, output };
}

/** What one isolated node uses; all of it goes away with `dispose`. */
export interface TestNode {
  readonly dir: string;
  readonly dataDir: string;
  readonly rootDir: string;
  readonly podLogsDir: string;
  readonly stateDir: string;
  readonly cgroupRoot: string;
  dispose(): Promise<void>;
}

/** Makes folders, a cgroup parent and a bridge network for a node. Must run isolated. */
export function createTestNode(name: string): TestNode {
  if (process.env['K3TS_ISOLATED'] !== '1') throw new Error('Cannot make a test node: not isolated. Run it through runIsolated');
  const dir = mkdtempSync(join(tmpdir(), `k3ts-${name}-`));
  const dataDir = join(dir, 'data');
  const cgroupRoot = `/k3ts-${name}-${process.pid}`;
  const confDir = join(dataDir, 'agent/etc/cni/net.d');
  mkdirSync(confDir, { recursive: true });
  // Timers of the Clock keep no process alive; until everything is cleaned up, something must.
  const keepAlive = setInterval(() => undefined, 2 ** 30);
  writeFileSync(join(confDir, '10-test.conflist'), JSON.stringify(networkConfig(dir)));
  return {
    dir,
    dataDir,
    rootDir: join(dir, 'kubelet'),
    podLogsDir: join(dir, 'logs'),
    stateDir: '/run/k3s/containerd',
    cgroupRoot,
    async dispose() {
      await endProcessesBelow(cgroupRoot);
      endProcessesOfThisMachine();
      removeCgroups(cgroupRoot);
      unmountBelow(dir);
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
      clearInterval(keepAlive);
    },
  };
}

function networkConfig(dir: string) {
  return {
    cniVersion: '0.4.0',
    name: 'test',
    plugins: [
      {
        type: 'bridge',
        bridge: 'cni0',
        isGateway: true,
        hairpinMode: true,
        ipam: { type: 'host-local', ranges: [[{ subnet: '10.42.0.0/24' }]], dataDir: join(dir, 'cni') },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

function controllersWith(cgroup: string): string[] {
  return ['/sys/fs/cgroup', ...readdirSync('/sys/fs/cgroup').map((name) => join('/sys/fs/cgroup', name))]
    .map((mount) => join(mount, cgroup))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory());
}

async function endProcessesBelow(cgroup: string): Promise<void> {
  const { readFileSync } = await import('node:fs');
  for (const top of controllersWith(cgroup)) {
    for (const path of [top, ...foldersBelow(top)]) {
      const pids = readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
      for (const pid of pids) if (pid > 1) killIfThere(pid);
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
}

/** The runtime's shims outlive it by design; they are who shares our mount namespace. */
function endProcessesOfThisMachine(): void {
  const own = readlinkSync('/proc/self/ns/mnt');
  // Whoever started us is outside; if not, this namespace is not ours alone.
  if (mountNamespaceOf(process.ppid) === own) return;
  for (const pid of readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)) {
    if (pid !== process.pid && mountNamespaceOf(pid) === own) killIfThere(pid);
  }
}

function mountNamespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    return undefined;
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone with another one.
  }
}

function removeCgroups(cgroup: string): void {
  for (const top of controllersWith(cgroup)) {
    for (const path of [...foldersBelow(top).reverse(), top]) {
      try {
        rmdirSync(path);
      } catch {
        // A process that is just ending still holds it; the next run's parent has another name.
      }
    }
  }
}

function foldersBelow(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => [join(path, entry.name), ...foldersBelow(join(path, entry.name))]);
}

function unmountBelow(dir: string): void {
  const { execFileSync } = process.getBuiltinModule('node:child_process');
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${dir}/`) || path.startsWith('/run/'));
  for (const path of mounts.reverse()) {
    try {
      execFileSync('umount', ['-l', path], { stdio: 'ignore' });
    } catch {
      // Unmounted together with the one above it.
    }
  }
}

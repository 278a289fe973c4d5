/** A k3ts server on a machine: started, asked, killed and started again like a user would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, waitFor } from '#lib';
import type { Finished, Machine, RunOptions } from './index.ts';

const bin = join(import.meta.dirname, '../../bin/k3ts');

export interface ServerNode {
  readonly machine: Machine;
  /** The running server process; undefined when stopped. */
  readonly pid: number | undefined;
  readonly logFile: string;
  /** `<dir>/kubeconfig`: usable on the machine, and on the host when it is linked. */
  readonly kubeconfig: string;
  start(flags?: readonly string[]): Promise<void>;
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** kubectl on the machine as cluster admin; stdout. Throws when it fails. */
  kubectl(...args: string[]): Promise<string>;
  runKubectl(args: readonly string[], options?: RunOptions): Promise<Finished>;
  spawnKubectl(args: readonly string[]): ChildProcess;
  /** Puts an image tar where the agent imports it. */
  addImage(file: string, tar: Buffer): void;
  waitReady(timeoutMs?: number): Promise<void>;
  waitNodeReady(timeoutMs?: number): Promise<void>;
  log(): string;
}

export function createServerNode(machine: Machine, options: { nodeName?: string } = {}): ServerNode {
  const dataDir = join(machine.dir, 'var/lib/rancher/k3s');
  const logFile = join(machine.dir, 'k3ts.log');
  const kubeconfig = join(machine.dir, 'kubeconfig');
  const nodeName = options.nodeName ?? machine.name;
  let child: ChildProcess | undefined;
  let ended: Promise<number | null> = Promise.resolve(null);
  const kubectlCommand = (args: readonly string[]): string[] => ['kubectl', ...args];
  const env = { KUBECONFIG: kubeconfig };

  const node: ServerNode = {
    machine,
    logFile,
    kubeconfig,
    get pid() {
      return child?.pid;
    },
    async start(flags = []) {
      mkdirSync(machine.dir, { recursive: true });
      appendFileSync(logFile, '');
      const log = openSync(logFile, 'a');
      const args = [
        'server',
        '--node-name',
        nodeName,
        '--node-ip',
        machine.nodeIp,
        '--write-kubeconfig',
        kubeconfig,
        '--kubelet-arg',
        `cgroup-root=${machine.cgroupRoot}`,
        ...flags,
      ];
      // A process group of its own: a Ctrl-C in the terminal is this process' to pass on.
      const [file, argv] = machine.enter([bin, ...args]);
      child = spawn(file, argv, { stdio: ['ignore', log, log], detached: true, env: { ...process.env, K3S_DEBUG: process.env['K3S_DEBUG'] ?? '' } });
      ended = new Promise((resolve) => child?.once('exit', (code) => resolve(code)));
      const self = child;
      void ended.then(() => {
        if (child === self) child = undefined;
      });
    },
    async stop(signal = 'SIGTERM') {
      if (child?.pid !== undefined) process.kill(child.pid, signal);
      return ended;
    },
    async kubectl(...args) {
      return (await node.runKubectl(args)).stdout;
    },
    runKubectl: (args, runOptions) => machine.run(kubectlCommand(args), { ...runOptions, env: { ...env, ...runOptions?.env } }),
    spawnKubectl: (args) => machine.spawn(kubectlCommand(args), { env: { ...process.env, ...env } }),
    addImage(file, tar) {
      mkdirSync(join(dataDir, 'agent/images'), { recursive: true });
      writeFileSync(join(dataDir, 'agent/images', file), tar);
    },
    async waitReady(timeoutMs = 30_000) {
      const dead = ended.then((code) => Promise.reject(new Error(`k3ts ended with ${code} before it was ready:\n${tail(node.log())}`)));
      const ready = waitFor(
        '/readyz',
        async () => existsSync(kubeconfig) && (await node.runKubectl(['get', '--raw', '/readyz'], { mayFail: true })).stdout === 'ok',
        { timeoutMs, intervalMs: 50 },
      );
      dead.catch(() => undefined);
      await Promise.race([ready, dead]);
      writeHostKubeconfig(kubeconfig, machine);
    },
    async waitNodeReady(timeoutMs = 60_000) {
      const jsonPath = '{.status.conditions[?(@.type=="Ready")].status}';
      try {
        await waitFor(
          `node ${nodeName} to be Ready`,
          async () => (await node.runKubectl(['get', 'node', nodeName, '-o', `jsonpath=${jsonPath}`], { mayFail: true })).stdout === 'True',
          { timeoutMs, intervalMs: 100 },
        );
      } catch (error) {
        throw new Error(`${describeError(error)}\n${tail(node.log())}`);
      }
    },
    log: () => readFileSync(logFile, 'utf8'),
  };
  return node;
}

/** The server names itself 127.0.0.1 in its kubeconfig; by its node address the host reaches it too, and on the machine that is as good. */
function writeHostKubeconfig(file: string, machine: Machine): void {
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('https://127.0.0.1:', `https://${machine.nodeIp}:`), { mode: 0o600 });
}

function tail(text: string): string {
  return text.split('\n').slice(-25).join('\n');
}

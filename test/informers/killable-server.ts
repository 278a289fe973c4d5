import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '#lib';
import { kubeconfigData } from '../integration/control-plane.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/k3ts');

/** The program as a control plane on a port that it keeps, to be killed and started again; `await using` ends it. */
export class KillableServer implements AsyncDisposable {
  readonly #dir = mkdtempSync(join(tmpdir(), 'k3ts-informers-'));
  readonly #log = join(this.#dir, 'log');
  readonly #args: readonly string[];
  readonly port: number;
  #child: ChildProcess | undefined;
  #agent: https.Agent | undefined;

  private constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.#args = args;
  }

  static async start(...args: string[]): Promise<KillableServer> {
    const server = new KillableServer(await freePort(), args);
    await server.start();
    await waitFor('the kubeconfig', () => existsSync(server.kubeconfig));
    return server;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }
  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }
  /** What it has logged last. */
  get lastLog(): string {
    return readFileSync(this.#log, 'utf8').slice(-4000);
  }
  get kubeconfig(): string {
    return join(this.#dir, 'kubeconfig');
  }

  /** Starts the program; resolves when it is ready. */
  async start(): Promise<void> {
    const place = ['--data-dir', join(this.#dir, 'data'), '--write-kubeconfig', this.kubeconfig];
    const listen = ['--bind-address', '127.0.0.1', '--https-listen-port', String(this.port)];
    this.#child = spawn(PROGRAM, ['server', '--disable-agent', ...place, ...listen, ...this.#args], {
      stdio: ['ignore', 'ignore', openSync(this.#log, 'a')],
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    });
    await waitFor('the server to be ready', async () => {
      if (!this.isRunning) throw new Error('The server has ended');
      return existsSync(this.kubeconfig) && (await this.#isReady());
    });
  }

  /** Ends the program as a power cut would. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** With the administrator's certificate. */
  get agent(): https.Agent {
    const text = readFileSync(this.kubeconfig, 'utf8');
    this.#agent ??= new https.Agent({
      keepAlive: true,
      ca: kubeconfigData(text, 'certificate-authority-data'),
      cert: kubeconfigData(text, 'client-certificate-data'),
      key: kubeconfigData(text, 'client-key-data'),
    });
    return this.#agent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent?.destroy();
    await this.kill();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #isReady(): Promise<boolean> {
    return new Promise((resolve) => {
      const request = https.get({ host: '127.0.0.1', port: this.port, path: '/readyz', agent: this.agent }, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      });
      request.on('error', () => resolve(false));
    });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

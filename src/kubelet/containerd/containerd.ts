import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, createLog, type Log, systemClock } from '#lib';
import { createCriClient, type CriClient } from '../cri/cri-client.ts';
import { PAUSE_IMAGE } from '../images/pause-image.ts';
import type { ContainerdOptions } from '../options.ts';
import { applyTemplate, type ContainerdSettings, renderConfig } from './config.ts';
import { isOurs, lastLogLines, readProcess, spawnContainerd } from './process.ts';
import { findProgram, requireCniDir, requireProgram } from './programs.ts';
import { readRegistries, renderHosts } from './registries.ts';

/** containerd as a part of the program; has the shape of cluster's Component. */
export interface Containerd {
  readonly name: 'containerd';
  /** Where CRI answers. */
  readonly socketPath: string;
  /** Resolves when CRI answers. Throws an Error that names cause and cure. */
  start(): Promise<void>;
  /** Ends containerd; running containers go on under their shims. */
  stop(): Promise<void>;
  health(): string | undefined;
}

/** k3s' own folders first, then where distributions put the plugins. */
export const DEFAULT_CNI_BIN_DIRS: readonly string[] = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'];

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const MAX_RESTART_DELAY_MS = 30_000;
/** What ran this long did not fail at its start: it is started again at once. */
const STABLE_AFTER_MS = 5_000;
// Names that k3s looks for on PATH, each usable as a RuntimeClass handler.
const OPTIONAL_RUNTIMES = ['crun', 'runsc', 'youki'];

/**
 * Writes containerd's configuration, starts it detached (or adopts the healthy one that an earlier run left behind) and keeps it running:
 * when it dies it is started again with backoff, while its containers live on.
 */
export function createContainerd(options: ContainerdOptions): Containerd {
  return new ContainerdProcess(options);
}

interface Paths {
  readonly config: string;
  readonly log: string;
  readonly pidFile: string;
}

class ContainerdProcess implements Containerd {
  readonly name = 'containerd';
  readonly socketPath: string;
  readonly #options: ContainerdOptions;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #stateDir: string;
  readonly #paths: Paths;
  #cri: CriClient | undefined;
  #fingerprint = '';
  #program = '';
  #pid: number | undefined;
  #child: ChildProcess | undefined;
  #isStopping = true;
  #restart: Promise<void> | undefined;
  #problem: string | undefined = 'containerd is not started';
  #delayMs = 0;
  #startedAt = 0;

  constructor(options: ContainerdOptions) {
    this.#options = options;
    this.#log = options.log ?? createLog('containerd');
    this.#clock = options.clock ?? systemClock;
    this.#stateDir = options.stateDir ?? '/run/k3s/containerd';
    this.socketPath = options.socketPath ?? join(this.#stateDir, 'containerd.sock');
    this.#paths = {
      config: join(options.dataDir, 'agent/etc/containerd/config.toml'),
      log: join(options.dataDir, 'agent/containerd/containerd.log'),
      pidFile: join(this.#stateDir, 'containerd.pid'),
    };
  }

  async start(): Promise<void> {
    this.#isStopping = false;
    try {
      this.#program = requireProgram('containerd', 'containerd');
      await this.#writeConfig();
      this.#cri = createCriClient(this.socketPath);
      this.#cri.channel.onDisconnect(() => this.#onDisconnect());
      if (!(await this.#adopt())) await this.#launch();
      this.#problem = undefined;
    } catch (error) {
      this.#isStopping = true;
      this.#cri?.close();
      throw error;
    }
  }

  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#problem = 'containerd is stopped';
    this.#cri?.close();
    await this.#restart;
    if (this.#pid !== undefined) await this.#end(this.#pid);
    rmSync(this.#paths.pidFile, { force: true });
  }

  health(): string | undefined {
    return this.#problem;
  }

  /** Takes over a containerd that answers and has today's configuration; ends any other that is ours. */
  async #adopt(): Promise<boolean> {
    const process = readProcess(this.#paths.pidFile, this.#paths.config);
    if (!process) return false;
    if (process.fingerprint === this.#fingerprint && (await this.#answers(2000))) {
      this.#pid = process.pid;
      this.#startedAt = this.#clock.monotonic();
      this.#log.info('Adopted running containerd', { pid: process.pid });
      return true;
    }
    this.#log.info('Replacing containerd: its configuration or program changed, or it does not answer', { pid: process.pid });
    await this.#end(process.pid);
    return false;
  }

  async #launch(): Promise<void> {
    mkdirSync(this.#stateDir, { recursive: true, mode: 0o711 });
    const child = spawnContainerd({
      program: this.#program,
      configPath: this.#paths.config,
      logPath: this.#paths.log,
      pidFile: this.#paths.pidFile,
      fingerprint: this.#fingerprint,
    });
    this.#child = child;
    this.#pid = child.pid;
    this.#startedAt = this.#clock.monotonic();
    const failure = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `exit code ${code}`}`));
    });
    const state = { failed: undefined as string | undefined };
    void failure.then((why) => {
      state.failed = why;
      this.#onExit(child);
    });
    const deadline = this.#clock.monotonic() + START_TIMEOUT_MS;
    while (!(await this.#answers(1000))) {
      if (state.failed) throw new Error(`Cannot start containerd: ${state.failed}. Its log "${this.#paths.log}" ends: ${lastLogLines(this.#paths.log)}`);
      if (this.#isStopping) throw new Error('Cannot start containerd: it was stopped meanwhile');
      if (this.#clock.monotonic() > deadline) throw new Error(`Cannot start containerd: it does not answer on "${this.socketPath}"; see "${this.#paths.log}"`);
      await this.#clock.sleep(15);
    }
  }

  async #answers(timeoutMs: number): Promise<boolean> {
    try {
      await this.#cri?.call('Version', { version: 'v1' }, { timeoutMs });
      return true;
    } catch {
      return false;
    }
  }

  #onExit(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#revive();
  }

  /** The connection is the only news of an adopted containerd's death. */
  #onDisconnect(): void {
    if (this.#isStopping || this.#child) return;
    if (this.#pid !== undefined && isOurs(this.#pid, this.#paths.config)) void this.#answers(2000).then((isUp) => !isUp && this.#onDisconnect());
    else this.#revive();
  }

  #revive(): void {
    if (this.#isStopping || this.#restart || this.#problem !== undefined) return;
    this.#problem = 'containerd is not running';
    this.#restart = this.#relaunch().finally(() => (this.#restart = undefined));
  }

  async #relaunch(): Promise<void> {
    if (this.#clock.monotonic() - this.#startedAt > STABLE_AFTER_MS) this.#delayMs = 0;
    while (!this.#isStopping) {
      this.#log.warning('containerd ended; starting it again', { delayMs: this.#delayMs });
      await this.#clock.sleep(this.#delayMs);
      this.#delayMs = Math.min(MAX_RESTART_DELAY_MS, Math.max(500, this.#delayMs * 2));
      if (this.#isStopping) return;
      try {
        await this.#launch();
        this.#problem = undefined;
        return;
      } catch (error) {
        this.#problem = (error as Error).message;
        this.#log.error('Cannot start containerd again', { err: error });
        if (this.#child?.pid !== undefined) await this.#end(this.#child.pid);
      }
    }
  }

  async #end(pid: number): Promise<void> {
    const alive = () => isOurs(pid, this.#paths.config);
    if (!alive()) return;
    process.kill(pid, 'SIGTERM');
    const deadline = this.#clock.monotonic() + STOP_TIMEOUT_MS;
    while (alive()) {
      if (this.#clock.monotonic() > deadline) {
        process.kill(pid, 'SIGKILL');
        this.#log.warning('containerd did not end in time and was killed', { pid });
        while (alive()) await this.#clock.sleep(20);
        return;
      }
      await this.#clock.sleep(20);
    }
  }

  async #writeConfig(): Promise<void> {
    const { dataDir } = this.#options;
    const settings = await this.#settings();
    const configDir = join(dataDir, 'agent/etc/containerd');
    mkdirSync(configDir, { recursive: true });
    mkdirSync(settings.cniConfDir, { recursive: true });
    this.#writeHosts(settings);
    writeFileSync(join(dataDir, 'agent/etc/crictl.yaml'), `runtime-endpoint: unix://${this.socketPath}\n`, { mode: 0o644 });
    const base = renderConfig(settings);
    const templatePath = join(configDir, settings.version === 2 ? 'config.toml.tmpl' : 'config-v3.toml.tmpl');
    const text = existsSync(templatePath) ? applyTemplate(readFileSync(templatePath, 'utf8'), base, templatePath) : base;
    writeFileSync(this.#paths.config, text, { mode: 0o600 });
    const { mtimeMs, size } = statSync(this.#program);
    this.#fingerprint = createHash('sha256').update(`${text}\n${this.#program} ${mtimeMs} ${size}`).digest('hex');
  }

  async #settings(): Promise<ContainerdSettings> {
    const { dataDir, cniConfDir, cniBinDirs = DEFAULT_CNI_BIN_DIRS } = this.#options;
    const registriesFile = this.#options.registriesFile ?? '/etc/rancher/k3s/registries.yaml';
    const runtimes: Record<string, string> = { runc: requireProgram('runc', 'runc') };
    for (const name of OPTIONAL_RUNTIMES) {
      const program = findProgram(name);
      if (program) runtimes[name] = program;
    }
    return {
      version: await configVersion(this.#program),
      rootDir: join(dataDir, 'agent/containerd'),
      stateDir: this.#stateDir,
      socketPath: this.socketPath,
      optDir: join(dataDir, 'agent/containerd'),
      certsDir: join(dataDir, 'agent/etc/containerd/certs.d'),
      cniBinDir: requireCniDir(cniBinDirs),
      cniConfDir: cniConfDir ?? join(dataDir, 'agent/etc/cni/net.d'),
      snapshotter: this.#options.snapshotter ?? 'overlayfs',
      sandboxImage: this.#options.sandboxImage ?? PAUSE_IMAGE,
      cgroupDriver: this.#options.cgroupDriver ?? 'cgroupfs',
      defaultRuntime: this.#options.defaultRuntime ?? 'runc',
      mayLowerOomScore: hasCapability(CAP_SYS_RESOURCE),
      runtimes,
      registries: await readRegistries(registriesFile),
    };
  }

  #writeHosts(settings: ContainerdSettings): void {
    rmSync(settings.certsDir, { recursive: true, force: true });
    mkdirSync(settings.certsDir, { recursive: true });
    for (const [registry, text] of renderHosts(settings.registries, this.#options.disableDefaultRegistryEndpoint ?? false)) {
      mkdirSync(join(settings.certsDir, registry), { recursive: true });
      writeFileSync(join(settings.certsDir, registry, 'hosts.toml'), text, { mode: 0o600 });
    }
  }
}

const CAP_SYS_RESOURCE = 24n;

function hasCapability(bit: bigint): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> bit) & 1n) === 1n;
}

async function configVersion(program: string): Promise<2 | 3> {
  const { execFile } = await import('node:child_process');
  const text = await new Promise<string>((resolve, reject) => {
    execFile(program, ['--version'], { timeout: 10_000 }, (error, stdout) =>
      error ? reject(new Error(`Cannot run "${program}"`, { cause: error })) : resolve(stdout),
    );
  });
  // `containerd github.com/containerd/containerd 1.6.20 …`, `containerd github.com/containerd/containerd/v2 v2.0.0 …`
  return /\sv?1\.\d+/.test(text) ? 2 : 3;
}

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemPath } from './programs.ts';

/** A containerd that was started by this run or one before; survives the death of k3ts. */
export interface RuntimeProcess {
  readonly pid: number;
  /** Changes when it must be replaced: its program and configuration. */
  readonly fingerprint: string;
}

/** Which containerd was started last, if its process still lives. */
export function readProcess(pidFile: string, configPath: string): RuntimeProcess | undefined {
  try {
    const process = JSON.parse(readFileSync(pidFile, 'utf8')) as RuntimeProcess;
    return isOurs(process.pid, configPath) ? process : undefined;
  } catch {
    return undefined;
  }
}

/** Pids are reused: only a process that was given our configuration is ours. */
export function isOurs(pid: number, configPath: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(configPath) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export interface SpawnRequest {
  readonly program: string;
  readonly configPath: string;
  readonly logPath: string;
  readonly pidFile: string;
  readonly fingerprint: string;
}

const MAX_LOG_BYTES = 50 * 1024 * 1024;

/** Starts containerd detached, in a session of its own, logging to its file. */
export function spawnContainerd(request: SpawnRequest): ChildProcess {
  mkdirSync(dirname(request.logPath), { recursive: true });
  if (existsSync(request.logPath) && statSync(request.logPath).size > MAX_LOG_BYTES) renameSync(request.logPath, `${request.logPath}.1`);
  const log = openSync(request.logPath, 'a', 0o640);
  try {
    const child = spawn(request.program, ['-c', request.configPath], {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: '/',
      env: { ...process.env, PATH: systemPath(), NOTIFY_SOCKET: undefined },
    });
    child.unref();
    if (child.pid !== undefined) writeFileSync(request.pidFile, JSON.stringify({ pid: child.pid, fingerprint: request.fingerprint } satisfies RuntimeProcess));
    return child;
  } finally {
    closeSync(log);
  }
}

/** The end of the log, to explain why containerd did not start. */
export function lastLogLines(logPath: string, lines = 3): string {
  try {
    return readFileSync(logPath, 'utf8').trimEnd().split('\n').slice(-lines).join(' | ');
  } catch {
    return '';
  }
}

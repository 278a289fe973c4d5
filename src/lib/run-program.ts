import { spawn } from 'node:child_process';

export interface RunOptions {
  /** Written to the program's standard input; without it the program reads an empty one. */
  readonly stdin?: string | Buffer | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}
export interface RunResult {
  /** -1 when a signal ended the program. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and returns what it printed, whatever its exit code; throws only when it cannot be started. */
export function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(options.env ? { env: { ...process.env, ...options.env } } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.once('error', (error) => reject(new Error(`Cannot run ${program}: ${startFailure(error)}`, { cause: error })));
    child.once('close', (code) => resolve({ code: code ?? -1, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }));
    // A program that ends without reading its input closes the pipe: its exit code says what was wrong.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.stdin);
  });
}

/** As `runProgram`, but a non-zero exit code is an Error that carries what the program wrote to standard error. */
export async function runChecked(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await runProgram(program, args, options);
  if (result.code !== 0) throw new Error(`${[program, ...args].join(' ')} failed with code ${result.code}: ${result.stderr.trim() || result.stdout.trim()}`);
  return result.stdout;
}

function startFailure(error: NodeJS.ErrnoException): string {
  return error.code === 'ENOENT' ? 'it is not installed' : error.message;
}

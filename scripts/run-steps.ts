import { spawn } from 'node:child_process';

/** One check of the gate: a program that must end with 0. */
export interface Step {
  readonly name: string;
  readonly argv: readonly string[];
}

/** Runs steps one after another, stops at the first that fails, and returns the exit code. */
export async function runSteps(steps: readonly Step[]): Promise<number> {
  for (const { name, argv } of steps) {
    const start = performance.now();
    console.log(`\n=== ${name}: ${argv.join(' ')}`);
    const code = await run(argv);
    console.log(`=== ${name}: ${code === 0 ? 'ok' : `FAILED with ${code}`} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
    if (code !== 0) return code;
  }
  return 0;
}

function run([file = '', ...args]: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? (signal ? 128 : 1)));
  });
}

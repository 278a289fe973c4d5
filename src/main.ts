import { describeError } from '#lib';
import { runCommandLine } from '#cli';

/** argv → command → exit code: the only place that ends the process. */
try {
  process.exitCode = await runCommandLine({
    argv: process.argv.slice(2),
    env: process.env,
    print: (text) => void process.stdout.write(text),
    printError: (text) => void process.stderr.write(text),
  });
} catch (error) {
  process.stderr.write(`k3ts: ${describeError(error)}\n`);
  if (process.env['K3S_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
}
// Whatever still keeps the loop alive after a command has answered must not keep the user waiting.
process.exit();

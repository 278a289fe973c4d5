import { programHelp, commandHelp } from './output/help.ts';
import type { Command } from './command.ts';
import { UsageError } from './flag.ts';
import { parseFlags, peekFlag } from './parse.ts';

interface Entry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<Command>;
}

// In the order of the help text. Loaded when called: `k3ts kubectl` must not pay for the server.
const commands: readonly Entry[] = [
  { name: 'server', summary: 'Run management server', load: async () => (await import('./commands/server.ts')).server as unknown as Command },
  { name: 'kubectl', summary: 'Run kubectl', load: async () => (await import('./commands/tool.ts')).kubectl },
  { name: 'crictl', summary: 'Run crictl', load: async () => (await import('./commands/tool.ts')).crictl },
  { name: 'ctr', summary: 'Run ctr', load: async () => (await import('./commands/tool.ts')).ctr },
  { name: 'check-config', summary: 'Run config check', load: async () => (await import('./commands/check-config.ts')).checkConfig },
];

export interface Program {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
}

/** Runs one command line and returns its exit code: 0 done, 1 failed or misused. */
export async function runCommandLine(program: Program): Promise<number> {
  const { VERSION } = await import('#lib/version');
  const [first = '--help', ...argv] = program.argv;
  if (first === '--version' || first === '-v' || first === 'version') return say(program, `k3ts version ${VERSION}\n`);
  if (first === '--help' || first === '-h' || first === 'help') return help(program, argv[0], VERSION);
  const env = first === '--debug' ? { ...program.env, K3S_DEBUG: 'true' } : program.env;
  const [name, rest] = first === '--debug' ? [argv[0] ?? 'help', argv.slice(1)] : [first, argv];
  const entry = commands.find((candidate) => candidate.name === name);
  if (!entry) return complain(program, `No help topic for '${name}'; run "k3ts --help" for the list of commands`);
  try {
    return await runCommand(await entry.load(), rest, { ...program, env }, VERSION);
  } catch (error) {
    if (error instanceof UsageError) return complain(program, error.message);
    throw error;
  }
}

async function runCommand(command: Command, argv: readonly string[], program: Program, version: string): Promise<number> {
  const { env, print } = program;
  if (command.isPassthrough) return command.run({ flags: {}, rest: argv, env, print });
  if (argv.includes('--help') || argv.includes('-h')) return say(program, commandHelp(command));
  if (argv.includes('--version') && !command.flags['version']) return say(program, `k3ts version ${version}\n`);
  const file = command.readsConfigFile ? await readConfiguration(command, argv, env) : undefined;
  const { values, rest, unknownKeys } = parseFlags(command.flags, { argv, env, file });
  for (const key of unknownKeys) program.printError(`Unknown flag --${key} found in config.yaml, skipping\n`);
  return command.run({ flags: values, rest, env, print });
}

async function readConfiguration(command: Command, argv: readonly string[], env: Program['env']): Promise<Record<string, unknown>> {
  const { readConfigFiles } = await import('./config-file.ts');
  const file = peekFlag(command.flags, 'config', { argv, env }) ?? '';
  const isNamed = file !== command.flags['config']?.fallback;
  return readConfigFiles(file, { mustExist: isNamed });
}

async function help(program: Program, topic: string | undefined, version: string): Promise<number> {
  const entry = commands.find((candidate) => candidate.name === topic);
  return say(program, entry ? commandHelp(await entry.load()) : programHelp(commands, version));
}

function say(program: Program, text: string): number {
  program.print(text);
  return 0;
}
function complain(program: Program, message: string): number {
  program.printError(`k3ts: ${message}\n`);
  return 1;
}

import { type Flag, type Flags, UsageError, type Values } from './flag.ts';

/** Where values come from, weakest first: environment, configuration files, command line. */
export interface Sources {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Merged configuration files: flag name → value as YAML has it. */
  readonly file?: Readonly<Record<string, unknown>> | undefined;
}
export interface Parsed<F extends Flags> {
  readonly values: Values<F>;
  /** What is left after the flags. */
  readonly rest: readonly string[];
  /** Keys of the file that no flag has; k3s warns about them and goes on. */
  readonly unknownKeys: readonly string[];
}

/** Reads flags by urfave/cli's rules: `--x v`, `--x=v`, `-x v`, `--bool`, `--bool=false`; `--` ends them. Throws UsageError. */
export function parseFlags<F extends Flags>(flags: F, sources: Sources): Parsed<F> {
  const values: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(flags)) values[name] = fromEnvironment(name, flag, sources.env) ?? flag.fallback;
  const unknownKeys: string[] = [];
  for (const [key, value] of Object.entries(sources.file ?? {})) {
    const name = flags[key] ? key : longName(flags, key);
    const flag = name === undefined ? undefined : flags[name];
    if (name === undefined || !flag) unknownKeys.push(key);
    else values[name] = fromFile(name, flag, value);
  }
  const given = new Map<string, string[]>();
  const rest = readArguments(flags, sources.argv, (name, value) => void given.set(name, [...(given.get(name) ?? []), value]));
  for (const [name, texts] of given) {
    const flag = flags[name] as Flag;
    values[name] = flag.kind === 'list' ? texts.flatMap(splitList) : convert(name, flag, texts.at(-1) ?? '', `--${name}`);
  }
  return { values: values as Values<F>, rest, unknownKeys };
}

/** The text of one flag on the command line or in the environment, before the others are understood (`--config`). */
export function peekFlag(flags: Flags, name: string, sources: Sources): string | undefined {
  const flag = flags[name];
  if (!flag) return undefined;
  let found = fromEnvironment(name, flag, sources.env) as string | undefined;
  readArguments(flags, sources.argv, (given, value) => {
    if (given === name) found = value;
  });
  return found ?? (flag.fallback as string | undefined);
}

function readArguments(flags: Flags, argv: readonly string[], take: (name: string, value: string) => void): string[] {
  const rest: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] as string;
    if (argument === '--') return [...rest, ...argv.slice(i + 1)];
    if (!argument.startsWith('-') || argument === '-') {
      rest.push(argument);
      continue;
    }
    const [key, inline] = splitOnce(argument.replace(/^--?/, ''), '=');
    const name = longName(flags, key);
    const flag = name === undefined ? undefined : flags[name];
    if (name === undefined || !flag) throw new UsageError(`flag provided but not defined: -${key}`);
    if (inline !== undefined) take(name, inline);
    else if (flag.kind === 'boolean') take(name, 'true');
    else {
      const value = argv[++i];
      if (value === undefined) throw new UsageError(`flag needs an argument: ${argument}`);
      take(name, value);
    }
  }
  return rest;
}

function longName(flags: Flags, key: string): string | undefined {
  if (flags[key]) return key;
  return Object.keys(flags).find((name) => flags[name]?.short === key);
}

function fromEnvironment(name: string, flag: Flag, env: Sources['env']): unknown {
  const variable = flag.env?.find((candidate) => env[candidate]);
  const value = variable === undefined ? undefined : env[variable];
  if (variable === undefined || value === undefined) return undefined;
  return flag.kind === 'list' ? splitList(value) : convert(name, flag, value, `$${variable}`);
}

function fromFile(name: string, flag: Flag, value: unknown): unknown {
  const texts = (Array.isArray(value) ? value : [value]).map((item) => (item === null ? '' : String(item)));
  if (texts.some((text) => text.includes('[object')))
    throw new UsageError(`invalid value for "${name}" in the configuration file: a text, number, boolean or list of them is wanted`);
  return flag.kind === 'list' ? texts.flatMap(splitList) : convert(name, flag, texts.at(-1) ?? '', `"${name}" in the configuration file`);
}

function convert(name: string, flag: Flag, value: string, origin: string): unknown {
  if (flag.kind === 'boolean') {
    if (/^(1|t|true|TRUE|True|T)$/.test(value)) return true;
    if (/^(0|f|false|FALSE|False|F)$/.test(value)) return false;
    throw new UsageError(`invalid boolean value "${value}" for ${origin}: use true or false`);
  }
  if (flag.kind === 'integer') {
    if (!/^-?\d+$/.test(value)) throw new UsageError(`invalid value "${value}" for ${origin}: a whole number is wanted`);
    return Number(value);
  }
  return value;
}

// Component arguments such as `key=a,b` keep their commas, as upstream's do.
function splitList(value: string): string[] {
  return /^[\w.-]+[+-]?=/.test(value) ? [value] : value.split(',').filter((part) => part !== '');
}

function splitOnce(value: string, separator: string): [string, string | undefined] {
  const at = value.indexOf(separator);
  return at < 0 ? [value, undefined] : [value.slice(0, at), value.slice(at + 1)];
}

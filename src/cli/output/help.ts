import type { Command } from '../command.ts';
import type { Flag } from '../flag.ts';

/** The text of `k3ts --help`. */
export function programHelp(commands: readonly { name: string; summary: string }[], version: string): string {
  const width = Math.max(...commands.map((command) => command.name.length)) + 2;
  const rows = commands.map((command) => `   ${command.name.padEnd(width)}${command.summary}`);
  return `NAME:
   k3ts - Kubernetes, but small, quick and readable

USAGE:
   k3ts command [command options]

VERSION:
   ${version}

COMMANDS:
${rows.join('\n')}

GLOBAL OPTIONS:
   --debug        (logging) Turn on debug logs [$K3S_DEBUG]
   --help, -h     show help
   --version, -v  print the version
`;
}

/** The text of `k3ts <command> --help`: flags grouped as k3s groups them. */
export function commandHelp(command: Command): string {
  const rows = Object.entries(command.flags)
    .filter(([, flag]) => !flag.isHidden)
    .map(([name, flag]) => [flagNames(name, flag), flagText(flag)] as const);
  const width = Math.min(44, Math.max(0, ...rows.map(([names]) => names.length)) + 2);
  const options = rows.map(([names, text]) => `   ${names.padEnd(width)}${names.length >= width ? ' ' : ''}${text}`);
  const lines = ['NAME:', `   k3ts ${command.name} - ${command.summary}`, '', 'USAGE:', `   k3ts ${command.name} ${command.usage ?? '[OPTIONS]'}`, ''];
  if (options.length > 0) lines.push('OPTIONS:', ...options, '');
  return lines.join('\n');
}

function flagNames(name: string, flag: Flag): string {
  const value = flag.kind === 'boolean' ? '' : ' value';
  return flag.short ? `--${name}${value}, -${flag.short}${value}` : `--${name}${value}`;
}

function flagText(flag: Flag): string {
  const parts = [flag.category ? `(${flag.category}) ${flag.usage}` : flag.usage];
  const fallback = flag.fallbackText ?? (typeof flag.fallback === 'string' || typeof flag.fallback === 'number' ? JSON.stringify(flag.fallback) : undefined);
  if (fallback !== undefined) parts.push(`(default: ${fallback})`);
  if (flag.env?.length) parts.push(`[${flag.env.map((variable) => `$${variable}`).join(', ')}]`);
  return parts.join(' ');
}

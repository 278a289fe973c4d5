import { readdirSync, readFileSync } from 'node:fs';
import { parseYaml } from '#lib/yaml';
import { UsageError } from './flag.ts';

/**
 * Reads `/etc/rancher/k3s/config.yaml` and then `config.yaml.d/*.yaml` in alphabetical order: the last file wins per key, `key+` appends.
 * A file that was named by the user must exist; the default one need not. Throws UsageError with the file's name.
 */
export function readConfigFiles(file: string, options: { mustExist: boolean }): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  const main = readConfigFile(file);
  if (main === undefined && options.mustExist) throw new UsageError(`Cannot read configuration file ${file}: it does not exist; create it or correct --config`);
  for (const content of [main, ...dropIns(`${file}.d`)]) mergeConfig(merged, content ?? {});
  return merged;
}

/** Folds one file into what came before it. */
export function mergeConfig(merged: Record<string, unknown>, content: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(content)) {
    if (!key.endsWith('+')) merged[key] = value;
    else {
      const name = key.slice(0, -1);
      const before = merged[name];
      if (typeof before === 'string' && !Array.isArray(value)) merged[name] = before + String(value);
      else merged[name] = [...asList(before), ...asList(value)];
    }
  }
}

function asList(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function dropIns(folder: string): (Record<string, unknown> | undefined)[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => readConfigFile(`${folder}/${name}`));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw new UsageError(`Cannot read configuration folder ${folder}: ${(error as Error).message}`);
  }
}

function readConfigFile(file: string): Record<string, unknown> | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageError(`Cannot read configuration file ${file}: ${(error as Error).message}`);
  }
  let content: unknown;
  try {
    content = text.trim() ? parseYaml(text) : {};
  } catch (error) {
    throw new UsageError(`Cannot read configuration file ${file}: it is not valid YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  if (content === null || content === undefined) return {};
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new UsageError(`Cannot read configuration file ${file}: it must hold "flag-name: value" lines`);
  }
  return content as Record<string, unknown>;
}

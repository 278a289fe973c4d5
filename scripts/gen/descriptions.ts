/**
 * Takes the descriptions of API types and fields from the official client's declarations; `kubectl explain` shows them.
 * Output: src/api/gen/descriptions.json, `{ "apps/v1": { "DeploymentSpec": { "": "…", "replicas": "…" } } }`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiFacts } from './types.ts';

type Descriptions = Record<string, Record<string, Record<string, string>>>;

/** Renders the descriptions of every struct that the client declares; `models` is its folder of models. */
export function renderDescriptions(facts: ApiFacts, models: string): string {
  const all: Descriptions = {};
  for (const [groupVersion, { structs }] of Object.entries(facts)) {
    for (const struct of Object.keys(structs)) {
      const file = findModel(models, groupVersion, struct);
      const texts = file && readDescriptions(readFileSync(file, 'utf8'));
      if (texts && Object.keys(texts).length > 0) (all[groupVersion] ??= {})[struct] = texts;
    }
  }
  return JSON.stringify(all);
}

/** Structs whose names several groups share carry their group's name: `CoreV1Event`. */
function findModel(models: string, groupVersion: string, struct: string): string | undefined {
  const [group = '', version = ''] = groupVersion.split('/');
  const candidates = [`${capital(group)}${capital(version)}${struct}`, `${capital(version)}${struct}`].map((name) => join(models, `${name}.d.ts`));
  return candidates.find((file) => existsSync(file));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const DOCUMENTED = /\/\*\*\n((?: *\*(?!\/).*\n)+) *\*\/\n *(?:export declare class (\w+)|'([^']+)'\??:)/g;

function readDescriptions(source: string): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [, comment = '', isClass, property = ''] of source.matchAll(DOCUMENTED)) {
    const text = comment
      .split('\n')
      .map((line) => line.replace(/^ *\* ?/, ''))
      .join('\n')
      // The client's generator escapes quotes and backslashes.
      .replace(/\\(["'\\])/g, '$1')
      .trim();
    // Names that TypeScript reserves carry an underscore, and dashes become underscores.
    const field = property.replace(/^_/, '').replace(/^x_kubernetes.*$/, (name) => name.replaceAll('_', '-'));
    texts[isClass ? '' : field] = text;
  }
  return texts;
}

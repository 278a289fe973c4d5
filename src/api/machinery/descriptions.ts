import { readFile } from 'node:fs/promises';

/** Texts of types ('' is the type's own) and fields: `{ "apps/v1": { "DeploymentSpec": { "replicas": "…" } } }`. */
export type ApiDescriptions = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;

/** Reads the descriptions that `npm run gen` took from the official client. A megabyte: not kept, callers let go of it. */
export async function readApiDescriptions(): Promise<ApiDescriptions> {
  return JSON.parse(await readFile(new URL('../gen/descriptions.json', import.meta.url), 'utf8')) as ApiDescriptions;
}

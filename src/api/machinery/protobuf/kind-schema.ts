import { apiFacts } from '../facts.ts';
import type { SchemaRef } from '../schema.ts';

/**
 * The struct of a kind by its apiVersion, as upstream's scheme knows it: `apps/v1` `DeploymentList` → `{ groupVersion: 'apps/v1', struct: 'DeploymentList' }`.
 * Kinds of meta/v1 (Status, DeleteOptions, APIResourceList) are known in every version. Undefined for custom kinds.
 */
export function schemaRefOf(apiVersion: string, kind: string): SchemaRef | undefined {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? 'core' : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);
  const groupVersion = `${FOLDERS[group] ?? group.split('.')[0]}/${version}`;
  const isBuiltIn = !group.includes('.') || group.endsWith('.k8s.io');
  if (!isBuiltIn) return undefined;
  if (apiFacts()[groupVersion]?.structs[kind]) return { groupVersion, struct: kind };
  return apiFacts()['meta/v1']?.structs[kind] ? { groupVersion: 'meta/v1', struct: kind } : undefined;
}
/** Groups whose folder in k8s.io/api is not their first word. */
const FOLDERS: Readonly<Record<string, string>> = { 'internal.apiserver.k8s.io': 'apiserverinternal' };

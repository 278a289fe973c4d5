import { apiFacts } from '../facts.ts';
import type { SchemaRef } from '../schema.ts';

/** Groups whose folder in k8s.io/api is not all that stands before `.k8s.io`. */
const FOLDERS: Readonly<Record<string, string>> = {
  '': 'core',
  'rbac.authorization.k8s.io': 'rbac',
  'flowcontrol.apiserver.k8s.io': 'flowcontrol',
  'internal.apiserver.k8s.io': 'apiserverinternal',
};

/**
 * The struct of a kind by its apiVersion, as upstream's scheme knows it: `apps/v1` `DeploymentList` → `{ groupVersion: 'apps/v1', struct: 'DeploymentList' }`.
 * Kinds of meta/v1 (Status, DeleteOptions, APIResourceList) are known in every version. Undefined for custom kinds.
 */
export function schemaRefOf(apiVersion: string, kind: string): SchemaRef | undefined {
  const slash = apiVersion.indexOf('/');
  const folder = folderOf(slash < 0 ? '' : apiVersion.slice(0, slash));
  if (folder === undefined) return undefined;
  const groupVersion = `${folder}/${apiVersion.slice(slash + 1)}`;
  if (hasStruct(groupVersion, kind)) return { groupVersion, struct: kind };
  return hasStruct('meta/v1', kind) ? { groupVersion: 'meta/v1', struct: kind } : undefined;
}

/** `apps`, `storage.k8s.io`; groups of definitions have more dots, or end otherwise. */
function folderOf(group: string): string | undefined {
  const known = Object.hasOwn(FOLDERS, group) ? FOLDERS[group] : undefined;
  if (known !== undefined) return known;
  const folder = group.endsWith('.k8s.io') ? group.slice(0, -'.k8s.io'.length) : group;
  return folder.includes('.') ? undefined : folder;
}
function hasStruct(groupVersion: string, struct: string): boolean {
  const facts = apiFacts()[groupVersion];
  return facts !== undefined && Object.hasOwn(facts.structs, struct);
}

import type { KubeObject } from './object.ts';

/** Whether the object replaces a stored one: only then does it carry a resourceVersion when it is validated. */
export function isUpdate({ metadata }: KubeObject): boolean {
  return Boolean(metadata.resourceVersion);
}

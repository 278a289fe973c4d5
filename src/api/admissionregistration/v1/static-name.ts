import type { KubeObject } from '../../machinery/object.ts';

const SUFFIX = '.static.k8s.io';
const TEXT =
  'metadata.name: names ending with ".static.k8s.io" will be reserved for static manifest-based configurations when the ManifestBasedAdmissionControlConfig feature gate is enabled';

/** Warns of names that will one day be those of configurations out of files. */
export function staticNameWarnings({ metadata: { name = '' } }: KubeObject, old: KubeObject | undefined): string[] {
  return old === undefined && name.endsWith(SUFFIX) ? [TEXT] : [];
}

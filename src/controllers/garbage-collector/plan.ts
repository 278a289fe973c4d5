import type { KubeObject } from '#api';
import type { OwnerReference } from '#api/types/meta-v1';
import { FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from './graph.ts';

/** What an owner turned out to be: there, gone, or waiting for its dependents to go first. */
export type OwnerState = 'solid' | 'absent' | 'waiting';

/** What is to become of an object that has owners. */
export type Verdict =
  | { readonly do: 'keep' }
  /** Some owners are gone, others are not: only the references go. */
  | { readonly do: 'drop-references'; readonly uids: ReadonlySet<string> }
  | { readonly do: 'delete'; readonly propagationPolicy: 'Foreground' | 'Background' | 'Orphan'; readonly unblocksOwners: boolean };

/** `dependents` of the object: how many there are, and whether one of them itself waits for its dependents (then there may be a circle). */
export function judge(object: KubeObject, states: readonly OwnerState[], dependents: { count: number; isOneWaiting: boolean }): Verdict {
  const owners: readonly OwnerReference[] = object.metadata.ownerReferences ?? [];
  const isSolid = states.includes('solid');
  const isAllSolid = states.every((state) => state === 'solid');
  if (owners.length === 0 || isAllSolid) return { do: 'keep' };
  if (isSolid) return { do: 'drop-references', uids: new Set(owners.filter((_, i) => states[i] !== 'solid').map((o) => o.uid)) };
  if (states.includes('waiting') && dependents.count > 0) {
    return { do: 'delete', propagationPolicy: 'Foreground', unblocksOwners: dependents.isOneWaiting };
  }
  return { do: 'delete', propagationPolicy: policyOf(object), unblocksOwners: false };
}

/** What the object's finalizers ask for already is kept. */
function policyOf({ metadata: { finalizers = [] } }: KubeObject): 'Foreground' | 'Background' | 'Orphan' {
  if (finalizers.includes(ORPHAN_FINALIZER)) return 'Orphan';
  return finalizers.includes(FOREGROUND_FINALIZER) ? 'Foreground' : 'Background';
}

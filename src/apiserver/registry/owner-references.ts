import { jsonEqual, type JsonValue, type KubeObject } from '#api';
import type { OwnerReference } from '#api/types/meta-v1';

const ADVICE =
  'API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed';

/** Leaves out owner references that say the same twice, in place, with upstream's warning to the client. */
export function dedupOwnerReferences({ metadata }: KubeObject, warnings: string[], isAfterAdmission: boolean): void {
  const references = metadata.ownerReferences;
  // Most objects have one owner at most.
  if (!references || references.length < 2) return;
  const kept: OwnerReference[] = [];
  const duplicates: string[] = [];
  for (const reference of references) {
    const isKnown = kept.some((other) => other.uid === reference.uid && jsonEqual(asJson(other), asJson(reference)));
    if (isKnown) duplicates.push(reference.uid);
    else kept.push(reference);
  }
  if (duplicates.length === 0) return;
  metadata.ownerReferences = kept;
  const when = isAfterAdmission ? ' after mutating admission happens' : '';
  warnings.push(`.metadata.ownerReferences contains duplicate entries${when}; ${ADVICE}: ${duplicates.join(', ')}`);
}
function asJson(value: object): JsonValue {
  return value as JsonValue;
}

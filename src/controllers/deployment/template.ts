import type { PodTemplateSpec } from '#api/types/core-v1';
import { canonicalJson } from '../values.ts';

/** The label that tells the Pods of one revision from those of another. */
export const HASH_LABEL = 'pod-template-hash';

const canonical = new WeakMap<PodTemplateSpec, string>();

/** Whether two templates make the same Pods; the hash label does not count. */
export function isSameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  return canonicalTemplate(a) === canonicalTemplate(b);
}

/** Templates in stores are never changed, so that their canonical form is worked out once. */
function canonicalTemplate(template: PodTemplateSpec = {}): string {
  let text = canonical.get(template);
  if (text === undefined) {
    const { [HASH_LABEL]: _, ...labels } = template.metadata?.labels ?? {};
    const metadata = { ...template.metadata };
    if (Object.keys(labels).length > 0) metadata.labels = labels;
    else delete metadata.labels;
    if (Object.keys(metadata.annotations ?? {}).length === 0) delete metadata.annotations;
    text = canonicalJson({ ...template, metadata });
    canonical.set(template, text);
  }
  return text;
}

// The alphabet of k8s.io/apimachinery/pkg/util/rand.
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * The hash that names a ReplicaSet and labels its Pods. Shape and alphabet are upstream's (FNV-1a 32 in decimal, SafeEncodeString); the bytes
 * hashed are the canonical JSON, since upstream's are a dump of Go structs that changes with every field added to the API. Existing
 * ReplicaSets are found by comparing templates, never by the hash, so that those that upstream made stay in use.
 */
export function templateHash(template: PodTemplateSpec, collisionCount: number | undefined): string {
  const bytes = [...Buffer.from(canonicalTemplate(template))];
  if (collisionCount !== undefined) for (let i = 0; i < 8; i++) bytes.push(i < 4 ? (collisionCount >>> (8 * i)) & 0xff : 0);
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return String(hash).replaceAll(/./g, (digit) => ALPHABET.charAt(digit.charCodeAt(0) % ALPHABET.length));
}

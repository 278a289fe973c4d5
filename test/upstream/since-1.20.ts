/**
 * What 1.36 is known to add to the answers of 1.20 (defaults of new fields, new columns) and words differently (lengths, Go's printing of values): taken out of
 * both sides before a scenario of `core-1.20` is compared.
 */
import type { JsonObject, JsonValue } from '#api';
import { isObject, textOf } from './scenario.ts';

/** Fields that 1.36 fills in, and the values for which that is known. */
const NEW_FIELDS: Readonly<Record<string, (value: JsonValue | undefined) => boolean>> = {
  resizePolicy: () => true,
  ipFamilies: () => true,
  ipFamilyPolicy: () => true,
  internalTrafficPolicy: (value) => value === 'Cluster',
  allocateLoadBalancerNodePorts: (value) => value === true,
  persistentVolumeClaimRetentionPolicy: (value) => isObject(value) && value['whenDeleted'] === 'Retain' && value['whenScaled'] === 'Retain',
  completionMode: (value) => value === 'NonIndexed',
  podReplacementPolicy: () => true,
  lastPhaseTransitionTime: () => true,
  'kubernetes.io/metadata.name': () => true,
  'f:kubernetes.io/metadata.name': () => true,
  selfLink: () => true,
};
const NEW_MANAGED_FIELDS =
  /^f:(ipFamilies|ipFamilyPolicy|internalTrafficPolicy|allocateLoadBalancerNodePorts|persistentVolumeClaimRetentionPolicy|completionMode|suspend|podReplacementPolicy|resizePolicy|maxSurge|f:lastPhaseTransitionTime)$/;
const NEW_COLUMNS = /^(VolumeAttributesClass|Timezone|TimeZone)$/;

/** A copy of the answer without what came since 1.20. */
export function withoutNews(value: JsonValue, path: readonly string[] = [], itemKind?: string): JsonValue {
  if (Array.isArray(value)) return value.map((item, index) => withoutNews(item, [...path, String(index)], itemKind));
  if (!isObject(value)) return value;
  const old: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    const kept = isNews(key, member, path) ? undefined : oldMember(value, key, path);
    if (kept !== undefined) old[key] = kept;
  }
  if (old['kind'] === 'Status' && typeof old['message'] === 'string') useOldWords(old, old['message']);
  if (old['kind'] === 'Table' && Array.isArray(old['columnDefinitions'])) dropNewColumns(old, old['columnDefinitions'] as JsonObject[]);
  dropNewsOfKind(old, old['kind'] ?? itemKind);
  return old;
}

function isNews(key: string, value: JsonValue | undefined, path: readonly string[]): boolean {
  if (Object.hasOwn(NEW_FIELDS, key) && NEW_FIELDS[key]?.(value)) return true;
  if (key === 'creationTimestamp' && value === null) return true;
  return (key === 'subresource' && path.at(-2) === 'managedFields') || NEW_MANAGED_FIELDS.test(key);
}

/** A member without what is new in it; undefined where only news was in it. */
function oldMember(owner: JsonObject, key: string, path: readonly string[]): JsonValue | undefined {
  const value = owner[key] ?? null;
  const { kind } = owner;
  const old = withoutNews(value, [...path, key], key === 'items' && typeof kind === 'string' ? kind.replace(/List$/, '') : undefined);
  if (!isObject(old) || !isObject(value)) return old;
  const keys = Object.keys(old);
  if (key === 'labels' || key === 'f:labels') {
    const isEmptied = keys.length === 0 || (keys.length === 1 && keys[0] === '.');
    if (isEmptied && JSON.stringify(value) !== JSON.stringify(old)) return undefined;
  }
  return key === 'f:metadata' && keys.length === 0 && Object.keys(value).length > 0 ? undefined : old;
}

function useOldWords(status: JsonObject, message: string): void {
  const causes = isObject(status['details']) ? status['details']['causes'] : undefined;
  let text = message;
  for (const cause of Array.isArray(causes) ? causes : []) {
    if (!isObject(cause) || typeof cause['message'] !== 'string') continue;
    const masked = maskGoValues(cause['message']);
    text = text.replaceAll(cause['message'], masked);
    cause['message'] = maskLengths(masked);
  }
  status['message'] = maskLengths(text);
}
function maskGoValues(text: string): string {
  return text
    .replace(/^((?:Invalid|Duplicate) value: )(?!"|-?\d|true|false)(.*): /s, '$1<value>: ')
    .replace(/^(Duplicate value: )(?!")[&{[a-z].*$/s, '$1<value>');
}
function maskLengths(text: string): string {
  return text.replace(/(must be no more than|must have at most|may not be longer than|may not be more than) (\d+)( characters| bytes)?/g, '<max $2>');
}

function dropNewColumns(table: JsonObject, columns: readonly JsonObject[]): void {
  const isOld = (_: unknown, index: number): boolean => !NEW_COLUMNS.test(textOf(columns[index]?.['name']));
  table['columnDefinitions'] = columns.filter(isOld);
  for (const row of (table['rows'] ?? []) as JsonObject[]) if (Array.isArray(row['cells'])) row['cells'] = row['cells'].filter(isOld);
}

function dropNewsOfKind(object: JsonObject, kind: JsonValue | undefined): void {
  const part = (name: string): JsonObject => (isObject(object[name]) ? object[name] : {});
  const spec = part('spec');
  if (kind === 'Pod' && object['metadata']) {
    delete part('metadata')['generation'];
    delete part('status')['observedGeneration'];
  }
  if (kind === 'ServiceAccount') delete object['secrets'];
  if (kind === 'DaemonSet' && isObject(spec['updateStrategy']) && isObject(spec['updateStrategy']['rollingUpdate'])) {
    const rolling = spec['updateStrategy']['rollingUpdate'];
    if (rolling['maxSurge'] === 0) delete rolling['maxSurge'];
  }
  if (kind === 'StatefulSet' && part('status')['availableReplicas'] === 0) delete part('status')['availableReplicas'];
  if (kind === 'Job' && object['spec']) dropNewsOfJob(part('metadata'), spec);
}
function dropNewsOfJob(metadata: JsonObject, spec: JsonObject): void {
  for (const field of ['suspend', 'manualSelector']) if (spec[field] === false) delete spec[field];
  const template = isObject(spec['template']) && isObject(spec['template']['metadata']) ? spec['template']['metadata'] : {};
  const selector = isObject(spec['selector']) ? spec['selector'] : {};
  for (const labels of [metadata['labels'], template['labels'], selector['matchLabels']]) {
    if (!isObject(labels)) continue;
    for (const key of Object.keys(labels)) if (key.startsWith('batch.kubernetes.io/') || key === 'controller-uid') delete labels[key];
  }
}

import { allResources, apiVersionOf, type JsonObject, type ResourceDefinition, schemaOf } from '#api';
import type { Random } from '#lib';
import { generateObject } from '../../../src/api/testing/generate-object.ts';
import { chance, integer, pick } from '../noise.ts';
import type { Target } from '../target.ts';
import { queryOf } from './query.ts';

export const NAMESPACE = 'fuzz';
export const NAMES = ['a', 'b', 'c'];
/** Kinds whose objects the server itself does not need. */
export const stored = allResources.filter(({ storage, plural }) => storage !== undefined && !['namespaces', 'nodes', 'apiservices'].includes(plural));
export const JSON_TYPE = { 'content-type': 'application/json' };

/** `/api/v1/namespaces/fuzz/pods`. */
export function pathOf(definition: ResourceDefinition): string {
  const { group, version, plural, namespaced } = definition;
  return `${group ? `/apis/${group}` : '/api'}/${version}${namespaced ? `/namespaces/${NAMESPACE}` : ''}/${plural}`;
}
/** A random object of the kind; names are few, so that what is stored stays little. */
export function objectOf(definition: ResourceDefinition, random: Random): JsonObject {
  const object = generateObject(schemaOf(definition.schema), random, { size: 10 + integer(random, 60) });
  const metadata: JsonObject = { ...(object['metadata'] as JsonObject), name: `fuzz-${pick(random, NAMES)}` };
  for (const field of ['namespace', 'resourceVersion', 'uid', 'finalizers', 'ownerReferences', 'deletionTimestamp'])
    if (chance(random, 0.95)) delete metadata[field];
  return { ...object, kind: definition.kind, apiVersion: apiVersionOf(definition), metadata };
}
export const bodyOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value) ?? '');

/** Creates, replaces and now and then deletes. */
export async function write(target: Target, random: Random, definition: ResourceDefinition, body: Buffer, headers: Record<string, string>): Promise<void> {
  const base = pathOf(definition);
  const query = chance(random, 0.3) ? `?${queryOf(random)}` : '';
  await target.send({ method: 'POST', path: base + query, headers, body });
  const name = `fuzz-${pick(random, NAMES)}`;
  const part = pick(random, ['', '', '', '/status', '/scale', '/resize', '/ephemeralcontainers', '/eviction', '/binding', '/token', '/approval', '/finalize']);
  await target.send({ method: 'PUT', path: `${base}/${name}${part}${query}`, headers, body });
  if (chance(random, 0.3)) await target.send({ method: 'DELETE', path: `${base}/${name}?gracePeriodSeconds=0` });
}

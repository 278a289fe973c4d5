import { emptyListsToNull, type KubeObject, newAlreadyExists, newNotFound, schemaOf, StatusError } from '#api';
import type { KeyValue, WriteOptions } from '#datastore';
import { Entry, encodeStored } from '../watch-cache/entry.ts';
import { type Call, keyFor, resourceName } from './call.ts';
import { statusOfDatastoreFailure } from './datastore-failure.ts';
import type { Registry } from './registry.ts';

/** Custom objects are in the version of the request until here. */
function storedForm({ definition }: Call, object: KubeObject): KubeObject {
  return definition.custom ? definition.custom.toStored(object) : object;
}
function encode(call: Call, object: KubeObject): Buffer {
  object.metadata.resourceVersion = undefined;
  emptyListsToNull(schemaOf(call.definition.schema), object);
  return encodeStored(call.cache.format, object);
}

/** What is stored under a name now, as fresh as the datastore. */
export async function liveEntry(registry: Registry, call: Call, name: string): Promise<Entry | undefined> {
  const pending = registry.caches.fresh();
  if (pending) await pending;
  return call.cache.get(call.definition.namespaced ? call.namespace : '', name);
}

/** As `liveEntry`; throws NotFound. */
export async function requireEntry(registry: Registry, call: Call, name: string): Promise<Entry> {
  const entry = await liveEntry(registry, call, name);
  if (!entry) throw newNotFound(resourceName(call), name);
  return entry;
}

/** Stores a new object; undefined when the name is taken. The object belongs to the cache from then on. */
export async function commitCreate(registry: Registry, call: Call, sent: KubeObject): Promise<Entry | undefined> {
  const object = storedForm(call, sent);
  const name = object.metadata.name ?? '';
  const value = encode(call, object);
  if (call.isDryRun) {
    const taken = await liveEntry(registry, call, name);
    return taken ? undefined : dryEntry(call, name, value, 0);
  }
  registry.caches.handOver(value, object);
  const result = await attempt(registry, () => registry.datastore.create(keyFor(call, name), value, writeOptions(call)));
  if (!result.ok) return undefined;
  return registry.caches.entryFor(call.cache, placeOf(call, name), value, result.revision);
}

/** Replaces what is stored; where it changed meanwhile, returns what is there now instead (`lost`, undefined: gone). */
export async function commitUpdate(registry: Registry, call: Call, live: Entry, sent: KubeObject): Promise<{ entry: Entry } | { lost: Entry | undefined }> {
  const object = storedForm(call, sent);
  const value = encode(call, object);
  // Nothing changed: nothing is written, and nobody is told.
  if (live.sameStored(value, object)) return { entry: live };
  if (call.isDryRun) return { entry: dryEntry(call, live.name, value, live.revision) };
  registry.caches.handOver(value, object);
  const result = await attempt(registry, () => registry.datastore.update(keyFor(call, live.name), value, live.revision, writeOptions(call)));
  if (!result.ok) return { lost: result.current && entryOf(call, live.name, result.current) };
  return { entry: registry.caches.entryFor(call.cache, placeOf(call, live.name), value, result.revision) };
}

/** Deletes what is stored while it is at this revision. */
export async function commitDelete(registry: Registry, call: Call, live: Entry): Promise<{ revision: number } | { lost: Entry | undefined }> {
  if (call.isDryRun) return { revision: live.revision };
  const result = await attempt(registry, () => registry.datastore.delete(keyFor(call, live.name), live.revision));
  if (!result.ok) return { lost: result.current && entryOf(call, live.name, result.current) };
  return { revision: result.revision };
}

/** The refusal of a name that is taken; says so when its holder is on its way out. A name beside a generateName counts as generated. */
export async function newNameTaken(registry: Registry, call: Call, { name = '', generateName }: KubeObject['metadata']): Promise<StatusError> {
  const taken = newAlreadyExists(resourceName(call), name);
  const error = generateName ? notUnique(taken) : taken;
  const holder = await liveEntry(registry, call, name);
  if (holder?.object.metadata.deletionTimestamp === undefined) return error;
  return new StatusError('AlreadyExists', `object is being deleted: ${error.message}`, { details: error.details });
}

function notUnique({ message, details }: StatusError): StatusError {
  const text = `${message}, the server was not able to generate a unique name for the object`;
  return new StatusError('AlreadyExists', text, { details: { ...details, retryAfterSeconds: 1 } });
}

// A dry run's answer shows the revision of what is stored, or none.
function dryEntry(call: Call, name: string, value: Buffer, revision: number): Entry {
  return new Entry(call.cache.format, placeOf(call, name), value, revision);
}

function placeOf(call: Call, name: string): { namespace: string; name: string } {
  return { namespace: call.definition.namespaced ? call.namespace : '', name };
}
function entryOf(call: Call, name: string, kv: KeyValue): Entry {
  return new Entry(call.cache.format, placeOf(call, name), kv.value, kv.modRevision);
}
function writeOptions(call: Call): WriteOptions {
  return call.definition.ttlSeconds === undefined ? {} : { ttlSeconds: call.definition.ttlSeconds };
}

async function attempt<T>(registry: Registry, write: () => Promise<T>): Promise<T> {
  try {
    return await registry.writes.watch(write);
  } catch (error) {
    throw statusOfDatastoreFailure(error);
  }
}

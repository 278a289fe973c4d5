import { type FieldError, type KubeObject, newBadRequest, newConflict, newInvalid, newNotFound, StatusError } from '#api';
import type { Entry } from '../watch-cache/entry.ts';
import { type Call, hookContext, keyFor, resourceName } from './call.ts';
import { commitDelete, commitUpdate, liveEntry } from './commit.ts';
import { placeInNamespace, storeNew } from './create.ts';
import { trackManagedFields } from './managed-fields.ts';
import { checkUpdate } from './object-checks.ts';
import { admit, type Registry, validateAdmission } from './registry.ts';

const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';
/** More lost races in a row than this are no longer chance. */
const MAX_ATTEMPTS = 100;

export interface Updated {
  readonly entry: Entry;
  readonly isCreated: boolean;
}

/** Makes the new object from the live one; the result is the caller's own copy. May run again when a race is lost. */
export type Change = (live: KubeObject | undefined) => KubeObject | Promise<KubeObject>;

export interface UpdateOptions {
  /** Whether a missing object may be created (PUT where the kind allows it, apply everywhere). */
  readonly mayCreate: boolean;
  /** Whether managed fields are already what they should be (apply). */
  readonly isTracked?: boolean;
  /** Replaces the kind's hooks: for subresources. */
  readonly strategy?: UpdateStrategy | undefined;
}

/** What an update through a subresource does instead of the kind's own hooks. */
export interface UpdateStrategy {
  prepareForUpdate?(object: KubeObject, old: KubeObject): void;
  validateUpdate?(object: KubeObject, old: KubeObject): FieldError[];
}

/** Replaces an object by a new state; throws StatusError. */
export async function updateObject(registry: Registry, call: Call, name: string, body: KubeObject, options: UpdateOptions): Promise<Updated> {
  placeInNamespace(call, body);
  if (!body.metadata.name) body.metadata.name = name;
  if (body.metadata.name !== name) throw newBadRequest(`the name of the object (${body.metadata.name}) does not match the name on the URL (${name})`);
  return await guaranteedUpdate(registry, call, name, () => structuredClone(body), options);
}

/** Changes what is stored, again and again while others change it too; a resourceVersion in the changed object must match. */
export async function guaranteedUpdate(registry: Registry, call: Call, name: string, change: Change, options: UpdateOptions): Promise<Updated> {
  let live = await liveEntry(registry, call, name);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    if (!live && !options.mayCreate) throw await missing(call, name, change);
    const object = await change(live?.object);
    if (!live) return { entry: await createInstead(registry, call, name, object, options), isCreated: true };
    const outcome = await updateOnce(registry, call, live, object, options);
    if ('entry' in outcome) return { entry: outcome.entry, isCreated: false };
    live = outcome.lost;
  }
  throw newConflict(resourceName(call), name, MODIFIED);
}

async function updateOnce(
  registry: Registry,
  call: Call,
  live: Entry,
  object: KubeObject,
  options: UpdateOptions,
): Promise<{ entry: Entry } | { lost: Entry | undefined }> {
  const old = live.object;
  checkVersion(call, live, object);
  keepSystemFields(object, old);
  if (!options.isTracked) trackManagedFields(registry, call, old, object);
  await admit(registry, call, { operation: 'UPDATE', name: live.name, object, oldObject: old });
  prepare(registry, call, object, old, options.strategy);
  const hook = call.subresource ? undefined : registry.hooks.get(call.definition.storage ?? '');
  const undo = hook?.beforeUpdate?.(object, old, call);
  let stored = false;
  try {
    await validateAdmission(registry, call, { operation: 'UPDATE', name: live.name, object, oldObject: old });
    const outcome = shouldDelete(object, old) ? await deleteInstead(registry, call, live, object) : await commitUpdate(registry, call, live, object);
    stored = 'entry' in outcome && !call.isDryRun;
    if (stored) hook?.afterUpdate?.(object, old);
    return outcome;
  } finally {
    if (!stored) undo?.();
  }
}

async function createInstead(registry: Registry, call: Call, name: string, object: KubeObject, options: UpdateOptions): Promise<Entry> {
  object.metadata.name ??= name;
  if (object.metadata.resourceVersion) throw newConflict(resourceName(call), name, MODIFIED);
  object.metadata.resourceVersion = undefined;
  if (object.metadata.uid) throw newConflict(resourceName(call), name, uidPrecondition(call, name, object.metadata.uid, ''));
  if (!options.isTracked) trackManagedFields(registry, call, undefined, object);
  await admit(registry, call, { operation: 'CREATE', name, object });
  return await storeNew(registry, call, object);
}

async function missing(call: Call, name: string, change: Change): Promise<StatusError> {
  const body = await Promise.resolve(change(undefined)).catch(() => undefined);
  if (body?.metadata.uid) return newConflict(resourceName(call), name, uidPrecondition(call, name, body.metadata.uid, ''));
  return newNotFound(resourceName(call), name);
}

function checkVersion(call: Call, live: Entry, object: KubeObject): void {
  const { resourceVersion, uid } = object.metadata;
  const liveUid = live.object.metadata.uid ?? '';
  if (uid && uid !== liveUid) throw newConflict(resourceName(call), live.name, uidPrecondition(call, live.name, uid, liveUid));
  if (!resourceVersion || resourceVersion === '0') {
    if (call.definition.requiresResourceVersion && !call.subresource) {
      throw newInvalid({ group: call.served.group, kind: call.definition.kind }, live.name, [
        { type: 'FieldValueInvalid', field: 'metadata.resourceVersion', message: 'Invalid value: 0: must be specified for an update' },
      ]);
    }
    return;
  }
  if (!/^\d+$/.test(resourceVersion)) {
    throw new StatusError('Unknown', `strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`);
  }
  if (Number(resourceVersion) !== live.revision) throw newConflict(resourceName(call), live.name, MODIFIED);
}

function uidPrecondition(call: Call, name: string, wanted: string, actual: string): string {
  return `StorageError: invalid object, Code: 4, Key: ${keyFor(call, name)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${actual}`;
}

/** Clients cannot change these. */
function keepSystemFields(object: KubeObject, old: KubeObject): void {
  const { metadata } = object;
  metadata.uid = old.metadata.uid;
  metadata.creationTimestamp = old.metadata.creationTimestamp;
  keep(metadata, old.metadata, 'deletionTimestamp');
  keep(metadata, old.metadata, 'deletionGracePeriodSeconds');
  keep(metadata, old.metadata, 'generation');
  delete metadata.selfLink;
}
function keep<K extends string>(to: Partial<Record<K, unknown>>, from: Partial<Record<K, unknown>>, field: K): void {
  if (from[field] === undefined) delete to[field];
  else to[field] = from[field];
}

function prepare(registry: Registry, call: Call, object: KubeObject, old: KubeObject, strategy: UpdateStrategy | undefined): void {
  const { definition } = call;
  const context = hookContext(call, registry.clock);
  if (strategy) {
    strategy.prepareForUpdate?.(object, old);
  } else {
    if (definition.subresources?.status) keep(object as { status?: unknown }, old as { status?: unknown }, 'status');
    definition.prepareForUpdate?.(object, old, context);
    bumpGeneration(call, object, old);
  }
  const errors = checkUpdate(call, object, old);
  if (strategy) errors.push(...(strategy.validateUpdate?.(object, old) ?? []));
  else errors.push(...(definition.validate?.(object, context) ?? []), ...(definition.validateUpdate?.(object, old, context) ?? []));
  if (errors.length > 0) throw newInvalid({ group: call.served.group, kind: definition.kind }, old.metadata.name ?? '', errors);
  if (!strategy) for (const text of definition.warnings?.(object, old) ?? []) call.warnings.push(text);
}

function bumpGeneration(call: Call, object: KubeObject, old: KubeObject): void {
  if (!(call.definition.hasGeneration ?? call.definition.subresources?.status !== undefined)) return;
  if (specText(object) !== specText(old)) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
}
function specText(object: KubeObject): string {
  return JSON.stringify({ ...object, kind: undefined, apiVersion: undefined, metadata: undefined, status: undefined });
}

/** An object that is being deleted goes when nothing holds it any more. */
function shouldDelete(object: KubeObject, old: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds } = old.metadata;
  if (deletionTimestamp === undefined || (deletionGracePeriodSeconds ?? 0) !== 0 || (object.metadata.finalizers?.length ?? 0) > 0) return false;
  return !holdsNamespace(object);
}
function holdsNamespace(object: KubeObject): boolean {
  if (object.kind !== 'Namespace') return false;
  return ((object as { spec?: { finalizers?: string[] } }).spec?.finalizers?.length ?? 0) > 0;
}

async function deleteInstead(registry: Registry, call: Call, live: Entry, object: KubeObject): Promise<{ entry: Entry } | { lost: Entry | undefined }> {
  const outcome = await commitDelete(registry, call, live);
  if ('lost' in outcome) return outcome;
  if (!call.isDryRun) registry.hooks.get(call.definition.storage ?? '')?.afterDelete?.(object);
  const { entry } = await dryCommit(registry, call, live, object);
  return { entry };
}

// The last state is what the client is shown; it is stored nowhere.
async function dryCommit(registry: Registry, call: Call, live: Entry, object: KubeObject): Promise<{ entry: Entry }> {
  const outcome = await commitUpdate(registry, { ...call, isDryRun: true }, live, object);
  return 'entry' in outcome ? outcome : { entry: live };
}

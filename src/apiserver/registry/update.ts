import { cloneJson, jsonEqual, type JsonObject, type JsonValue, type KubeObject, newConflict, newInvalid, newNotFound, StatusError } from '#api';
import type { Entry } from '../watch-cache/entry.ts';
import { type Call, hasGeneration, hookContext, keyFor, kindName, resourceName } from './call.ts';
import { commitDelete, commitUpdate, liveEntry } from './commit.ts';
import { storeNew } from './create.ts';
import { keepTimes, trackManagedFields } from './managed-fields.ts';
import { checkBody, checkUpdate } from './object-checks.ts';
import { dedupOwnerReferences } from './owner-references.ts';
import { admit, type FinishAdmission, type Registry, validateAdmission } from './registry.ts';
import { trackScaleFields } from './scale-fields.ts';
import { checkPlace, inServedVersion, type UpdateStrategy, type View } from './view.ts';

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
  /** Admission was asked already, about something else (a Binding, an Eviction). */
  readonly skipsAdmission?: boolean;
  /** The change is a deletion's mark, which ordinary updates may not set. */
  readonly marksDeletion?: boolean;
  /** Whoever comes first wins: the change names the state that it is made of. */
  readonly isOnce?: boolean;
  /** The object must be the one with this uid. */
  readonly uid?: string | undefined;
  /** And be as it was then: what is asked for beforehand, unlike the version that the changed object has. */
  readonly resourceVersion?: string | undefined;
}

/** Replaces what `view` shows of an object; throws StatusError. */
export async function updateObject(registry: Registry, call: Call, name: string, view: View, body: KubeObject): Promise<Updated> {
  checkPlace(call, body, name);
  dedupOwnerReferences(body, call.warnings, false);
  const options = { mayCreate: view.strategy === undefined && (call.definition.createsOnUpdate ?? false), strategy: view.strategy, uid: body.metadata.uid };
  // With a resourceVersion there is but one attempt; without, another needs the body as it came.
  const isOnce = (body.metadata.resourceVersion || '0') !== '0';
  return await guaranteedUpdate(registry, call, name, (live) => view.take(isOnce ? body : cloneJson(body), live), { ...options, isOnce });
}

/** Changes what is stored, again and again while others change it too; a resourceVersion in the changed object must match. */
export async function guaranteedUpdate(registry: Registry, call: Call, name: string, change: Change, options: UpdateOptions): Promise<Updated> {
  let live = await liveEntry(registry, call, name);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    checkPreconditions(call, name, options, live);
    if (!live && !options.mayCreate) throw newNotFound(resourceName(call), name);
    const object = await change(live && inRequestVersion(call, live));
    if (!live) return { entry: await createInstead(registry, call, name, object, options), isCreated: true };
    const outcome = await updateOnce(registry, call, live, object, options);
    if ('entry' in outcome) return { entry: outcome.entry, isCreated: false };
    live = outcome.lost;
    if (!options.isOnce || !live) continue;
    checkPreconditions(call, name, options, live);
    break;
  }
  throw newConflict(resourceName(call), name, MODIFIED);
}

/** Versions of built-in kinds meet in the stored form, those of custom kinds in the form that the request speaks of. */
function inRequestVersion(call: Call, live: Entry): KubeObject {
  return call.definition.custom ? inServedVersion(call, live.object) : live.object;
}

async function updateOnce(
  registry: Registry,
  call: Call,
  live: Entry,
  object: KubeObject,
  options: UpdateOptions,
): Promise<{ entry: Entry } | { lost: Entry | undefined }> {
  const old = inRequestVersion(call, live);
  const loading = call.definition.load?.(object);
  if (loading) await loading;
  keepSystemFields(object, old);
  if (!options.isTracked) track(registry, call, old, object);
  if (!options.skipsAdmission) {
    await admit(registry, call, { operation: 'UPDATE', name: live.name, object, oldObject: old });
    dedupOwnerReferences(object, call.warnings, true);
  }
  checkVersion(call, live, object);
  const isOrdinary = !options.marksDeletion;
  if (isOrdinary) prepare(registry, call, object, old, options.strategy);
  const hook = call.subresource || !isOrdinary ? undefined : registry.hooks.get(call.definition.storage ?? '');
  const undo = await hook?.beforeUpdate?.(object, old, call);
  let stored = false;
  let finish: FinishAdmission | undefined;
  try {
    if (isOrdinary) validate(registry, call, object, old, options.strategy);
    if (!options.skipsAdmission) finish = await validateAdmission(registry, call, { operation: 'UPDATE', name: live.name, object, oldObject: old });
    keepTimes(object, old);
    const outcome = shouldDelete(object, old) ? await deleteInstead(registry, call, live, object) : await commitUpdate(registry, call, live, object);
    stored = 'entry' in outcome && !call.isDryRun;
    if (stored) await hook?.afterUpdate?.(object, old);
    return outcome;
  } finally {
    finish?.(stored);
    if (!stored) await undo?.();
  }
}

function track(registry: Registry, call: Call, old: KubeObject, object: KubeObject): void {
  if (call.subresource === 'scale') trackScaleFields(registry, call, old, object);
  else trackManagedFields(registry, call, old, object);
}

async function createInstead(registry: Registry, call: Call, name: string, object: KubeObject, options: UpdateOptions): Promise<Entry> {
  // Upstream asks for no version of what is not there.
  object.metadata.resourceVersion = undefined;
  if (!options.isTracked) trackManagedFields(registry, call, undefined, object);
  await admit(registry, call, { operation: 'CREATE', name, object });
  dedupOwnerReferences(object, call.warnings, true);
  return await storeNew(registry, call, object);
}

function checkPreconditions(call: Call, name: string, { uid, resourceVersion }: UpdateOptions, live: Entry | undefined): void {
  const check = (field: string, wanted: string | undefined, actual: string): void => {
    if (wanted && wanted !== actual) throw newConflict(resourceName(call), name, failedPrecondition(call, name, { field, wanted, actual }));
  };
  check('UID', uid, live?.object.metadata.uid ?? '');
  check('ResourceVersion', resourceVersion, live ? String(live.revision) : '');
}

/** A resourceVersion in the new object must be the live one's; from then on it has it in any case. */
function checkVersion(call: Call, live: Entry, object: KubeObject): void {
  const { resourceVersion } = object.metadata;
  object.metadata.resourceVersion = String(live.revision);
  if (!resourceVersion || resourceVersion === '0') {
    if (!call.definition.requiresResourceVersion || (call.subresource && call.subresource !== 'status')) return;
    // Upstream names the resource where it says kind.
    throw newInvalid({ group: call.served.group, kind: call.definition.plural }, live.name, [
      { type: 'FieldValueInvalid', field: 'metadata.resourceVersion', message: 'Invalid value: 0: must be specified for an update' },
    ]);
  }
  if (!/^\d+$/.test(resourceVersion)) {
    throw new StatusError('Unknown', `strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`);
  }
  if (Number(resourceVersion) !== live.revision) throw newConflict(resourceName(call), live.name, MODIFIED);
}

function failedPrecondition(call: Call, name: string, { field, wanted, actual }: { field: string; wanted: string; actual: string }): string {
  return `StorageError: invalid object, Code: 4, Key: ${keyFor(call, name)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ${field} in precondition: ${wanted}, ${field} in object meta: ${actual}`;
}

/** Clients cannot change these. */
function keepSystemFields({ metadata }: KubeObject, { metadata: old }: KubeObject): void {
  metadata.uid ||= old.uid;
  metadata.creationTimestamp = old.creationTimestamp;
  if (old.deletionTimestamp !== undefined) metadata.deletionTimestamp = old.deletionTimestamp;
  if (old.deletionGracePeriodSeconds !== undefined) metadata.deletionGracePeriodSeconds ??= old.deletionGracePeriodSeconds;
  if (old.generation === undefined) delete metadata.generation;
  else metadata.generation = old.generation;
  delete metadata.selfLink;
}

function prepare(registry: Registry, call: Call, object: KubeObject, old: KubeObject, strategy: UpdateStrategy | undefined): void {
  const { definition } = call;
  const context = hookContext(call, registry.clock);
  if (strategy) {
    strategy.prepareForUpdate?.(object, old);
  } else {
    if (definition.subresources?.status) keepStatus(object as { status?: unknown }, old as { status?: unknown });
    definition.prepareForUpdate?.(object, old, context);
    bumpGeneration(call, object, old);
  }
}
function validate(registry: Registry, call: Call, object: KubeObject, old: KubeObject, strategy: UpdateStrategy | undefined): void {
  const { definition } = call;
  const context = hookContext(call, registry.clock);
  const errors = checkUpdate(call, object, old, strategy === undefined);
  if (strategy) errors.push(...(strategy.validateUpdate?.(object, old) ?? []));
  else if (definition.custom || definition.validatesUpdatesWhole) errors.push(...(definition.validateUpdate?.(object, old, context) ?? []));
  else {
    const ofBody = checkBody(definition, object, context);
    errors.push(...ofBody, ...(definition.validatesUpdatesTwice ? ofBody : []), ...(definition.validateUpdate?.(object, old, context) ?? []));
  }
  if (errors.length > 0) throw newInvalid(kindName(call, object), old.metadata.name ?? '', errors);
  for (const text of (strategy ? strategy.warnings?.(object) : definition.warnings?.(object, old)) ?? []) call.warnings.push(text);
}

function keepStatus(object: { status?: unknown }, old: { status?: unknown }): void {
  if (old.status === undefined) delete object.status;
  else object.status = old.status;
}

function bumpGeneration(call: Call, object: KubeObject, old: KubeObject): void {
  if (hasGeneration(call.definition) && !sameSpec(object, old)) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
}
/** Whether nothing but metadata and status differs. */
function sameSpec(object: KubeObject, old: KubeObject): boolean {
  const bare = (each: KubeObject): JsonValue => ({ ...each, kind: undefined, apiVersion: undefined, metadata: undefined, status: undefined }) as JsonObject;
  return jsonEqual(bare(object), bare(old));
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
  if (!call.isDryRun) await registry.hooks.get(call.definition.storage ?? '')?.afterDelete?.(object);
  const { entry } = await dryCommit(registry, call, live, object);
  return { entry };
}

// The last state is what the client is shown; it is stored nowhere.
async function dryCommit(registry: Registry, call: Call, live: Entry, object: KubeObject): Promise<{ entry: Entry }> {
  const outcome = await commitUpdate(registry, { ...call, isDryRun: true }, live, object);
  return 'entry' in outcome ? outcome : { entry: live };
}

import { type KubeObject, newConflict, newNotFound } from '#api';
import type { DeleteOptions } from '#api/types/meta-v1';
import { rfc3339 } from '#lib';
import type { Entry } from '../watch-cache/entry.ts';
import type { Call } from './call.ts';
import { kindName, resourceName } from './call.ts';
import { commitDelete, commitUpdate, requireEntry } from './commit.ts';
import { admitAndValidate, type Registry } from './registry.ts';

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

/** What a deletion came to. `isGone` tells whether nothing is left of it in the datastore. */
export interface Deleted {
  readonly entry: Entry;
  readonly isGone: boolean;
}

/** Deletes, or marks as being deleted where grace or finalizers say so; throws StatusError. */
export async function deleteObject(registry: Registry, call: Call, name: string, given: DeleteOptions): Promise<Deleted> {
  let live: Entry | undefined = await requireEntry(registry, call, name);
  await admitAndValidate(registry, call, { operation: 'DELETE', name, oldObject: live.object });
  let hadGrace = false;
  while (live) {
    const options = { ...given };
    if (options.gracePeriodSeconds !== undefined && options.gracePeriodSeconds < 0) options.gracePeriodSeconds = 1;
    checkPreconditions(call, live, options, hadGrace);
    const plan = planDeletion(registry, call, live.object, options);
    if (plan.action === 'pending') return { entry: live, isGone: false };
    if (plan.object) {
      const outcome = await commitUpdate(registry, call, live, plan.object);
      if ('lost' in outcome) {
        live = outcome.lost;
        continue;
      }
      live = outcome.entry;
      if (plan.action === 'mark') return { entry: live, isGone: false };
      hadGrace = true;
    }
    const outcome = await commitDelete(registry, call, live);
    if (!('lost' in outcome)) {
      if (!call.isDryRun) await registry.hooks.get(call.definition.storage ?? '')?.afterDelete?.(live.object);
      return { entry: live, isGone: true };
    }
    // Someone was quicker: with grace granted their deletion is ours.
    if (!outcome.lost && hadGrace) return { entry: live, isGone: true };
    live = outcome.lost;
  }
  throw newNotFound(resourceName(call), name);
}

/** Throws Conflict where the options speak of another object, or of another state of it (unless `isOurs`: the deletion made it). */
export function checkPreconditions(
  call: Call,
  live: Pick<Entry, 'name' | 'object' | 'revision'>,
  { preconditions }: Pick<DeleteOptions, 'preconditions'>,
  isOurs: boolean,
): void {
  if (!preconditions) return;
  const { uid, resourceVersion } = preconditions;
  // Upstream names the kind here, not the resource.
  const { group, kind: plural } = kindName(call);
  const kind = { group, plural };
  const actual = live.object.metadata.uid ?? '';
  if (uid !== undefined && uid !== actual) {
    const text = `the UID in the precondition (${uid}) does not match the UID in record (${actual}). The object might have been deleted and then recreated`;
    throw newConflict(kind, live.name, text);
  }
  if (!isOurs && resourceVersion !== undefined && resourceVersion !== String(live.revision)) {
    const text = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${live.revision}). The object might have been modified`;
    throw newConflict(kind, live.name, text);
  }
}

/** `mark`: store `object` and leave it there; `delete`: it goes (after `object` was stored, when given); `pending`: nothing to do. */
type Plan = { action: 'mark' | 'delete'; object?: KubeObject } | { action: 'pending'; object?: undefined };

function planDeletion(registry: Registry, call: Call, object: KubeObject, options: DeleteOptions): Plan {
  const nowMs = registry.clock.now();
  const { metadata } = object;
  const grace = graceFor(call, object, options);
  if (grace === 'pending') return { action: 'pending' };
  const finalizers = finalizersFor(call, object, options);
  const changesFinalizers = finalizers.length !== (metadata.finalizers?.length ?? 0) || finalizers.some((each, i) => each !== metadata.finalizers?.[i]);
  if (grace === undefined && finalizers.length === 0 && !changesFinalizers) return { action: 'delete' };

  const copy: KubeObject = { ...object, metadata: { ...metadata } };
  if (changesFinalizers) {
    if (finalizers.length > 0) copy.metadata.finalizers = finalizers;
    else delete copy.metadata.finalizers;
  }
  if (grace !== undefined) markWithGrace(copy, grace, nowMs);
  else if (finalizers.length > 0) markAsDeleting(copy, nowMs);
  const stays = finalizers.length > 0 || (grace !== undefined && grace > 0);
  return { action: stays ? 'mark' : 'delete', object: copy };
}

/** The seconds of grace to grant; undefined: the kind knows none, or they are over. */
function graceFor(call: Call, object: KubeObject, options: DeleteOptions): number | 'pending' | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds } = object.metadata;
  if (deletionTimestamp !== undefined) {
    if (!deletionGracePeriodSeconds) return undefined;
    // Grace may only become shorter.
    const wanted = options.gracePeriodSeconds;
    return wanted !== undefined && wanted < deletionGracePeriodSeconds ? wanted : 'pending';
  }
  return call.definition.gracePeriodSeconds?.(object, options);
}

function markWithGrace({ metadata }: KubeObject, grace: number, nowMs: number): void {
  if (metadata.deletionTimestamp !== undefined) {
    const begunMs = Date.parse(metadata.deletionTimestamp) - durationMs(metadata.deletionGracePeriodSeconds ?? 0);
    metadata.deletionTimestamp = rfc3339(begunMs + durationMs(grace));
  } else {
    metadata.deletionTimestamp = rfc3339(nowMs + durationMs(grace));
    if (metadata.generation) metadata.generation++;
  }
  metadata.deletionGracePeriodSeconds = grace;
}

/** Seconds as a duration of Go: nanoseconds that wrap around after 292 years. They may be a bigint. */
function durationMs(seconds: number): number {
  return Number(BigInt.asIntN(64, BigInt(seconds) * 1_000_000_000n) / 1_000_000n);
}

function markAsDeleting({ metadata }: KubeObject, nowMs: number): void {
  if (metadata.deletionTimestamp === undefined && metadata.generation) metadata.generation++;
  if (metadata.deletionTimestamp === undefined || Date.parse(metadata.deletionTimestamp) > nowMs) metadata.deletionTimestamp = rfc3339(nowMs);
  metadata.deletionGracePeriodSeconds = 0;
}

/** The object's finalizers with those that the propagation policy asks for. */
export function finalizersFor(call: Call, { metadata }: KubeObject, options: DeleteOptions): string[] {
  const present = metadata.finalizers ?? [];
  if (call.definition.defaultPropagation === 'Unsupported') return present.filter((each) => each !== ORPHAN && each !== FOREGROUND);
  const orphans = shouldOrphan(call, present, options);
  const foreground = shouldDeleteDependentsFirst(present, options);
  const kept = present.filter((each) => each !== ORPHAN && each !== FOREGROUND);
  if (orphans) kept.push(ORPHAN);
  if (foreground) kept.push(FOREGROUND);
  // The order of what is there already does not change.
  return kept.length === present.length && kept.every((each) => present.includes(each)) ? present : kept;
}

function shouldOrphan(call: Call, finalizers: readonly string[], options: DeleteOptions): boolean {
  if (options.orphanDependents !== undefined) return options.orphanDependents;
  if (options.propagationPolicy !== undefined) return options.propagationPolicy === 'Orphan';
  for (const each of finalizers) {
    if (each === ORPHAN) return true;
    if (each === FOREGROUND) return false;
  }
  return call.definition.defaultPropagation === 'Orphan';
}

function shouldDeleteDependentsFirst(finalizers: readonly string[], options: DeleteOptions): boolean {
  if (options.orphanDependents !== undefined) return false;
  if (options.propagationPolicy !== undefined) return options.propagationPolicy === 'Foreground';
  for (const each of finalizers) {
    if (each === ORPHAN) return false;
    if (each === FOREGROUND) return true;
  }
  return false;
}

import { cloneJson, codecFor, type FieldError, type KubeObject, newBadRequest, newInvalid, type ResourceDefinition, StatusError } from '#api';
import { rfc3339 } from '#lib';
import type { Entry } from '../watch-cache/entry.ts';
import { type Call, hasGeneration, hookContext, kindName, resourceName } from './call.ts';
import { commitCreate, newNameTaken } from './commit.ts';
import { trackManagedFields } from './managed-fields.ts';
import { checkBody, checkCreate } from './object-checks.ts';
import { dedupOwnerReferences } from './owner-references.ts';
import { admit, type FinishAdmission, type Registry, validateAdmission } from './registry.ts';
import { placeInNamespace } from './view.ts';

const GENERATED_ATTEMPTS = 8;
const SUFFIX_LENGTH = 5;
const MAX_GENERATED_BASE = 63 - SUFFIX_LENGTH;

/** Stores a new object, which is decoded, defaulted and the caller's own; throws StatusError. */
export async function createObject(registry: Registry, call: Call, object: KubeObject, name = ''): Promise<Entry> {
  placeInNamespace(call, object);
  checkName(call, object, name);
  wipeSystemFields(object);
  dedupOwnerReferences(object, call.warnings, false);
  trackManagedFields(registry, call, undefined, object);
  await admit(registry, call, { operation: 'CREATE', name: object.metadata.name ?? '', object });
  dedupOwnerReferences(object, call.warnings, true);
  return await storeNew(registry, call, object);
}

/** The part behind admission: also what an update that creates runs. */
export async function storeNew(registry: Registry, call: Call, object: KubeObject): Promise<Entry> {
  const { metadata } = object;
  const isGenerated = !metadata.name && Boolean(metadata.generateName);
  const loading = call.definition.load?.(object);
  if (loading) await loading;
  fillSystemFields(registry, call, object);
  for (let attempt = 1; ; attempt++) {
    if (isGenerated) metadata.name = generatedName(registry, metadata.generateName as string);
    const candidate = isGenerated && attempt < GENERATED_ATTEMPTS ? cloneJson(object) : object;
    prepare(registry, call, candidate);
    const undo = await registry.hooks.get(call.definition.storage ?? '')?.beforeCreate?.(candidate, call);
    let entry: Entry | undefined;
    let finish: FinishAdmission | undefined;
    try {
      validate(registry, call, candidate);
      if (call.definition.custom?.isTerminating) throw newTerminating(call, candidate.metadata.name ?? '');
      finish = await validateAdmission(registry, call, { operation: 'CREATE', name: candidate.metadata.name ?? '', object: candidate });
      checkVersion(call, candidate);
      entry = await commitCreate(registry, call, candidate);
    } finally {
      const isStored = entry !== undefined && !call.isDryRun;
      finish?.(isStored);
      if (!isStored) await undo?.();
    }
    if (entry) return entry;
    if (!isGenerated || attempt >= GENERATED_ATTEMPTS) throw await newNameTaken(registry, call, candidate.metadata);
  }
}

/** Nothing new may be made of a kind whose definition is being deleted. */
function newTerminating(call: Call, name: string): StatusError {
  const { group, plural } = resourceName(call);
  const message = `${plural}.${group} ${JSON.stringify(name)} is forbidden: create not allowed while custom resource definition is terminating`;
  return new StatusError('Forbidden', message, { details: { name, group, kind: plural } });
}

function prepare({ clock }: Registry, call: Call, object: KubeObject): void {
  emptyStatus(call.definition, object as { status?: unknown });
  call.definition.prepareForCreate?.(object, hookContext(call, clock));
}
function validate({ clock }: Registry, call: Call, object: KubeObject): void {
  const { definition } = call;
  const context = hookContext(call, clock);
  const ofMetadata = checkCreate(call, object);
  const errors: FieldError[] = [...ofMetadata, ...checkBody(definition, object, ofMetadata.length > 0 ? { ...context, metadataErrors: ofMetadata } : context)];
  if (errors.length > 0) throw newInvalid(kindName(call, object), object.metadata.name ?? '', errors);
  for (const text of definition.warnings?.(object, undefined) ?? []) call.warnings.push(text);
}

const zeroStatuses = new WeakMap<ResourceDefinition, string>();
/** A new object has no status yet, whatever its author says; only nodes come with one. */
function emptyStatus(definition: ResourceDefinition, object: { status?: unknown }): void {
  if (!definition.subresources?.status || object.status === undefined || definition.storage === 'minions') return;
  let text = zeroStatuses.get(definition);
  if (text === undefined) {
    const zero = codecFor<KubeObject & { status?: unknown }>(definition.schema).zero();
    text = JSON.stringify(zero.status ?? {});
    zeroStatuses.set(definition, text);
  }
  object.status = JSON.parse(text);
}

/** What clients cannot say of new objects; nobody is to own it either. */
function wipeSystemFields({ metadata }: KubeObject): void {
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
}

function fillSystemFields(registry: Registry, call: Call, object: KubeObject): void {
  const { metadata } = object;
  wipeSystemFields(object);
  metadata.creationTimestamp = rfc3339(registry.clock.now());
  metadata.uid = registry.random.uuid();
  if (!call.definition.namespaced) delete metadata.namespace;
  if (hasGeneration(call.definition)) metadata.generation = 1;
}

/** Upstream's storage refuses a version, where it is one; a dry run does not get there. */
function checkVersion({ isDryRun }: Call, { metadata: { resourceVersion } }: KubeObject): void {
  if (!resourceVersion || isDryRun || !/^\d+$/.test(resourceVersion) || Number(resourceVersion) === 0) return;
  throw new StatusError('Unknown', 'resourceVersion should not be set on objects to be created');
}

function checkName(call: Call, object: KubeObject, name: string): void {
  if (name && object.metadata.name && object.metadata.name !== name) {
    throw newBadRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`);
  }
}

function generatedName(registry: Registry, base: string): string {
  return base.slice(0, MAX_GENERATED_BASE) + registry.random.nameSuffix(SUFFIX_LENGTH);
}

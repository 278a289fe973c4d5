/** Runs a kind's hooks as the API server does, for table tests. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeClock } from '#lib';
import { codecFor } from '../machinery/codec.ts';
import { type FieldError, formatFieldError } from '../machinery/field-error.ts';
import type { JsonObject } from '../machinery/json.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { HookContext, ResourceDefinition } from '../machinery/resource.ts';
import { schemaOf } from '../machinery/schema.ts';
import { validateBySchema } from '../machinery/schema-validation.ts';

export const CONTEXT: HookContext = { user: { username: 'u' }, clock: new FakeClock(), isDryRun: false, subresource: '' };
const METADATA = { name: 'x', namespace: 'n', uid: 'u1' };

/** A body as the API server takes it in, up to and including prepareForCreate. */
export function created<T extends KubeObject>(definition: ResourceDefinition<T>, body: object, context: HookContext = CONTEXT): T {
  const { metadata, ...rest } = structuredClone(body) as { metadata?: object };
  const { object } = codecFor<T>(definition.schema).decode({ metadata: { ...METADATA, ...metadata }, ...rest } as JsonObject);
  definition.defaults?.(object);
  definition.prepareForCreate?.(object, context);
  return object;
}

/** What is wrong with a new object. */
export function createErrors<T extends KubeObject>(definition: ResourceDefinition<T>, body: object): string[] {
  return texts(bodyErrors(definition, created(definition, body)));
}

/** An update of what `oldBody` became, up to and including prepareForUpdate. */
export function updated<T extends KubeObject>(definition: ResourceDefinition<T>, body: object, old: T): T {
  const { metadata, ...rest } = structuredClone(body) as { metadata?: object };
  const { object } = codecFor<T>(definition.schema).decode({ metadata: { ...old.metadata, ...metadata, resourceVersion: '1' }, ...rest } as JsonObject);
  definition.defaults?.(object);
  definition.prepareForUpdate?.(object, old, CONTEXT);
  return object;
}

/** What is wrong with replacing what `oldBody` became by `body`. */
export function updateErrors<T extends KubeObject>(definition: ResourceDefinition<T>, body: object, oldBody: object): string[] {
  const old = created(definition, oldBody);
  const object = updated(definition, body, old);
  const ofBody = definition.validatesUpdatesWhole ? [] : bodyErrors(definition, object);
  return texts([...ofBody, ...(definition.validatesUpdatesTwice ? ofBody : []), ...(definition.validateUpdate?.(object, old, CONTEXT) ?? [])]);
}

/** What is wrong with a status write. */
export function statusErrors<T extends KubeObject>(definition: ResourceDefinition<T>, body: object, oldBody: object): string[] {
  const old = stored(definition, oldBody);
  const object = stored(definition, body);
  object.metadata.resourceVersion = '1';
  const hooks = definition.subresources?.status;
  hooks?.prepareForUpdate?.(object, old, CONTEXT);
  return texts(hooks?.validateUpdate?.(object, old, CONTEXT) ?? []);
}

/** An object as it might be stored: with its status. */
export function stored<T extends KubeObject>(definition: ResourceDefinition<T>, body: object): T {
  const { object } = codecFor<T>(definition.schema).decode(structuredClone({ metadata: METADATA, ...body }) as JsonObject);
  definition.defaults?.(object);
  return object;
}

/** A table of bodies with what is wrong with them: `[title, body, errors]`. */
export function describeCreates<T extends KubeObject>(
  definition: ResourceDefinition<T>,
  cases: readonly (readonly [string, object, readonly string[]])[],
): void {
  void describe(`a new ${definition.kind}`, () => {
    for (const [title, body, errors] of cases) test(title, () => assert.deepEqual(createErrors(definition, body), errors));
  });
}

/** A table of updates with what is wrong with them: `[title, body, old, errors]`. */
export function describeUpdates<T extends KubeObject>(
  definition: ResourceDefinition<T>,
  cases: readonly (readonly [string, object, object, readonly string[]])[],
): void {
  void describe(`an updated ${definition.kind}`, () => {
    for (const [title, body, old, errors] of cases) test(title, () => assert.deepEqual(updateErrors(definition, body, old), errors));
  });
}

function bodyErrors<T extends KubeObject>(definition: ResourceDefinition<T>, object: T): FieldError[] {
  return definition.validate ? definition.validate(object, CONTEXT) : validateBySchema(schemaOf(definition.schema), object);
}

function texts(errors: readonly FieldError[]): string[] {
  return errors.map(formatFieldError);
}

import { type ListOptions, newForbidden, newNotFound } from '#api';
import type { DeleteOptions } from '#api/types/meta-v1';
import { type Call, resourceName } from '../registry/call.ts';
import { liveEntry, requireEntry } from '../registry/commit.ts';
import { createObject } from '../registry/create.ts';
import { decodeBody, ownBodyType, type RawBody } from '../registry/decode-body.ts';
import { deleteDefinition } from '../registry/definition-deletion.ts';
import { type Deleted, deleteObject } from '../registry/delete.ts';
import { deleteCollection } from '../registry/delete-collection.ts';
import { listObjects, waitForRevision } from '../registry/list.ts';
import { deleteNamespace } from '../registry/namespace-deletion.ts';
import { patchObject, type PatchRequest } from '../registry/patch.ts';
import type { Registry } from '../registry/registry.ts';
import { parseResourceVersion } from '../registry/resource-version.ts';
import { subresourceView } from '../registry/subresource-views.ts';
import { updateObject } from '../registry/update.ts';
import { objectView, toStored, type View } from '../registry/view.ts';
import type { Entry } from '../watch-cache/entry.ts';
import { readComponentStatuses } from './component-statuses.ts';
import { noSuchResource, notAllowed, type Result, successStatus } from './result.ts';
import type { SpecialCreates } from './special-creates.ts';

/** What a request wants of a kind, whichever door it came by. */
export type Operation =
  | { readonly verb: 'get'; readonly name: string; readonly resourceVersion?: string | undefined }
  | { readonly verb: 'list'; readonly options: ListOptions }
  /** `name` for subresources. */
  | { readonly verb: 'create'; readonly name: string; readonly body: RawBody }
  | { readonly verb: 'update'; readonly name: string; readonly body: RawBody }
  | ({ readonly verb: 'patch'; readonly name: string } & PatchRequest)
  | { readonly verb: 'delete'; readonly name: string; readonly options: DeleteOptions }
  | { readonly verb: 'deletecollection'; readonly list: ListOptions; readonly options: DeleteOptions };

/** Runs an operation; throws StatusError. */
export async function runOperation(registry: Registry, special: SpecialCreates, call: Call, operation: Operation): Promise<Result> {
  if (operation.verb === 'create') {
    const create = special.find(call);
    if (create) return await create(call, operation.name, operation.body);
  }
  if (call.definition.plural === 'componentstatuses' && call.definition.group === '') return readComponentStatuses(registry, call, operation);
  if (call.definition.storage === undefined) throw noSuchResource();
  if (call.subresource) return await runOnPart(registry, call, operation);
  switch (operation.verb) {
    case 'get':
      await waitIfAsked(registry, operation.resourceVersion);
      return { type: 'entry', call, entry: await requireEntry(registry, call, operation.name), status: 200 };
    case 'list':
      return { type: 'list', call, listed: await listObjects(registry, call, operation.options) };
    case 'create': {
      const object = toStored(call, decodeBody(call, ownBodyType(call), operation.body));
      return { type: 'entry', call, entry: await createObject(registry, call, object, operation.name), status: 201 };
    }
    case 'update':
    case 'patch':
      return await change(registry, call, objectView(call), operation);
    case 'delete':
      return deletionResult(call, await remove(registry, call, operation.name, operation.options), operation.options);
    case 'deletecollection':
      return { type: 'list', call, listed: await deleteCollection(registry, call, operation.list, operation.options) };
  }
}

async function runOnPart(registry: Registry, call: Call, operation: Operation): Promise<Result> {
  const view = subresourceView(registry, call);
  if (!view) throw noSuchResource();
  if (operation.verb === 'get') {
    await waitIfAsked(registry, operation.resourceVersion);
    const entry = await liveEntry(registry, call, operation.name);
    // Upstream names the scale of its own kinds, but the object itself for other subresources.
    const plural = call.subresource === 'scale' && !call.definition.custom ? `${call.definition.plural}/scale` : call.definition.plural;
    if (!entry) throw newNotFound({ group: call.served.group, plural }, operation.name);
    view.checkRead?.(entry.object);
    return shown(call, view, entry, 200);
  }
  if (operation.verb === 'update' || operation.verb === 'patch') return await change(registry, call, view, operation);
  throw notAllowed();
}

async function change(registry: Registry, call: Call, view: View, operation: Operation & { verb: 'update' | 'patch' }): Promise<Result> {
  const { entry, isCreated } =
    operation.verb === 'update'
      ? await updateObject(registry, call, operation.name, view, decodeBody(call, view.bodyType, operation.body))
      : await patchObject(registry, call, operation.name, view, operation);
  return shown(call, view, entry, isCreated ? 201 : 200);
}

/** A subresource with a kind of its own is answered in that kind. */
function shown(call: Call, view: View, entry: Entry, status: number): Result {
  if (view.bodyType.kind === call.definition.kind) return { type: 'entry', call, entry, status };
  return { type: 'object', object: view.show(entry.object), columns: view.columns, status };
}

async function waitIfAsked(registry: Registry, resourceVersion: string | undefined): Promise<void> {
  const revision = parseResourceVersion(resourceVersion);
  if (revision > 0) await waitForRevision(registry, revision);
}

async function remove(registry: Registry, call: Call, name: string, options: DeleteOptions): Promise<Deleted> {
  const refusal = call.definition.deleteRefusal?.(name);
  if (refusal !== undefined) throw newForbidden(resourceName(call), name, refusal);
  switch (call.definition.storage) {
    case 'namespaces':
      return await deleteNamespace(registry, call, name, options);
    case 'apiextensions.k8s.io/customresourcedefinitions':
      return await deleteDefinition(registry, call, name, options);
    default:
      return await deleteObject(registry, call, name, options);
  }
}

/** Kinds whose deletion is answered with the object (upstream: ReturnDeletedObject); all others are answered with a Status once they are gone. */
const RETURNS_DELETED_OBJECT = new Set([
  'pods',
  'podtemplates',
  'serviceaccounts',
  'services/specs',
  'persistentvolumes',
  'persistentvolumeclaims',
  'resourcequotas',
  'storageclasses',
  'csidrivers',
  'csinodes',
  'volumeattachments',
  'volumeattributesclasses',
  'deviceclasses',
  'resourceclaims',
  'resourceclaimtemplates',
  'resourceslices',
]);

function deletionResult(call: Call, { entry, isGone }: Deleted, options: DeleteOptions): Result {
  // Upstream says Accepted only to those who used the old way to ask for cascading.
  const status = !isGone && options.orphanDependents === false ? 202 : 200;
  if (!isGone || RETURNS_DELETED_OBJECT.has(call.definition.storage ?? '')) return { type: 'entry', call, entry, status };
  const { group } = call.served;
  const details = { name: entry.name, ...(group ? { group } : {}), kind: call.definition.plural, uid: entry.object.metadata.uid };
  return { type: 'object', object: successStatus(200, details), status: 200 };
}

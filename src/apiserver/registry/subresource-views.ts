import {
  customScaleColumns,
  invalid,
  type KubeObject,
  newBadRequest,
  newConflict,
  newInternalError,
  newInvalid,
  scaleColumns,
  type ScaleSubresource,
  type StatusSubresource,
  validateFinalizers,
} from '#api';
import type { Namespace } from '#api/types/core-v1';
import { type Call, hookContext, resourceName } from './call.ts';
import { ownBodyType } from './decode-body.ts';
import { partStrategy } from './part-views.ts';
import type { Registry } from './registry.ts';
import { inServedVersion, toStored, type UpdateStrategy, type View } from './view.ts';

/** The view for a call's subresource; undefined: the kind has none of that name that is read and written like an object. */
export function subresourceView(registry: Registry, call: Call): View | undefined {
  const { subresources } = call.definition;
  const context = hookContext(call, registry.clock);
  switch (call.subresource) {
    case 'status':
      return subresources?.status && statusView(call, subresources.status, context);
    case 'scale':
      return subresources?.scale && scaleView(call, subresources.scale);
    case 'finalize':
      return call.definition.storage === 'namespaces' ? finalizeView(call) : undefined;
    default:
      return partView(call, partStrategy(`${call.definition.storage}/${call.subresource}`, registry.clock));
  }
}

/** Only the status changes, and what of the metadata the kind's hook leaves as the client sent it. */
function statusView(call: Call, hooks: StatusSubresource<KubeObject>, context: ReturnType<typeof hookContext>): View {
  return {
    bodyType: ownBodyType(call),
    show: (stored) => inServedVersion(call, stored),
    take: (body) => toStored(call, body),
    strategy: {
      prepareForUpdate(object, old) {
        keepAllBut(object, old, 'status');
        hooks.prepareForUpdate?.(object, old, context);
      },
      validateUpdate: (object, old) => hooks.validateUpdate?.(object, old, context) ?? [],
      warnings: (object) => hooks.warnings?.(object) ?? [],
    },
  };
}

/** Takes every top-level field from `old`, except metadata and the one that is being written. */
function keepAllBut(object: KubeObject, old: KubeObject, field: string): void {
  const target = object as unknown as Record<string, unknown>;
  const source = old as unknown as Record<string, unknown>;
  for (const name of new Set([...Object.keys(target), ...Object.keys(source)])) {
    if (name === 'kind' || name === 'apiVersion' || name === 'metadata' || name === field) continue;
    if (source[name] === undefined) delete target[name];
    else target[name] = source[name];
  }
}

/** autoscaling/v1 Scale, for whatever has replicas. */
function scaleView(call: Call, scale: ScaleSubresource<KubeObject>): View {
  return {
    bodyType: { group: 'autoscaling', version: 'v1', kind: 'Scale', schema: { groupVersion: 'autoscaling/v1', struct: 'Scale' } },
    columns: call.definition.custom ? customScaleColumns : scaleColumns,
    checkRead(stored) {
      if (scale.specReplicas(stored) === undefined) throw newInternalError(`the spec replicas field ${JSON.stringify(scale.replicasPath)} does not exist`);
    },
    show(stored) {
      const { name, namespace, uid, resourceVersion, creationTimestamp } = stored.metadata;
      const replicas = scale.specReplicas(stored) ?? NOT_SET;
      const selector = scale.selector(stored);
      return {
        kind: 'Scale',
        apiVersion: 'autoscaling/v1',
        metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
        spec: replicas === 0 ? {} : { replicas },
        status: { replicas: scale.statusReplicas(stored), ...(selector ? { selector } : {}) },
      } as KubeObject;
    },
    take(body, live) {
      checkReplicas(body, scale);
      const object = structuredClone(live as KubeObject);
      // The Scale's resourceVersion and uid are its parent's, and preconditions of the write.
      if (body.metadata.resourceVersion) object.metadata.resourceVersion = body.metadata.resourceVersion;
      else delete object.metadata.resourceVersion;
      if (body.metadata.uid && body.metadata.uid !== object.metadata.uid)
        throw newConflict(resourceName(call), object.metadata.name ?? '', 'Precondition failed: UID in precondition');
      scale.setReplicas(object, (body as { spec?: { replicas?: number } }).spec?.replicas ?? 0);
      return object;
    },
  };
}

/** Stands in the Scale of an object that does not say its replicas, for changes to tell whether they set them. */
const NOT_SET = -2147483648;
function checkReplicas(body: KubeObject, { replicasPath }: ScaleSubresource<KubeObject>): void {
  const replicas = (body as { spec?: { replicas?: number } }).spec?.replicas ?? 0;
  if (replicasPath !== undefined && replicas === NOT_SET) throw newBadRequest(`the spec replicas field ${JSON.stringify(replicasPath)} cannot be empty`);
  if (replicas >= 0 || replicasPath !== undefined) return;
  throw newInvalid({ group: 'autoscaling', kind: 'Scale' }, body.metadata.name ?? '', [
    invalid('spec.replicas', replicas, 'must be greater than or equal to 0'),
  ]);
}

/** Only a namespace's spec.finalizers. */
function finalizeView(call: Call): View {
  return {
    bodyType: ownBodyType(call),
    show: (stored) => stored,
    take: (body) => toStored(call, body),
    strategy: {
      prepareForUpdate(object, old) {
        (object as Namespace).status = (old as Namespace).status;
      },
      validateUpdate: (object) => validateFinalizers(object as Namespace, true),
    },
  };
}

/** `ephemeralcontainers`, `resize`, `approval`. */
function partView(call: Call, strategy: UpdateStrategy | undefined): View | undefined {
  return strategy && { bodyType: ownBodyType(call), show: (stored) => inServedVersion(call, stored), take: (body) => toStored(call, body), strategy };
}

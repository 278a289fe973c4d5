import { ALL_FIELDS, apiVersionOf, type KubeObject, parentEntriesOf, REPLICAS_PATH, type ReplicasPaths, scaleEntriesOf, schemaOf, trackUpdate } from '#api';
import type { ManagedFieldsEntry } from '#api/types/meta-v1';
import type { Call } from './call.ts';
import { isServedIn, setManagedFields } from './managed-fields.ts';
import type { Registry } from './registry.ts';

export const SCALE_SCHEMA = { groupVersion: 'autoscaling/v1', struct: 'Scale' } as const;

/** As trackManagedFields, for a write through the Scale: fields are owned there, and handed to the parent. */
export function trackScaleFields(registry: Registry, call: Call, live: KubeObject, updated: KubeObject): void {
  const entries = trackUpdate({
    live: scaleOf(call, live),
    updated: scaleOf(call, updated),
    manager: call.fieldManager,
    apiVersion: 'autoscaling/v1',
    subresource: call.subresource,
    schema: schemaOf(SCALE_SCHEMA),
    nowMs: registry.clock.now(),
    filter: ALL_FIELDS,
  });
  setParentEntries(call, { live, updated }, entries);
}

/** Gives the parent the entries that its Scale has after a write. */
export function setParentEntries(call: Call, parent: { live: KubeObject; updated: KubeObject }, scale: readonly ManagedFieldsEntry[] | undefined): void {
  const paths = { apiVersion: apiVersionOf(call.served), ...replicasPathsOf(call) };
  setManagedFields(parent.updated, parentEntriesOf(parent.live.metadata.managedFields ?? [], scale ?? [], paths));
}

/** The entries that the object's Scale has. */
export function scaleEntries(call: Call, object: KubeObject): ManagedFieldsEntry[] {
  return scaleEntriesOf(object.metadata.managedFields ?? [], replicasPathsOf(call));
}
function replicasPathsOf(call: Call): ReplicasPaths {
  const { custom } = call.definition;
  return { pathIn: (apiVersion) => (custom ? custom.replicasPathIn(apiVersion) : isServedIn(call, apiVersion) ? REPLICAS_PATH : undefined) };
}

/** What of a Scale its owners are told by. */
function scaleOf(call: Call, object: KubeObject): KubeObject {
  const replicas = call.definition.subresources?.scale?.specReplicas(object) ?? 0;
  const { name, uid } = object.metadata;
  return { metadata: { name, uid, managedFields: scaleEntries(call, object) }, spec: replicas === 0 ? {} : { replicas } } as KubeObject;
}

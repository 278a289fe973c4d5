import { apiVersionOf, type KubeObject, schemaOf, trackUpdate } from '#api';
import type { Call } from './call.ts';
import type { Registry } from './registry.ts';
import { inServedVersion } from './view.ts';

/** Records in `updated.metadata.managedFields` which fields this request's manager owns now. */
export function trackManagedFields(registry: Registry, call: Call, live: KubeObject | undefined, updated: KubeObject): void {
  const managedFields = trackUpdate({
    live: live && inServedVersion(call, live),
    updated: inServedVersion(call, updated),
    manager: call.fieldManager,
    apiVersion: apiVersionOf(call.served),
    subresource: call.subresource,
    schema: schemaOf(call.served.schema),
    nowMs: registry.clock.now(),
  });
  if (managedFields?.length) updated.metadata.managedFields = managedFields;
  else delete updated.metadata.managedFields;
}

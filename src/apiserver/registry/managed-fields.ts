import type { KubeObject } from '#api';
import type { Call } from './call.ts';
import type { Registry } from './registry.ts';

/** Records in `updated.metadata.managedFields` which fields this request's manager owns now. */
export function trackManagedFields(_registry: Registry, _call: Call, _live: KubeObject | undefined, _updated: KubeObject): void {}

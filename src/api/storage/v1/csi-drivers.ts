import type { CSIDriver } from '#api/types/storage-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';

/** The definition of CSIDriver. */
export const csiDrivers: ResourceDefinition<CSIDriver> = defineResource<CSIDriver>({
  group: 'storage.k8s.io',
  version: 'v1',
  plural: 'csidrivers',
  singular: 'csidriver',
  kind: 'CSIDriver',
  listKind: 'CSIDriverList',
  namespaced: false,
  verbs: ALL_VERBS,
  storage: 'csidrivers',
  schema: { groupVersion: 'storage/v1', struct: 'CSIDriver' },
  requiresResourceVersion: true,
  columns: [
    nameColumn(),
    column('AttachRequired', 'boolean', 'CSIDriverSpec.attachRequired', ({ spec }) => spec.attachRequired ?? true),
    column('PodInfoOnMount', 'boolean', 'CSIDriverSpec.podInfoOnMount', ({ spec }) => spec.podInfoOnMount ?? false),
    column('StorageCapacity', 'boolean', 'CSIDriverSpec.storageCapacity', ({ spec }) => spec.storageCapacity ?? false),
    column('TokenRequests', 'string', 'CSIDriverSpec.tokenRequests', ({ spec }) => spec.tokenRequests?.map(({ audience }) => audience).join(',') ?? '<unset>'),
    column('RequiresRepublish', 'boolean', 'CSIDriverSpec.requiresRepublish', ({ spec }) => spec.requiresRepublish ?? false),
    column('Modes', 'string', 'CSIDriverSpec.volumeLifecycleModes', ({ spec }) => spec.volumeLifecycleModes?.join(',') || '<none>'),
    ageColumn(),
  ],
  defaults: (driver) => {
    driver.spec ??= {};
    const { spec } = driver;
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent'];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
});

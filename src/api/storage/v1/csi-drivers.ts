import type { CSIDriver } from '#api/types/storage-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { validateCsiDriver, validateCsiDriverUpdate } from './csi-driver-validation.ts';

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
  validate: validateCsiDriver,
  validateUpdate: validateCsiDriverUpdate,
  prepareForCreate: ({ spec }) => {
    // A field of a feature that is off.
    delete spec.preventPodSchedulingIfMissing;
  },
  prepareForUpdate: (driver, old) => {
    if (old.spec.preventPodSchedulingIfMissing === undefined) delete driver.spec.preventPodSchedulingIfMissing;
    if (!jsonEqual(driver.spec as unknown as JsonValue, old.spec as unknown as JsonValue)) driver.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
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

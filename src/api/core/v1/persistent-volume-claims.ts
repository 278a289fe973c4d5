import type { PersistentVolumeClaim } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn, wideColumn } from '../../printing/columns.ts';
import { formatAccessModes, storageClassOf } from '../../printing/storage.ts';
import { defaultClaim, settleDataSource } from './claim-defaults.ts';
import { validateClaim, validateClaimStatus, validateClaimUpdate } from './claim-validation.ts';
import { claimWarnings } from './claim-warnings.ts';

/** The definition of PersistentVolumeClaim. */
export const persistentVolumeClaims: ResourceDefinition<PersistentVolumeClaim> = defineResource<PersistentVolumeClaim>({
  group: '',
  version: 'v1',
  plural: 'persistentvolumeclaims',
  singular: 'persistentvolumeclaim',
  kind: 'PersistentVolumeClaim',
  listKind: 'PersistentVolumeClaimList',
  namespaced: true,
  shortNames: ['pvc'],
  verbs: ALL_VERBS,
  storage: 'persistentvolumeclaims',
  schema: { groupVersion: 'core/v1', struct: 'PersistentVolumeClaim' },
  hasGeneration: false,
  prepareForCreate: (claim) => {
    claim.status = { phase: 'Pending' };
    // Sources of other namespaces are off by default in 1.36.
    if (claim.spec.dataSourceRef?.namespace !== undefined) delete claim.spec.dataSourceRef.namespace;
    settleDataSource(claim.spec);
  },
  prepareForUpdate: ({ spec }, { spec: old }) => {
    if (spec.dataSourceRef?.namespace !== undefined && old.dataSourceRef?.namespace === undefined) delete spec.dataSourceRef.namespace;
  },
  validate: validateClaim,
  validateUpdate: validateClaimUpdate,
  validatesUpdatesWhole: true,
  revalidatesMetadata: true,
  warnings: claimWarnings,
  columns: [
    nameColumn(),
    column('Status', 'string', 'PersistentVolumeClaimStatus.phase', ({ metadata, status }) =>
      metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
    ),
    column('Volume', 'string', 'PersistentVolumeClaimSpec.volumeName', ({ spec }) => spec?.volumeName ?? ''),
    column('Capacity', 'string', 'PersistentVolumeClaimStatus.capacity', ({ spec, status }) =>
      spec?.volumeName ? (status?.capacity?.['storage'] ?? '0') : '',
    ),
    column('Access Modes', 'string', 'PersistentVolumeClaimStatus.accessModes', ({ spec, status }) =>
      spec?.volumeName ? formatAccessModes(status?.accessModes) : '',
    ),
    column('StorageClass', 'string', { text: 'StorageClass of the pvc' }, ({ metadata, spec }) => storageClassOf(metadata, spec?.storageClassName)),
    column('VolumeAttributesClass', 'string', { text: 'VolumeAttributesClass of the pvc' }, ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>'),
    ageColumn(),
    wideColumn('VolumeMode', 'string', 'PersistentVolumeClaimSpec.volumeMode', ({ spec }) => spec?.volumeMode ?? '<unset>'),
  ],
  defaults: defaultClaim,
  subresources: {
    status: { validateUpdate: validateClaimStatus },
  },
});

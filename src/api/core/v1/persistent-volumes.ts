import type { PersistentVolume } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn, wideColumn } from '../../printing/columns.ts';
import { formatAccessModes, storageClassOf } from '../../printing/storage.ts';
import { defaultNetworkSource } from './pod/volume-defaults.ts';
import { rfc3339 } from '#lib';
import { validateVolume, validateVolumeUpdate } from './persistent-volume-validation.ts';
import { volumeWarnings } from './volume-warnings.ts';

/** The definition of PersistentVolume. */
export const persistentVolumes: ResourceDefinition<PersistentVolume> = defineResource<PersistentVolume>({
  group: '',
  version: 'v1',
  plural: 'persistentvolumes',
  singular: 'persistentvolume',
  kind: 'PersistentVolume',
  listKind: 'PersistentVolumeList',
  namespaced: false,
  shortNames: ['pv'],
  verbs: ALL_VERBS,
  storage: 'persistentvolumes',
  schema: { groupVersion: 'core/v1', struct: 'PersistentVolume' },
  hasGeneration: false,
  prepareForCreate: (volume, { clock }) => {
    volume.status = { phase: 'Pending', lastPhaseTransitionTime: rfc3339(clock.now()) };
  },
  validate: (volume) => validateVolume(volume),
  validateUpdate: validateVolumeUpdate,
  validatesUpdatesWhole: true,
  revalidatesMetadata: true,
  warnings: volumeWarnings,
  columns: [
    nameColumn(),
    column('Capacity', 'string', 'PersistentVolumeSpec.capacity', ({ spec }) => spec?.capacity?.['storage'] ?? '0'),
    column('Access Modes', 'string', 'PersistentVolumeSpec.accessModes', ({ spec }) => formatAccessModes(spec?.accessModes)),
    column('Reclaim Policy', 'string', 'PersistentVolumeSpec.persistentVolumeReclaimPolicy', ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? ''),
    column('Status', 'string', 'PersistentVolumeStatus.phase', ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''))),
    column('Claim', 'string', 'PersistentVolumeSpec.claimRef', ({ spec }) =>
      spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '',
    ),
    column('StorageClass', 'string', { text: 'StorageClass of the pv' }, ({ metadata, spec }) => storageClassOf(metadata, spec?.storageClassName)),
    column('VolumeAttributesClass', 'string', { text: 'VolumeAttributesClass of the pv' }, ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>'),
    column('Reason', 'string', 'PersistentVolumeStatus.reason', ({ status }) => status?.reason ?? ''),
    ageColumn(),
    wideColumn('VolumeMode', 'string', 'PersistentVolumeSpec.volumeMode', ({ spec }) => spec?.volumeMode ?? '<unset>'),
  ],
  defaults: (volume) => {
    volume.status ??= {};
    volume.status.phase ||= 'Pending';
    volume.spec ??= {};
    volume.spec.persistentVolumeReclaimPolicy ||= 'Retain';
    volume.spec.volumeMode ??= 'Filesystem';
    if (volume.spec.hostPath) volume.spec.hostPath.type ??= '';
    defaultNetworkSource(volume.spec);
  },
  subresources: {
    status: {
      prepareForUpdate: ({ status }, old, { clock }) => {
        if (!status || status.phase === old.status?.phase) return;
        // A writer may know the time better.
        if (status.lastPhaseTransitionTime === old.status?.lastPhaseTransitionTime) status.lastPhaseTransitionTime = rfc3339(clock.now());
      },
    },
  },
});

import type { Volume } from '#api/types/core-v1';
import { type Check, type CheckPod, joinQuote, pluralize, sortedSet } from '../check.ts';

const ALLOWED = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim', 'projected', 'secret'] as const;
/** In the order in which upstream looks for them. */
const RESTRICTED = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'gitRepo',
  'nfs',
  'iscsi',
  'glusterfs',
  'rbd',
  'flexVolume',
  'cinder',
  'cephfs',
  'flocker',
  'fc',
  'azureFile',
  'vsphereVolume',
  'quobyte',
  'azureDisk',
  'photonPersistentDisk',
  'portworxVolume',
  'scaleIO',
  'storageos',
] as const;

function isAllowed(volume: Volume): boolean {
  return ALLOWED.some((type) => volume[type] !== undefined);
}

const mountsCoreTypes: CheckPod = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter((volume) => !isAllowed(volume));
  if (bad.length === 0) return undefined;
  const types = sortedSet(bad.map((volume) => RESTRICTED.find((type) => volume[type] !== undefined) ?? 'unknown'));
  const volumes = `${pluralize(bad.length, 'volume')} ${joinQuote(bad.map(({ name }) => name))}`;
  const uses = pluralize(bad.length, 'uses', 'use');
  return { reason: 'restricted volume types', detail: `${volumes} ${uses} ${pluralize(types.length, 'restricted volume type')} ${joinQuote(types)}` };
};

/** Storage beyond the core types goes through claims. */
export const restrictedVolumes: Check = {
  id: 'restrictedVolumes',
  level: 'restricted',
  versions: [{ since: 0, check: mountsCoreTypes, overrides: ['hostPathVolumes'] }],
};

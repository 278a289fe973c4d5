import type { DownwardAPIVolumeFile, Volume, VolumeProjection } from '#api/types/core-v1';
import { pullPolicyFor } from './image-name.ts';

/** rw-r--r-- */
const DEFAULT_MODE = 0o644;
const SOURCE_FIELDS = ['name'];

/** Upstream's defaults for one volume; a volume without a source is an emptyDir. */
export function defaultVolume(volume: Volume): void {
  if (Object.entries(volume).every(([field, value]) => SOURCE_FIELDS.includes(field) || value === undefined)) volume.emptyDir = {};
  const { hostPath, secret, configMap, downwardAPI, projected, ephemeral, image } = volume;
  if (hostPath) hostPath.type ??= '';
  if (secret) secret.defaultMode ??= DEFAULT_MODE;
  if (configMap) configMap.defaultMode ??= DEFAULT_MODE;
  if (downwardAPI) {
    downwardAPI.defaultMode ??= DEFAULT_MODE;
    defaultDownwardFiles(downwardAPI.items);
  }
  if (projected) {
    projected.defaultMode ??= DEFAULT_MODE;
    for (const source of projected.sources ?? []) defaultProjection(source);
  }
  if (ephemeral?.volumeClaimTemplate?.spec) ephemeral.volumeClaimTemplate.spec.volumeMode ??= 'Filesystem';
  if (image) image.pullPolicy ||= pullPolicyFor(image.reference ?? '') === 'Always' ? 'Always' : 'IfNotPresent';
  defaultNetworkSource(volume);
}

function defaultDownwardFiles(files: readonly DownwardAPIVolumeFile[] | undefined): void {
  for (const { fieldRef, resourceFieldRef } of files ?? []) {
    if (fieldRef) fieldRef.apiVersion ||= 'v1';
    if (resourceFieldRef) resourceFieldRef.divisor ??= '0';
  }
}

function defaultProjection({ serviceAccountToken, downwardAPI, podCertificate }: VolumeProjection): void {
  if (serviceAccountToken) serviceAccountToken.expirationSeconds ??= 60 * 60;
  if (podCertificate) podCertificate.maxExpirationSeconds ??= 24 * 60 * 60;
  defaultDownwardFiles(downwardAPI?.items);
}

/** What volumes and PersistentVolumes have in common. */
interface NetworkSources {
  iscsi?: { iscsiInterface?: string | undefined } | undefined;
  rbd?: { pool?: string | undefined; user?: string | undefined; keyring?: string | undefined } | undefined;
  azureDisk?: { cachingMode?: string | undefined; kind?: string | undefined; fsType?: string | undefined; readOnly?: boolean | undefined } | undefined;
  scaleIO?: { storageMode?: string | undefined; fsType?: string | undefined } | undefined;
}

/** The defaults of sources that volumes and PersistentVolumes share. */
export function defaultNetworkSource({ iscsi, rbd, azureDisk, scaleIO }: NetworkSources): void {
  if (iscsi) iscsi.iscsiInterface ||= 'default';
  if (rbd) {
    rbd.pool ||= 'rbd';
    rbd.user ||= 'admin';
    rbd.keyring ||= '/etc/ceph/keyring';
  }
  if (azureDisk) {
    azureDisk.cachingMode ??= 'ReadWrite';
    azureDisk.kind ??= 'Shared';
    azureDisk.fsType ??= 'ext4';
    azureDisk.readOnly ??= false;
  }
  if (scaleIO) {
    scaleIO.storageMode ||= 'ThinProvisioned';
    scaleIO.fsType ||= 'xfs';
  }
}

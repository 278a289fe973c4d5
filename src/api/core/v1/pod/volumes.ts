import type { DownwardAPIVolumeFile, KeyToPath, ProjectedVolumeSource, ServiceAccountTokenProjection, Volume } from '#api/types/core-v1';
import { child, duplicate, type FieldError, forbidden, index, invalid, notSupported, required } from '../../../machinery/field-error.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../../machinery/names.ts';
import { compareQuantity } from '../../../machinery/quantity.ts';
import { descendingPath, fileMode, invalidEach, noParents } from './checks.ts';
import { validateFieldRef, validateResourceFieldRef } from './env.ts';

/** The volumes of a Pod: names once, one source each. */
export function validateVolumes(volumes: readonly Volume[] | undefined, path: string): FieldError[] {
  const names = new Set<string>();
  return (volumes ?? []).flatMap((volume, i) => {
    const at = index(path, i);
    const errors = validateSources(volume, at);
    const { name } = volume;
    if (!name) return [...errors, required(child(at, 'name'))];
    const messages = isDns1123Label(name);
    if (messages.length) return [...errors, ...invalidEach(child(at, 'name'), name, messages)];
    if (names.has(name)) return [...errors, duplicate(child(at, 'name'), name)];
    names.add(name);
    return errors;
  });
}

type SourceName = Exclude<keyof Volume, 'name'>;
type SourceCheck = (volume: Volume, path: string) => FieldError[];

/** Fields that a source must have. */
function needs(source: SourceName, ...fields: string[]): SourceCheck {
  return (volume, path) => {
    const value = volume[source] as Record<string, unknown> | undefined;
    return fields.flatMap((field) => {
      const given = value?.[field];
      return given === undefined || given === '' || (Array.isArray(given) && given.length === 0) ? [required(child(path, field))] : [];
    });
  };
}

// In upstream's order, which says which of two sources is one too many.
const SOURCES: Readonly<Record<SourceName, SourceCheck>> = {
  emptyDir: validateEmptyDir,
  hostPath: validateHostPath,
  gitRepo: (volume, path) => [...needs('gitRepo', 'repository')(volume, path), ...descendingPath(child(path, 'directory'), volume.gitRepo?.directory ?? '')],
  gcePersistentDisk: needs('gcePersistentDisk', 'pdName'),
  awsElasticBlockStore: needs('awsElasticBlockStore', 'volumeID'),
  secret: ({ secret }, path) => [...(secret?.secretName ? [] : [required(child(path, 'secretName'))]), ...validateFiles(secret, path)],
  nfs: validateNfs,
  iscsi: needs('iscsi', 'targetPortal', 'iqn'),
  glusterfs: needs('glusterfs', 'endpoints', 'path'),
  flocker: validateFlocker,
  persistentVolumeClaim: needs('persistentVolumeClaim', 'claimName'),
  rbd: needs('rbd', 'monitors', 'image'),
  cinder: needs('cinder', 'volumeID'),
  cephfs: needs('cephfs', 'monitors'),
  quobyte: needs('quobyte', 'registry', 'volume'),
  downwardAPI: ({ downwardAPI }, path) => [
    ...fileMode(child(path, 'defaultMode'), downwardAPI?.defaultMode),
    ...(downwardAPI?.items ?? []).flatMap((file) => validateDownwardFile(file, path)),
  ],
  fc: validateFibreChannel,
  flexVolume: needs('flexVolume', 'driver'),
  configMap: ({ configMap }, path) => [...(configMap?.name ? [] : [required(child(path, 'name'))]), ...validateFiles(configMap, path)],
  azureFile: needs('azureFile', 'secretName', 'shareName'),
  vsphereVolume: needs('vsphereVolume', 'volumePath'),
  photonPersistentDisk: needs('photonPersistentDisk', 'pdID'),
  portworxVolume: needs('portworxVolume', 'volumeID'),
  azureDisk: needs('azureDisk', 'diskName', 'diskURI'),
  storageos: needs('storageos', 'volumeName'),
  projected: ({ projected }, path) => (projected ? validateProjected(projected, path) : []),
  scaleIO: needs('scaleIO', 'gateway', 'system', 'volumeName'),
  csi: validateCsi,
  ephemeral: validateEphemeral,
  image: validateImage,
};
const SOURCE_NAMES = Object.keys(SOURCES) as SourceName[];

function validateSources(volume: Volume, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const source of SOURCE_NAMES) {
    if (volume[source] === undefined) continue;
    if (count++ > 0) errors.push(forbidden(child(path, source), 'may not specify more than 1 volume type'));
    else errors.push(...SOURCES[source](volume, child(path, source)));
  }
  if (count === 0) errors.push(required(path, 'must specify a volume type'));
  return errors;
}

function validateEmptyDir({ emptyDir }: Volume, path: string): FieldError[] {
  const limit = emptyDir?.sizeLimit;
  const isNegative = limit !== undefined && compareQuantity(limit, '0') < 0;
  return isNegative ? [forbidden(child(path, 'sizeLimit'), 'SizeLimit field must be a valid resource quantity')] : [];
}

const HOST_PATH_TYPES = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];
function validateHostPath({ hostPath }: Volume, path: string): FieldError[] {
  if (!hostPath?.path) return [required(child(path, 'path'))];
  const errors = noParents(child(path, 'path'), hostPath.path);
  const { type } = hostPath;
  if (type !== undefined && !HOST_PATH_TYPES.includes(type)) errors.push(notSupported(child(path, 'type'), type, HOST_PATH_TYPES));
  return errors;
}

function validateNfs(volume: Volume, path: string): FieldError[] {
  const target = volume.nfs?.path ?? '';
  const errors = needs('nfs', 'server', 'path')(volume, path);
  if (!target.startsWith('/')) errors.push(invalid(child(path, 'path'), target, 'must be an absolute path'));
  return errors;
}

function validateFlocker({ flocker }: Volume, path: string): FieldError[] {
  if (!flocker?.datasetName && !flocker?.datasetUUID) return [required(path, 'one of datasetName and datasetUUID is required')];
  return flocker.datasetName && flocker.datasetUUID ? [invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously')] : [];
}

function validateFibreChannel({ fc }: Volume, path: string): FieldError[] {
  const [names, ids] = [fc?.targetWWNs?.length ?? 0, fc?.wwids?.length ?? 0];
  if (!names && !ids) return [required(child(path, 'targetWWNs'), 'must specify either targetWWNs or wwids, but not both')];
  if (names && ids) return [invalid(child(path, 'targetWWNs'), fc?.targetWWNs, 'targetWWNs and wwids can not be specified simultaneously')];
  return names && fc?.lun === undefined ? [required(child(path, 'lun'), 'lun is required if targetWWNs is specified')] : [];
}

function validateCsi({ csi }: Volume, path: string): FieldError[] {
  const driver = csi?.driver ?? '';
  const errors = driver ? [] : [required(child(path, 'driver'))];
  if (driver.length > 63) errors.push({ type: 'FieldValueTooLong', field: child(path, 'driver'), message: 'Too long: may not be more than 63 bytes' });
  errors.push(...invalidEach(child(path, 'driver'), driver, isDns1123Subdomain(driver.toLowerCase())));
  if (csi?.nodePublishSecretRef && !csi.nodePublishSecretRef.name) errors.push(required(child(path, 'nodePublishSecretRef', 'name')));
  return errors;
}

function validateEphemeral({ ephemeral }: Volume, path: string): FieldError[] {
  const template = ephemeral?.volumeClaimTemplate;
  if (!template) return [required(child(path, 'volumeClaimTemplate'))];
  const at = child(path, 'volumeClaimTemplate', 'spec');
  const errors: FieldError[] = [];
  if (!template.spec?.accessModes?.length) errors.push(required(child(at, 'accessModes'), 'at least 1 access mode is required'));
  if (template.spec?.resources?.requests?.['storage'] === undefined) errors.push(required(`${child(at, 'resources')}[storage]`));
  return errors;
}

function validateImage({ image }: Volume, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!image?.reference) errors.push(required(child(path, 'reference')));
  else if (image.reference.trim() !== image.reference)
    errors.push(invalid(child(path, 'reference'), image.reference, 'must not have leading or trailing whitespace'));
  const policies = ['Always', 'IfNotPresent', 'Never'];
  if (image?.pullPolicy && !policies.includes(image.pullPolicy)) errors.push(notSupported(child(path, 'pullPolicy'), image.pullPolicy, policies));
  return errors;
}

function validateFiles(source: { defaultMode?: number | undefined; items?: KeyToPath[] | undefined } | undefined, path: string): FieldError[] {
  return [...fileMode(child(path, 'defaultMode'), source?.defaultMode), ...validateItems(source?.items, path)];
}
function validateItems(items: readonly KeyToPath[] | undefined, path: string): FieldError[] {
  return (items ?? []).flatMap((item, i) => {
    const at = index(child(path, 'items'), i);
    const errors: FieldError[] = [];
    if (!item.key) errors.push(required(child(at, 'key')));
    if (!item.path) errors.push(required(child(at, 'path')));
    return [...errors, ...unreservedPath(child(at, 'path'), item.path), ...fileMode(child(at, 'mode'), item.mode)];
  });
}

/** Names that begin with `..` are kept for the volume's own use. */
function unreservedPath(path: string, target: string): FieldError[] {
  const errors = descendingPath(path, target);
  if (target.startsWith('..') && !target.startsWith('../')) errors.push(invalid(path, target, "must not start with '..'"));
  return errors;
}

const DOWNWARD_FIELDS = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];
function validateDownwardFile({ path: target, fieldRef, resourceFieldRef, mode }: DownwardAPIVolumeFile, path: string): FieldError[] {
  const errors: FieldError[] = target ? [] : [required(child(path, 'path'))];
  errors.push(...unreservedPath(child(path, 'path'), target));
  if (fieldRef) {
    errors.push(...validateFieldRef(fieldRef, DOWNWARD_FIELDS, child(path, 'fieldRef')));
    if (resourceFieldRef) errors.push(invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
  } else if (resourceFieldRef) errors.push(...validateResourceFieldRef(resourceFieldRef, child(path, 'resourceFieldRef'), true));
  else errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  return [...errors, ...fileMode(child(path, 'mode'), mode)];
}

const PROJECTIONS = ['secret', 'configMap', 'downwardAPI', 'serviceAccountToken', 'clusterTrustBundle', 'podCertificate'] as const;
function validateProjected({ sources, defaultMode }: ProjectedVolumeSource, path: string): FieldError[] {
  const errors = fileMode(child(path, 'defaultMode'), defaultMode);
  const paths = new Set<string>();
  for (const [i, source] of (sources ?? []).entries()) {
    const at = index(child(path, 'sources'), i);
    const given = PROJECTIONS.filter((name) => source[name] !== undefined);
    if (given.length === 0) errors.push(required(at, `must specify one of: ${PROJECTIONS.join(', ')}`));
    for (const name of given.slice(1)) errors.push(forbidden(child(at, name), 'may not specify more than 1 volume type'));
    const [first] = given;
    if (first === 'secret' || first === 'configMap') {
      if (!source[first]?.name) errors.push(required(child(at, first, 'name')));
      errors.push(...validateItems(source[first]?.items, child(at, first)));
      addPaths(paths, source[first]?.items, path, source[first]?.name ?? '', errors);
    } else if (first === 'downwardAPI') {
      for (const file of source.downwardAPI?.items ?? []) errors.push(...validateDownwardFile(file, child(at, 'downwardAPI')));
      addPaths(paths, source.downwardAPI?.items, path, 'downwardAPI', errors);
    } else if (first === 'serviceAccountToken' && source.serviceAccountToken) errors.push(...validateTokenProjection(source.serviceAccountToken, at, path));
  }
  return errors;
}

function addPaths(paths: Set<string>, items: readonly { path: string }[] | undefined, path: string, owner: string, errors: FieldError[]): void {
  for (const item of items ?? []) {
    if (!item.path) continue;
    if (paths.has(item.path)) errors.push(invalid(path, owner, 'conflicting duplicate paths'));
    paths.add(item.path);
  }
}

function validateTokenProjection({ expirationSeconds = 0, path: target }: ServiceAccountTokenProjection, at: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const expiry = child(at, 'serviceAccountToken', 'expirationSeconds');
  if (expirationSeconds < 10 * 60) errors.push(invalid(expiry, expirationSeconds, 'may not specify a duration less than 10 minutes'));
  if (expirationSeconds > 2 ** 32) errors.push(invalid(expiry, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'));
  // Upstream names the volume, not the source.
  if (!target) errors.push(required(child(path, 'path')));
  else errors.push(...unreservedPath(child(path, 'path'), target));
  return errors;
}

import type {
  AzureDiskVolumeSource,
  CephFSVolumeSource,
  FCVolumeSource,
  FlexVolumeSource,
  FlockerVolumeSource,
  HostPathVolumeSource,
  ISCSIVolumeSource,
  NFSVolumeSource,
  QuobyteVolumeSource,
  RBDVolumeSource,
  ScaleIOVolumeSource,
} from '#api/types/core-v1';
import { child, type FieldError, invalid, key, notSupported, required, tooLong } from '../../machinery/field-error.ts';
import { inclusiveRangeError, isDns1123Label, isDns1123Subdomain } from '../../machinery/names.ts';
import { inRange, invalidEach, noParents } from './pod/checks.ts';

/** Sources that volumes of Pods and PersistentVolumes have in common (pkg/apis/core/validation). */

/** One error for each field that is not given. */
export function needs(path: string, fields: Readonly<Record<string, unknown>>): FieldError[] {
  const errors: FieldError[] = [];
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) errors.push(required(child(path, name)));
  }
  return errors;
}

const HOST_PATH_TYPES = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];
export function validateHostPath({ path: target, type }: HostPathVolumeSource, path: string): FieldError[] {
  if (!target) return [required(child(path, 'path'))];
  const errors = noParents(child(path, 'path'), target);
  if (type !== undefined && !HOST_PATH_TYPES.includes(type)) errors.push(notSupported(child(path, 'type'), type, HOST_PATH_TYPES));
  return errors;
}

/** Disks of clouds that have partitions. */
export function validatePartitioned(name: 'pdName' | 'volumeID', source: { partition?: number | undefined } & object, path: string): FieldError[] {
  const { partition = 0 } = source;
  const errors = needs(path, { [name]: (source as Record<string, unknown>)[name] });
  if (partition < 0 || partition > 255) errors.push(invalid(child(path, 'partition'), partition, inclusiveRangeError(1, 255)));
  return errors;
}

export function validateNfs({ server, path: target }: NFSVolumeSource, path: string): FieldError[] {
  const errors = needs(path, { server, path: target });
  if (!target.startsWith('/')) errors.push(invalid(child(path, 'path'), target, 'must be an absolute path'));
  return errors;
}

const ISCSI_NAMES: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.([A-Za-z0-9\-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[A-Za-z0-9]{16}$/,
  naa: /^naa.[A-Za-z0-9]{32}$/,
};
function iscsiNameErrors(path: string, name: string, unknownForm: string): FieldError[] {
  const pattern = ISCSI_NAMES[name.slice(0, 3)];
  if (!pattern) return [invalid(path, name, unknownForm)];
  return pattern.test(name) ? [] : [invalid(path, name, 'must be valid format')];
}

/** What iSCSI needs; `unknownForm` is the text for names of no known form, which differs between volumes and PersistentVolumes. */
export function validateIscsi(
  source: Omit<ISCSIVolumeSource, 'secretRef'> & { secretRef?: object | undefined },
  path: string,
  unknownForm: string,
): FieldError[] {
  const { targetPortal, iqn, lun, chapAuthDiscovery, chapAuthSession, secretRef, initiatorName } = source;
  const errors = needs(path, { targetPortal, iqn });
  if (iqn) errors.push(...iscsiNameErrors(child(path, 'iqn'), iqn, unknownForm));
  errors.push(...inRange(child(path, 'lun'), lun ?? 0, 0, 255));
  if ((chapAuthDiscovery || chapAuthSession) && !secretRef) errors.push(required(child(path, 'secretRef')));
  if (secretRef && unknownForm === ISCSI_FORMAT) errors.push(...needs(child(path, 'secretRef'), { name: (secretRef as { name?: string }).name }));
  if (initiatorName !== undefined) errors.push(...iscsiNameErrors(child(path, 'initiatorname'), initiatorName, unknownForm));
  return errors;
}
/** The texts of PersistentVolumes and of volumes. */
export const ISCSI_FORMAT = 'must be valid format';
export const ISCSI_PREFIX = 'must be valid format starting with iqn, eui, or naa';
/** A name given to an initiator is part of a file name, so that it may not be long. */
export const ISCSI_TOO_LONG = 'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';

export function validateFlocker({ datasetName, datasetUUID }: FlockerVolumeSource, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!datasetName && !datasetUUID) errors.push(required(path, 'one of datasetName and datasetUUID is required'));
  if (datasetName && datasetUUID) errors.push(invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'));
  if (datasetName?.includes('/')) errors.push(invalid(child(path, 'datasetName'), datasetName, "must not contain '/'"));
  return errors;
}

export function validateFibreChannel({ targetWWNs = [], wwids = [], lun }: FCVolumeSource, path: string): FieldError[] {
  const at = child(path, 'targetWWNs');
  const errors: FieldError[] = [];
  if (!targetWWNs.length && !wwids.length) errors.push(required(at, 'must specify either targetWWNs or wwids, but not both'));
  if (targetWWNs.length && wwids.length) errors.push(invalid(at, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'));
  if (targetWWNs.length) {
    if (lun === undefined) errors.push(required(child(path, 'lun'), 'lun is required if targetWWNs is specified'));
    else errors.push(...inRange(child(path, 'lun'), lun, 0, 255));
  }
  return errors;
}

const HOST_PORTS = 'must be a host:port pair or multiple pairs separated by commas';
const HOST_PORT = /^(?:\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/;
export function validateQuobyte({ registry, tenant, volume }: QuobyteVolumeSource, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!registry) errors.push(required(child(path, 'registry'), HOST_PORTS));
  else if ((tenant?.length ?? 0) >= 65) errors.push(required(child(path, 'tenant'), 'must be a UUID and may not exceed a length of 64 characters'));
  else for (const pair of registry.split(',')) if (!HOST_PORT.test(pair)) errors.push(invalid(child(path, 'registry'), registry, HOST_PORTS));
  return [...errors, ...needs(path, { volume })];
}

export const validateCephFs = ({ monitors }: Pick<CephFSVolumeSource, 'monitors'>, path: string): FieldError[] => needs(path, { monitors });
export const validateRbd = ({ monitors, image }: Pick<RBDVolumeSource, 'monitors' | 'image'>, path: string): FieldError[] => needs(path, { monitors, image });
export const validateScaleIo = ({ gateway, system, volumeName }: Pick<ScaleIOVolumeSource, 'gateway' | 'system' | 'volumeName'>, path: string): FieldError[] =>
  needs(path, { gateway, system, volumeName });

/** A reference to a Secret: by name, and where it is another namespace's, by namespace. */
export function secretReference(
  path: string,
  ref: { name?: string | undefined; namespace?: string | undefined } | undefined,
  needsNamespace: boolean,
): FieldError[] {
  if (!ref) return [];
  return needs(child(path, 'secretRef'), { name: ref.name, ...(needsNamespace ? { namespace: ref.namespace } : {}) });
}

/** Options with Kubernetes' own domains are Kubernetes' own. */
export function validateFlex({ driver, options }: Pick<FlexVolumeSource, 'driver' | 'options'>, path: string): FieldError[] {
  const errors = needs(path, { driver });
  for (const name of Object.keys(options ?? {})) {
    const domain = `.${(name.split('/', 2)[0] ?? '').toLowerCase()}`;
    if (domain.endsWith('.kubernetes.io') || domain.endsWith('.k8s.io'))
      errors.push(invalid(key(child(path, 'options'), name), name, 'kubernetes.io and k8s.io namespaces are reserved'));
  }
  return errors;
}

const CACHING = ['None', 'ReadOnly', 'ReadWrite'];
const DISK_KINDS = ['Dedicated', 'Managed', 'Shared'];
const MANAGED_URI = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
const BLOB_URI = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';
export function validateAzureDisk({ diskName, diskURI, cachingMode, kind }: AzureDiskVolumeSource, path: string): FieldError[] {
  const errors = needs(path, { diskName, diskURI });
  if (cachingMode !== undefined && !CACHING.includes(cachingMode)) errors.push(notSupported(child(path, 'cachingMode'), cachingMode, CACHING));
  if (kind === undefined) return errors;
  if (!DISK_KINDS.includes(kind)) errors.push(notSupported(child(path, 'kind'), kind, DISK_KINDS));
  const [start, form] = kind === 'Managed' ? ['/subscriptions/', MANAGED_URI] : ['https://', BLOB_URI];
  if (!diskURI.startsWith(start)) errors.push(notSupported(child(path, 'diskURI'), diskURI, [form]));
  return errors;
}

/** Names in StorageOS. */
export function validateStorageOs(
  source: {
    volumeName?: string | undefined;
    volumeNamespace?: string | undefined;
    secretRef?: { name?: string | undefined; namespace?: string | undefined } | undefined;
  },
  path: string,
  needsNamespace: boolean,
): FieldError[] {
  const { volumeName, volumeNamespace, secretRef } = source;
  const errors = needs(path, { volumeName });
  if (volumeName) errors.push(...invalidEach(child(path, 'volumeName'), volumeName, isDns1123Label(volumeName)));
  if (volumeNamespace) errors.push(...invalidEach(child(path, 'volumeNamespace'), volumeNamespace, isDns1123Label(volumeNamespace)));
  return [...errors, ...secretReference(path, secretRef, needsNamespace)];
}

/** The name of a CSI driver: a domain, in whatever case. */
export function validateDriverName(driver: string, path: string): FieldError[] {
  const errors = driver ? [] : [required(path)];
  if (driver.length > 63) errors.push(tooLong(path, 63));
  return [...errors, ...invalidEach(path, driver, isDns1123Subdomain(driver.toLowerCase()))];
}

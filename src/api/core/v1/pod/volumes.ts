import type { EphemeralVolumeSource, Volume } from '#api/types/core-v1';
import { child, duplicate, type FieldError, forbidden, index, invalid, notSupported, required } from '../../../machinery/field-error.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../../machinery/names.ts';
import { compareQuantity } from '../../../machinery/quantity.ts';
import { validateTemplateMeta } from '../../../machinery/template-meta.ts';
import { validateClaimSpec } from '../claim-validation.ts';
import {
  ISCSI_PREFIX,
  ISCSI_TOO_LONG,
  needs,
  secretReference,
  validateAzureDisk,
  validateCephFs,
  validateDriverName,
  validateFibreChannel,
  validateFlex,
  validateFlocker,
  validateHostPath,
  validateIscsi,
  validateNfs,
  validatePartitioned,
  validateQuobyte,
  validateRbd,
  validateScaleIo,
  validateStorageOs,
} from '../volume-sources.ts';
import { descendingPath, fileMode, invalidEach } from './checks.ts';
import type { PodRules } from './rules.ts';
import { validateProjected } from './projected.ts';
import { validateDownwardFile, validateFiles } from './volume-files.ts';

/** The Pod's sound volumes by name: those that containers can mount. */
export type VolumesByName = ReadonlyMap<string, Volume>;

/** The volumes of a Pod: names once, one source each. Adds those that are right to `sound`. */
export function validateVolumes(volumes: readonly Volume[] | undefined, rules: PodRules, path: string, sound: Map<string, Volume>): FieldError[] {
  const errors: FieldError[] = [];
  const madeClaims = rules.podName ? (volumes ?? []).filter(({ ephemeral }) => ephemeral).map(({ name }) => `${rules.podName}-${name}`) : [];
  for (const [i, volume] of (volumes ?? []).entries()) {
    const at = index(path, i);
    const found = validateSources(volume, rules, at);
    const { name } = volume;
    if (!name) found.push(required(child(at, 'name')));
    else found.push(...invalidEach(child(at, 'name'), name, isDns1123Label(name)));
    if (sound.has(name)) found.push(duplicate(child(at, 'name'), name));
    if (found.length === 0) sound.set(name, volume);
    errors.push(...found);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim !== undefined && madeClaims.includes(claim))
      errors.push(invalid(child(at, 'persistentVolumeClaim', 'claimName'), claim, 'must not reference a PVC that gets created for an ephemeral volume'));
  }
  return errors;
}

type SourceName = Exclude<keyof Volume, 'name'>;
type SourceCheck = (volume: Volume, path: string, rules: PodRules) => FieldError[];

// Upstream's paths of some errors are not the fields' names.
const PATH_OF: Partial<Record<SourceName, string>> = { gcePersistentDisk: 'persistentDisk' };
const PATH_OF_SECOND: Partial<Record<SourceName, string>> = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' };

// In upstream's order, which says which of two sources is one too many.
const SOURCES: Readonly<Record<SourceName, SourceCheck>> = {
  emptyDir: ({ emptyDir }, path) => {
    const isNegative = emptyDir?.sizeLimit !== undefined && compareQuantity(emptyDir.sizeLimit, '0') < 0;
    return isNegative ? [forbidden(child(path, 'sizeLimit'), 'SizeLimit field must be a valid resource quantity')] : [];
  },
  hostPath: given('hostPath', validateHostPath),
  gitRepo: given('gitRepo', ({ repository, directory = '' }, path) => [...needs(path, { repository }), ...descendingPath(child(path, 'directory'), directory)]),
  gcePersistentDisk: given('gcePersistentDisk', (source, path) => validatePartitioned('pdName', source, path)),
  awsElasticBlockStore: given('awsElasticBlockStore', (source, path) => validatePartitioned('volumeID', source, path)),
  secret: given('secret', ({ secretName, ...files }, path) => [...needs(path, { secretName }), ...validateFiles(files, path)]),
  nfs: given('nfs', validateNfs),
  iscsi: given('iscsi', (source, path) => validateIscsi(source, path, ISCSI_PREFIX)),
  glusterfs: given('glusterfs', (source, path) => needs(path, { endpoints: source.endpoints, path: source.path })),
  flocker: given('flocker', validateFlocker),
  persistentVolumeClaim: given('persistentVolumeClaim', ({ claimName }, path) => needs(path, { claimName })),
  rbd: given('rbd', validateRbd),
  cinder: given('cinder', ({ volumeID, secretRef }, path) => [...needs(path, { volumeID }), ...secretReference(path, secretRef, false)]),
  cephfs: given('cephfs', validateCephFs),
  quobyte: given('quobyte', validateQuobyte),
  downwardAPI: given('downwardAPI', ({ defaultMode, items }, path) => [
    ...fileMode(child(path, 'defaultMode'), defaultMode),
    ...(items ?? []).flatMap((file) => validateDownwardFile(file, path)),
  ]),
  fc: given('fc', validateFibreChannel),
  flexVolume: given('flexVolume', validateFlex),
  configMap: given('configMap', ({ name, ...files }, path) => [...needs(path, { name }), ...validateFiles(files, path)]),
  azureFile: given('azureFile', ({ secretName, shareName }, path) => needs(path, { secretName, shareName })),
  vsphereVolume: given('vsphereVolume', ({ volumePath }, path) => needs(path, { volumePath })),
  photonPersistentDisk: given('photonPersistentDisk', ({ pdID }, path) => needs(path, { pdID })),
  portworxVolume: given('portworxVolume', ({ volumeID }, path) => needs(path, { volumeID })),
  azureDisk: given('azureDisk', validateAzureDisk),
  storageos: given('storageos', (source, path) => validateStorageOs(source, path, false)),
  projected: given('projected', validateProjected),
  scaleIO: given('scaleIO', validateScaleIo),
  csi: given('csi', ({ driver, nodePublishSecretRef }, path) => {
    const errors = validateDriverName(driver ?? '', child(path, 'driver'));
    if (!nodePublishSecretRef) return errors;
    const { name } = nodePublishSecretRef;
    if (!name) return [...errors, required(child(path, 'nodePublishSecretRef', 'name'))];
    return [...errors, ...invalidEach(child(path, 'name'), name, isDns1123Subdomain(name))];
  }),
  ephemeral: given('ephemeral', validateEphemeral),
  image: given('image', ({ reference, pullPolicy }, path, { isPod }) => [
    ...(isPod && !reference ? [required(child(path, 'reference'))] : []),
    ...validatePullPolicy(pullPolicy, child(path, 'pullPolicy')),
  ]),
};
const SOURCE_NAMES = Object.keys(SOURCES) as SourceName[];

/** The check of one source, for volumes that have it. */
function given<N extends SourceName>(name: N, check: (source: NonNullable<Volume[N]>, path: string, rules: PodRules) => FieldError[]): SourceCheck {
  return (volume, path, rules) => check(volume[name] as NonNullable<Volume[N]>, path, rules);
}

function validateSources(volume: Volume, rules: PodRules, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const source of SOURCE_NAMES) {
    if (volume[source] === undefined) continue;
    if (count++ > 0) errors.push(forbidden(child(path, PATH_OF_SECOND[source] ?? source), 'may not specify more than 1 volume type'));
    else errors.push(...SOURCES[source](volume, child(path, PATH_OF[source] ?? source), rules));
  }
  const { iscsi, ephemeral, name } = volume;
  if (iscsi?.initiatorName !== undefined && `${name}:${iscsi.targetPortal}`.length > 64) errors.push(invalid(child(path, 'name'), name, ISCSI_TOO_LONG));
  if (ephemeral && rules.podName && name) {
    const claim = `${rules.podName}-${name}`;
    errors.push(...isDns1123Subdomain(claim).map((message) => invalid(child(path, 'name'), name, `PVC name ${JSON.stringify(claim)}: ${message}`)));
  }
  if (count === 0) errors.push(required(path, 'must specify a volume type'));
  return errors;
}

function validateEphemeral({ volumeClaimTemplate: template }: EphemeralVolumeSource, path: string): FieldError[] {
  const at = child(path, 'volumeClaimTemplate');
  if (!template) return [required(at)];
  return [...validateTemplateMeta(template.metadata, child(at, 'metadata')), ...validateClaimSpec(template.spec ?? {}, child(at, 'spec'))];
}

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
/** When an image is pulled. */
export function validatePullPolicy(policy: string | undefined, path: string): FieldError[] {
  if (!policy) return [required(path)];
  return PULL_POLICIES.includes(policy) ? [] : [notSupported(path, policy, PULL_POLICIES)];
}

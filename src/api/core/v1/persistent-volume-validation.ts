import { lookupTable } from '#lib';
import type { PersistentVolume, PersistentVolumeSpec, VolumeNodeAffinity } from '#api/types/core-v1';
import { describeChange } from '../../machinery/describe-change.ts';
import { child, type FieldError, forbidden, invalid, key, notSupported, required } from '../../machinery/field-error.ts';
import { goValue } from '../../machinery/go-value.ts';
import { cloneJson, jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../machinery/names.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';
import { compareQuantity } from '../../machinery/quantity.ts';
import { accessModeErrors, basicQuantity, volumeModeErrors } from './claim-validation.ts';
import { invalidEach, noParents } from './pod/checks.ts';
import { hasInvalidNodeValues, validateNodeSelector } from './pod/node-selector.ts';
import {
  ISCSI_FORMAT,
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
} from './volume-sources.ts';

const RECLAIM_POLICIES = ['Delete', 'Recycle', 'Retain'];
const SPEC = 'spec';
const SECRETS = ['controllerPublishSecretRef', 'controllerExpandSecretRef', 'nodePublishSecretRef', 'nodeExpandSecretRef'] as const;

type Sources = Required<
  Pick<
    PersistentVolumeSpec,
    | 'hostPath'
    | 'gcePersistentDisk'
    | 'awsElasticBlockStore'
    | 'glusterfs'
    | 'flocker'
    | 'nfs'
    | 'rbd'
    | 'quobyte'
    | 'cephfs'
    | 'iscsi'
    | 'cinder'
    | 'fc'
    | 'flexVolume'
    | 'azureFile'
    | 'vsphereVolume'
    | 'photonPersistentDisk'
    | 'portworxVolume'
    | 'azureDisk'
    | 'scaleIO'
    | 'local'
    | 'storageos'
    | 'csi'
  >
>;
/** A kind of source, `at` which path its errors are, and what they are. */
type SourceRule<Name extends keyof Sources> = (source: NonNullable<Sources[Name]>, path: string, volume: PersistentVolume) => FieldError[];

/** Every kind of source, in upstream's order. */
const RULES: { readonly [Name in keyof Sources]: SourceRule<Name> } = {
  hostPath: validateHostPath,
  gcePersistentDisk: (source) => validatePartitioned('pdName', source, 'spec.persistentDisk'),
  awsElasticBlockStore: (source, path) => validatePartitioned('volumeID', source, path),
  glusterfs: ({ endpoints, path: target, endpointsNamespace }, path) => [
    ...needs(path, { endpoints, path: target }),
    ...(endpointsNamespace === ''
      ? [invalid(child(path, 'endpointsNamespace'), endpointsNamespace, 'if the endpointnamespace is set, it must be a valid namespace name')]
      : []),
  ],
  flocker: validateFlocker,
  nfs: validateNfs,
  rbd: validateRbd,
  quobyte: validateQuobyte,
  cephfs: validateCephFs,
  iscsi: (source, path, { metadata }) => {
    const errors = validateIscsi(source, path, ISCSI_FORMAT);
    const { initiatorName, targetPortal } = source;
    if (initiatorName !== undefined && `${metadata.name ?? ''}:${targetPortal}`.length > 64)
      errors.push(invalid(child(path, 'targetportal'), targetPortal, ISCSI_TOO_LONG));
    return errors;
  },
  cinder: ({ volumeID, secretRef }, path) => [...needs(path, { volumeID }), ...secretReference(path, secretRef, true)],
  fc: validateFibreChannel,
  flexVolume: validateFlex,
  azureFile: ({ secretName, shareName, secretNamespace }, path) => [
    ...needs(path, { secretName, shareName }),
    ...(secretNamespace === '' ? [invalid(child(path, 'secretNamespace'), secretNamespace, 'if secretNamespace is set, it can not be empty')] : []),
  ],
  vsphereVolume: ({ volumePath }, path) => needs(path, { volumePath }),
  photonPersistentDisk: ({ pdID }, path) => needs(path, { pdID }),
  portworxVolume: ({ volumeID }, path) => needs(path, { volumeID }),
  azureDisk: validateAzureDisk,
  scaleIO: validateScaleIo,
  local: ({ path: target }, path, { spec }) => [
    ...(target ? noParents(child(path, 'path'), target) : [required(child(path, 'path'))]),
    ...(spec.nodeAffinity ? [] : [required('spec.nodeAffinity', 'Local volume requires node affinity')]),
  ],
  storageos: (source, path) => validateStorageOs(source, path, true),
  csi: (source, path) => [
    ...validateDriverName(source.driver, child(path, 'driver')),
    ...needs(path, { volumeHandle: source.volumeHandle }),
    ...SECRETS.flatMap((name) => (source[name] ? namespacedSecretErrors(source[name], child(path, name)) : [])),
  ],
};
const NAMES = Object.keys(RULES) as (keyof Sources)[];

function namespacedSecretErrors({ name, namespace }: { name?: string | undefined; namespace?: string | undefined }, path: string): FieldError[] {
  return [
    ...(name ? invalidEach(child(path, 'name'), name, isDns1123Subdomain(name)) : [required(child(path, 'name'))]),
    ...(namespace ? invalidEach(child(path, 'namespace'), namespace, isDns1123Label(namespace)) : [required(child(path, 'namespace'))]),
  ];
}

/** What is wrong with a PersistentVolume; `old` is the stored one, whose invalid node labels may stay. */
export function validateVolume(volume: PersistentVolume, old?: PersistentVolume): FieldError[] {
  const { spec } = volume;
  const { accessModes = [], persistentVolumeReclaimPolicy: policy, storageClassName, volumeMode, nodeAffinity, hostPath } = spec;
  const errors = accessModes.length ? [] : [required('spec.accessModes')];
  errors.push(...accessModeErrors(accessModes, 'spec.accessModes'), ...capacityErrors(spec.capacity ?? {}));
  if (policy && !RECLAIM_POLICIES.includes(policy)) errors.push(notSupported('spec.persistentVolumeReclaimPolicy', policy, RECLAIM_POLICIES));
  if (nodeAffinity) errors.push(...affinityErrors(nodeAffinity, old?.spec.nodeAffinity));
  errors.push(...sourceErrors(volume));
  if (policy === 'Recycle' && hostPath && /^\/+(?:\.\/*)*$/.test(hostPath.path))
    errors.push(forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"));
  if (storageClassName) errors.push(...invalidEach('spec.storageClassName', storageClassName, isDns1123Subdomain(storageClassName)));
  return [...errors, ...volumeModeErrors(volumeMode, 'spec.volumeMode'), ...attributesClassErrors(spec)];
}

function capacityErrors(capacity: Readonly<Record<string, string>>): FieldError[] {
  const path = 'spec.capacity';
  const names = Object.keys(capacity);
  const errors = names.length ? [] : [required(path)];
  if (names.length !== 1 || names[0] !== 'storage') errors.push(notSupported(path, capacity, ['storage']));
  for (const [name, quantity] of Object.entries(capacity)) {
    errors.push(...basicQuantity(quantity, key(path, name)));
    if (compareQuantity(quantity, '0') <= 0) errors.push(invalid(key(path, name), quantity, 'must be greater than zero'));
  }
  return errors;
}

function affinityErrors({ required: selector }: VolumeNodeAffinity, old: VolumeNodeAffinity | undefined): FieldError[] {
  const path = 'spec.nodeAffinity.required';
  if (!selector) return [required(path, 'must specify required node constraints')];
  return validateNodeSelector(selector, path, { allowInvalidValues: hasInvalidNodeValues(old?.required?.nodeSelectorTerms) });
}

function sourceErrors(volume: PersistentVolume): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  const check = <Name extends keyof Sources>(name: Name): void => {
    const source = volume.spec[name] as Sources[Name] | undefined;
    if (!source) return;
    // Upstream counts a flexVolume but looks at it in any case.
    if (count && name !== 'flexVolume') errors.push(forbidden(child(SPEC, name === 'cephfs' ? 'cephFS' : name), 'may not specify more than 1 volume type'));
    else errors.push(...RULES[name](source as NonNullable<Sources[Name]>, child(SPEC, name), volume));
    count++;
  };
  for (const name of NAMES) check(name);
  return count ? errors : [...errors, required(SPEC, 'must specify a volume type')];
}

function attributesClassErrors({ volumeAttributesClassName: name, csi }: PersistentVolumeSpec): FieldError[] {
  if (name === undefined) return [];
  const path = 'spec.volumeAttributesClassName';
  const errors = name ? invalidEach(path, name, isDns1123Subdomain(name)) : [required(path, 'an empty string is disallowed')];
  if (!csi) errors.push(required('spec.csi', 'has to be specified when using volumeAttributesClassName'));
  return errors;
}

/** A PersistentVolume keeps its source, its mode and its nodes. Judges the whole. */
export function validateVolumeUpdate(volume: PersistentVolume, old: PersistentVolume): FieldError[] {
  const errors = validateVolume(volume, old);
  const [now, before] = [sourceOf(volume.spec), sourceOf(old.spec)];
  // The secret for growing may come.
  if (before.csi && !before.csi.controllerExpandSecretRef && now.csi) delete now.csi.controllerExpandSecretRef;
  if (!isSame(now, before)) {
    const change = describeChange({ groupVersion: 'core/v1', struct: 'PersistentVolumeSource' }, before, now);
    errors.push(forbidden('spec.persistentvolumesource', `spec.persistentvolumesource is immutable after creation\n${change}`));
  }
  errors.push(...validateImmutable(volume.spec.volumeMode, old.spec.volumeMode, 'volumeMode'));
  errors.push(...affinityChangeErrors(volume.spec.nodeAffinity, old.spec.nodeAffinity));
  if (old.spec.volumeAttributesClassName !== undefined && volume.spec.volumeAttributesClassName === undefined)
    errors.push(forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'));
  return errors;
}

function sourceOf(spec: PersistentVolumeSpec): Partial<Sources> {
  return cloneJson(Object.fromEntries(NAMES.flatMap((name) => (spec[name] ? [[name, spec[name]]] : []))));
}
function isSame(a: unknown, b: unknown): boolean {
  return jsonEqual(a as JsonValue, b as JsonValue);
}

/** Labels of nodes that were beta once, and what they are now. */
const NODE_LABELS = lookupTable<string>({
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
});
function affinityChangeErrors(now: VolumeNodeAffinity | undefined, old: VolumeNodeAffinity | undefined): FieldError[] {
  if (!old || isSame(now ?? null, old)) return [];
  const renamed = cloneJson(old);
  for (const [i, { matchExpressions }] of (renamed.required?.nodeSelectorTerms ?? []).entries()) {
    for (const [j, expression] of (matchExpressions ?? []).entries()) {
      const label = now?.required?.nodeSelectorTerms?.[i]?.matchExpressions?.[j]?.key;
      if (label !== undefined && NODE_LABELS[expression.key] === label) expression.key = label;
    }
  }
  if (isSame(now ?? null, renamed)) return [];
  const printed = now && goValue({ groupVersion: 'core/v1', struct: 'VolumeNodeAffinity' }, now);
  return [invalid('nodeAffinity', printed, 'field is immutable, except for updating from beta label to GA')];
}

import type { PersistentVolumeClaim, PersistentVolumeClaimSpec, TypedLocalObjectReference, TypedObjectReference } from '#api/types/core-v1';
import { child, type FieldError, forbidden, invalid, key, notSupported, required } from '../../machinery/field-error.ts';
import { cloneJson, jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { isDns1123Label, isDns1123Subdomain, isQualifiedName } from '../../machinery/names.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';
import { compareQuantity, quantityValue } from '../../machinery/quantity.ts';
import { validateLabelSelector } from '../../machinery/selector.ts';
import { describeChange } from '../../machinery/describe-change.ts';
import { needs } from './volume-sources.ts';

/** How claims and volumes may be used, in upstream's order. */
const MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const VOLUME_MODES = ['Block', 'Filesystem'];
const BETA_CLASS = 'volume.beta.kubernetes.io/storage-class';

/** Known modes; ReadWriteOncePod goes with no other. */
export function accessModeErrors(modes: readonly string[], path: string): FieldError[] {
  const errors = modes.filter((mode) => !MODES.includes(mode)).map((mode) => notSupported(path, mode, MODES));
  if (modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod' && MODES.includes(mode)))
    errors.push(forbidden(path, 'may not use ReadWriteOncePod with other access modes'));
  return errors;
}
/** Whether a volume is a file system or a bare device. */
export function volumeModeErrors(mode: string | undefined, path: string): FieldError[] {
  return mode === undefined || VOLUME_MODES.includes(mode) ? [] : [notSupported(path, mode, VOLUME_MODES)];
}
function nameErrors(path: string, name: string): FieldError[] {
  return isDns1123Subdomain(name).map((message) => invalid(path, name, message));
}

/** What is wrong with a new claim. */
export function validateClaim({ spec }: PersistentVolumeClaim): FieldError[] {
  return validateClaimSpec(spec, 'spec');
}

/** What is wrong with a claim's spec, also in templates. `old` is the stored one: what is wrong there may stay. */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: string, old?: PersistentVolumeClaimSpec): FieldError[] {
  const errors: FieldError[] = [];
  const { accessModes = [], resources, storageClassName, volumeMode, selector, volumeAttributesClassName } = spec;
  if (!accessModes.length) errors.push(required(child(path, 'accessModes'), 'at least 1 access mode is required'));
  if (selector) {
    const allowInvalidValues = validateLabelSelector(old?.selector, '').length > 0;
    errors.push(...validateLabelSelector(selector, child(path, 'selector'), { allowInvalidValues }));
  }
  errors.push(...accessModeErrors(accessModes, child(path, 'accessModes')));
  const size = resources?.requests?.['storage'];
  const at = key(child(path, 'resources'), 'storage');
  if (size === undefined) errors.push(required(at));
  else if (compareQuantity(size, '0') <= 0) errors.push(invalid(at, size, 'must be greater than zero'));
  if (storageClassName) errors.push(...nameErrors(child(path, 'storageClassName'), storageClassName));
  errors.push(...volumeModeErrors(volumeMode, child(path, 'volumeMode')), ...sourceErrors(spec, path, old));
  if (volumeAttributesClassName) errors.push(...nameErrors(child(path, 'volumeAttributesClassName'), volumeAttributesClassName));
  return errors;
}

function sourceErrors({ dataSource, dataSourceRef }: PersistentVolumeClaimSpec, path: string, old: PersistentVolumeClaimSpec | undefined): FieldError[] {
  // Older versions did not look at groups.
  const keepsGroup = Boolean(old?.dataSource?.apiGroup ?? old?.dataSourceRef?.apiGroup);
  const errors: FieldError[] = [];
  if (dataSource) errors.push(...referenceErrors(dataSource, child(path, 'dataSource'), keepsGroup));
  if (dataSourceRef) {
    errors.push(...referenceErrors(dataSourceRef, child(path, 'dataSourceRef'), keepsGroup));
    const { namespace } = dataSourceRef;
    if (namespace) errors.push(...isDns1123Label(namespace).map((message) => invalid(child(path, 'dataSourceRef', 'namespace'), namespace, message)));
  }
  if (!dataSource || !dataSourceRef) return errors;
  // What upstream prints as the value is its path's own struct.
  if (dataSourceRef.namespace) errors.push(invalid(path, {}, 'may not be specified when dataSourceRef.namespace is specified'));
  else if (!isSameSource(dataSource, dataSourceRef)) errors.push(invalid(path, {}, 'must match dataSourceRef'));
  return errors;
}
function isSameSource(a: TypedLocalObjectReference, b: TypedObjectReference): boolean {
  return (a.apiGroup ?? undefined) === (b.apiGroup ?? undefined) && a.kind === b.kind && a.name === b.name;
}

function referenceErrors({ apiGroup, kind, name }: TypedLocalObjectReference, path: string, keepsGroup: boolean): FieldError[] {
  const errors = needs(path, { name, kind });
  if (!apiGroup) {
    if (kind !== 'PersistentVolumeClaim') errors.push(invalid(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  } else if (!keepsGroup) errors.push(...nameErrors(child(path, 'apiGroup'), apiGroup));
  return errors;
}

/** A claim may be bound, and grow; hardly anything else of it changes. Judges the whole claim. */
export function validateClaimUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const { spec, status } = claim;
  const errors = validateClaimSpec(spec, 'spec', old.spec);
  errors.push(...classAnnotationErrors(claim, old));
  const [now, before] = [withoutAllowedChanges(claim, old), cloneJson(old.spec)];
  // Binding names the volume, once.
  if (!before.volumeName && spec.volumeName) before.volumeName = spec.volumeName;
  if (!isSame(now, before)) {
    const text = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    errors.push(forbidden('spec', `${text}\n${describeChange({ groupVersion: 'core/v1', struct: 'PersistentVolumeClaimSpec' }, before, now)}`));
  }
  const [size, oldSize] = [spec.resources?.requests?.['storage'] ?? '0', old.spec.resources?.requests?.['storage'] ?? '0'];
  // A claim may become smaller while it has not grown yet, so that a failed expansion can be taken back.
  if (compareQuantity(size, oldSize) < 0 && compareQuantity(size, status?.capacity?.['storage'] ?? '0') <= 0)
    errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  errors.push(...validateImmutable(spec.volumeMode, old.spec.volumeMode, 'volumeMode'));
  return [...errors, ...attributesClassErrors(spec.volumeAttributesClassName, old)];
}

function isSame(a: unknown, b: unknown): boolean {
  return jsonEqual(a as JsonValue, b as JsonValue);
}

/** The class was an annotation once: moving it to its field is no change. */
function isClassMove(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const before = old.metadata.annotations?.[BETA_CLASS];
  const now = claim.metadata.annotations?.[BETA_CLASS];
  return before !== undefined && old.spec.storageClassName === undefined && claim.spec.storageClassName === before && (now === undefined || now === before);
}
function classAnnotationErrors(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const [now = '', before = ''] = [claim.metadata.annotations?.[BETA_CLASS], old.metadata.annotations?.[BETA_CLASS]];
  if (isClassMove(claim, old) || now === before) return [];
  return [invalid(child('metadata', 'annotations', BETA_CLASS), now, 'field is immutable')];
}

function withoutAllowedChanges(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): PersistentVolumeClaimSpec {
  const spec = cloneJson(claim.spec);
  const annotation = old.metadata.annotations?.[BETA_CLASS];
  if (isClassMove(claim, old)) delete spec.storageClassName;
  else if (spec.storageClassName !== undefined && old.spec.storageClassName === undefined && (annotation === undefined || annotation === spec.storageClassName))
    delete spec.storageClassName;
  if (claim.status?.phase !== 'Bound') return spec;
  const size = old.spec.resources?.requests?.['storage'];
  if (spec.resources?.requests && size !== undefined) spec.resources.requests['storage'] = size;
  if (old.spec.volumeAttributesClassName === undefined) delete spec.volumeAttributesClassName;
  else spec.volumeAttributesClassName = old.spec.volumeAttributesClassName;
  return spec;
}

/** A class can be taken back until it was applied once. */
function attributesClassErrors(name: string | undefined, { spec, status }: PersistentVolumeClaim): FieldError[] {
  if (name || name === spec.volumeAttributesClassName || status?.currentVolumeAttributesClassName === undefined) return [];
  const now = name === undefined ? 'nil' : 'empty string';
  return [forbidden('spec.volumeAttributesClassName', `update to ${now} is forbidden when status.currentVolumeAttributesClassName is not nil`)];
}

const RESIZE_STATES = ['ControllerResizeInProgress', 'ControllerResizeInfeasible', 'NodeResizePending', 'NodeResizeInProgress', 'NodeResizeInfeasible'].sort();

/** What is wrong with a claim's new status. */
export function validateClaimStatus({ spec, status }: PersistentVolumeClaim): FieldError[] {
  const errors: FieldError[] = spec.accessModes?.length ? [] : [required('Spec.accessModes')];
  for (const [name, quantity] of Object.entries(status?.capacity ?? {})) errors.push(...basicQuantity(quantity, key('status.capacity', name)));
  for (const [name, state] of Object.entries(status?.allocatedResourceStatuses ?? {})) {
    const path = 'status.allocatedResourceStatus';
    errors.push(...claimResourceName(name, path));
    if (!RESIZE_STATES.includes(state)) errors.push(notSupported(path, name, RESIZE_STATES));
  }
  for (const [name, quantity] of Object.entries(status?.allocatedResources ?? {})) {
    const ofName = claimResourceName(name, 'status.allocatedResources');
    errors.push(...(ofName.length ? ofName : basicQuantity(quantity, key('status.allocatedResources', name))));
  }
  return errors;
}
/** An amount that is not negative, in upstream's older words. */
export function basicQuantity(quantity: string, path: string): FieldError[] {
  const value = quantityValue(quantity);
  return value < 0 ? [invalid(path, value, 'must be a valid resource quantity')] : [];
}
function claimResourceName(name: string, path: string): FieldError[] {
  const errors = isQualifiedName(name).map((message) => invalid(path, name, message));
  const isNative = !name.includes('/') || name.includes('kubernetes.io/');
  if (errors.length || !isNative || name === 'storage') return errors;
  return [notSupported(path, name, ['storage'])];
}

import type { StorageClass, VolumeAttributesClass } from '#api/types/storage-v1';
import type { TopologySelectorTerm } from '#api/types/core-v1';
import { invalidEach } from '../../core/v1/pod/checks.ts';
import { child, duplicate, type FieldError, forbidden, index, invalid, notSupported, required, tooLong } from '../../machinery/field-error.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import { isQualifiedName } from '../../machinery/names.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';

const MAX_PARAMETERS = 512;
const MAX_PARAMETER_BYTES = 256 * 1024;
const RECLAIM_POLICIES = ['Delete', 'Retain'];
const BINDING_MODES = ['Immediate', 'WaitForFirstConsumer'];

/** What is wrong with a new StorageClass; follows pkg/apis/storage/validation. */
export function validateStorageClass({ provisioner, parameters, reclaimPolicy, volumeBindingMode, allowedTopologies }: StorageClass): FieldError[] {
  const errors = [...validateProvisioner(provisioner, 'provisioner'), ...validateParameters(parameters, true)];
  if (reclaimPolicy && !RECLAIM_POLICIES.includes(reclaimPolicy)) errors.push(notSupported('reclaimPolicy', reclaimPolicy, RECLAIM_POLICIES));
  if (volumeBindingMode === undefined) errors.push(required('volumeBindingMode'));
  else if (!BINDING_MODES.includes(volumeBindingMode)) errors.push(notSupported('volumeBindingMode', volumeBindingMode, BINDING_MODES));
  return [...errors, ...validateTopologies(allowedTopologies ?? [])];
}

/** Volumes were made by the class as it is. */
export function validateStorageClassUpdate(object: StorageClass, old: StorageClass): FieldError[] {
  const errors = parametersKept(object, old);
  if (object.provisioner !== old.provisioner) errors.push(forbidden('provisioner', 'updates to provisioner are forbidden.'));
  if (object.reclaimPolicy !== old.reclaimPolicy) errors.push(forbidden('reclaimPolicy', 'updates to reclaimPolicy are forbidden.'));
  return [...errors, ...validateImmutable(object.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode')];
}

/** What is wrong with a VolumeAttributesClass. */
export function validateVolumeAttributesClass({ driverName, parameters }: VolumeAttributesClass): FieldError[] {
  return [...validateProvisioner(driverName, 'driverName'), ...validateParameters(parameters, false)];
}

/** Volumes were changed by the class as it is. */
export function validateVolumeAttributesClassUpdate(object: VolumeAttributesClass, old: VolumeAttributesClass): FieldError[] {
  const driver = object.driverName === old.driverName ? [] : [forbidden('driverName', 'updates to driverName are forbidden.')];
  return [...driver, ...parametersKept(object, old), ...validateVolumeAttributesClass(object)];
}

interface WithParameters {
  readonly parameters?: Readonly<Record<string, string>> | undefined;
}
function parametersKept({ parameters = {} }: WithParameters, { parameters: old = {} }: WithParameters): FieldError[] {
  return jsonEqual({ ...parameters }, { ...old }) ? [] : [forbidden('parameters', 'updates to parameters are forbidden.')];
}

function validateProvisioner(name: string, path: string): FieldError[] {
  return name ? invalidEach(path, name.toLowerCase(), isQualifiedName(name.toLowerCase())) : [required(path)];
}

function validateParameters(parameters: WithParameters['parameters'], allowsNone: boolean): FieldError[] {
  const entries = Object.entries(parameters ?? {});
  if (entries.length > MAX_PARAMETERS) return [tooLong('parameters', MAX_PARAMETERS)];
  const errors: FieldError[] = [];
  let size = 0;
  for (const [name, value] of entries) {
    if (!name) errors.push(invalid('parameters', name, 'field can not be empty.'));
    size += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (size > MAX_PARAMETER_BYTES) errors.push(tooLong('parameters', MAX_PARAMETER_BYTES));
  if (!allowsNone && entries.length === 0) errors.push(required('parameters', 'must contain at least one key/value pair'));
  return errors;
}

function validateTopologies(terms: readonly TopologySelectorTerm[]): FieldError[] {
  const errors: FieldError[] = [];
  const seen: string[] = [];
  for (const [i, term] of terms.entries()) {
    const at = child(index('allowedTopologies', i), 'matchLabelExpressions');
    errors.push(...validateTopology(term, at));
    const text = textOf(term);
    // Upstream compares with as many empty terms as there are terms, before those it has seen.
    const known = [...(text === '[]' ? terms.map(() => text) : []), ...seen];
    errors.push(...known.filter((other) => other === text).map(() => duplicate(at, '')));
    seen.push(text);
  }
  return errors;
}

function validateTopology({ matchLabelExpressions }: TopologySelectorTerm, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const keys = new Set<string>();
  for (const [i, { key, values }] of (matchLabelExpressions ?? []).entries()) {
    const at = index(path, i);
    if (!values?.length) errors.push(required(child(at, 'values')));
    for (const [j, value] of (values ?? []).entries()) {
      if (values.indexOf(value) < j) errors.push(duplicate(index(child(at, 'values'), j), value));
    }
    errors.push(...invalidEach(child(at, 'key'), key, isQualifiedName(key)));
    if (keys.has(key)) errors.push(duplicate(child(at, 'key'), key));
    keys.add(key);
  }
  return errors;
}

/** What a term selects, whatever the order it is written in. */
function textOf({ matchLabelExpressions }: TopologySelectorTerm): string {
  const byKey = new Map((matchLabelExpressions ?? []).map(({ key, values }) => [key, [...new Set(values ?? [])].sort()]));
  return JSON.stringify([...byKey].sort(([a], [b]) => (a < b ? -1 : 1)));
}

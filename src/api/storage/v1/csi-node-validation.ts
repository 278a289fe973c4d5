import type { CSINode, CSINodeDriver } from '#api/types/storage-v1';
import { invalidEach, notNegative } from '../../core/v1/pod/checks.ts';
import { child, duplicate, type FieldError, index, invalid, required } from '../../machinery/field-error.ts';
import { goValue } from '../../machinery/go-value.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { isQualifiedName } from '../../machinery/names.ts';
import { validateDriverName } from './csi-driver-validation.ts';

const MAX_NODE_ID = 256;

/** What is wrong with a CSINode; follows pkg/apis/storage/validation. */
export function validateCsiNode({ spec }: CSINode): FieldError[] {
  const names = new Set<string>();
  return (spec.drivers ?? []).flatMap((driver, i) => {
    const at = index('spec.drivers', i);
    const errors = validateDriver(driver, at);
    if (names.has(driver.name)) errors.push(duplicate(child(at, 'name'), driver.name));
    names.add(driver.name);
    return [...errors, ...topologyErrors(driver.topologyKeys ?? [], at)];
  });
}

function validateDriver({ name, nodeID, allocatable }: CSINodeDriver, path: string): FieldError[] {
  const errors = validateDriverName(name, child(path, 'name'));
  if (!nodeID) errors.push(required(child(path, 'nodeID')));
  else if (Buffer.byteLength(nodeID) > MAX_NODE_ID) errors.push(invalid(child(path, 'nodeID'), nodeID, `must be ${MAX_NODE_ID} characters or less`));
  return [...errors, ...notNegative(child(path, 'allocatable', 'count'), allocatable?.count)];
}

function topologyErrors(keys: readonly string[], path: string): FieldError[] {
  return keys.flatMap((key, i) => [
    ...(key ? [] : [required(path)]),
    ...(keys.indexOf(key) < i ? [duplicate(path, key)] : []),
    ...invalidEach(path, key, isQualifiedName(key)),
  ]);
}

/** A driver that is there stays as it is, but for how many volumes it takes. */
export function validateCsiNodeUpdate({ spec }: CSINode, old: CSINode): FieldError[] {
  return (old.spec.drivers ?? []).flatMap((before) =>
    (spec.drivers ?? [])
      .filter(({ name }) => name === before.name)
      .flatMap((driver) => (jsonEqual(comparable(driver), comparable(before)) ? [] : [invalid('spec.drivers', printed(driver), 'field is immutable')])),
  );
}
function comparable({ name, nodeID, topologyKeys }: CSINodeDriver): JsonValue {
  return { name, nodeID, topologyKeys: topologyKeys ?? [] };
}
/** Upstream compares, and prints, what is left without the count. */
function printed(driver: CSINodeDriver): JsonValue {
  return goValue({ groupVersion: 'storage/v1', struct: 'CSINodeDriver' }, { ...driver, allocatable: undefined });
}

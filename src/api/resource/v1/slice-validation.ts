/** ResourceSlices. Follows ValidateResourceSlice of pkg/apis/resource/validation. */
import type { CounterSet, Device, DeviceAttribute, DeviceCounterConsumption, ResourcePool, ResourceSlice, ResourceSliceSpec } from '#api/types/resource-v1';
import { invalidEach } from '../../core/v1/pod/checks.ts';
import { validateNodeSelector } from '../../core/v1/pod/node-selector.ts';
import { type FieldError, invalid, required, tooLong } from '../../machinery/field-error.ts';
import { goValue } from '../../machinery/go-value.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { DNS1123_LABEL_MAX_LENGTH, nameIsDnsSubdomain } from '../../machinery/names.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';
import { validateDriverName } from '../../storage/v1/csi-driver-validation.ts';
import { capacityErrors } from './capacity-validation.ts';
import { listErrors, mapErrors, setErrors } from './collections.ts';
import { bindingErrors, taintErrors } from './device-validation.ts';
import { labelNameErrors, MAX_QUALIFIED_NAME, poolNameErrors, qualifiedNameErrors } from './name-validation.ts';

const MAX_DEVICES = 128;
const MAX_SPECIAL_DEVICES = 64;
const MAX_COUNTER_SETS = 8;
const MAX_COUNTERS = 32;
const MAX_CONSUMPTIONS = 2;
const MAX_ATTRIBUTES = 32;
const MAX_VALUE = 64;
const MAX_TAINTS = 16;
const ATTRIBUTE = { groupVersion: 'resource/v1', struct: 'DeviceAttribute' };
const NUMBER = '(0|[1-9]\\d*)';
const PRE = '(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
const BUILD = '[0-9a-zA-Z-]+';
const SEMVER = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(-${PRE}(\\.${PRE})*)?(\\+${BUILD}(\\.${BUILD})*)?$`);

/** What is wrong with a slice, new or in the place of an old one. */
export function validateResourceSlice({ spec }: ResourceSlice, old?: ResourceSlice): FieldError[] {
  const errors = [...validateDriverName(spec.driver, 'spec.driver'), ...poolErrors(spec.pool)];
  if (old) {
    errors.push(
      ...validateImmutable(spec.pool.name, old.spec.pool.name, 'spec.pool.name'),
      ...validateImmutable(spec.driver, old.spec.driver, 'spec.driver'),
      ...validateImmutable(spec.nodeName, old.spec.nodeName, 'spec.nodeName'),
    );
  }
  errors.push(...placeErrors(spec));
  if (spec.sharedCounters && spec.devices) errors.push(invalid('spec', '', 'only one of `sharedCounters` or `devices` is allowed'));
  const isSpecial = (spec.devices ?? []).some(({ taints, consumesCounters }) => taints?.length || consumesCounters?.length);
  const check = (device: Device, at: string): FieldError[] => {
    const before = old?.spec.devices?.find(({ name }) => name === device.name);
    return deviceErrors(device, before, at, spec.perDeviceNodeSelection === true);
  };
  return [
    ...errors,
    ...setErrors(spec.devices, isSpecial ? MAX_SPECIAL_DEVICES : MAX_DEVICES, 'spec.devices', check, ({ name }) => name),
    ...setErrors(spec.sharedCounters, MAX_COUNTER_SETS, 'spec.sharedCounters', counterSetErrors, ({ name }) => name),
  ];
}

function poolErrors({ name, resourceSliceCount, generation }: ResourcePool): FieldError[] {
  const errors = poolNameErrors(name, 'spec.pool.name');
  if (resourceSliceCount <= 0) errors.push(invalid('spec.pool.resourceSliceCount', resourceSliceCount, 'must be greater than zero'));
  if (generation < 0) errors.push(invalid('spec.pool.generation', generation, 'must be greater than or equal to zero'));
  return errors;
}

/** Where the devices are: one of four ways to say it. */
function placeErrors({ nodeName, nodeSelector, allNodes, perDeviceNodeSelection }: ResourceSliceSpec): FieldError[] {
  const set: string[] = [];
  const errors: FieldError[] = [];
  if (nodeName) {
    set.push('`nodeName`');
    errors.push(...nodeNameErrors(nodeName, 'spec.nodeName'));
  } else if (nodeName !== undefined) errors.push(invalid('spec.nodeName', nodeName, 'must be either unset or set to a non-empty string'));
  if (nodeSelector) {
    set.push('`nodeSelector`');
    const { NodeSelectorTerms: terms } = goValue({ groupVersion: 'core/v1', struct: 'NodeSelector' }, nodeSelector) as {
      NodeSelectorTerms: JsonValue[] | null;
    };
    errors.push(...validateNodeSelector(nodeSelector, 'spec.nodeSelector'));
    if (terms?.length !== 1) errors.push(invalid('spec.nodeSelector.nodeSelectorTerms', terms, 'must have exactly one node selector term'));
  }
  for (const [field, value] of Object.entries({ allNodes, perDeviceNodeSelection })) {
    if (value) set.push(`\`${field}\``);
    else if (value !== undefined) errors.push(invalid(`spec.${field}`, value, 'must be either unset or set to true'));
  }
  const text = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
  if (set.length === 0) errors.push(required('spec', text));
  if (set.length > 1) errors.push(invalid('spec', `{${set.join(', ')}}`, `${text}, but multiple fields are set`));
  return errors;
}

function nodeNameErrors(name: string, path: string): FieldError[] {
  return invalidEach(path, name, nameIsDnsSubdomain(name, false));
}

function counterSetErrors({ name, counters }: CounterSet, path: string): FieldError[] {
  const errors = name ? labelNameErrors(name, `${path}.name`) : [required(`${path}.name`)];
  return [...errors, ...countersErrors(counters, `${path}.counters`)];
}
function consumptionErrors({ counterSet, counters }: DeviceCounterConsumption, path: string): FieldError[] {
  const errors = counterSet ? labelNameErrors(counterSet, `${path}.counterSet`) : [required(`${path}.counterSet`)];
  return [...errors, ...countersErrors(counters, `${path}.counters`)];
}
function countersErrors(counters: CounterSet['counters'] | null | undefined, path: string): FieldError[] {
  if (Object.keys(counters ?? {}).length === 0) return [required(path)];
  // Any quantity will do.
  return mapErrors(counters, { limit: MAX_COUNTERS, longestKey: DNS1123_LABEL_MAX_LENGTH }, path, labelNameErrors, () => []);
}

function deviceErrors(device: Device, old: Device | undefined, path: string, isPlacedAlone: boolean): FieldError[] {
  const { name, attributes, capacity, taints, consumesCounters } = device;
  const errors = labelNameErrors(name, `${path}.name`);
  const count = Object.keys(attributes ?? {}).length + Object.keys(capacity ?? {}).length;
  if (count > MAX_ATTRIBUTES) errors.push(invalid(path, count, `the total number of attributes and capacities must not exceed ${MAX_ATTRIBUTES}`));
  const keys = { longestKey: MAX_QUALIFIED_NAME };
  const isShared = device.allowMultipleAllocations === true;
  errors.push(
    ...mapErrors(attributes, keys, `${path}.attributes`, qualifiedNameErrors, attributeErrors),
    ...mapErrors(capacity, keys, `${path}.capacity`, qualifiedNameErrors, (each, at) => capacityErrors(each, at, isShared)),
  );
  // Taints that did not change are not looked at again.
  if (!old || !jsonEqual(plain(taints), plain(old.taints))) errors.push(...listErrors(taints, MAX_TAINTS, `${path}.taints`, taintErrors));
  errors.push(...setErrors(consumesCounters, MAX_CONSUMPTIONS, `${path}.consumesCounters`, consumptionErrors, ({ counterSet }) => counterSet));
  return [...errors, ...devicePlaceErrors(device, path, isPlacedAlone), ...bindingErrors(device, path)];
}

function devicePlaceErrors({ nodeName, nodeSelector, allNodes }: Device, path: string, isPlacedAlone: boolean): FieldError[] {
  if (!isPlacedAlone) {
    if (nodeName === undefined && nodeSelector === undefined && allNodes === undefined) return [];
    const text = '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
    return [invalid(path, undefined, text)];
  }
  const set: string[] = [];
  const errors: FieldError[] = [];
  if (nodeName) {
    set.push('`nodeName`');
    errors.push(...nodeNameErrors(nodeName, `${path}.nodeName`));
  } else if (nodeName !== undefined) errors.push(invalid(`${path}.nodeName`, nodeName, 'must not be empty'));
  if (nodeSelector) {
    set.push('`nodeSelector`');
    errors.push(...validateNodeSelector(nodeSelector, `${path}.nodeSelector`));
  }
  if (allNodes) set.push('`allNodes`');
  else if (allNodes !== undefined) errors.push(invalid(`${path}.allNodes`, allNodes, 'must be either unset or set to true'));
  const text = 'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  if (set.length === 0) errors.push(required(path, text));
  if (set.length > 1) errors.push(invalid(path, `{${set.join(', ')}}`, text));
  return errors;
}

function attributeErrors(attribute: DeviceAttribute, path: string): FieldError[] {
  const { string, version } = attribute;
  const errors: FieldError[] = [];
  if (string !== undefined && Buffer.byteLength(string) > MAX_VALUE) errors.push(tooLong(`${path}.string`, MAX_VALUE));
  if (version !== undefined) {
    if (!SEMVER.test(version)) errors.push(invalid(`${path}.version`, version, 'must be a string compatible with semver.org spec 2.0.0'));
    if (Buffer.byteLength(version) > MAX_VALUE) errors.push(tooLong(`${path}.version`, MAX_VALUE));
  }
  const count = (['bool', 'int', 'string', 'version'] as const).filter((field) => attribute[field] !== undefined).length;
  if (count !== 1) errors.push(invalid(path, count === 0 ? '' : goValue(ATTRIBUTE, attribute), 'exactly one value must be specified'));
  return errors;
}

function plain(value: unknown): JsonValue {
  return (value ?? []) as JsonValue;
}

/** The status of ResourceClaims. Follows ValidateResourceClaimStatusUpdate of pkg/apis/resource/validation and pkg/registry/resource/resourceclaim. */
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceAllocationConfiguration,
  DeviceRequestAllocationResult,
  NetworkDeviceData,
  ResourceClaim,
  ResourceClaimConsumerReference,
} from '#api/types/resource-v1';
import { validateNodeSelector } from '../../core/v1/pod/node-selector.ts';
import { type FieldError, forbidden, index, invalid, notSupported, required, tooLong, tooMany } from '../../machinery/field-error.ts';
import { formatIp, parseCidr } from '../../machinery/ip-address.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';
import { keepMetadata } from '../../machinery/status-metadata.ts';
import { validateConditions } from '../../policy/v1/validation.ts';
import { validateDriverName } from '../../storage/v1/csi-driver-validation.ts';
import { requestNames, requestRefErrors, requestRefsErrors } from './claim-validation.ts';
import { listErrors, NO_LIMIT, setErrors } from './collections.ts';
import { bindingErrors, configurationErrors, MAX_CONFIGS, rawObjectErrors } from './device-validation.ts';
import { labelNameErrors, poolNameErrors, uidErrors } from './name-validation.ts';

const MAX_RESERVED = 256;
const MAX_RESULTS = 32;
const MAX_CONDITIONS = 8;
const MAX_DATA = 10 * 1024;
const MAX_INTERFACE_NAME = 256;
const MAX_HARDWARE_ADDRESS = 128;
const MAX_IPS = 16;
const SOURCES = ['FromClaim', 'FromClass'];

/** The metadata stays, and with a device the claim lets go of goes what was said of it. */
export function prepareClaimStatus(claim: ResourceClaim, old: ResourceClaim): void {
  keepMetadata(claim, old);
  const { status } = claim;
  if (!status?.devices) return;
  const kept = allocatedDevices(claim);
  const gone = new Set([...allocatedDevices(old)].filter((id) => !kept.has(id)));
  const devices = status.devices.filter((device) => !gone.has(deviceId(device)));
  if (devices.length > 0) status.devices = devices;
  else delete status.devices;
}

/** What is wrong with a claim's new status. */
export function validateClaimStatus(claim: ResourceClaim, old: ResourceClaim): FieldError[] {
  const status = claim.status ?? {};
  const allocated = allocatedDevices(claim);
  return [
    ...setErrors(status.reservedFor, MAX_RESERVED, 'status.reservedFor', consumerErrors, ({ uid }) => uid),
    ...devicesErrors(status.devices ?? [], allocated),
    ...reservationErrors(claim, old),
    ...allocationErrors(claim, old.status?.allocation),
  ];
}

function allocatedDevices({ status }: ResourceClaim): ReadonlySet<string> {
  return new Set((status?.allocation?.devices?.results ?? []).map(deviceId));
}
function deviceId({ driver, pool, device, shareID }: { driver: string; pool: string; device: string; shareID?: string | undefined }): string {
  return [driver, pool, device, ...(shareID ? [shareID] : [])].join('/');
}

function consumerErrors(consumer: ResourceClaimConsumerReference, path: string): FieldError[] {
  return (['resource', 'name', 'uid'] as const).flatMap((field) => (consumer[field] ? [] : [required(`${path}.${field}`)]));
}

function reservationErrors(claim: ResourceClaim, old: ResourceClaim): FieldError[] {
  const reserved = claim.status?.reservedFor ?? [];
  const path = 'status.reservedFor';
  if (reserved.length === 0) return [];
  if (!claim.status?.allocation) return [forbidden(path, 'may not be specified when `allocated` is not set')];
  if (!claim.metadata.deletionTimestamp) return [];
  const before = old.status?.reservedFor ?? [];
  const isNew = (consumer: ResourceClaimConsumerReference): boolean => !before.some((each) => jsonEqual(plain(each), plain(consumer)));
  return reserved.some(isNew) ? [forbidden(path, 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set')] : [];
}

function allocationErrors(claim: ResourceClaim, before: AllocationResult | undefined): FieldError[] {
  const allocation = claim.status?.allocation;
  const path = 'status.allocation';
  if (!allocation) return [];
  if (before) return validateImmutable(allocation, before, path, { groupVersion: 'resource/v1', struct: 'AllocationResult' });
  const names = requestNames(claim.spec?.devices ?? {});
  const errors = [
    ...listErrors(allocation.devices?.results, MAX_RESULTS, `${path}.devices.results`, (result, at) => resultErrors(result, at, names)),
    // Those of the classes and those of the claim.
    ...listErrors(allocation.devices?.config, 2 * MAX_CONFIGS, `${path}.devices.config`, (config, at) => allocationConfigErrors(config, at, names)),
  ];
  return allocation.nodeSelector ? [...errors, ...validateNodeSelector(allocation.nodeSelector, `${path}.nodeSelector`)] : errors;
}

function resultErrors(result: DeviceRequestAllocationResult, path: string, names: ReadonlySet<string>): FieldError[] {
  return [
    ...requestRefErrors(result.request, `${path}.request`, names),
    ...validateDriverName(result.driver, `${path}.driver`),
    ...poolNameErrors(result.pool, `${path}.pool`),
    ...labelNameErrors(result.device, `${path}.device`),
    ...bindingErrors(result, path),
    ...(result.shareID === undefined ? [] : uidErrors(result.shareID, `${path}.shareID`)),
  ];
}

function allocationConfigErrors(config: DeviceAllocationConfiguration, path: string, names: ReadonlySet<string>): FieldError[] {
  const { source } = config;
  const errors: FieldError[] = [];
  if (!source) errors.push(required(`${path}.source`));
  else if (!SOURCES.includes(source)) errors.push(notSupported(`${path}.source`, source, SOURCES));
  return [...errors, ...requestRefsErrors(config.requests, `${path}.requests`, names), ...configurationErrors(config, path)];
}

function devicesErrors(devices: readonly AllocatedDeviceStatus[], allocated: ReadonlySet<string>): FieldError[] {
  const path = 'status.devices';
  const errors = listErrors(devices, NO_LIMIT, path, (device, at) => deviceErrors(device, at, allocated));
  const seen = new Set<string>();
  devices.forEach((device, i) => {
    const id = deviceId(device);
    if (seen.has(id)) errors.push({ type: 'FieldValueDuplicate', field: index(path, i), message: `Duplicate value: ${id}` });
    seen.add(id);
  });
  return errors;
}

function deviceErrors(device: AllocatedDeviceStatus, path: string, allocated: ReadonlySet<string>): FieldError[] {
  const errors = [
    ...validateDriverName(device.driver, `${path}.driver`),
    ...poolNameErrors(device.pool, `${path}.pool`),
    ...labelNameErrors(device.device, `${path}.device`),
    ...(device.shareID === undefined ? [] : uidErrors(device.shareID, `${path}.shareID`)),
  ];
  const id = deviceId(device);
  // A device prints without quotes.
  if (!allocated.has(id)) {
    errors.push({ type: 'FieldValueInvalid', field: path, message: `Invalid value: ${id}: must be an allocated device in the claim` });
  }
  const conditions = device.conditions ?? [];
  if (conditions.length > MAX_CONDITIONS) errors.push(tooMany(`${path}.conditions`, conditions.length, MAX_CONDITIONS));
  errors.push(...validateConditions(conditions, `${path}.conditions`));
  if (device.data !== undefined && device.data !== null) errors.push(...rawObjectErrors(device.data, `${path}.data`, MAX_DATA));
  return [...errors, ...networkErrors(device.networkData, `${path}.networkData`)];
}

function networkErrors(data: NetworkDeviceData | undefined, path: string): FieldError[] {
  if (!data) return [];
  const { interfaceName = '', hardwareAddress = '', ips } = data;
  const errors: FieldError[] = [];
  if (Buffer.byteLength(interfaceName) > MAX_INTERFACE_NAME) errors.push(tooLong(`${path}.interfaceName`, MAX_INTERFACE_NAME));
  if (Buffer.byteLength(hardwareAddress) > MAX_HARDWARE_ADDRESS) errors.push(tooLong(`${path}.hardwareAddress`, MAX_HARDWARE_ADDRESS));
  return [...errors, ...setErrors(ips, MAX_IPS, `${path}.ips`, interfaceAddressErrors, (ip) => ip)];
}

/** An address with the size of its network, as an interface has it. */
function interfaceAddressErrors(text: string, path: string): FieldError[] {
  const cidr = parseCidr(text);
  if (!cidr) return [invalid(path, text, 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)')];
  const canonical = `${formatIp(cidr.address)}/${cidr.bits}`;
  return text === canonical ? [] : [invalid(path, text, `must be in canonical form (${JSON.stringify(canonical)})`)];
}

function plain(value: unknown): JsonValue {
  return value as JsonValue;
}

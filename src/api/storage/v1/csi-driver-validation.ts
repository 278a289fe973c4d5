import type { CSIDriver, TokenRequest } from '#api/types/storage-v1';
import { invalidEach } from '../../core/v1/pod/checks.ts';
import { child, duplicate, type FieldError, index, invalid, notSupported, required, tooLong } from '../../machinery/field-error.ts';
import { isDns1123Subdomain } from '../../machinery/names.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';

const FS_GROUP_POLICIES = ['File', 'None', 'ReadWriteOnceWithFSType'];
const MODES = ['Persistent', 'Ephemeral'];
const MAX_DRIVER_NAME = 63;
const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;
const MIN_UPDATE_SECONDS = 10;

/** What is wrong with a CSIDriver; follows pkg/apis/storage/validation. */
export function validateCsiDriver({ spec }: CSIDriver): FieldError[] {
  const errors: FieldError[] = [];
  // The path is upstream's slip.
  if (spec.attachRequired === undefined) errors.push(required('spec.attachedRequired'));
  for (const field of ['podInfoOnMount', 'storageCapacity'] as const) if (spec[field] === undefined) errors.push(required(child('spec', field)));
  const { fsGroupPolicy, tokenRequests = [], volumeLifecycleModes = [], nodeAllocatableUpdatePeriodSeconds: period } = spec;
  if (fsGroupPolicy !== undefined && !FS_GROUP_POLICIES.includes(fsGroupPolicy)) {
    errors.push(notSupported('spec.fsGroupPolicy', fsGroupPolicy, FS_GROUP_POLICIES));
  }
  errors.push(...validateTokenRequests(tokenRequests, 'spec.tokenRequests'));
  for (const mode of volumeLifecycleModes) if (!MODES.includes(mode)) errors.push(notSupported('spec.volumeLifecycleModes', mode, MODES));
  if (spec.seLinuxMount === undefined) errors.push(required('spec.seLinuxMount'));
  if (period !== undefined && period < MIN_UPDATE_SECONDS) {
    errors.push(invalid('spec.nodeAllocatableUpdatePeriodSeconds', period, `must be greater than or equal to ${MIN_UPDATE_SECONDS} seconds`));
  }
  if (spec.serviceAccountTokenInSecrets !== undefined && tokenRequests.length === 0) {
    const text = 'serviceAccountTokenInSecrets is set but no tokenRequests are specified';
    errors.push(invalid('spec.serviceAccountTokenInSecrets', spec.serviceAccountTokenInSecrets, text));
  }
  return errors;
}

/** How volumes are attached and who makes them stays. */
export function validateCsiDriverUpdate({ spec }: CSIDriver, { spec: old }: CSIDriver): FieldError[] {
  return [
    ...validateImmutable(spec.attachRequired, old.attachRequired, 'spec.attachedRequired'),
    ...validateImmutable(spec.volumeLifecycleModes, old.volumeLifecycleModes, 'spec.volumeLifecycleModes'),
  ];
}

function validateTokenRequests(requests: readonly TokenRequest[], path: string): FieldError[] {
  const audiences = new Set<string>();
  return requests.flatMap(({ audience, expirationSeconds: seconds }, i) => {
    const at = index(path, i);
    if (audiences.has(audience)) return [duplicate(child(at, 'audience'), audience)];
    audiences.add(audience);
    if (seconds === undefined) return [];
    if (seconds < MIN_TOKEN_SECONDS) return [invalid(child(at, 'expirationSeconds'), seconds, 'may not specify a duration less than 10 minutes')];
    return seconds > MAX_TOKEN_SECONDS ? [invalid(child(at, 'expirationSeconds'), seconds, 'may not specify a duration larger than 2^32 seconds')] : [];
  });
}

/** The name of a CSI driver where another object names it. */
export function validateDriverName(name: string, path: string): FieldError[] {
  const errors = name ? [] : [required(path)];
  if (Buffer.byteLength(name) > MAX_DRIVER_NAME) errors.push(tooLong(path, MAX_DRIVER_NAME));
  return [...errors, ...invalidEach(path, name, isDns1123Subdomain(name.toLowerCase()))];
}

import type { VolumeAttachment, VolumeAttachmentSource, VolumeError } from '#api/types/storage-v1';
import { invalidEach } from '../../core/v1/pod/checks.ts';
import { child, type FieldError, forbidden, invalid, required, tooLong } from '../../machinery/field-error.ts';
import { goValue } from '../../machinery/go-value.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { inclusiveRangeError, isDns1123Subdomain } from '../../machinery/names.ts';
import { validateDriverName } from './csi-driver-validation.ts';
import { validateInlineVolume } from './inline-volume-validation.ts';

const MAX_METADATA_BYTES = 256 * 1024;
const MAX_MESSAGE_BYTES = 1024;
const ONE_SOURCE = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';

/** What is wrong with a new VolumeAttachment; follows pkg/apis/storage/validation. */
export function validateNewVolumeAttachment(object: VolumeAttachment): FieldError[] {
  const { attacher, source } = object.spec;
  const errors = [...validateVolumeAttachment(object), ...validateDriverName(attacher, 'spec.attacher')];
  const name = source.persistentVolumeName;
  return name === undefined ? errors : [...errors, ...invalidEach('spec.source.persistentVolumeName', name, isDns1123Subdomain(name))];
}

/** What is wrong with a VolumeAttachment that replaces `old`, or with its status: what it attaches stays. */
export function validateVolumeAttachmentUpdate(object: VolumeAttachment, old: VolumeAttachment): FieldError[] {
  // Upstream looks at the whole twice.
  const errors = [...validateVolumeAttachment(object), ...validateVolumeAttachment(object)];
  const isSame = jsonEqual(object.spec as unknown as JsonValue, old.spec as unknown as JsonValue);
  return isSame
    ? errors
    : [...errors, invalid('spec', goValue({ groupVersion: 'storage/v1', struct: 'VolumeAttachmentSpec' }, object.spec), 'field is immutable')];
}

function validateVolumeAttachment({ spec: { attacher, source, nodeName }, status }: VolumeAttachment): FieldError[] {
  const errors = attacher ? [] : [required('spec.attacher')];
  errors.push(...validateSource(source, 'spec.source'), ...invalidEach('spec.nodeName', nodeName, isDns1123Subdomain(nodeName)));
  const { attachmentMetadata = {}, attachError, detachError } = status ?? {};
  const size = Object.entries(attachmentMetadata).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  if (size > MAX_METADATA_BYTES) errors.push(tooLong('status.attachmentMetadata', MAX_METADATA_BYTES));
  return [...errors, ...volumeError(attachError, 'status.attachError'), ...volumeError(detachError, 'status.detachError')];
}

function validateSource({ persistentVolumeName, inlineVolumeSpec }: VolumeAttachmentSource, path: string): FieldError[] {
  if (!inlineVolumeSpec && persistentVolumeName === undefined) return [required(path, ONE_SOURCE)];
  if (inlineVolumeSpec && persistentVolumeName !== undefined) return [forbidden(path, ONE_SOURCE)];
  if (inlineVolumeSpec) return validateInlineVolume(inlineVolumeSpec, child(path, 'inlineVolumeSpec'));
  return persistentVolumeName === '' ? [required(child(path, 'persistentVolumeName'), 'must specify non empty persistentVolumeName')] : [];
}

function volumeError(error: VolumeError | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  // The number that upstream prints is that of the metadata.
  if (error?.message && Buffer.byteLength(error.message) > MAX_MESSAGE_BYTES) errors.push(tooLong(child(path, 'message'), MAX_METADATA_BYTES));
  const code = error?.errorCode;
  if (code !== undefined && code < 0) errors.push(invalid(child(path, 'errorCode'), code, inclusiveRangeError(0, 2147483647)));
  return errors;
}

import type { IPAddress } from '#api/types/networking-v1';
import { invalidEach } from '../../core/v1/pod/checks.ts';
import { child, type FieldError, invalid, required } from '../../machinery/field-error.ts';
import { validateIp } from '../../machinery/ip-address.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { isDns1123Subdomain, isPathSegmentName } from '../../machinery/names.ts';

const PATH = 'spec.parentRef';

/** The name of an IPAddress is the address, in canonical form. */
export function nameIsIpAddress(name: string): string[] {
  return validateIp('', name).map(({ message }) => message.replace(/^Invalid value: "[^"]*": /, ''));
}

/** What is wrong with an IPAddress: it belongs to something. */
export function validateIpAddress({ spec }: IPAddress): FieldError[] {
  const parent = spec?.parentRef;
  if (!parent) return [required(PATH)];
  const errors = parent.group ? invalidEach(child(PATH, 'group'), parent.group, isDns1123Subdomain(parent.group)) : [];
  for (const field of ['resource', 'name', 'namespace'] as const) {
    const value = parent[field];
    if (value) errors.push(...invalidEach(child(PATH, field), value, isPathSegmentName(value)));
    else if (field !== 'namespace') errors.push(required(child(PATH, field)));
  }
  return errors;
}

/** It belongs to the same thing for ever. */
export function validateIpAddressUpdate(object: IPAddress, old: IPAddress): FieldError[] {
  const plain = (value: unknown) => (value ?? null) as JsonValue;
  const parent = object.spec?.parentRef;
  if (jsonEqual(plain(parent), plain(old.spec?.parentRef))) return [];
  // Upstream prints the Go struct here.
  const printed = parent && { Group: parent.group ?? '', Resource: parent.resource ?? '', Namespace: parent.namespace ?? '', Name: parent.name ?? '' };
  return [invalid(PATH, printed, 'field is immutable')];
}

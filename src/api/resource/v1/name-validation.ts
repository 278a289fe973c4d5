/** Names of drivers, pools, devices and attributes. Follows pkg/apis/resource/validation. */
import { invalidEach } from '../../core/v1/pod/checks.ts';
import { type FieldError, invalid, required, tooLong } from '../../machinery/field-error.ts';
import { isCIdentifier, isDns1123Label, isDns1123Subdomain, isQualifiedName } from '../../machinery/names.ts';
import { validateDriverName } from '../../storage/v1/csi-driver-validation.ts';

const MAX_POOL_NAME = 253;
const MAX_DOMAIN = 63;
const MAX_ID = 32;
/** The longest name of an attribute or capacity: a domain, a slash and an identifier. */
export const MAX_QUALIFIED_NAME = MAX_DOMAIN + 1 + MAX_ID;
const UID_LENGTH = 36;

export function labelNameErrors(name: string, path: string): FieldError[] {
  return invalidEach(path, name, isDns1123Label(name));
}
export function qualifiedLabelErrors(name: string, path: string): FieldError[] {
  return invalidEach(path, name, isQualifiedName(name));
}
export function classNameErrors(name: string, path: string): FieldError[] {
  return name ? invalidEach(path, name, isDns1123Subdomain(name)) : [required(path)];
}

/** Domains with slashes between them. */
export function poolNameErrors(name: string, path: string): FieldError[] {
  if (!name) return [required(path)];
  const errors = Buffer.byteLength(name) > MAX_POOL_NAME ? [tooLong(path, MAX_POOL_NAME)] : [];
  return [...errors, ...name.split('/').flatMap((part) => invalidEach(path, part, isDns1123Subdomain(part)))];
}

/** The id of a share, in the form RFC 4122 prefers. */
export function uidErrors(uid: string, path: string): FieldError[] {
  const fault = uuidFault(uid);
  if (fault) return [invalid(path, uid, `error validating uid: ${fault}`)];
  if (uid.length === UID_LENGTH && uid === uid.toLowerCase()) return [];
  return [invalid(path, uid, 'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters')];
}

const URN = 'urn:uuid:';
/** What github.com/google/uuid says. */
function uuidFault(text: string): string | undefined {
  let plain = text;
  if (text.length === UID_LENGTH + URN.length) {
    plain = text.slice(URN.length);
    if (text.slice(0, URN.length).toLowerCase() !== URN) return `invalid urn prefix: ${JSON.stringify(text.slice(0, URN.length))}`;
  } else if (text.length === UID_LENGTH + 2) {
    if (!text.startsWith('{') || !text.endsWith('}')) return 'invalid bracketed UUID format';
    plain = text.slice(1, -1);
  } else if (text.length === UID_LENGTH - 4) return /^[0-9a-fA-F]{32}$/.test(text) ? undefined : 'invalid UUID format';
  else if (text.length !== UID_LENGTH) return `invalid UUID length: ${text.length}`;
  return /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(plain) ? undefined : 'invalid UUID format';
}

/** `name` or `domain/name`. */
export function qualifiedNameErrors(name: string, path: string): FieldError[] {
  const [first = '', second, ...more] = name.split('/');
  // More than one slash is let through, as upstream does.
  if (more.length > 0) return [];
  if (second === undefined) return identifierErrors(first, path);
  const errors = first ? validateDriverName(first, path) : [invalid(path, '', 'the domain must not be empty')];
  return [...errors, ...(second ? identifierErrors(second, path) : [invalid(path, '', 'the name must not be empty')])];
}

/** `domain/name`. */
export function fullyQualifiedNameErrors(name: string, path: string): FieldError[] {
  const errors = qualifiedNameErrors(name, path);
  if (!name.includes('/')) errors.push(invalid(path, name, 'a fully qualified name must be a domain and a name separated by a slash'));
  return errors;
}

function identifierErrors(id: string, path: string): FieldError[] {
  const errors = Buffer.byteLength(id) > MAX_ID ? [tooLong(path, MAX_ID)] : [];
  return [...errors, ...invalidEach(path, id, isCIdentifier(id))];
}

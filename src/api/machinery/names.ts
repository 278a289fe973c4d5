/** Rules for names and values, with the messages of k8s.io/apimachinery/pkg/util/validation. Each returns messages, empty when right. */
import { isIP, isIPv6 } from 'node:net';

const DNS1123_LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS1123_SUBDOMAIN = `${DNS1123_LABEL}(\\.${DNS1123_LABEL})*`;
const UNDERSCORE_LABEL = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const UNDERSCORE_SUBDOMAIN = `${UNDERSCORE_LABEL}(\\.${UNDERSCORE_LABEL})*`;
const QUALIFIED_NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${QUALIFIED_NAME})?`;
const DNS1035_LABEL = '[a-z]([-a-z0-9]*[a-z0-9])?';
const C_IDENTIFIER = '[A-Za-z_][A-Za-z0-9_]*';
const ENV_VAR_NAME = '[-._a-zA-Z][-._a-zA-Z0-9]*';
const CONFIG_MAP_KEY = '[-._a-zA-Z0-9]+';
const HTTP_HEADER = '[-A-Za-z0-9]+';

const exactly = (pattern: string): RegExp => new RegExp(`^${pattern}$`);
const DNS1123_LABEL_RE = exactly(DNS1123_LABEL);
const DNS1123_SUBDOMAIN_RE = exactly(DNS1123_SUBDOMAIN);
const UNDERSCORE_SUBDOMAIN_RE = exactly(UNDERSCORE_SUBDOMAIN);
const WILDCARD_SUBDOMAIN_RE = exactly(`\\*\\.${DNS1123_SUBDOMAIN}`);
const QUALIFIED_NAME_RE = exactly(QUALIFIED_NAME);
const LABEL_VALUE_RE = exactly(LABEL_VALUE);
const DNS1035_LABEL_RE = exactly(DNS1035_LABEL);
const C_IDENTIFIER_RE = exactly(C_IDENTIFIER);
const ENV_VAR_NAME_RE = exactly(ENV_VAR_NAME);
const CONFIG_MAP_KEY_RE = exactly(CONFIG_MAP_KEY);
const HTTP_HEADER_RE = exactly(HTTP_HEADER);

/** Longest DNS-1123 label, DNS-1123 subdomain and label value. */
export const DNS1123_LABEL_MAX_LENGTH = 63;
export const DNS1123_SUBDOMAIN_MAX_LENGTH = 253;
export const LABEL_VALUE_MAX_LENGTH = 63;

/** Upstream's text for a value that breaks a regular expression, with examples of right ones. */
export function regexError(message: string, pattern: string, ...examples: string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${pattern}')`;
  // The commas stand as upstream puts them.
  return `${message} (e.g. ${examples.map((example) => `'${example}', `).join(' or ')}regex used for validation is '${pattern}')`;
}
/** `must be no more than 63 bytes`. */
export function maxLengthError(length: number): string {
  return `must be no more than ${length} bytes`;
}
/** `must be between 1 and 65535, inclusive`. */
export function inclusiveRangeError(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}
/** `must be non-empty`. */
export const EMPTY_ERROR = 'must be non-empty';

/** RFC 1123 label: names of namespaces, container names, … */
export function isDns1123Label(value: string): string[] {
  const errors = tooLong(value, DNS1123_LABEL_MAX_LENGTH);
  if (DNS1123_LABEL_RE.test(value)) return errors;
  // A text that a subdomain may be only lacks dots' permission: upstream says so.
  const message = DNS1123_SUBDOMAIN_RE.test(value)
    ? 'must not contain dots'
    : regexError(
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
        DNS1123_LABEL,
        'my-name',
        '123-abc',
      );
  return [...errors, message];
}
/** RFC 1123 subdomain: names of most objects. */
export function isDns1123Subdomain(value: string): string[] {
  const errors = tooLong(value, DNS1123_SUBDOMAIN_MAX_LENGTH);
  if (!DNS1123_SUBDOMAIN_RE.test(value)) {
    errors.push(
      regexError(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
        DNS1123_SUBDOMAIN,
        'example.com',
      ),
    );
  }
  return errors;
}
/** As isDns1123Subdomain, but underscores may be in it: search paths of resolvers. */
export function isDns1123SubdomainWithUnderscore(value: string): string[] {
  const errors = tooLong(value, DNS1123_SUBDOMAIN_MAX_LENGTH);
  if (!UNDERSCORE_SUBDOMAIN_RE.test(value)) {
    const message =
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
    errors.push(regexError(message, UNDERSCORE_SUBDOMAIN, 'example.com'));
  }
  return errors;
}
/** `*.example.com`. */
export function isWildcardDns1123Subdomain(value: string): string[] {
  const errors = tooLong(value, DNS1123_SUBDOMAIN_MAX_LENGTH);
  if (!WILDCARD_SUBDOMAIN_RE.test(value)) {
    const message =
      "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
    errors.push(regexError(message, `\\*\\.${DNS1123_SUBDOMAIN}`, '*.example.com'));
  }
  return errors;
}
/** RFC 1035 label: names of Services. */
export function isDns1035Label(value: string): string[] {
  const errors = tooLong(value, DNS1123_LABEL_MAX_LENGTH);
  if (!DNS1035_LABEL_RE.test(value)) {
    const message =
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
    errors.push(regexError(message, DNS1035_LABEL, 'my-name', 'abc-123'));
  }
  return errors;
}
/** `name` or `prefix/name`: label keys, annotation keys, finalizers. */
export function isQualifiedName(value: string): string[] {
  const parts = value.split('/');
  const errors: string[] = [];
  let name = value;
  if (parts.length === 2) {
    const [prefix = '', last = ''] = parts;
    name = last;
    if (prefix === '') errors.push(`prefix part ${EMPTY_ERROR}`);
    else errors.push(...isDns1123Subdomain(prefix).map((message) => `prefix part ${message}`));
  } else if (parts.length > 2) {
    return [
      `a qualified name ${regexError(QUALIFIED_NAME_MESSAGE, QUALIFIED_NAME, 'MyName', 'my.name', '123-abc')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  if (name === '') errors.push(`name part ${EMPTY_ERROR}`);
  else errors.push(...tooLong(name, LABEL_VALUE_MAX_LENGTH).map((message) => `name part ${message}`));
  if (!QUALIFIED_NAME_RE.test(name)) errors.push(`name part ${regexError(QUALIFIED_NAME_MESSAGE, QUALIFIED_NAME, 'MyName', 'my.name', '123-abc')}`);
  return errors;
}
const QUALIFIED_NAME_MESSAGE = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** Values of labels. */
export function isLabelValue(value: string): string[] {
  const errors = tooLong(value, LABEL_VALUE_MAX_LENGTH);
  if (!LABEL_VALUE_RE.test(value)) {
    const message =
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
    errors.push(regexError(message, LABEL_VALUE, 'MyValue', 'my_value', '12345'));
  }
  return errors;
}
/** Identifiers of C. */
export function isCIdentifier(value: string): string[] {
  if (C_IDENTIFIER_RE.test(value)) return [];
  const message = "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'";
  return [regexError(message, C_IDENTIFIER, 'my_name', 'MY_NAME', 'MyName')];
}
/** Names of environment variables: any printable ASCII but `=` (since 1.34 by default). */
export function isRelaxedEnvVarName(value: string): string[] {
  if (value.length === 0) return [`environment variable name ${EMPTY_ERROR}`];
  for (const character of value) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 32 || code > 126 || character === '=')
      return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
  }
  return [];
}
/** The older, strict rule for names of environment variables. */
export function isEnvVarName(value: string): string[] {
  if (ENV_VAR_NAME_RE.test(value)) return pathTraversal(value);
  const message = "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit";
  return [regexError(message, ENV_VAR_NAME, 'my.env-name', 'MY_ENV.NAME', 'MyEnvName1'), ...pathTraversal(value)];
}
/** Keys of ConfigMaps and Secrets. */
export function isConfigMapKey(value: string): string[] {
  const errors = tooLong(value, DNS1123_SUBDOMAIN_MAX_LENGTH);
  if (!CONFIG_MAP_KEY_RE.test(value)) {
    errors.push(regexError("a valid config key must consist of alphanumeric characters, '-', '_' or '.'", CONFIG_MAP_KEY, 'key.name', 'KEY_NAME', 'key-name'));
  }
  return [...errors, ...pathTraversal(value)];
}
function pathTraversal(value: string): string[] {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}
/** IANA service names: named ports. */
export function isPortName(value: string): string[] {
  const errors: string[] = [];
  if (Buffer.byteLength(value) > 15) errors.push(maxLengthError(15));
  if (!/^[-a-z0-9]+$/.test(value)) errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)');
  if (value.includes('--')) errors.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}
/** 1 to 65535. */
export function isPortNumber(value: number): string[] {
  return value >= 1 && value <= 65535 ? [] : [inclusiveRangeError(1, 65535)];
}
/** Names that are segments of URL paths: RBAC roles. */
export function isPathSegmentName(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return pathSegmentPrefix(name);
}
/** As isPathSegmentName, for generateName. */
export function pathSegmentPrefix(name: string): string[] {
  return ['/', '%'].filter((character) => name.includes(character)).map((character) => `may not contain '${character}'`);
}
/** Names of HTTP headers in probes. */
export function isHttpHeaderName(value: string): string[] {
  return HTTP_HEADER_RE.test(value) ? [] : [regexError("a valid HTTP header must consist of alphanumeric characters or '-'", HTTP_HEADER, 'X-Header-Name')];
}
/** An IP address of either family. */
export function isIpAddress(value: string): string[] {
  return isIP(value) && !value.includes('%') ? [] : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
}
/** A CIDR of either family. */
export function isCidr(value: string): string[] {
  const slash = value.lastIndexOf('/');
  const [address, bits] = [value.slice(0, slash), value.slice(slash + 1)];
  const isRight = slash > 0 && isIP(address) !== 0 && /^(0|[1-9][0-9]*)$/.test(bits) && Number(bits) <= (isIPv6(address) ? 128 : 32);
  return isRight ? [] : ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'];
}
/** User and group ids: 0 to 2^31-1. */
export function isUserId(value: number): string[] {
  return value >= 0 && value <= 2147483647 ? [] : [inclusiveRangeError(0, 2147483647)];
}

/** Rule for metadata.name where the kind has none of its own. A generateName may end with `-`. */
export function nameIsDnsSubdomain(name: string, isPrefix: boolean): string[] {
  return isDns1123Subdomain(isPrefix ? maskTrailingDash(name) : name);
}
/** Rule for names of Namespaces and the like. */
export function nameIsDnsLabel(name: string, isPrefix: boolean): string[] {
  return isDns1123Label(isPrefix ? maskTrailingDash(name) : name);
}
/** Rule for names of Services. */
export function nameIsDns1035Label(name: string, isPrefix: boolean): string[] {
  return isDns1035Label(isPrefix ? maskTrailingDash(name) : name);
}
/** Rule for names of RBAC objects. */
export function nameIsPathSegment(name: string, isPrefix: boolean): string[] {
  return isPrefix ? pathSegmentPrefix(name) : isPathSegmentName(name);
}
/** A trailing `-` of a generateName is followed by random letters, so it is judged as if a letter stood there. */
export function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;
}

function tooLong(value: string, max: number): string[] {
  return value.length > max || (value.length > max / 4 && Buffer.byteLength(value) > max) ? [maxLengthError(max)] : [];
}

/** The string formats that are checked. Follows k8s.io/kube-openapi/pkg/validation/strfmt and govalidator. */
import { isIPv6 } from 'node:net';
import { parseRequestUri } from '../cel/library/kubernetes/go-url.ts';
import { DurationError, parseDurationNanoseconds } from '../machinery/duration.ts';
import type { JsonSchema } from './json-schema.ts';

type Check = (text: string) => boolean;
const matches =
  (pattern: RegExp): Check =>
  (text) =>
    pattern.test(text);

const UUID = (version: string, variant = '[0-9a-f]'): Check =>
  matches(new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`, 'i'));
const HOST = '[a-zA-Z0-9\\p{S}\\p{L}]';
/** One label with a dash behind its first character at most, or several, of which the last has letters alone. */
const HOSTNAME = new RegExp(`^(?:${HOST}(?:-?${HOST}{0,62})?|(?:${HOST}(?:[a-zA-Z0-9\\-\\p{S}\\p{L}]{0,61}${HOST})?\\.)+[a-zA-Z\\p{L}]{2,63})$`, 'u');
/** Go's net/mail: an address, with or without a name and angle brackets. */
const ATEXT = "A-Za-z0-9!#$%&'*+\\-/=?^_`{|}~\\u{80}-\\u{10ffff}";
const ATOM = `[${ATEXT}]+`;
const QUOTED = '"(?:[^"\\\\]|\\\\.)*"';
const ADDRESS = `(?:${ATOM}(?:\\.${ATOM})*|${QUOTED})@${ATOM}(?:\\.${ATOM})*`;
const EMAIL = new RegExp(`^(?:${ADDRESS}|(?:[.${ATEXT} \\t]|${QUOTED})*<${ADDRESS}>)$`, 'u');
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const SHORT_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

const CHECKS: Readonly<Record<string, Check>> = {
  bsonobjectid: matches(/^[0-9a-fA-F]{24}$/),
  uri: (text) => 'url' in parseRequestUri(text),
  email: isEmail,
  hostname: isHostname,
  ipv4: (text) => isLaxIPv4(text) || (isPlainIPv6(text) && text.includes('.')),
  ipv6: isPlainIPv6,
  cidr: isLaxCidr,
  mac: matches(
    /^(?:[0-9a-fA-F]{2}([:-])(?:[0-9a-fA-F]{2}\1){4}[0-9a-fA-F]{2}|(?:[0-9a-fA-F]{4}\.){2}[0-9a-fA-F]{4}|[0-9a-fA-F]{2}([:-])(?:[0-9a-fA-F]{2}\2){6}[0-9a-fA-F]{2})$/,
  ),
  uuid: UUID('[0-9a-f]'),
  uuid3: UUID('3'),
  uuid4: UUID('4', '[89ab]'),
  uuid5: UUID('5', '[89ab]'),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  ssn: matches(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  hexcolor: matches(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: matches(
    /^rgb\(\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*\)$/,
  ),
  byte: (text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text !== '',
  password: () => true,
  date: isDate,
  duration: isDuration,
  datetime: isDateTime,
  k8sshortname: (text) => text.length <= 63 && SHORT_NAME.test(text),
  k8slongname: (text) => text.length <= 253 && text.split('.').every((part) => SHORT_NAME.test(part)),
};

const NUMERIC: ReadonlyMap<string, readonly string[]> = new Map([
  ['integer', ['int32', 'int64']],
  ['number', ['float', 'double']],
]);

/** The format of a schema's values; empty where it is none that upstream knows: such formats count as not given. */
export function knownFormat({ type, format }: JsonSchema): string {
  if (!format) return '';
  const isNumeric = type ? NUMERIC.get(type)?.includes(format) === true : [...NUMERIC.values()].some((names) => names.includes(format));
  return isNumeric || isKnownFormat(format) ? format : '';
}
/** Whether texts of the format are checked. */
export function isKnownFormat(format: string): boolean {
  return format !== '' && Object.hasOwn(CHECKS, format.replaceAll('-', ''));
}
/** Whether the text has the format; what is not known is always right. */
export function hasFormat(format: string, text: string): boolean {
  const name = format.replaceAll('-', '');
  return !Object.hasOwn(CHECKS, name) || CHECKS[name]?.(text) === true;
}

function isPlainIPv6(text: string): boolean {
  return isIPv6(text) && !text.includes('%');
}
/** Leading zeros are let pass, as Go once did. */
function isLaxIPv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^\d+$/.test(part) && Number(part) <= 255);
}
function isLaxCidr(text: string): boolean {
  const slash = text.indexOf('/');
  const address = text.slice(0, slash);
  const bits = text.slice(slash + 1);
  if (slash < 0 || !/^\d+$/.test(bits)) return false;
  return isLaxIPv4(address) ? Number(bits) <= 32 : isPlainIPv6(address) && Number(bits) <= 128;
}
function isEmail(text: string): boolean {
  const isBlank = (at: number): boolean => text[at] === ' ' || text[at] === '\t';
  let [start, end] = [0, text.length];
  while (isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return EMAIL.test(text.slice(start, end));
}
function isHostname(text: string): boolean {
  // Lengths are in bytes.
  return Buffer.byteLength(text) <= 255 && text.split('.').every((label) => Buffer.byteLength(label) <= 63) && HOSTNAME.test(text);
}
function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (day === undefined) return false;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
}
function isDateTime(text: string): boolean {
  if (text.length < 4 || !DATE_TIME.test(text)) return false;
  const [hour, minute, second] = [text.slice(11, 13), text.slice(14, 16), text.slice(17, 19)].map(Number) as [number, number, number];
  return isDate(text.slice(0, 10)) && hour < 24 && minute < 60 && second < 60;
}
/** Units with their names; what begins with the last one of a row is it, too. */
const UNITS = [
  ['ns', 'nano'],
  ['us', 'µs', 'micro'],
  ['ms', 'milli'],
  ['s', 'sec'],
  ['m', 'min'],
  ['h', 'hr', 'hour'],
  ['d', 'day'],
  ['w', 'wk', 'week'],
] as const;
/** Go's durations, or anything that has a number with a unit in it: `3 days`. */
function isDuration(text: string): boolean {
  try {
    parseDurationNanoseconds(text);
    return true;
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    return [...text.matchAll(/(?<!\d)\d+\s*([A-Za-zµ]+)/g)].some(([, unit = '']) => isUnit(unit.toLowerCase()));
  }
}
function isUnit(unit: string): boolean {
  return UNITS.some((names) => names.some((name) => name === unit) || unit.startsWith(names.at(-1) ?? ''));
}
function isIsbn10(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, '');
  if (!/^(?:\d{9}X|\d{10})$/.test(digits)) return false;
  return sumOf(digits, (digit, i) => (digit === 'X' ? 10 : Number(digit)) * (i + 1)) % 11 === 0;
}
function isIsbn13(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, '');
  return /^\d{13}$/.test(digits) && sumOf(digits, (digit, i) => Number(digit) * (i % 2 === 0 ? 1 : 3)) % 10 === 0;
}
function isCreditCard(text: string): boolean {
  const digits = text.replace(/\D+/g, '');
  if (
    !/^(?:4\d{12}(?:\d{3})?|5[1-5]\d{14}|(?:222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}|6(?:011|5\d\d)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|(?:2131|1800|35\d{3})\d{11}|6[27]\d{14})$/.test(
      digits,
    )
  )
    return false;
  const luhn = (digit: string, i: number): number => {
    const value = Number(digit) * ((digits.length - i) % 2 === 0 ? 2 : 1);
    return value > 9 ? value - 9 : value;
  };
  return sumOf(digits, luhn) % 10 === 0;
}
function sumOf(digits: string, weigh: (digit: string, i: number) => number): number {
  return Array.from(digits).reduce((sum, digit, i) => sum + weigh(digit, i), 0);
}

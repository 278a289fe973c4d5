import { CelTimestamp } from './values.ts';

const NANOS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  '\u00b5s': 1_000n,
  '\u03bcs': 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const MAX_NANOS = 0x7fffffffffffffffn;
/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z: the timestamps CEL knows. */
const MIN_SECONDS = -62135596800;
const MAX_SECONDS = 253402300799;

/** Nanoseconds of a duration as Go's `time.ParseDuration` reads it (`1h30m`, `-1.5s`); undefined when it cannot. */
export function parseDuration(text: string): bigint | undefined {
  const match = /^([+-]?)(.+)$/s.exec(text);
  if (!match) return undefined;
  const rest = match[2] as string;
  if (rest === '0') return 0n;
  const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/y;
  let total = 0n;
  while (part.lastIndex < rest.length) {
    const found = part.exec(rest);
    if (!found) return undefined;
    total += scaled(found[1] as string, NANOS[found[2] as string] as bigint);
  }
  const signed = match[1] === '-' ? -total : total;
  return signed > MAX_NANOS || signed < -MAX_NANOS - 1n ? undefined : signed;
}

function scaled(number: string, unit: bigint): bigint {
  const [whole = '', fraction = ''] = number.split('.');
  const digits = fraction.slice(0, 18);
  return BigInt(whole || '0') * unit + (digits === '' ? 0n : (BigInt(digits) * unit) / 10n ** BigInt(digits.length));
}

/** The point in time of an RFC 3339 text; undefined when it is none, or before year 1 or after 9999. */
export function parseTimestamp(text: string): CelTimestamp | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59) return undefined;
  const offset = zoneSeconds(match[8] as string);
  if (offset === undefined) return undefined;
  const seconds = Date.UTC(2000, month - 1, day, hour, minute, second) / 1000 + yearShift(year, month) - offset;
  const nanos = Number((match[7] ?? '').slice(0, 9).padEnd(9, '0'));
  return isInRange(seconds) ? new CelTimestamp(seconds, nanos, offset) : undefined;
}

/** `Date.UTC` reads years below 100 as 19xx, so dates are made in 2000 (a leap year) and shifted: the difference of the two Januaries, less a day from March on in years that do not leap. */
function yearShift(year: number, month: number): number {
  const january = new Date(0);
  january.setUTCFullYear(year, 0, 1);
  const shift = (january.getTime() - Date.UTC(2000, 0, 1)) / 1000;
  return month > 2 && daysIn(year, 2) === 28 ? shift - 86400 : shift;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function zoneSeconds(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const [hours, minutes] = zone.slice(1).split(':').map(Number) as [number, number];
  if (hours > 24 || minutes > 60) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/** Whether a second lies between the years 1 and 9999. */
export function isInRange(seconds: number): boolean {
  return seconds >= MIN_SECONDS && seconds <= MAX_SECONDS;
}

/** A timestamp as RFC 3339 in the zone it was written in, with as many digits of the second as it needs. */
export function formatTimestamp({ seconds, nanos, offset }: CelTimestamp): string {
  const text = new Date((seconds + offset) * 1000).toISOString().slice(0, 19);
  return `${text}${fractionOf(nanos)}${zoneText(offset)}`;
}

function zoneText(offset: number): string {
  if (offset === 0) return 'Z';
  const minutes = Math.abs(offset) / 60;
  const parts = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0'));
  return `${offset < 0 ? '-' : '+'}${parts.join(':')}`;
}

function fractionOf(nanos: number): string {
  if (nanos === 0) return '';
  return `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
}

/** A duration as CEL's `string()` prints it: seconds, with as many digits as they need. */
export function formatDuration(nanos: bigint): string {
  const sign = nanos < 0n ? '-' : '';
  const size = nanos < 0n ? -nanos : nanos;
  return `${sign}${size / 1_000_000_000n}${fractionOf(Number(size % 1_000_000_000n))}s`;
}

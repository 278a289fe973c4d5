/** Go durations (`1h30m`, `250ms`) and the ages that kubectl shows. */
import { lookupTable } from '#lib';

const NANOSECONDS = lookupTable<bigint>({
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
});
const MAX_INT64 = (1n << 63n) - 1n;

/** A text that is no Go duration; the message is Go's. */
export class DurationError extends Error {
  override readonly name = 'DurationError';
}

/** Nanoseconds of a Go duration such as `1.5h`, `2m30s`, `-10ms`, `0`. Throws DurationError. */
export function parseDurationNanoseconds(text: string): bigint {
  const isNegative = text.startsWith('-');
  let rest = isNegative || text.startsWith('+') ? text.slice(1) : text;
  if (rest === '0') return 0n;
  if (rest === '') throw new DurationError(`time: invalid duration ${JSON.stringify(text)}`);
  let total = 0n;
  while (rest) {
    const match = /^([0-9]*)(\.[0-9]*)?([^0-9.]*)/.exec(rest);
    const [matched = '', whole = '', point = '', unit = ''] = match ?? [];
    const fraction = point.slice(1);
    if (whole === '' && fraction === '') throw new DurationError(`time: invalid duration ${JSON.stringify(text)}`);
    if (unit === '') throw new DurationError(`time: missing unit in duration ${JSON.stringify(text)}`);
    const scale = NANOSECONDS[unit];
    if (scale === undefined) throw new DurationError(`time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`);
    total += BigInt(whole || '0') * scale + (fraction ? (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length) : 0n);
    if (total > MAX_INT64) throw new DurationError(`time: invalid duration ${JSON.stringify(text)}`);
    rest = rest.slice(matched.length);
  }
  return isNegative ? -total : total;
}

/** Milliseconds (with a fraction) of a Go duration. Throws DurationError. */
export function parseDuration(text: string): number {
  return Number(parseDurationNanoseconds(text)) / 1e6;
}

/** As Go prints a duration of so many nanoseconds: `1h30m0s`, `1.5s`, `250ms`, `0s`. */
export function formatDurationNanoseconds(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s';
  const sign = nanoseconds < 0n ? '-' : '';
  const value = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (value < 1_000n) return `${sign}${value}ns`;
  if (value < 1_000_000n) return `${sign}${decimal(value, 1_000n)}µs`;
  if (value < 1_000_000_000n) return `${sign}${decimal(value, 1_000_000n)}ms`;
  const minute = 60_000_000_000n;
  const seconds = `${decimal(value % minute, 1_000_000_000n)}s`;
  const minutes = value / minute;
  if (minutes === 0n) return `${sign}${seconds}`;
  const hours = minutes / 60n;
  return hours === 0n ? `${sign}${minutes}m${seconds}` : `${sign}${hours}h${minutes % 60n}m${seconds}`;
}
function decimal(value: bigint, unit: bigint): string {
  const fraction = (value % unit)
    .toString()
    .padStart(unit.toString().length - 1, '0')
    .replace(/0+$/, '');
  return fraction ? `${value / unit}.${fraction}` : String(value / unit);
}

/** As Go prints a duration of so many milliseconds. */
export function formatDuration(ms: number): string {
  return formatDurationNanoseconds(BigInt(Math.round(ms * 1e6)));
}

/** A duration as kubectl shows ages, two units at most: `45s`, `3m10s`, `5h`, `2d3h`, `400d`, `3y20d`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  // Clocks that differ by a second are not worth a complaint.
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 24 * 8) return pair(days, 'd', hours % 24, 'h');
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.trunc(days / 365);
  return hours < 24 * 365 * 8 ? pair(years, 'y', days % 365, 'd') : `${years}y`;
}
function pair(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`;
}

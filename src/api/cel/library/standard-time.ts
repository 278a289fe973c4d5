import { fail } from '../errors.ts';
import { type CelFunction, type CelOverload, celFunction, member } from '../functions.ts';
import { durationType, intType, stringType, timestampType } from '../types.ts';
import { type CelDuration, type CelTimestamp, type CelValue, toInt } from '../values.ts';

/** The fields of a point in time on some clock; `date` holds them as if they were UTC. */
interface LocalTime {
  readonly date: Date;
  readonly nanos: number;
}

const MS_PER_DAY = 86_400_000;
const FIXED_ZONE = /^([+-]?)(\d{1,2}):(\d\d)$/;
const formatters = new Map<string, Intl.DateTimeFormat>();

function localTime(time: CelTimestamp, zone: string): LocalTime {
  return { date: new Date(time.seconds * 1000 + offsetMs(time, zone)), nanos: time.nanos };
}

function offsetMs(time: CelTimestamp, zone: string): number {
  if (zone === '' || zone === 'UTC') return 0;
  const fixed = FIXED_ZONE.exec(zone);
  if (fixed) return (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3])) * 60_000;
  const ms = time.seconds * 1000;
  const parts = Object.fromEntries(
    formatterOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  );
  const local = new Date(0);
  const year = parts.era === 'BC' ? 1 - Number(parts.year) : Number(parts.year);
  local.setUTCFullYear(year, Number(parts.month) - 1, Number(parts.day));
  local.setUTCHours(Number(parts.hour), Number(parts.minute), Number(parts.second));
  return local.getTime() - ms;
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const numeric = 'numeric' as const;
  try {
    const made = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    });
    formatters.set(zone, made);
    return made;
  } catch {
    return fail(`unknown time zone ${zone}`);
  }
}

function dayOfYear({ date }: LocalTime): number {
  const first = new Date(date);
  first.setUTCMonth(0, 1);
  return Math.round((date.getTime() - first.getTime()) / MS_PER_DAY);
}

/** A field of a timestamp, in UTC or in the time zone given. */
function field(id: string, read: (time: LocalTime) => number): CelOverload[] {
  return [
    member(id, [timestampType], intType, (time) => read(localTime(time as CelTimestamp, ''))),
    member(`${id}_with_tz`, [timestampType, stringType], intType, (time, zone) => read(localTime(time as CelTimestamp, zone as string))),
  ];
}

/** A duration in whole units. */
function whole(id: string, nanosPerUnit: bigint): CelOverload {
  return member(id, [durationType], intType, (duration) => toInt((duration as CelDuration).nanos / nanosPerUnit) as CelValue);
}

/** cel-spec's accessors of timestamps and durations. */
export const TIME_FUNCTIONS: readonly CelFunction[] = [
  celFunction('getFullYear', ...field('timestamp_to_year', ({ date }) => date.getUTCFullYear())),
  celFunction('getMonth', ...field('timestamp_to_month', ({ date }) => date.getUTCMonth())),
  celFunction('getDayOfYear', ...field('timestamp_to_day_of_year', dayOfYear)),
  celFunction('getDate', ...field('timestamp_to_day_of_month_1_based', ({ date }) => date.getUTCDate())),
  celFunction('getDayOfMonth', ...field('timestamp_to_day_of_month', ({ date }) => date.getUTCDate() - 1)),
  celFunction('getDayOfWeek', ...field('timestamp_to_day_of_week', ({ date }) => date.getUTCDay())),
  celFunction('getHours', ...field('timestamp_to_hours', ({ date }) => date.getUTCHours()), whole('duration_to_hours', 3_600_000_000_000n)),
  celFunction('getMinutes', ...field('timestamp_to_minutes', ({ date }) => date.getUTCMinutes()), whole('duration_to_minutes', 60_000_000_000n)),
  celFunction('getSeconds', ...field('timestamp_to_seconds', ({ date }) => date.getUTCSeconds()), whole('duration_to_seconds', 1_000_000_000n)),
  celFunction(
    'getMilliseconds',
    ...field('timestamp_to_milliseconds', ({ nanos }) => Math.floor(nanos / 1_000_000)),
    // The whole duration, as cel-go and Kubernetes' own tests have it; cel-spec asks for what is left of the second.
    whole('duration_to_milliseconds', 1_000_000n),
  ),
];

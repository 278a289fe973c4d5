import { parseDuration } from '../../machinery/duration.ts';
import { goQuote } from '../../machinery/go-text.ts';

/** Which numbers and names a field of a schedule may have. */
interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
];
const DESCRIPTORS = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];
const EVERY = '@every ';

class ScheduleError extends Error {}

/** What is wrong with a schedule, in the words of github.com/robfig/cron, which upstream reads schedules with. */
export function scheduleProblem(schedule: string): string | undefined {
  try {
    checkSchedule(schedule);
    return undefined;
  } catch (error) {
    if (error instanceof ScheduleError) return error.message;
    throw error;
  }
}

function checkSchedule(schedule: string): void {
  if (!schedule) throw new ScheduleError('empty spec string');
  const rest = withoutZone(schedule);
  if (rest.startsWith('@')) checkDescriptor(rest);
  else {
    const fields = rest.split(/\s+/).filter(Boolean);
    if (fields.length !== FIELDS.length) throw new ScheduleError(`expected exactly ${FIELDS.length} fields, found ${fields.length}: [${fields.join(' ')}]`);
    for (const [i, bounds] of FIELDS.entries()) for (const part of (fields[i] ?? '').split(',').filter(Boolean)) checkRange(part, bounds);
  }
}

function withoutZone(schedule: string): string {
  if (!schedule.startsWith('TZ=') && !schedule.startsWith('CRON_TZ=')) return schedule;
  const space = schedule.indexOf(' ');
  const zone = schedule.slice(schedule.indexOf('=') + 1, space < 0 ? undefined : space);
  const problem = timeZoneProblem(zone);
  if (problem) throw new ScheduleError(`provided bad location ${zone}: ${problem}`);
  return space < 0 ? '' : schedule.slice(space).trim();
}

function checkDescriptor(text: string): void {
  if (DESCRIPTORS.includes(text)) return;
  if (!text.startsWith(EVERY)) throw new ScheduleError(`unrecognized descriptor: ${text}`);
  try {
    parseDuration(text.slice(EVERY.length));
  } catch (error) {
    throw new ScheduleError(`failed to parse duration ${text}: ${(error as Error).message}`);
  }
}

function checkRange(text: string, { min, max, names }: Bounds): void {
  const [range = '', stepText, ...moreSteps] = text.split('/');
  const [low = '', high, ...more] = range.split('-');
  const isStar = low === '*' || low === '?';
  const start = isStar ? min : numberOrName(low, names);
  if (!isStar && more.length) throw new ScheduleError(`too many hyphens: ${text}`);
  let end = start;
  if (isStar) end = max;
  else if (high !== undefined) end = numberOrName(high, names);
  let step = 1;
  if (moreSteps.length) throw new ScheduleError(`too many slashes: ${text}`);
  if (stepText !== undefined) {
    step = wholeNumber(stepText);
    // `N/step` goes to the end.
    if (high === undefined) end = max;
  }
  if (start < min) throw new ScheduleError(`beginning of range (${start}) below minimum (${min}): ${text}`);
  if (end > max) throw new ScheduleError(`end of range (${end}) above maximum (${max}): ${text}`);
  if (start > end) throw new ScheduleError(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new ScheduleError(`step of range should be a positive number: ${text}`);
}

function numberOrName(text: string, names: readonly string[] | undefined): number {
  const i = names?.indexOf(text.toLowerCase()) ?? -1;
  return i < 0 ? wholeNumber(text) : i + (names === MONTHS ? 1 : 0);
}
function wholeNumber(text: string): number {
  const unreadable = (why: string) => new ScheduleError(`failed to parse int from ${text}: strconv.Atoi: parsing ${goQuote(text)}: ${why}`);
  if (!/^[+-]?\d+$/.test(text)) throw unreadable('invalid syntax');
  const exact = BigInt(text.replace(/^\+/, ''));
  if (BigInt.asIntN(64, exact) !== exact) throw unreadable('value out of range');
  const value = Number(exact);
  if (value < 0) throw new ScheduleError(`negative number (${value}) not allowed: ${text}`);
  return value;
}

/** Names that Intl takes and the tz database, which upstream asks, does not have: ICU's old short ones, offsets, names long removed. */
const NOT_IN_TZ_DATABASE =
  /^(?:ACT|AET|AGT|ART|AST|BET|BST|CAT|CNT|CST|CTT|EAT|ECT|IET|IST|JST|MIT|NET|NST|PLT|PNT|PRT|PST|SST|VST|[+-].*|SystemV\/.*|US\/Pacific-New)$/;

/** Why a name is no time zone's. */
export function timeZoneProblem(zone: string): string | undefined {
  if (zone === '' || zone === 'UTC' || zone === 'Local') return undefined;
  const unknown = `unknown time zone ${zone}`;
  // Names of zones are files' names upstream, where case counts.
  if (NOT_IN_TZ_DATABASE.test(zone) || /^[a-z]/.test(zone)) return unknown;
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions();
    if (timeZone === zone || timeZone.toLowerCase() !== zone.toLowerCase()) return undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return unknown;
}

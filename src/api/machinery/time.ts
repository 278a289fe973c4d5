/** RFC 3339 times as metav1.Time and MicroTime read and write them: in UTC, whole seconds or microseconds. */

const LAYOUT = '2006-01-02T15:04:05Z07:00';
const MICRO_LAYOUT = '2006-01-02T15:04:05.000000Z07:00';
const ZERO_TIME = '0001-01-01T00:00:00Z';
const ZERO_MICRO_TIME = '0001-01-01T00:00:00.000000Z';
const MICRO_DIGITS = 6;
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/;
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The time in metav1.Time's form (`2026-01-02T03:04:05Z`), or Go's parse error. */
export function parseTime(text: string): { value: string | null } | { error: string } {
  const parsed = parse(text, LAYOUT);
  if ('error' in parsed) return parsed;
  // The usual form stays as it is; Go's zero time is written as null.
  if (text.length === 20) return { value: text === ZERO_TIME ? null : text };
  return { value: `${new Date(parsed.ms).toISOString().slice(0, 19)}Z` };
}

/** The time in metav1.MicroTime's form (`2026-01-02T03:04:05.000006Z`), or Go's parse error. */
export function parseMicroTime(text: string): { value: string | null } | { error: string } {
  const parsed = parse(text, MICRO_LAYOUT);
  if ('error' in parsed) return parsed;
  const value = `${new Date(parsed.ms).toISOString().slice(0, 19)}.${parsed.fraction}Z`;
  return { value: value === ZERO_MICRO_TIME ? null : value };
}

function parse(text: string, layout: string): { ms: number; fraction: string } | { error: string } {
  const match = RFC3339.exec(text);
  if (!match) return { error: parseError(text, layout) };
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', zone = ''] = match;
  if (layout === MICRO_LAYOUT && fraction.length !== MICRO_DIGITS) return { error: microError(text, fraction) };
  const isLeap = Number(year) % 4 === 0 && (Number(year) % 100 !== 0 || Number(year) % 400 === 0);
  const outOfRange = rangeProblem(Number(month), Number(day), isLeap) ?? clockProblem(Number(hour), Number(minute), Number(second));
  if (outOfRange) return { error: `parsing time ${JSON.stringify(text)}: ${outOfRange} out of range` };
  const date = new Date(Date.UTC(2000, 0, 1, Number(hour), Number(minute), Number(second)));
  // Date.UTC takes the years before 100 for those of the twentieth century.
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  return { ms: date.getTime() - offsetMs(zone), fraction };
}
/** There are as many digits as in the layout, neither fewer nor more. */
function microError(text: string, fraction: string): string {
  if (fraction.length < MICRO_DIGITS) return goError(text, MICRO_LAYOUT, text.slice(19), '.000000');
  return goError(text, MICRO_LAYOUT, text.slice(20 + MICRO_DIGITS), 'Z07:00');
}
function rangeProblem(month: number, day: number, isLeap: boolean): string | undefined {
  if (month < 1 || month > 12) return 'month';
  const days = month === 2 && !isLeap ? 28 : (DAYS[month - 1] ?? 31);
  return day < 1 || day > days ? 'day' : undefined;
}
function clockProblem(hour: number, minute: number, second: number): string | undefined {
  if (hour > 23) return 'hour';
  if (minute > 59) return 'minute';
  return second > 59 ? 'second' : undefined;
}
function offsetMs(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000;
}

/** The elements of the layout, in the order Go reads them, with what each must match. */
const ELEMENTS: readonly (readonly [string, RegExp])[] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d\d/],
  ['-', /^-/],
  ['02', /^\d\d/],
  ['T', /^T/],
  ['15', /^\d\d/],
  [':', /^:/],
  ['04', /^\d\d/],
  [':', /^:/],
  ['05', /^\d\d(?:[.,]\d+)?/],
  ['Z07:00', /^(?:Z|[+-]\d\d:\d\d)/],
];
function parseError(text: string, layout: string): string {
  let rest = text;
  for (const [element, pattern] of ELEMENTS) {
    const match = pattern.exec(rest);
    if (!match) return goError(text, layout, rest, element);
    rest = rest.slice(match[0].length);
  }
  return `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`;
}
function goError(text: string, layout: string, rest: string, element: string): string {
  return `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(element)}`;
}

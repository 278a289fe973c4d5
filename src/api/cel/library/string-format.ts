import { Failure, fail } from '../errors.ts';
import { formatDuration, formatTimestamp } from '../time-text.ts';
import { CelDouble, CelDuration, CelList, CelMap, CelTimestamp, type CelValue, integerOf, typeOfValue } from '../values.ts';
import { formatClause, type FormatClause, parseFormat } from './format-clause.ts';
import { formatDouble, scalarText } from '../value-text.ts';

/** How values are written. */
export interface FormatStyle {
  /** `%s`. */
  text(value: CelValue): string;
  /** A value inside a list or map. */
  inner(value: CelValue): string;
  readonly entrySeparator: string;
  decimal(value: CelValue): string;
  fixed(value: CelValue, precision: number): string;
  scientific(value: CelValue, precision: number): string;
}

const MAX_PRECISION = 100;

/** Replaces the clauses of a text (`%s`, `%.2f`) by the arguments in their order. */
export function formatWith(style: FormatStyle, text: string, args: CelList): string {
  let at = 0;
  return parseFormat(text)
    .map((part) => {
      if (typeof part === 'string') return part;
      const index = at++;
      if (index >= args.size) fail(`index ${index} out of range`);
      return during(() => write(style, part, args.get(index)));
    })
    .join('');
}

function during(make: () => string): string {
  try {
    return make();
  } catch (error) {
    throw error instanceof Failure ? new Failure(`error during formatting: ${error.message}`) : error;
  }
}

function write(style: FormatStyle, clause: FormatClause, value: CelValue): string {
  if (clause.precision !== undefined && clause.precision > MAX_PRECISION) fail(`precision ${clause.precision} is too large`);
  switch (clause.verb) {
    case 's':
      return style.text(value);
    case 'd':
      return style.decimal(value);
    case 'f':
      return style.fixed(value, clause.precision ?? 6);
    case 'e':
      return style.scientific(value, clause.precision ?? 6);
    case 'b':
      return typeof value === 'boolean' ? String(Number(value)) : radix(value, 2, 'b');
    case 'o':
      return radix(value, 8, 'o');
    case 'x':
      return hex(value);
    case 'X':
      return hex(value).toUpperCase();
  }
}

/** That a clause does not take values of this type. */
export function refuse(verb: FormatClause['verb'], typeName: string): never {
  return fail(`${formatClause(verb)}, was given ${typeName}`);
}

function radix(value: CelValue, base: number, verb: 'b' | 'o'): string {
  const integer = integerOf(value);
  return integer === undefined ? refuse(verb, typeOfValue(value).name) : integer.toString(base);
}

function hex(value: CelValue): string {
  if (typeof value === 'string' || value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  const integer = integerOf(value);
  return integer === undefined ? refuse('x', typeOfValue(value).name) : integer.toString(16);
}

/** A list or map in a style. */
export function container(style: FormatStyle, value: CelList | CelMap): string {
  if (value instanceof CelList) return `[${[...value].map((element) => style.inner(element)).join(', ')}]`;
  const entries = [...value.keys()].map((key) => [style.inner(key), style.inner(value.find(key) as CelValue)] as const);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map((entry) => entry.join(style.entrySeparator)).join(', ')}}`;
}

/** Go's `%.*f`: halves are rounded to even as the exact binary value says. */
export function fixedText(value: number, precision: number): string {
  if (precision === 0 && Math.abs(value % 1) === 0.5) {
    const floor = Math.floor(value);
    return String(floor % 2 === 0 ? floor : floor + 1);
  }
  return Math.abs(value) < 1e21 ? value.toFixed(precision) : `${BigInt(value)}${precision > 0 ? `.${'0'.repeat(precision)}` : ''}`;
}

function doubleOf(verb: 'e' | 'f', value: CelValue): number {
  const named = value === 'NaN' ? Number.NaN : value === 'Infinity' ? Infinity : value === '-Infinity' ? -Infinity : undefined;
  return named ?? (value instanceof CelDouble ? value.value : refuse(verb, typeOfValue(value).name));
}

const SUPERSCRIPTS: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from('0123456789-', (digit, i) => [digit, '\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207b'.charAt(i)]),
);

function grouped(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const withCommas = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? withCommas : `${withCommas}.${fraction}`;
}

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? undefined : value > 0 ? '\u221e' : '-\u221e';
}

/** The style of version 2, Kubernetes': numbers as English readers write them, lists and maps as CEL literals. */
const LITERAL_STYLE: FormatStyle = {
  entrySeparator: ':',
  text(value) {
    if (value instanceof CelList || value instanceof CelMap) return container(LITERAL_STYLE, value);
    return scalarText(value) ?? refuse('s', typeOfValue(value).name);
  },
  inner(value) {
    if (typeof value === 'string') return goQuote(value);
    if (value instanceof Uint8Array) return `b${goQuote(Buffer.from(value).toString())}`;
    if (value instanceof CelTimestamp) return `timestamp("${formatTimestamp(value)}")`;
    if (value instanceof CelDuration) return `duration("${formatDuration(value.nanos)}")`;
    if (value instanceof CelDouble) return Number.isFinite(value.value) ? fixedText(value.value, 6) : `"${formatDouble(value.value)}"`;
    if (value instanceof CelList || value instanceof CelMap) return container(LITERAL_STYLE, value);
    return scalarText(value) ?? fail(`no formatting function for ${typeOfValue(value).name}`);
  },
  decimal(value) {
    const integer = integerOf(value);
    return integer === undefined ? refuse('d', typeOfValue(value).name) : String(integer);
  },
  fixed(value, precision) {
    const number = doubleOf('f', value);
    return special(number) ?? grouped(fixedText(number, precision));
  },
  scientific(value, precision) {
    const number = doubleOf('e', value);
    const plain = special(number);
    if (plain !== undefined) return plain;
    const [digits, power = '0'] = number.toExponential(precision).split('e');
    const exponent = `${power.startsWith('-') ? '-' : ''}${power.replace(/^[+-]/, '').padStart(2, '0')}`;
    return `${digits}\u202f\u00d7\u202f10${exponent.replace(/./g, (digit) => SUPERSCRIPTS[digit] ?? digit)}`;
  },
};

function goQuote(text: string): string {
  return JSON.stringify(text)
    .replaceAll('\\b', '\\b')
    .replace(/\\u00(..)/g, '\\x$1');
}

/** `format()` of the strings library in version 2. */
export function formatString(text: string, args: CelList): string {
  return formatWith(LITERAL_STYLE, text, args);
}

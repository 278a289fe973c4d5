import { fail } from '../errors.ts';

/** `%s`, or `%.2f` with its precision. */
export interface FormatClause {
  readonly verb: 's' | 'd' | 'f' | 'e' | 'b' | 'x' | 'X' | 'o';
  readonly precision?: number;
}

const DESCRIPTIONS: Readonly<Record<FormatClause['verb'], string>> = {
  s: 'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
  d: 'decimal clause can only be used on integers',
  f: 'fixed-point clause can only be used on doubles',
  e: 'scientific clause can only be used on doubles',
  b: 'only integers and bools can be formatted as binary',
  x: 'only integers, byte buffers, and strings can be formatted as hex',
  X: 'only integers, byte buffers, and strings can be formatted as hex',
  o: 'octal clause can only be used on integers',
};

/** What a clause takes, as messages say it. */
export function formatClause(verb: FormatClause['verb']): string {
  return DESCRIPTIONS[verb];
}

/** The literal parts and clauses of a format text; fails when it cannot be read. */
export function parseFormat(text: string): (string | FormatClause)[] {
  const parts: (string | FormatClause)[] = [];
  const pattern = /%(%|(?:\.(\d*))?([\s\S])?)/gu;
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    parts.push(text.slice(at, match.index));
    at = match.index + match[0].length;
    if (match[1] === '%') parts.push('%');
    else parts.push(clauseOf(match[3], match[2]));
  }
  parts.push(text.slice(at));
  return parts;
}

function clauseOf(verb: string | undefined, precision: string | undefined): FormatClause {
  if (verb === undefined)
    return fail(
      precision === undefined
        ? 'unexpected end of string'
        : 'could not parse formatting clause: error while parsing precision: could not find end of precision specifier',
    );
  if (precision === '')
    return fail(
      'could not parse formatting clause: error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax',
    );
  if (!Object.hasOwn(DESCRIPTIONS, verb)) return fail(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  return { verb: verb as FormatClause['verb'], ...(precision === undefined ? {} : { precision: Number(precision) }) };
}

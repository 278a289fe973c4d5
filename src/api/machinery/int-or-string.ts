import { regexError } from './names.ts';

/** A number, or a text such as `25%` or a port's name. */
export type IntOrString = number | string;

/** A value that is neither an integer nor a percentage. */
export class IntOrStringError extends Error {
  override readonly name = 'IntOrStringError';
}

/**
 * The value of an integer or percentage of `total`, as upstream's GetScaledValueFromIntOrPercent: `25%` of 10 is 3 rounded up, 2 rounded down.
 * Throws IntOrStringError for other texts.
 */
export function scaledIntOrPercent(value: IntOrString, total: number, rounding: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const percent = percentOf(value);
  if (percent === undefined) {
    const cause = value.endsWith('%') ? `invalid value ${JSON.stringify(value)}: invalid syntax` : 'invalid type: string is not a percentage';
    throw new IntOrStringError(`invalid value for IntOrString: ${cause}`);
  }
  const scaled = (percent * total) / 100;
  return rounding === 'up' ? Math.ceil(scaled) : Math.floor(scaled);
}

/** The number before `%`, or undefined where the text is no percentage. */
export function percentOf(value: IntOrString): number | undefined {
  const match = typeof value === 'string' ? /^([+-]?[0-9]+)%$/.exec(value) : null;
  return match ? Number(match[1]) : undefined;
}

/** Messages of upstream's IsValidPercent, empty when right. */
export function isValidPercent(text: string): string[] {
  const message = "a valid percent string must be a numeric string followed by an ending '%'";
  return /^[0-9]+%$/.test(text) ? [] : [regexError(message, '[0-9]+%', '1%', '93%')];
}

/** As Go prints it. */
export function formatIntOrString(value: IntOrString): string {
  return String(value);
}

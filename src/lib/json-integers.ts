/** Integers that no number holds exactly: they are bigints, and JSON shows them as they are. */

interface RawJson {
  rawJSON(text: string): unknown;
}
let isAllowed = false;

/** The integer of a text of digits: a number where that is exact, a bigint where it is not. */
export function exactInteger(digits: string): number | bigint {
  const value = Number(digits);
  if (Number.isSafeInteger(value)) return value;
  allowInJson();
  return BigInt(digits);
}

/** JSON.stringify refuses bigints; from the first one on it writes them as numbers. Structured clones carry them as they are. */
function allowInJson(): void {
  if (isAllowed) return;
  isAllowed = true;
  Object.defineProperty(BigInt.prototype, 'toJSON', {
    configurable: true,
    writable: true,
    value(this: bigint) {
      return (JSON as unknown as RawJson).rawJSON(this.toString());
    },
  });
}

/** JSON.parse, but integers beyond 2^53 are kept exactly. Throws SyntaxError. */
export function parseExactJson(text: string): unknown {
  if (!hasLongNumber(text)) return JSON.parse(text);
  return JSON.parse(text, reviveExactly as (this: unknown, key: string, value: unknown) => unknown);
}
function reviveExactly(_key: string, value: unknown, { source }: { source?: string }): unknown {
  return typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source) ? exactInteger(source) : value;
}

const LONG = 16;
/** Whether there are 16 digits in a row anywhere: only then something may be lost. One character in sixteen is looked at, since this runs for every body. */
function hasLongNumber(text: string): boolean {
  for (let i = LONG - 1; i < text.length; i += LONG) {
    if (!isDigit(text, i)) continue;
    let [from, to] = [i, i + 1];
    while (isDigit(text, from - 1)) from--;
    while (isDigit(text, to)) to++;
    if (to - from >= LONG) return true;
  }
  return false;
}
function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}

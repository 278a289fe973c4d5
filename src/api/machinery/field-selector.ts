/** Field selectors: `metadata.name=x,status.phase!=Running`, with `\` before `\`, `,` and `=` in values. */

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}
export interface FieldSelector {
  readonly requirements: readonly FieldRequirement[];
  readonly isEmpty: boolean;
  /** Whether the values (by label, absent means empty) meet every requirement. */
  matches(valueOf: (field: string) => string): boolean;
  /** The value that `field` must equal, where one requirement says so. */
  requiresExactMatch(field: string): string | undefined;
  toString(): string;
}

/** A text that is no field selector; the message is upstream's. */
export class FieldSelectorError extends Error {
  override readonly name = 'FieldSelectorError';
}

/** Parses a field selector; throws FieldSelectorError. Which fields a kind knows is checked by the caller. */
export function parseFieldSelector(text: string): FieldSelector {
  const requirements: FieldRequirement[] = [];
  // Sorted, as upstream does: of several mistakes the first in this order is told.
  for (const term of splitTerms(text).sort()) {
    if (term === '') continue;
    const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
    if (!match) throw new FieldSelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field = '', operator = '', value = ''] = match;
    requirements.push({ field, operator: operator === '!=' ? '!=' : '=', value: unescapeValue(value) });
  }
  return fieldSelector(requirements);
}

/** A field selector of ready requirements. */
export function fieldSelector(requirements: readonly FieldRequirement[]): FieldSelector {
  return {
    requirements,
    isEmpty: requirements.length === 0,
    matches: (valueOf) => requirements.every(({ field, operator, value }) => (valueOf(field) === value) === (operator === '=')),
    requiresExactMatch: (wanted) => requirements.find(({ field, operator }) => field === wanted && operator === '=')?.value,
    toString: () => requirements.map(({ field, operator, value }) => `${field}${operator}${escapeFieldValue(value)}`).join(','),
  };
}

/** Puts `\` before what means something in a selector. */
export function escapeFieldValue(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&');
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',') {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}
function unescapeValue(value: string): string {
  let plain = '';
  let isEscaped = false;
  for (const character of value) {
    if (isEscaped) {
      if (!'\\,='.includes(character)) throw badEscape(`\\${character}`);
      plain += character;
      isEscaped = false;
    } else if (character === '\\') isEscaped = true;
    // Go prints the character's number.
    else if (character === ',' || character === '=')
      throw new FieldSelectorError(`invalid field selector: unescaped character in value: ${character.codePointAt(0)}`);
    else plain += character;
  }
  if (isEscaped) throw badEscape('\\');
  return plain;
}
function badEscape(sequence: string): FieldSelectorError {
  return new FieldSelectorError(`invalid field selector: invalid escape sequence: ${sequence}`);
}

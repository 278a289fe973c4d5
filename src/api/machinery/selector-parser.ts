/** The parser of label selectors' string form; its errors read as upstream's. */
import { formatFieldError } from './field-error.ts';
import { nameErrors, newRequirement, SelectorError, type SelectorOperator, type SelectorRequirement } from './selector-requirement.ts';

type TokenType = 'identifier' | 'operator' | 'in' | 'notin' | '(' | ')' | ',' | '!' | 'end' | 'error';
interface Token {
  readonly type: TokenType;
  readonly text: string;
}

const OPERATORS: Readonly<Record<string, SelectorOperator>> = { '=': '=', '==': '==', '!=': '!=', '>': 'gt', '<': 'lt', in: 'in', notin: 'notin' };
const SYMBOLS: Readonly<Record<string, TokenType>> = {
  ')': ')',
  ',': ',',
  '!': '!',
  '(': '(',
  '=': 'operator',
  '==': 'operator',
  '!=': 'operator',
  '>': 'operator',
  '<': 'operator',
};
const EXPECTED_OPERATORS = 'in, notin, =, ==, !=, gt, lt';

/** Parses all requirements, in the text's order; throws SelectorError. */
export function parseRequirements(text: string): SelectorRequirement[] {
  const tokens = new Tokens(text);
  const requirements: SelectorRequirement[] = [];
  for (;;) {
    const next = tokens.peekValue();
    if (next.type === 'end') return requirements;
    if (next.type !== 'identifier' && next.type !== '!') throw new SelectorError(`found '${next.text}', expected: !, identifier, or 'end of string'`);
    requirements.push(parseRequirement(tokens));
    const after = tokens.takeValue();
    if (after.type === 'end') return requirements;
    if (after.type !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or 'end of string'`);
    const following = tokens.peekValue();
    if (following.type !== 'identifier' && following.type !== '!') throw new SelectorError(`found '${following.text}', expected: identifier after ','`);
  }
}

function parseRequirement(tokens: Tokens): SelectorRequirement {
  try {
    const isNegated = tokens.peekValue().type === '!';
    if (isNegated) tokens.takeValue();
    const key = tokens.takeValue();
    if (key.type !== 'identifier') throw new SelectorError(`found '${key.text}', expected: identifier`);
    const [wrong] = nameErrors(key.text, '<nil>');
    if (wrong) throw new SelectorError(formatFieldError(wrong));
    const next = tokens.peekValue();
    if (isNegated) return newRequirement(key.text, '!', []);
    if (next.type === 'end' || next.type === ',') return newRequirement(key.text, 'exists', []);
    const token = tokens.take();
    const operator = token.type === 'operator' || token.type === 'in' || token.type === 'notin' ? OPERATORS[token.text] : undefined;
    if (!operator) throw new SelectorError(`found '${token.text}', expected: ${EXPECTED_OPERATORS}`);
    const values = operator === 'in' || operator === 'notin' ? parseValues(tokens) : [parseExactValue(tokens)];
    return newRequirement(key.text, operator, [...new Set(values)].sort());
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    throw new SelectorError(`unable to parse requirement: ${error.message}`, { cause: error });
  }
}

function parseExactValue(tokens: Tokens): string {
  const next = tokens.peekValue();
  if (next.type === 'end' || next.type === ',') return '';
  const value = tokens.takeValue();
  if (value.type !== 'identifier') throw new SelectorError(`found '${value.text}', expected: identifier`);
  return value.text;
}

function parseValues(tokens: Tokens): string[] {
  const open = tokens.takeValue();
  if (open.type !== '(') throw new SelectorError(`found '${open.text}' expected: '('`);
  const first = tokens.peekValue();
  if (first.type === ')') {
    tokens.takeValue();
    return [''];
  }
  if (first.type !== 'identifier' && first.type !== ',') throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`);
  const values: string[] = [];
  // Commas separate; nothing between two of them, or beside a bracket, is the empty value.
  for (let previous = '('; ; ) {
    const token = tokens.takeValue();
    if (token.type === 'identifier' && previous !== 'identifier') values.push(token.text);
    else if (token.type === ',' || token.type === ')') {
      if (previous !== 'identifier') values.push('');
      if (token.type === ')') return values;
    } else
      throw new SelectorError(
        previous === 'identifier' ? `found '${token.text}', expected: ',' or ')'` : `found '${token.text}', expected: ',', or identifier`,
      );
    previous = token.type;
  }
}

class Tokens {
  readonly #tokens: Token[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = lex(text);
  }
  take(): Token {
    const token = this.#tokens[this.#position] ?? END;
    this.#position++;
    return token;
  }
  /** Where a value may stand, `in` and `notin` are ordinary words. */
  takeValue(): Token {
    return asValue(this.take());
  }
  peekValue(): Token {
    return asValue(this.#tokens[this.#position] ?? END);
  }
}
const END: Token = { type: 'end', text: '' };
function asValue(token: Token): Token {
  return token.type === 'in' || token.type === 'notin' ? { type: 'identifier', text: token.text } : token;
}

function lex(text: string): Token[] {
  const tokens: Token[] = [];
  for (const [part] of text.matchAll(/[=!(),<>]+|[^ \t\r\n=!(),<>]+/g)) {
    if (!/^[=!(),<>]/.test(part)) tokens.push({ type: part === 'in' || part === 'notin' ? part : 'identifier', text: part });
    else tokens.push(...lexSymbols(part));
  }
  return tokens;
}
/** The longest symbols first: `!==` is `!=` and `=`. */
function lexSymbols(part: string): Token[] {
  const tokens: Token[] = [];
  for (let i = 0; i < part.length; ) {
    const pair = part.slice(i, i + 2);
    const symbol = pair.length === 2 && SYMBOLS[pair] ? pair : part.slice(i, i + 1);
    tokens.push({ type: SYMBOLS[symbol] ?? 'error', text: symbol });
    i += symbol.length;
  }
  return tokens;
}

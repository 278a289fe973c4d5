import type { CelIssue, Source } from '../source.ts';

/** A token's kind, in the words that ANTLR's messages use: `'['` for a fixed text, `NUM_INT` for a class. */
export type TokenKind = string;

/** A piece of the source. `start` counts characters. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
}

/** Every kind in the grammar's order, in which messages list what was expected. */
export const TOKEN_ORDER: readonly TokenKind[] = [
  '<EOF>',
  ...'== != in < <= >= > && || [ ] { } ( ) . , - ! ? : + * / % true false null'.split(' ').map((text) => `'${text}'`),
  'NUM_FLOAT',
  'NUM_INT',
  'NUM_UINT',
  'STRING',
  'BYTES',
  'IDENTIFIER',
  'ESC_IDENTIFIER',
];

const FIXED = new Set(TOKEN_ORDER.filter((kind) => kind.startsWith("'")));
const SKIPPED = /(?:[\t \r\n\f]+|\/\/[^\n]*)+/y;
const ESCAPE = String.raw`\\(?:[abfnrtv"'\x60\\?]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})`;
/** The beginning of an escape that breaks off. */
const PART = String.raw`(?:\\(?:[xX][0-9a-fA-F]?|u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7}|[0-3][0-7]?)?)?`;
const STRING_FORMS = [
  String.raw`[rR]"""[\s\S]*?"""`,
  String.raw`[rR]'''[\s\S]*?'''`,
  String.raw`"""(?:${ESCAPE}|[^\\])*?"""`,
  String.raw`'''(?:${ESCAPE}|[^\\])*?'''`,
  String.raw`[rR]"[^"\n\r]*"`,
  String.raw`[rR]'[^'\n\r]*'`,
  String.raw`"(?:${ESCAPE}|[^\\"\n\r])*"`,
  String.raw`'(?:${ESCAPE}|[^\\'\n\r])*'`,
].join('|');
const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ['BYTES', new RegExp(`[bB](?:${STRING_FORMS})`, 'y')],
  ['STRING', new RegExp(`(?:${STRING_FORMS})`, 'y')],
  ['NUM_FLOAT', /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/y],
  ['NUM_UINT', /(?:0x[0-9a-fA-F]+|\d+)[uU]/y],
  ['NUM_INT', /(?:0x[0-9a-fA-F]+|\d+)/y],
  ['IDENTIFIER', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['ESC_IDENTIFIER', /`[A-Za-z0-9_.\-/ ]+`/y],
  ['FIXED', /==|!=|<=|>=|&&|\|\||[[\]{}().,\-!?:+*/%<>]/y],
];
/** How far a text that is no token is read before it is given up: what ANTLR names in its message. */
const BROKEN = new RegExp(
  [
    String.raw`[rRbB]{0,2}"""(?:${ESCAPE}|[^\\])*\\?[\s\S]?`,
    String.raw`[rRbB]{0,2}"(?:${ESCAPE}|[^\\"\n\r])*${PART}[\s\S]?`,
    String.raw`[rRbB]{0,2}'(?:${ESCAPE}|[^\\'\n\r])*${PART}[\s\S]?`,
    String.raw`\x60[A-Za-z0-9_.\-/ ]*[\s\S]?`,
    String.raw`[=&|][\s\S]?`,
    String.raw`[\s\S]`,
  ].join('|'),
  'uy',
);

/** The tokens of a source, an end token last; what is no token is left out and told in `issues`. */
export function tokenize(source: Source): { tokens: Token[]; issues: CelIssue[] } {
  const { text } = source;
  const offsetOf = characterOffsets(source);
  const tokens: Token[] = [];
  const issues: CelIssue[] = [];
  let at = 0;
  while (at < text.length) {
    SKIPPED.lastIndex = at;
    const skipped = SKIPPED.exec(text);
    if (skipped) {
      at += skipped[0].length;
      continue;
    }
    const token = tokenAt(text, at);
    if (token) {
      tokens.push({ ...token, start: offsetOf(at) });
      at += token.text.length;
      continue;
    }
    BROKEN.lastIndex = at;
    const broken = (BROKEN.exec(text) as RegExpExecArray)[0];
    issues.push(source.issue(offsetOf(at), `Syntax error: token recognition error at: '${display(broken)}'`));
    at += broken.length;
  }
  tokens.push({ kind: '<EOF>', text: '<EOF>', start: source.characters.length });
  return { tokens, issues };
}

function tokenAt(text: string, at: number): { kind: TokenKind; text: string } | undefined {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) continue;
    const [found] = match;
    const fixed = `'${found}'`;
    return { kind: (kind === 'FIXED' || kind === 'IDENTIFIER') && FIXED.has(fixed) ? fixed : kind, text: found };
  }
  return undefined;
}

/** Line breaks and tabs as messages show them. */
export function display(text: string): string {
  return text.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
}

/** From an index of the text to a character's number: the same unless there are surrogate pairs. */
function characterOffsets(source: Source): (index: number) => number {
  if (source.characters.length === source.text.length) return (index) => index;
  const offsets: number[] = [];
  source.characters.forEach((character, i) => {
    for (let unit = 0; unit < character.length; unit++) offsets.push(i);
  });
  return (index) => offsets[index] ?? source.characters.length;
}

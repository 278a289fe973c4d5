import type { CelIssue, Source } from '../source.ts';
import { display, type Token, type TokenKind, tokenize, TOKEN_ORDER } from './lexer.ts';

/** What every expression can begin with. */
export const EXPRESSION_START: readonly TokenKind[] = [
  "'['",
  "'{'",
  "'('",
  "'.'",
  "'-'",
  "'!'",
  "'true'",
  "'false'",
  "'null'",
  'NUM_FLOAT',
  'NUM_INT',
  'NUM_UINT',
  'STRING',
  'BYTES',
  'IDENTIFIER',
];
/** What can follow a whole operand, besides what closes the expression around it. */
const OPERAND_END = new Set('== != in < <= >= > && || [ . ? + - * / %'.split(' ').map((text) => `'${text}'`));

/** The text cannot be read further; what is wrong is among the issues. */
export class SyntaxStop extends Error {}

/** The tokens of an expression, and ANTLR's way of telling (and skipping or inventing) a token that does not fit: messages are cel-go's. */
export class TokenStream {
  readonly issues: CelIssue[];
  readonly #source: Source;
  readonly #tokens: readonly Token[];
  #at = 0;
  /** What closes each expression that is open. */
  readonly #closers: TokenKind[][] = [['<EOF>']];

  constructor(source: Source) {
    this.#source = source;
    const { tokens, issues } = tokenize(source);
    this.#tokens = tokens;
    this.issues = issues;
  }

  get next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  kindAt(ahead: number): TokenKind {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]?.kind as TokenKind;
  }

  is(kind: TokenKind): boolean {
    return this.next.kind === kind;
  }

  take(): Token {
    const token = this.next;
    if (token.kind !== '<EOF>') this.#at++;
    return token;
  }

  takeIf(kind: TokenKind): Token | undefined {
    return this.is(kind) ? this.take() : undefined;
  }

  /** Reads an expression that one of `closers` ends. */
  within<T>(closers: TokenKind[], read: () => T): T {
    this.#closers.push(closers);
    const result = read();
    this.#closers.pop();
    return result;
  }

  /** Takes a token of this kind. A stray one before it is skipped, a missing one is invented, each with an issue. */
  expect(kind: TokenKind): Token {
    if (this.is(kind)) return this.take();
    const found = this.next;
    if (this.kindAt(1) === kind) {
      this.#issue(found, `extraneous input ${quote(found)} expecting ${kind}`);
      this.#at++;
      return this.take();
    }
    if (this.#couldFollow(kind, found.kind)) {
      this.#issue(found, `missing ${kind} at ${quote(found)}`);
      return { kind, text: '', start: found.start };
    }
    return this.#stop(found, [kind]);
  }

  /** Makes sure that the next token is one of some kinds; one stray token before it is skipped with an issue. */
  sync(kinds: readonly TokenKind[]): void {
    const found = this.next;
    if (kinds.includes(found.kind)) return;
    if (!kinds.includes(this.kindAt(1))) this.#stop(found, kinds);
    this.#issue(found, `extraneous input ${quote(found)} expecting ${expectation(kinds)}`);
    this.#at++;
  }

  /** Tells that no reading of what follows a minus sign fits. */
  noViableAlternative(start: Token): void {
    const end = this.next.kind === '<EOF>' ? '' : this.next.text;
    this.#issue(this.next, `no viable alternative at input '${display(start.text + end)}'`);
  }

  /** Tells that the next token is none of some kinds, and gives up. */
  stop(kinds: readonly TokenKind[]): never {
    return this.#stop(this.next, kinds);
  }

  #couldFollow(kind: TokenKind, found: TokenKind): boolean {
    if (kind !== "')'" && kind !== "']'" && kind !== "'}'") return false;
    return OPERAND_END.has(found) || (this.#closers.at(-1) as TokenKind[]).includes(found);
  }

  #issue(at: Token, message: string): void {
    this.issues.push(this.#source.issue(at.start, `Syntax error: ${message}`));
  }

  #stop(found: Token, kinds: readonly TokenKind[]): never {
    this.#issue(found, `mismatched input ${quote(found)} expecting ${expectation(kinds)}`);
    throw new SyntaxStop();
  }
}

function quote(token: Token): string {
  return `'${display(token.text)}'`;
}

function expectation(kinds: readonly TokenKind[]): string {
  if (kinds.length === 1) return kinds[0] as string;
  return `{${TOKEN_ORDER.filter((kind) => kinds.includes(kind)).join(', ')}}`;
}

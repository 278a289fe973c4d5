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

/** How often reading goes on after a fault: cel-go's limit. */
const MOST_ATTEMPTS = 30;

/** A part of the text cannot be read; what is wrong is among the issues. `isFinal`: nor can the rest. */
export class SyntaxStop extends Error {
  readonly isFinal: boolean;

  constructor(isFinal = false) {
    super('syntax error');
    this.isFinal = isFinal;
  }
}

/** The tokens of an expression, and ANTLR's way of telling (and skipping or inventing) a token that does not fit: messages are cel-go's. */
export class TokenStream {
  readonly issues: CelIssue[];
  readonly #source: Source;
  readonly #tokens: readonly Token[];
  #at = 0;
  #attempts = 0;
  /** After an issue, until a token fits again: nothing more is told. */
  #isRecovering = false;
  /** Where reading broke off the last time: a second time there, a token is given up. */
  #stoppedAt = -1;
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
    this.#isRecovering = false;
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

  /** Reads a part of an expression; when it breaks off, goes on with `otherwise` at the next token that can follow. */
  recover<T>(read: () => T, otherwise: T): T {
    const start = this.#at;
    const depth = this.#closers.length;
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SyntaxStop) || error.isFinal) throw error;
      this.#countAttempt();
      this.#closers.length = depth;
      const closing = new Set(this.#closers.flat());
      if (this.#at === start && this.#stoppedAt === start) this.#at = Math.min(start + 1, this.#tokens.length - 1);
      this.#stoppedAt = this.#at;
      while (!this.is('<EOF>') && !OPERAND_END.has(this.next.kind) && !closing.has(this.next.kind)) this.#at++;
      return otherwise;
    }
  }

  /** Takes a token of this kind. A stray one before it is skipped, a missing one is invented, each with an issue. */
  expect(kind: TokenKind): Token {
    if (this.is(kind)) return this.take();
    const found = this.next;
    if (this.kindAt(1) === kind) {
      this.#issue(found, `extraneous input ${quote(found)} expecting ${kind}`);
      this.#countAttempt();
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

  /** Tells that no reading of what follows a token fits. */
  noViableAlternative(start: Token): void {
    const end = this.next.kind === '<EOF>' ? '' : this.next.text;
    this.#issue(this.next, `no viable alternative at input '${display(start.text + end)}'`);
  }

  /** Tells that the next token is none of some kinds, and gives up. */
  stop(kinds: readonly TokenKind[]): never {
    return this.#stop(this.next, kinds);
  }

  /** Gives up a text with too many faults. */
  #countAttempt(): void {
    if (this.#attempts++ < MOST_ATTEMPTS) return;
    this.#isRecovering = false;
    this.#issue(this.next, `error recovery attempt limit exceeded: ${MOST_ATTEMPTS}`);
    throw new SyntaxStop(true);
  }

  /** Lets the next issue be told although one was just told. */
  forget(): void {
    this.#isRecovering = false;
  }

  #couldFollow(kind: TokenKind, found: TokenKind): boolean {
    if (kind !== "')'" && kind !== "']'" && kind !== "'}'") return false;
    return OPERAND_END.has(found) || (this.#closers.at(-1) as TokenKind[]).includes(found);
  }

  #issue(at: Token, message: string): void {
    if (this.#isRecovering) return;
    this.#isRecovering = true;
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

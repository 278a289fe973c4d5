import type { Source } from '../source.ts';
import { type Expr, height, type MapEntry, NodeFactory, type StructField } from './ast.ts';
import type { Token } from './lexer.ts';
import { literalOf } from './literals.ts';
import { expandMacro, type Macro } from './macro.ts';
import { EXPRESSION_START, TokenStream } from './token-stream.ts';

/** What the language allows besides cel-spec's core. */
export interface ParserOptions {
  readonly macros: ReadonlyMap<string, Macro>;
  /** `a.?b`, `a[?b]`, `{?k: v}`. */
  readonly hasOptionals: boolean;
  /** Fields between backquotes. */
  readonly hasQuotedFields: boolean;
  /** How deep expressions may be nested; cel-go's 250 when absent. */
  readonly maxDepth?: number | undefined;
}

const RESERVED = new Set('as break const continue else for function if import let loop package namespace return var void while'.split(' '));
/** Words that are no identifiers, though they look like them. */
const KEYWORDS = new Set(["'in'", "'true'", "'false'", "'null'"]);
/** What an operand can begin with, its signs aside. */
const PRIMARY_START = EXPRESSION_START.filter((kind) => kind !== "'!'");

/** The half of the parser that reads operands: literals, names, calls, selections, lists, maps and messages. */
export abstract class OperandParser {
  protected readonly source: Source;
  protected readonly options: ParserOptions;
  protected readonly tokens: TokenStream;

  constructor(source: Source, options: ParserOptions) {
    this.source = source;
    this.options = options;
    this.tokens = new TokenStream(source);
  }

  protected abstract expression(): Expr;

  protected fault(offset: number, message: string): void {
    this.tokens.issues.push(this.source.issue(offset, message));
  }

  protected member(): Expr {
    let expr = this.#primary();
    for (;;) {
      if (this.tokens.is("'.'")) expr = this.#selection(expr);
      else if (this.tokens.is("'['")) expr = this.#index(expr);
      else return expr;
    }
  }

  #selection(operand: Expr): Expr {
    const tokens = this.tokens;
    const dot = tokens.take();
    const question = tokens.takeIf("'?'");
    const id = question || tokens.is('ESC_IDENTIFIER') ? this.#fieldName() : this.#identifier(dot).text;
    if (question) {
      if (!this.options.hasOptionals) this.fault(dot.start, "unsupported syntax '.?'");
      return at(dot).call('_?._', operand, at(dot).literal(id));
    }
    const open = tokens.next;
    if (!tokens.takeIf("'('")) return at(dot).select(operand, id);
    return this.#call(open, id, operand, this.#arguments());
  }

  /** The name after a dot. */
  #identifier(dot: Token): Token {
    const { tokens } = this;
    if (!tokens.is('IDENTIFIER') && !KEYWORDS.has(tokens.next.kind)) tokens.noViableAlternative(dot);
    return tokens.expect('IDENTIFIER');
  }

  #fieldName(): string {
    const tokens = this.tokens;
    tokens.sync(['IDENTIFIER', 'ESC_IDENTIFIER']);
    const token = tokens.take();
    if (token.kind === 'IDENTIFIER') return token.text;
    if (!this.options.hasQuotedFields) this.fault(token.start, "unsupported syntax: '`'");
    return token.text.slice(1, -1);
  }

  #index(operand: Expr): Expr {
    const tokens = this.tokens;
    const open = tokens.take();
    tokens.sync(["'?'", ...EXPRESSION_START]);
    const question = tokens.takeIf("'?'");
    if (question && !this.options.hasOptionals) this.fault(open.start, "unsupported syntax '[?'");
    const index = tokens.within(["']'"], () => this.expression());
    tokens.expect("']'");
    return at(open).call(question ? '_[?_]' : '_[_]', operand, index);
  }

  #arguments(): Expr[] {
    const tokens = this.tokens;
    tokens.sync(["')'", ...EXPRESSION_START]);
    const args: Expr[] = [];
    if (!tokens.is("')'")) {
      do args.push(tokens.within(["','", "')'"], () => this.expression()));
      while (tokens.takeIf("','"));
    }
    tokens.expect("')'");
    return args;
  }

  #call(open: Token, name: string, target: Expr | undefined, args: Expr[]): Expr {
    const factory = at(open);
    const expanded = expandMacro(this.options.macros, { name, target, args, factory, fault: (node, message) => this.fault(node.offset, message) });
    if (expanded) return expanded;
    return target ? factory.memberCall(name, target, ...args) : factory.call(name, ...args);
  }

  #primary(): Expr {
    const tokens = this.tokens;
    if (!PRIMARY_START.includes(tokens.next.kind)) tokens.sync(EXPRESSION_START);
    switch (tokens.next.kind) {
      case "'('":
        return this.#nested();
      case "'['":
        return this.#list();
      case "'{'":
        return this.#map();
      case "'.'":
      case 'IDENTIFIER':
        return this.#name();
      case "'-'":
        if (!isNumber(tokens.kindAt(1))) tokens.stop(PRIMARY_START);
        return this.#literal();
      default:
        return this.#literal();
    }
  }

  #nested(): Expr {
    this.tokens.take();
    const expr = this.tokens.within(["')'"], () => this.expression());
    this.tokens.expect("')'");
    return expr;
  }

  /** An identifier, a call, or a message: which of them shows only after the whole name. */
  #name(): Expr {
    const tokens = this.tokens;
    const leading = tokens.takeIf("'.'");
    const dot = leading ? '.' : '';
    const id = leading ? this.#identifier(leading) : tokens.expect('IDENTIFIER');
    const typeName = this.#messageName(id.text);
    if (typeName !== undefined) return this.#message(dot + typeName);
    if (RESERVED.has(id.text)) this.fault(id.start, `reserved identifier: ${id.text}`);
    const open = tokens.next;
    if (!tokens.takeIf("'('")) return RESERVED.has(id.text) ? at(id).literal(null) : at(id).ident(dot + id.text);
    return this.#call(open, dot + id.text, undefined, this.#arguments());
  }

  /** `a.b.C` when a `{` follows it, having taken it. */
  #messageName(first: string): string | undefined {
    const tokens = this.tokens;
    let ahead = 0;
    while (tokens.kindAt(ahead) === "'.'" && tokens.kindAt(ahead + 1) === 'IDENTIFIER') ahead += 2;
    if (tokens.kindAt(ahead) !== "'{'") return undefined;
    let name = first;
    for (; ahead > 0; ahead--) name += tokens.take().text;
    return name;
  }

  #message(typeName: string): Expr {
    const tokens = this.tokens;
    const open = tokens.take();
    const fields: StructField[] = [];
    tokens.sync(["'}'", "','", "'?'", 'IDENTIFIER', 'ESC_IDENTIFIER']);
    while (tokens.is("'?'") || tokens.is('IDENTIFIER') || tokens.is('ESC_IDENTIFIER')) {
      const isOptional = this.#optionalMark();
      const name = this.#fieldName();
      const colon = tokens.expect("':'");
      const value = tokens.within(["','", "'}'"], () => this.expression());
      fields.push({ name, value, isOptional, offset: colon.start });
      if (!tokens.takeIf("','")) break;
    }
    this.#close("'}'");
    return { kind: 'struct', offset: open.start, depth: height(fields.map(({ value }) => value)), typeName, fields };
  }

  #list(): Expr {
    const tokens = this.tokens;
    const open = tokens.take();
    const elements: Expr[] = [];
    const optionals = new Set<number>();
    tokens.sync(["']'", "','", "'?'", ...EXPRESSION_START]);
    while (tokens.is("'?'") || EXPRESSION_START.includes(tokens.next.kind)) {
      if (this.#optionalMark()) optionals.add(elements.length);
      elements.push(tokens.within(["','", "']'"], () => this.expression()));
      if (!tokens.takeIf("','")) break;
    }
    this.#close("']'");
    return { kind: 'list', offset: open.start, depth: height(elements), elements, optionals };
  }

  #map(): Expr {
    const tokens = this.tokens;
    const open = tokens.take();
    const entries: MapEntry[] = [];
    tokens.sync(["'}'", "','", "'?'", ...EXPRESSION_START]);
    while (tokens.is("'?'") || EXPRESSION_START.includes(tokens.next.kind)) {
      const isOptional = this.#optionalMark();
      const key = tokens.within(["':'"], () => this.expression());
      const colon = tokens.expect("':'");
      const value = tokens.within(["','", "'}'"], () => this.expression());
      entries.push({ key, value, isOptional, offset: colon.start });
      if (!tokens.takeIf("','")) break;
    }
    this.#close("'}'");
    return at(open).map(...entries);
  }

  #optionalMark(): boolean {
    const question = this.tokens.takeIf("'?'");
    if (question && !this.options.hasOptionals) this.fault(question.start, "unsupported syntax '?'");
    return question !== undefined;
  }

  /** The end of a list or map, with the comma that may stand before it. */
  #close(kind: string): void {
    if (this.tokens.is(kind)) {
      this.tokens.take();
      return;
    }
    if (!this.tokens.is('<EOF>') || this.tokens.kindAt(-1) !== "','") this.tokens.sync([kind, "','"]);
    this.tokens.takeIf("','");
    this.tokens.expect(kind);
  }

  #literal(): Expr {
    const token = this.tokens.take();
    const isNegative = token.kind === "'-'";
    const number = isNegative ? this.tokens.take() : token;
    const result = literalOf(number.kind, (isNegative ? '-' : '') + number.text);
    if ('fault' in result) this.fault(token.start, result.fault);
    return at(token).literal('value' in result ? result.value : null);
  }
}

/** Nodes that point at a token. */
export function at(token: Token): NodeFactory {
  return new NodeFactory(token.start);
}

/** Whether a minus sign before this token is part of a literal. */
export function isNumber(kind: string): boolean {
  return kind === 'NUM_INT' || kind === 'NUM_FLOAT';
}

import type { CelIssue, Source } from '../source.ts';
import { type Expr, NodeFactory } from './ast.ts';
import type { Token } from './lexer.ts';
import { at, isNumber, OperandParser, type ParserOptions } from './operand-parser.ts';
import { EXPRESSION_START, SyntaxStop } from './token-stream.ts';

/** cel-go's limits. */
const MAX_DEPTH = 250;
const MAX_CHARACTERS = 100_000;
const RELATIONS = new Map(["'<'", "'<='", "'>='", "'>'", "'=='", "'!='"].map((kind) => [kind, `_${kind.slice(1, -1)}_`]));
RELATIONS.set("'in'", '@in');
const SUMS = new Map([
  ["'+'", '_+_'],
  ["'-'", '_-_'],
]);
const PRODUCTS = new Map([
  ["'*'", '_*_'],
  ["'/'", '_/_'],
  ["'%'", '_%_'],
]);

/** Reads an expression into its ast, macros expanded. With issues, there may be no ast. */
export function parse(source: Source, options: ParserOptions): { expr?: Expr; issues: CelIssue[] } {
  const length = source.characters.length;
  if (length > MAX_CHARACTERS) return { issues: [source.issue(-1, `expression code point size exceeds limit: size: ${length}, limit ${MAX_CHARACTERS}`)] };
  return new Parser(source, options).run();
}

class Parser extends OperandParser {
  #depth = 0;
  readonly #maxDepth = this.options.maxDepth ?? MAX_DEPTH;

  run(): { expr?: Expr; issues: CelIssue[] } {
    const { issues } = this.tokens;
    try {
      const expr = this.expression();
      this.tokens.expect('<EOF>');
      if (expr.depth > this.#maxDepth) this.fault(-1, 'max recursion depth exceeded');
      return issues.length === 0 ? { expr, issues } : { issues };
    } catch (error) {
      if (!(error instanceof SyntaxStop)) throw error;
      return { issues };
    }
  }

  protected override expression(): Expr {
    if (++this.#depth > this.#maxDepth) {
      this.fault(-1, `expression recursion limit exceeded: ${this.#maxDepth}`);
      throw new SyntaxStop(true);
    }
    const condition = this.#or();
    const question = this.tokens.takeIf("'?'");
    if (!question) {
      this.#depth--;
      return condition;
    }
    const truthy = this.tokens.within(["':'"], () => this.#or());
    this.tokens.expect("':'");
    const falsy = this.expression();
    this.#depth--;
    return at(question).call('_?_:_', condition, truthy, falsy);
  }

  #or(): Expr {
    return this.#logical("'||'", '_||_', () => this.#logical("'&&'", '_&&_', () => this.#relation()));
  }

  /** A chain of one logical operator becomes a balanced tree, so that long chains stay shallow. */
  #logical(kind: string, name: string, operand: () => Expr): Expr {
    const terms = [operand()];
    const operators: Token[] = [];
    for (let token = this.tokens.takeIf(kind); token; token = this.tokens.takeIf(kind)) {
      operators.push(token);
      terms.push(operand());
    }
    return balanced(name, terms, operators, 0, operators.length - 1);
  }

  #relation(): Expr {
    return this.#binary(RELATIONS, () => this.#binary(SUMS, () => this.#binary(PRODUCTS, () => this.#unary())));
  }

  #binary(operators: ReadonlyMap<string, string>, operand: () => Expr): Expr {
    let left = operand();
    for (let name = operators.get(this.tokens.next.kind); name !== undefined; name = operators.get(this.tokens.next.kind)) {
      const token = this.tokens.take();
      left = at(token).call(name, left, operand());
    }
    return left;
  }

  #unary(): Expr {
    return this.tokens.recover(() => this.#signed(), new NodeFactory(0).literal(null));
  }

  #signed(): Expr {
    const { tokens } = this;
    tokens.sync(EXPRESSION_START);
    const kind = tokens.next.kind;
    if (kind !== "'!'" && (kind !== "'-'" || isNumber(tokens.kindAt(1)))) return this.member();
    const first = tokens.take();
    let count = 1;
    while (tokens.is(kind)) {
      tokens.take();
      count++;
    }
    if (kind === "'-'" && !EXPRESSION_START.includes(tokens.next.kind)) {
      tokens.noViableAlternative(first);
      tokens.forget();
    }
    const operand = this.member();
    return count % 2 === 0 ? operand : at(first).call(kind === "'!'" ? '!_' : '-_', operand);
  }
}

function balanced(name: string, terms: readonly Expr[], operators: readonly Token[], low: number, high: number): Expr {
  if (low > high) return terms[low] as Expr;
  const middle = Math.floor((low + high + 1) / 2);
  const left = balanced(name, terms, operators, low, middle - 1);
  const right = balanced(name, terms, operators, middle + 1, high);
  return at(operators[middle] as Token).call(name, left, right);
}

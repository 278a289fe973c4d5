import type { CheckedAst } from '../checker/checker.ts';
import { ACCUMULATOR, type CallNode, type ComprehensionNode, type Expr, type SelectNode } from '../parser/ast.ts';
import type { CelRange, CelSizeEstimator } from '../program.ts';
import { type CelType, dynType } from '../types.ts';
import { type CostNode, type EntrySize, type EstimateContext, estimateCall } from './call-estimate.ts';
import { isBind, isScalar, literalSize } from './literal-size.ts';
import { exactly, plus, times, UNKNOWN, union } from './ranges.ts';

const LIST_COST = 10;
const MAP_COST = 30;
const STRUCT_COST = 40;
const ONE = exactly(1);

interface Local {
  readonly path: readonly string[];
  readonly size: CelRange | undefined;
  readonly entry: EntrySize | undefined;
}

/** The least and most that an expression can cost, as cel-go's checker/cost.go with Kubernetes' estimator finds it. */
export function staticCost(ast: CheckedAst, estimateSize: CelSizeEstimator): CelRange {
  return new StaticCost(ast, estimateSize).cost(ast.expr);
}

class StaticCost implements EstimateContext {
  readonly #ast: CheckedAst;
  readonly #estimateSize: CelSizeEstimator;
  /** Where in the variables' types each node's value comes from. */
  readonly #paths = new Map<Expr, readonly string[]>();
  readonly #sizes = new Map<Expr, CelRange>();
  readonly #entries = new Map<Expr, EntrySize>();
  readonly #locals = new Map<string, Local[]>();

  constructor(ast: CheckedAst, estimateSize: CelSizeEstimator) {
    this.#ast = ast;
    this.#estimateSize = estimateSize;
  }

  cost(expr: Expr): CelRange {
    switch (expr.kind) {
      case 'literal':
        return exactly(0);
      case 'ident':
        this.#paths.set(expr, this.#local(expr.name)?.path ?? [this.#nameOf(expr) ?? expr.name]);
        return ONE;
      case 'select':
        return this.#select(expr);
      case 'call':
        return this.#call(expr);
      case 'list':
        return this.#list(expr, expr.elements);
      case 'map':
        return this.#map(expr);
      case 'struct':
        return plus(...expr.fields.map(({ value }) => this.cost(value)), exactly(STRUCT_COST));
      case 'comprehension':
        return isBind(expr) ? this.#bind(expr) : this.#comprehension(expr);
    }
  }

  #nameOf(expr: Expr): string | undefined {
    const reference = this.#ast.references.get(expr);
    return reference && 'ident' in reference ? reference.ident.name : undefined;
  }

  #select(expr: SelectNode): CelRange {
    const name = this.#nameOf(expr);
    if (name !== undefined) {
      this.#paths.set(expr, [name]);
      return ONE;
    }
    const operand = this.cost(expr.operand);
    if (expr.isTest) return operand;
    const { kind } = this.typeOf(expr.operand);
    this.#paths.set(expr, [...this.#path(expr.operand), expr.field]);
    return kind === 'map' || kind === 'object' || kind === 'param' ? plus(operand, ONE) : operand;
  }

  #call(expr: CallNode): CelRange {
    if (expr.name === 'dyn' && expr.args[0]) {
      const cost = this.cost(expr.args[0]);
      this.#copySizes(expr, expr.args[0]);
      return plus(ONE, cost);
    }
    const costs = expr.args.map((arg) => this.cost(arg));
    const args = expr.args.map((arg) => this.node(arg));
    const reference = this.#ast.references.get(expr);
    const name = reference && 'call' in reference ? reference.call.function.name : expr.name;
    const ids = reference && 'call' in reference ? reference.call.overloads.map(({ id }) => id) : expr.name === '_?._' ? ['select_optional_field'] : [];
    if (ids.length === 0) return exactly(0);
    const receiver = reference && 'call' in reference && reference.call.hasReceiver ? expr.target : undefined;
    const targetCost = receiver ? this.cost(receiver) : exactly(0);
    const target = receiver && this.node(receiver);
    return plus(targetCost, this.#overloads(expr, { name, ids, target, args, costs }));
  }

  /** A range around the costs of all signatures that the call may mean. */
  #overloads(
    expr: Expr,
    call: { name: string; ids: readonly string[]; target: CostNode | undefined; args: readonly CostNode[]; costs: readonly CelRange[] },
  ): CelRange {
    let cost: CelRange | undefined;
    let size: CelRange | undefined;
    for (const id of call.ids) {
      const estimate = estimateCall(this, expr, { ...call, id });
      cost = cost ? union(cost, estimate.cost) : estimate.cost;
      if (estimate.size) size = size ? union(size, estimate.size) : estimate.size;
      if (id === 'index_list' || id === 'index_map') {
        const [container] = call.args as [CostNode];
        size = this.entryOf(container.expr)?.value;
        this.#paths.set(expr, [...this.#path(container.expr), id === 'index_list' ? '@items' : '@values']);
      }
      size ??= this.sizeOf(expr);
    }
    if (size) this.#sizes.set(expr, size);
    return cost as CelRange;
  }

  #list(expr: Expr, elements: readonly Expr[]): CelRange {
    const costs = elements.map((element) => this.cost(element));
    this.#entries.set(expr, { container: 'list', key: ONE, value: this.#around(elements) });
    return plus(...costs, exactly(LIST_COST));
  }

  #map(expr: Extract<Expr, { kind: 'map' }>): CelRange {
    const costs = expr.entries.flatMap(({ key, value }) => [this.cost(key), this.cost(value)]);
    this.#entries.set(expr, {
      container: 'map',
      key: this.#around(expr.entries.map(({ key }) => key)),
      value: this.#around(expr.entries.map(({ value }) => value)),
    });
    return plus(...costs, exactly(MAP_COST));
  }

  /** A range around the sizes of some nodes. */
  #around(nodes: readonly Expr[]): CelRange {
    return (
      nodes.map((node) => this.sizeOf(node) ?? UNKNOWN).reduce<CelRange | undefined>((all, size) => (all ? union(all, size) : size), undefined) ?? exactly(0)
    );
  }

  #comprehension(expr: ComprehensionNode): CelRange {
    const { range, init } = expr;
    const before = [this.cost(range), this.cost(init)];
    this.#push(expr.accuVar, { path: this.#path(init), size: this.sizeOf(init), entry: this.entryOf(init) });
    this.#pushIteration(expr);
    const round = plus(this.cost(expr.condition), this.cost(expr.step));
    this.#pop(expr.iterVar);
    if (expr.iterVar2 !== undefined) this.#pop(expr.iterVar2);
    const result = this.cost(expr.result);
    this.#pop(expr.accuVar);
    const count = this.sizeOf(range) ?? UNKNOWN;
    this.#setResultSize(expr, count);
    return plus(...before, result, times(count, round));
  }

  #setResultSize(expr: ComprehensionNode, count: CelRange): void {
    if (expr.init.kind === 'literal') {
      const size = this.sizeOf(expr.init);
      if (size) this.#sizes.set(expr, size);
    } else if (expr.init.kind === 'list' || expr.init.kind === 'map') {
      this.#sizes.set(expr, count);
      const entry = this.entryOf(expr.step);
      if (entry) this.#entries.set(expr, entry);
    }
  }

  #pushIteration({ iterVar, iterVar2, range }: ComprehensionNode): void {
    const entry = this.entryOf(range);
    const isList = (entry?.container ?? this.typeOf(range).kind) === 'list';
    const path = this.#path(range);
    const key: Local = { path: [...path, isList ? '@indices' : '@keys'], size: entry?.key, entry: undefined };
    const value: Local = { path: [...path, isList ? '@items' : '@values'], size: entry?.value, entry: undefined };
    if (iterVar2 === undefined) this.#push(iterVar, isList ? value : key);
    else {
      this.#push(iterVar, key);
      this.#push(iterVar2, value);
    }
  }

  #bind(expr: ComprehensionNode): CelRange {
    const before = [this.cost(expr.range), this.cost(expr.init)];
    this.#push(expr.accuVar, { path: this.#path(expr.init), size: this.sizeOf(expr.init), entry: this.entryOf(expr.init) });
    const result = this.cost(expr.result);
    this.#pop(expr.accuVar);
    this.#copySizes(expr, expr.result);
    return plus(...before, result);
  }

  #local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1);
  }

  #push(name: string, local: Local): void {
    const stack = this.#locals.get(name);
    if (stack) stack.push(local);
    else this.#locals.set(name, [local]);
  }

  #pop(name: string): void {
    this.#locals.get(name)?.pop();
  }

  #path(expr: Expr): readonly string[] {
    return (expr.kind === 'ident' ? this.#local(expr.name)?.path : undefined) ?? this.#paths.get(expr) ?? [];
  }

  #copySizes(to: Expr, from: Expr): void {
    const size = this.sizeOf(from);
    if (size) this.#sizes.set(to, size);
    const entry = this.entryOf(from);
    if (entry) this.#entries.set(to, entry);
  }

  typeOf(expr: Expr): CelType {
    return this.#ast.types.get(expr) ?? dynType;
  }

  node(expr: Expr): CostNode {
    const path = this.#path(expr);
    const isKnown = path.length > 0 && path[0] !== ACCUMULATOR;
    return { expr, type: this.typeOf(expr), path: isKnown ? path : undefined, size: this.sizeOf(expr) };
  }

  /** The size of a value that a path leads to, or of any value of a type. */
  estimateSize(path: readonly string[] | undefined, type: CelType): CelRange | undefined {
    return this.#estimateSize({ path: path && path.length > 0 ? path : undefined, type });
  }

  entryOf(expr: Expr): EntrySize | undefined {
    return this.#entries.get(expr) ?? (expr.kind === 'ident' ? this.#local(expr.name)?.entry : undefined);
  }

  setEntry(expr: Expr, entry: EntrySize | undefined): void {
    if (entry) this.#entries.set(expr, entry);
  }

  sizeOf(expr: Expr): CelRange | undefined {
    const known = this.#sizes.get(expr) ?? literalSize(expr);
    if (known) return known;
    const type = this.typeOf(expr);
    const estimated = this.estimateSize(this.#path(expr), type);
    if (estimated) {
      this.#sizes.set(expr, estimated);
      return estimated;
    }
    if (isScalar(type)) return ONE;
    return expr.kind === 'ident' ? this.#local(expr.name)?.size : undefined;
  }
}

import type { CelValue } from '../values.ts';

/** Fields of every node. `offset` counts characters and is where messages about the node point; `depth` is the height of the tree under it. */
interface Node {
  readonly offset: number;
  readonly depth: number;
}

export interface LiteralNode extends Node {
  readonly kind: 'literal';
  readonly value: CelValue;
}

export interface IdentNode extends Node {
  readonly kind: 'ident';
  readonly name: string;
}

export interface SelectNode extends Node {
  readonly kind: 'select';
  readonly operand: Expr;
  readonly field: string;
  /** From `has(a.b)`: asks whether the field is there. */
  readonly isTest: boolean;
}

export interface CallNode extends Node {
  readonly kind: 'call';
  readonly name: string;
  readonly target?: Expr | undefined;
  readonly args: readonly Expr[];
}

export interface ListNode extends Node {
  readonly kind: 'list';
  readonly elements: readonly Expr[];
  /** The places of `?` elements. */
  readonly optionals: ReadonlySet<number>;
}

export interface MapEntry {
  readonly key: Expr;
  readonly value: Expr;
  readonly isOptional: boolean;
  readonly offset: number;
}

export interface MapNode extends Node {
  readonly kind: 'map';
  readonly entries: readonly MapEntry[];
}

export interface StructField {
  readonly name: string;
  readonly value: Expr;
  readonly isOptional: boolean;
  readonly offset: number;
}

export interface StructNode extends Node {
  readonly kind: 'struct';
  readonly typeName: string;
  readonly fields: readonly StructField[];
}

/** A loop over `range`: what macros become. `accuVar` starts as `init` and becomes `step` for every element while `condition` holds; then `result` is the value. */
export interface ComprehensionNode extends Node {
  readonly kind: 'comprehension';
  readonly range: Expr;
  readonly iterVar: string;
  readonly iterVar2?: string | undefined;
  readonly accuVar: string;
  readonly init: Expr;
  readonly condition: Expr;
  readonly step: Expr;
  readonly result: Expr;
}

export type Expr = LiteralNode | IdentNode | SelectNode | CallNode | ListNode | MapNode | StructNode | ComprehensionNode;

/** The accumulator's name in what the standard macros make; no expression can write it. */
export const ACCUMULATOR = '@result';

/** Makes nodes that all point at one place. */
export class NodeFactory {
  readonly offset: number;

  constructor(offset: number) {
    this.offset = offset;
  }

  literal(value: CelValue): LiteralNode {
    return { kind: 'literal', offset: this.offset, depth: 1, value };
  }

  ident(name: string): IdentNode {
    return { kind: 'ident', offset: this.offset, depth: 1, name };
  }

  accumulator(): IdentNode {
    return this.ident(ACCUMULATOR);
  }

  select(operand: Expr, field: string, isTest = false): SelectNode {
    return { kind: 'select', offset: this.offset, depth: operand.depth + 1, operand, field, isTest };
  }

  call(name: string, ...args: Expr[]): CallNode {
    return { kind: 'call', offset: this.offset, depth: height(args), name, args };
  }

  memberCall(name: string, target: Expr, ...args: Expr[]): CallNode {
    return { kind: 'call', offset: this.offset, depth: Math.max(target.depth + 1, height(args)), name, target, args };
  }

  list(...elements: Expr[]): ListNode {
    return { kind: 'list', offset: this.offset, depth: height(elements), elements, optionals: new Set() };
  }

  map(...entries: MapEntry[]): MapNode {
    return { kind: 'map', offset: this.offset, depth: height(entries.flatMap(({ key, value }) => [key, value])), entries };
  }

  comprehension(parts: Omit<ComprehensionNode, 'kind' | 'offset' | 'depth'>): ComprehensionNode {
    const depth = height([parts.range, parts.init, parts.condition, parts.step, parts.result]);
    return { kind: 'comprehension', offset: this.offset, depth, ...parts };
  }
}

/** One more than the highest of some nodes. */
export function height(nodes: readonly Expr[]): number {
  let most = 0;
  for (const { depth } of nodes) if (depth > most) most = depth;
  return most + 1;
}

/** `a.b.c` of a chain of selections; undefined when it is something else. */
export function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name;
  if (expr.kind !== 'select' || expr.isTest) return undefined;
  const prefix = qualifiedName(expr.operand);
  return prefix === undefined ? undefined : `${prefix}.${expr.field}`;
}

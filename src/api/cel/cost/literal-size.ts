import { ACCUMULATOR, type ComprehensionNode, type Expr } from '../parser/ast.ts';
import type { CelRange } from '../program.ts';
import type { CelType } from '../types.ts';
import { type CelValue, characterCount } from '../values.ts';
import { exactly } from './ranges.ts';

/** `cel.bind` and the macros that bind a value: a loop over nothing. */
export function isBind({ range, condition, accuVar }: ComprehensionNode): boolean {
  return range.kind === 'list' && range.elements.length === 0 && condition.kind === 'literal' && condition.value === false && accuVar !== ACCUMULATOR;
}

/** The size of a literal, list or map, which the expression itself tells. */
export function literalSize(expr: Expr): CelRange | undefined {
  switch (expr.kind) {
    case 'literal':
      return exactly(sizeOfLiteral(expr.value));
    case 'list':
      return exactly(expr.elements.length);
    case 'map':
      return exactly(expr.entries.length);
    default:
      return undefined;
  }
}

function sizeOfLiteral(value: CelValue): number {
  if (typeof value === 'string') return characterCount(value);
  return value instanceof Uint8Array ? value.length : 1;
}

/** Whether every value of a type has the size 1. */
export function isScalar(type: CelType): boolean {
  if (type.nullable) return false;
  switch (type.kind) {
    case 'bool':
    case 'double':
    case 'duration':
    case 'int':
    case 'timestamp':
    case 'uint':
      return true;
    default:
      return type.name === 'optional_type' && type.params[0] !== undefined && isScalar(type.params[0]);
  }
}

import { Failure } from '../errors.ts';
import { formatClause, type FormatClause, parseFormat } from '../library/format-clause.ts';
import type { CallNode, Expr } from '../parser/ast.ts';
import { compileRegex } from '../regex.ts';
import type { CelIssue, Source } from '../source.ts';
import { isInRange, parseDuration, parseTimestamp } from '../time-text.ts';
import { type CelType, dynType, formatType, isDyn, sameType } from '../types.ts';
import { type CelValue, integerOf } from '../values.ts';
import type { CheckedAst } from './checker.ts';

/** Calls whose first argument must have a form that a literal shows at once. */
const FORMS: Readonly<Record<string, (text: string) => boolean>> = {
  duration: (text) => parseDuration(text) !== undefined,
  timestamp: (text) => parseTimestamp(text) !== undefined,
  matches: (text) => !(compileRegex(text) instanceof Error),
};

/** What is wrong with literals of an expression whose types are right: cel-go's AST validators that Kubernetes turns on. */
export function validateLiterals(ast: CheckedAst, source: Source): CelIssue[] {
  const issues: CelIssue[] = [];
  visit(ast.expr, false, (expr, isFormatted) => {
    if (!isFormatted) issues.push(...mixedLiteral(ast, source, expr));
    if (expr.kind !== 'call') return;
    const [first] = expr.args;
    if (first?.kind === 'literal' && isMalformed(expr.name, first.value)) issues.push(source.issue(first.offset, `invalid ${expr.name} argument`));
    const fault = formatFault(ast, expr);
    if (fault) issues.push(source.issue(fault.at.offset, fault.message));
  });
  return issues;
}

function isMalformed(name: string, value: CelValue): boolean {
  if (typeof value === 'string') return FORMS[name]?.(value) === false;
  const seconds = name === 'timestamp' ? integerOf(value) : undefined;
  return seconds !== undefined && !isInRange(Number(seconds));
}

/** `isFormatted`: the node is an argument of `format`, or a literal in one. */
function visit(expr: Expr, isFormatted: boolean, look: (expr: Expr, isFormatted: boolean) => void): void {
  look(expr, isFormatted);
  const isInner = expr.kind === 'call' ? expr.name === 'format' : isFormatted && (expr.kind === 'list' || expr.kind === 'map');
  for (const child of childrenOf(expr)) visit(child, isInner, look);
}

/** Elements, keys or values that are not of one type: dyn is a type of its own here. */
function mixedLiteral(ast: CheckedAst, source: Source, expr: Expr): CelIssue[] {
  if (expr.kind === 'list') {
    const items = expr.elements.map((element, i) => ({ expr: element, isOptional: expr.optionals.has(i) }));
    return mixed(ast, source, items).slice(0, 1);
  }
  if (expr.kind !== 'map') return [];
  const keys = expr.entries.map(({ key }) => ({ expr: key, isOptional: false }));
  const values = expr.entries.map(({ value, isOptional }) => ({ expr: value, isOptional }));
  return [...mixed(ast, source, keys), ...mixed(ast, source, values)];
}

function mixed(ast: CheckedAst, source: Source, items: readonly { readonly expr: Expr; readonly isOptional: boolean }[]): CelIssue[] {
  const types = items.map(({ expr, isOptional }) => {
    const type = ast.types.get(expr) ?? dynType;
    return isOptional ? (type.params[0] ?? dynType) : type;
  });
  const [first] = types;
  return items.flatMap(({ expr }, i) => {
    const type = types[i] as CelType;
    if (first === undefined || sameType(first, type)) return [];
    return [source.issue(expr.offset, `expected type '${formatType(first)}' but found '${formatType(type)}'`)];
  });
}

function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'select':
      return [expr.operand];
    case 'call':
      return expr.target ? [expr.target, ...expr.args] : expr.args;
    case 'list':
      return expr.elements;
    case 'map':
      return expr.entries.flatMap(({ key, value }) => [key, value]);
    case 'struct':
      return expr.fields.map(({ value }) => value);
    case 'comprehension':
      return [expr.range, expr.init, expr.condition, expr.step, expr.result];
    default:
      return [];
  }
}

/** What is wrong with `'text'.format([a, b])`. */
function formatFault(ast: CheckedAst, call: CallNode): { at: Expr; message: string } | undefined {
  const [list] = call.args;
  if (call.name !== 'format' || call.target?.kind !== 'literal' || typeof call.target.value !== 'string' || list?.kind !== 'list') return undefined;
  let clauses: FormatClause[];
  try {
    clauses = parseFormat(call.target.value).filter((part) => typeof part !== 'string');
  } catch (error) {
    if (error instanceof Failure) return { at: call, message: error.message };
    throw error;
  }
  for (const [i, clause] of clauses.entries()) {
    const arg = list.elements[i];
    if (!arg) return { at: call, message: `index ${i} out of range` };
    const type = ast.types.get(arg);
    if (type && !takes(clause.verb, type)) return { at: arg, message: `error during formatting: ${formatClause(clause.verb)}, was given ${type.name}` };
  }
  if (list.elements.length <= clauses.length) return undefined;
  return { at: call, message: `too many arguments supplied to string.format (expected ${clauses.length}, got ${list.elements.length})` };
}

const TAKEN: Readonly<Record<FormatClause['verb'], readonly CelType['kind'][]>> = {
  s: ['list', 'map', 'int', 'uint', 'double', 'bool', 'string', 'timestamp', 'bytes', 'duration', 'type', 'null'],
  d: ['int', 'uint'],
  f: ['double'],
  e: ['double'],
  b: ['int', 'uint', 'bool'],
  x: ['int', 'uint', 'string', 'bytes'],
  X: ['int', 'uint', 'string', 'bytes'],
  o: ['int', 'uint'],
};

function takes(verb: FormatClause['verb'], type: CelType): boolean {
  return isDyn(type) || type.kind === 'param' || type.kind === 'error' || TAKEN[verb].includes(type.kind);
}

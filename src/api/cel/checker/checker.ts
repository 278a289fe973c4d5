import type { CelEnvironment } from '../environment.ts';
import type { CelFunction } from '../functions.ts';
import { type CallNode, type ComprehensionNode, type Expr, type IdentNode, qualifiedName, type SelectNode } from '../parser/ast.ts';
import type { CelIssue, Source } from '../source.ts';
import { boolType, type CelType, dynType, errorType, formatType, intType, isDynOrError, isOptional, optionalOf } from '../types.ts';
import { typeOfValue } from '../values.ts';
import { LiteralChecker, type Reference } from './literal-checker.ts';
import { resolveOverloads } from './overloads.ts';

/** An ast with the type of every node, and what its names and calls refer to. */
export interface CheckedAst {
  readonly expr: Expr;
  readonly types: ReadonlyMap<Expr, CelType>;
  readonly references: ReadonlyMap<Expr, Reference>;
}

/** Gives every node of an ast its type. Messages are cel-go's; with issues the result is not to be used. */
export function check(
  expr: Expr,
  source: Source,
  environment: CelEnvironment,
  variables: Readonly<Record<string, CelType>>,
): { ast: CheckedAst; issues: CelIssue[] } {
  const checker = new Checker(source, environment, variables);
  checker.check(expr);
  return { ast: checker.finish(expr), issues: checker.issues };
}

class Checker extends LiteralChecker {
  /** Replaces what is left of type parameters by what they stand for, or dyn. */
  finish(expr: Expr): CheckedAst {
    for (const [node, type] of this.types) this.types.set(node, this.subs.apply(type, true));
    return { expr, types: this.types, references: this.references };
  }

  override check(expr: Expr): CelType {
    const type = this.#typeOf(expr);
    this.types.set(expr, type);
    return type;
  }

  #typeOf(expr: Expr): CelType {
    switch (expr.kind) {
      case 'literal':
        return typeOfValue(expr.value);
      case 'ident':
        return this.#ident(expr);
      case 'select':
        return this.#select(expr);
      case 'call':
        return this.#call(expr);
      case 'list':
        return this.list(expr);
      case 'map':
        return this.map(expr);
      case 'struct':
        return this.struct(expr);
      case 'comprehension':
        return this.#comprehension(expr);
    }
  }

  #ident(expr: IdentNode): CelType {
    const found = this.scope.find(expr.name);
    if (!found) return this.undeclared(expr, expr.name);
    this.references.set(expr, { ident: found });
    return found.type;
  }

  #select(expr: SelectNode): CelType {
    const name = qualifiedName(expr);
    const found = name === undefined ? undefined : this.scope.find(name);
    if (found) {
      this.references.set(expr, { ident: found });
      return found.type;
    }
    const type = this.#field(expr, expr.operand, expr.field, false);
    return expr.isTest ? boolType : this.subs.apply(type);
  }

  #field(expr: Expr, operand: Expr, field: string, isOptionalSelect: boolean): CelType {
    const operandType = this.subs.apply(this.check(operand));
    const target = isOptional(operandType) ? (operandType.params[0] as CelType) : operandType;
    const type = this.#fieldOf(expr, target, field);
    return isOptionalSelect || isOptional(operandType) ? optionalOf(type) : type;
  }

  #fieldOf(expr: Expr, target: CelType, name: string): CelType {
    switch (target.kind) {
      case 'map':
        return target.params[1] as CelType;
      case 'object': {
        const field = target.field?.(name);
        if (!field) this.fault(expr, `undefined field '${name}'`);
        return field?.type ?? errorType;
      }
      case 'param':
        this.assign(dynType, target);
        return dynType;
      default:
        if (!isDynOrError(target)) this.fault(expr, `type '${formatType(target)}' does not support field selection`);
        return dynType;
    }
  }

  #call(expr: CallNode): CelType {
    if (expr.name === '_?._') return this.#optionalSelect(expr);
    for (const arg of expr.args) this.check(arg);
    if (!expr.target) {
      const found = this.environment.findFunction(expr.name);
      return found ? this.#resolve(expr, found, undefined) : this.undeclared(expr, expr.name);
    }
    const prefix = qualifiedName(expr.target);
    const namespaced = prefix === undefined ? undefined : this.environment.findFunction(`${prefix}.${expr.name}`);
    if (namespaced) return this.#resolve(expr, namespaced, undefined);
    this.check(expr.target);
    const found = this.environment.findFunction(expr.name);
    return found ? this.#resolve(expr, found, expr.target) : this.undeclared(expr, expr.name);
  }

  #optionalSelect(expr: CallNode): CelType {
    const [operand, field] = expr.args as [Expr, Expr];
    const name = field.kind === 'literal' && typeof field.value === 'string' ? field.value : '';
    this.check(field);
    return this.subs.apply(this.#field(expr, operand, name, true));
  }

  #resolve(expr: CallNode, declared: CelFunction, target: Expr | undefined): CelType {
    const nodes = target ? [target, ...expr.args] : expr.args;
    const types = nodes.map((node) => this.types.get(node) as CelType);
    if (declared.name === '_&&_' || declared.name === '_||_') return this.#logical(expr, declared, types);
    const result = resolveOverloads(declared, types, target !== undefined, this.subs, () => this.parameter());
    if ('message' in result) {
      this.fault(expr, result.message);
      return errorType;
    }
    this.references.set(expr, { call: { function: declared, overloads: result.overloads, hasReceiver: target !== undefined } });
    return result.type;
  }

  #logical(expr: CallNode, declared: CelFunction, types: readonly CelType[]): CelType {
    let isRight = true;
    types.forEach((type, i) => {
      if (this.assign(type, boolType)) return;
      isRight = false;
      this.fault(expr.args[i] as Expr, `expected type 'bool' but found '${formatType(type)}'`);
    });
    if (!isRight) return errorType;
    this.references.set(expr, { call: { function: declared, overloads: declared.overloads, hasReceiver: false } });
    return boolType;
  }

  #comprehension(expr: ComprehensionNode): CelType {
    const range = this.subs.apply(this.check(expr.range));
    const accumulator = this.check(expr.init);
    this.scope.enter({ [expr.accuVar]: accumulator });
    const [first, second] = this.#iterationTypes(expr, range);
    this.scope.enter(expr.iterVar2 === undefined ? { [expr.iterVar]: second } : { [expr.iterVar]: first, [expr.iterVar2]: second });
    this.assertType(expr.condition, this.check(expr.condition), boolType);
    this.assertType(expr.step, this.check(expr.step), accumulator);
    this.scope.leave();
    const result = this.check(expr.result);
    this.scope.leave();
    return this.subs.apply(result);
  }

  /** The types of a loop's two variables; with one variable it has the second's. */
  #iterationTypes({ range: at, iterVar2 }: ComprehensionNode, range: CelType): readonly [CelType, CelType] {
    switch (range.kind) {
      case 'list':
        return [intType, range.params[0] as CelType];
      case 'map':
        return iterVar2 === undefined ? [dynType, range.params[0] as CelType] : [range.params[0] as CelType, range.params[1] as CelType];
      case 'dyn':
      case 'any':
      case 'error':
      case 'param':
        this.assign(dynType, range);
        return [dynType, dynType];
      default:
        this.fault(at, `expression of type '${formatType(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`);
        return [errorType, errorType];
    }
  }
}

import type { CelEnvironment } from '../environment.ts';
import type { Expr, ListNode, MapNode, StructNode } from '../parser/ast.ts';
import type { CelIssue, Source } from '../source.ts';
import { type CelType, dynType, errorType, formatType, isDyn, isOptional, listOf, mapOf, optionalOf, typeParam } from '../types.ts';
import { isAssignable, mostGeneral, Substitutions } from '../unify.ts';
import type { Resolution } from './overloads.ts';
import { type Declaration, Scope } from './scope.ts';

/** What a name or call turned out to be. */
export type Reference = { readonly ident: Declaration } | { readonly call: Resolution };

/** The half of the checker that knows how types go together, and checks lists, maps and messages. */
export abstract class LiteralChecker {
  readonly issues: CelIssue[] = [];
  protected readonly source: Source;
  protected readonly environment: CelEnvironment;
  protected readonly scope: Scope;
  protected readonly types = new Map<Expr, CelType>();
  protected readonly references = new Map<Expr, Reference>();
  protected readonly subs = new Substitutions();
  #parameters = 0;

  constructor(source: Source, environment: CelEnvironment, variables: Readonly<Record<string, CelType>>) {
    this.source = source;
    this.environment = environment;
    this.scope = new Scope(environment, variables);
  }

  /** Gives a node its type. */
  abstract check(expr: Expr): CelType;

  protected fault(at: { readonly offset: number }, message: string): void {
    this.issues.push(this.source.issue(at.offset, message));
  }

  protected undeclared(at: Expr, name: string): CelType {
    this.fault(at, `undeclared reference to '${name}' (in container '${this.environment.options.container ?? ''}')`);
    return errorType;
  }

  protected list({ elements, optionals }: ListNode): CelType {
    let joined: CelType | undefined;
    elements.forEach((element, i) => {
      const type = this.check(element);
      joined = this.#join(joined, optionals.has(i) ? this.#unwrapOptional(element, type) : type);
    });
    return listOf(joined ?? this.parameter());
  }

  protected map({ entries }: MapNode): CelType {
    let keys: CelType | undefined;
    let values: CelType | undefined;
    for (const { key, value, isOptional: isMarked } of entries) {
      keys = this.#join(keys, this.check(key));
      const type = this.check(value);
      values = this.#join(values, isMarked ? this.#unwrapOptional(value, type) : type);
    }
    return mapOf(keys ?? this.parameter(), values ?? this.parameter());
  }

  #unwrapOptional(at: Expr, type: CelType): CelType {
    if (isOptional(type)) return type.params[0] as CelType;
    if (!isDyn(type)) this.fault(at, `expected type '${formatType(optionalOf(type))}' but found '${formatType(type)}'`);
    return type;
  }

  protected struct(expr: StructNode): CelType {
    const found = this.scope.find(expr.typeName);
    if (!found) return this.undeclared(expr, expr.typeName);
    this.references.set(expr, { ident: found });
    const type = this.#messageType(expr, found);
    const { fields } = this.environment.findMessage(found.name) ?? {};
    for (const field of expr.fields) {
      const given = this.check(field.value);
      const valueType = field.isOptional ? this.#unwrapOptional(field.value, given) : given;
      const declared = type.kind === 'error' ? undefined : fields ? fields[field.name] : type.field?.(field.name)?.type;
      if (!declared && type.kind !== 'error') this.fault(field, `undefined field '${field.name}'`);
      const expected = declared ?? errorType;
      if (!this.assign(expected, valueType))
        this.fault(field, `expected type of field '${field.name}' is '${formatType(expected)}' but provided type is '${formatType(valueType)}'`);
    }
    return type;
  }

  #messageType(expr: StructNode, { type, name }: Declaration): CelType {
    if (type.kind !== 'type') {
      this.fault(expr, `'${formatType(type)}' is not a type`);
      return errorType;
    }
    const of = type.params[0] as CelType;
    if (this.environment.findMessage(name)) return of;
    this.fault(expr, `'${of.name}' is not a message type`);
    return errorType;
  }

  protected assertType(at: Expr, type: CelType, expected: CelType): void {
    if (!this.assign(expected, type)) this.fault(at, `expected type '${formatType(expected)}' but found '${formatType(type)}'`);
  }

  /** Literals may be mixed as far as types go; Kubernetes refuses them afterwards (literal-validators.ts). */
  #join(previous: CelType | undefined, current: CelType): CelType {
    if (previous === undefined) return current;
    return this.assign(previous, current) ? mostGeneral(previous, current) : dynType;
  }

  protected assign(to: CelType, from: CelType): boolean {
    return this.subs.attempt(() => isAssignable(this.subs, to, from));
  }

  protected parameter(): CelType {
    return typeParam(`_var${this.#parameters++}`);
  }
}

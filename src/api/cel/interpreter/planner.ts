import type { CheckedAst } from '../checker/checker.ts';
import type { CelEnvironment } from '../environment.ts';
import { Failure, fail } from '../errors.ts';
import type { CallNode, Expr, IdentNode, ListNode, MapNode, SelectNode, StructNode } from '../parser/ast.ts';
import { textOf } from '../value-text.ts';
import { ArrayList, CelOptional, type CelValue, ValueMap } from '../values.ts';
import { planCall } from './call.ts';
import { planComprehension } from './comprehension.ts';
import { attribute, constant, type Frame, isConstant, type Plan, type Step } from './frame.ts';
import { conditional, logical } from './logic.ts';
import { index, optionalIndex, present, selectField } from './qualify.ts';

/** cel-go's costs of making a list, a map and a message. */
const LIST_COST = 10;
const MAP_COST = 30;
const STRUCT_COST = 40;

/** Turns a checked ast into closures. Parts that do not change are worked out here, as cel-go's optimizer does: they cost nothing later, and their failure is thrown from here as a `Failure`. */
export class Planner {
  readonly ast: CheckedAst;
  readonly environment: CelEnvironment;
  /** Where each variable of the loops around lives in a frame. */
  readonly #slots = new Map<string, number[]>();
  #slotCount = 0;

  constructor(ast: CheckedAst, environment: CelEnvironment) {
    this.ast = ast;
    this.environment = environment;
  }

  plan(expr: Expr): Plan {
    switch (expr.kind) {
      case 'literal':
        return constant(expr.value);
      case 'ident':
      case 'select':
        return this.#named(expr) ?? (expr.kind === 'ident' ? fail(`undeclared reference to '${expr.name}'`) : this.#select(expr));
      case 'call':
        return this.#call(expr);
      case 'list':
        return this.#list(expr);
      case 'map':
        return this.#map(expr);
      case 'struct':
        return this.#struct(expr);
      case 'comprehension':
        return planComprehension(this, expr);
    }
  }

  /** Whether constant parts are worked out now. */
  get folds(): boolean {
    return !this.environment.options.hasNoFolding;
  }

  /** Gives a loop's variable a slot while `within` is planned. */
  withVariable<T>(name: string, within: (slot: number) => T): T {
    const slot = this.#slotCount++;
    const slots = this.#slots.get(name) ?? [];
    this.#slots.set(name, [...slots, slot]);
    const result = within(slot);
    this.#slots.set(name, slots);
    return result;
  }

  #named(expr: IdentNode | SelectNode): Plan | undefined {
    const reference = this.ast.references.get(expr);
    if (!reference || !('ident' in reference)) return undefined;
    const { name, isLocal, constant: value } = reference.ident;
    if (isLocal) return local((this.#slots.get(name) as number[]).at(-1) as number);
    return value === undefined ? attribute(globalStep(name)) : constant(value);
  }

  #select(expr: SelectNode): Plan {
    const operand = this.plan(expr.operand);
    const read = operand.bare ?? operand.run;
    const { field } = expr;
    if (expr.isTest) return { run: charged(1, read, (value) => present(value, field)) };
    return attribute(charged(1, read, (value) => selectField(value, field)));
  }

  #call(expr: CallNode): Plan {
    switch (expr.name) {
      case '_&&_':
        return logical(this.#args(expr), false);
      case '_||_':
        return logical(this.#args(expr), true);
      case '_?_:_':
        return conditional(this.#args(expr) as [Plan, Plan, Plan]);
      case '_[_]':
        return index(this.#args(expr) as [Plan, Plan]);
      case '_?._':
      case '_[?_]':
        return optionalIndex(this.#args(expr) as [Plan, Plan]);
      default:
        return planCall(this, expr);
    }
  }

  #args(expr: CallNode): Plan[] {
    return expr.args.map((arg) => this.plan(arg));
  }

  #list({ elements, optionals }: ListNode): Plan {
    const plans = elements.map((element) => this.plan(element));
    const steps = plans.map(({ run }) => run);
    if (this.folds && optionals.size === 0 && plans.every(isConstant)) return constant(new ArrayList(plans.map(({ constant: value }) => value as CelValue)));
    return {
      run: (frame) => {
        frame.charge(LIST_COST);
        const values: CelValue[] = [];
        for (let i = 0; i < steps.length; i++) {
          const value = (steps[i] as Step)(frame);
          if (!optionals.has(i)) values.push(value);
          else if (!(value instanceof CelOptional)) fail(`cannot initialize optional list element from non-optional value ${textOf(value)}`);
          else if (value.value !== undefined) values.push(value.value);
        }
        return new ArrayList(values);
      },
    };
  }

  #map({ entries }: MapNode): Plan {
    const plans = entries.map(({ key, value, isOptional }) => ({ key: this.plan(key), value: this.plan(value), isOptional }));
    const build = (frame: Frame): ValueMap => {
      const pairs: (readonly [CelValue, CelValue])[] = [];
      for (const { key, value, isOptional } of plans) {
        const name = key.run(frame);
        const made = value.run(frame);
        if (!isOptional) pairs.push([name, made]);
        else if (!(made instanceof CelOptional)) fail(`cannot initialize optional entry '${textOf(name)}' from non-optional value ${textOf(made)}`);
        else if (made.value !== undefined) pairs.push([name, made.value]);
      }
      return mapOfPairs(pairs);
    };
    if (this.folds && plans.every(({ key, value, isOptional }) => !isOptional && isConstant(key) && isConstant(value))) {
      const known = build(undefined as unknown as Frame);
      return constant(known);
    }
    return {
      run: (frame) => {
        frame.charge(MAP_COST);
        return build(frame);
      },
    };
  }

  #struct(expr: StructNode): Plan {
    const reference = this.ast.references.get(expr);
    const name = reference && 'ident' in reference ? reference.ident.name : expr.typeName;
    const message = this.environment.findMessage(name) ?? fail(`unknown type: ${name}`);
    const fields = expr.fields.map((field) => ({ name: field.name, isOptional: field.isOptional, run: this.plan(field.value).run }));
    return {
      run: (frame) => {
        frame.charge(STRUCT_COST);
        const values = new Map<string, CelValue>();
        for (const field of fields) {
          const value = field.run(frame);
          if (!field.isOptional) values.set(field.name, value);
          else if (value instanceof CelOptional && value.value !== undefined) values.set(field.name, value.value);
        }
        return message.make(values);
      },
    };
  }
}

function mapOfPairs(pairs: readonly (readonly [CelValue, CelValue])[]): ValueMap {
  for (const [key] of pairs)
    if (typeof key !== 'string' && typeof key !== 'boolean' && typeof key !== 'number' && typeof key !== 'bigint' && !isUint(key)) fail(`unsupported key type`);
  const made = new ValueMap(pairs);
  return made.size === pairs.length ? made : fail('Failed with repeated key');
}

function isUint(value: CelValue): boolean {
  return value !== null && typeof value === 'object' && !(value instanceof Uint8Array) && value.type.kind === 'uint';
}

function charged(units: number, read: Step, use: (value: CelValue) => CelValue): Step {
  return (frame) => {
    const value = read(frame);
    frame.charge(units);
    return use(value);
  };
}

function local(slot: number): Plan {
  const plan = attribute((frame) => {
    const value = frame.locals[slot] as CelValue | Failure;
    if (value instanceof Failure) throw value;
    return value;
  });
  return {
    ...plan,
    settled: (frame) => {
      frame.charge(1);
      return frame.locals[slot] as CelValue | Failure;
    },
  };
}

function globalStep(name: string): Step {
  return (frame) => {
    const value = frame.bindings[name];
    if (value === undefined) return fail(`no such attribute(s): ${name}`);
    return typeof value === 'function' ? frame.make(name, value) : value;
  };
}

import type { CelFunction, CelOverload } from './functions.ts';
import { type Macro, macroTable } from './parser/macro.ts';
import type { CelType } from './types.ts';
import type { CelValue } from './values.ts';

/** A named set of functions, macros and types. */
export interface CelLibrary {
  readonly name: string;
  readonly functions?: readonly CelFunction[];
  readonly macros?: readonly Macro[];
  /** Types that an expression may name. */
  readonly types?: readonly CelType[];
  /** Named values: `math.pi` would be one. */
  readonly constants?: Readonly<Record<string, { readonly type: CelType; readonly value: CelValue }>>;
  /** Object types that an expression may make: `Type{field: value}`. */
  readonly messages?: readonly CelMessage[];
  /** Object types that are made up as they are named: `Object.spec.template`. */
  readonly findMessage?: (name: string) => CelMessage | undefined;
  readonly hasOptionals?: boolean;
}

/** A type with a constructor. */
export interface CelMessage {
  /** The name to make it by, when it is not the type's. */
  readonly name?: string;
  readonly type: CelType;
  /** The fields to make it from, when they are not the type's. */
  readonly fields?: Readonly<Record<string, CelType>>;
  readonly make: (fields: ReadonlyMap<string, CelValue>) => CelValue;
}

/** What an environment decides besides its libraries; all as Kubernetes has it when absent. */
export interface CelEnvironmentOptions {
  /** How deep expressions may be nested; cel-go's 250 when absent. */
  readonly maxDepth?: number;
  /** Fields between backquotes. */
  readonly hasQuotedFields?: boolean;
  /** The namespace that names are looked up in: `a.b`. */
  readonly container?: string;
  /** Leaves constants to be worked out, and paid for, on every run: how upstream's cost tests count. */
  readonly hasNoFolding?: boolean;
  /** Checks of literals that run after the types are right. */
  readonly hasLiteralChecks?: boolean;
}

/** Everything an expression can name, by name. Libraries that declare the same function add up. */
export class CelEnvironment {
  readonly functions = new Map<string, CelFunction>();
  readonly macros: ReadonlyMap<string, Macro>;
  readonly types = new Map<string, CelType>();
  readonly messages = new Map<string, CelMessage>();
  readonly constants = new Map<string, { readonly type: CelType; readonly value: CelValue }>();
  readonly hasOptionals: boolean;
  readonly options: CelEnvironmentOptions;
  readonly libraries: readonly CelLibrary[];

  constructor(libraries: readonly CelLibrary[], options: CelEnvironmentOptions = {}) {
    this.libraries = libraries;
    this.options = options;
    this.macros = macroTable(libraries.flatMap(({ macros }) => macros ?? []));
    this.hasOptionals = libraries.some(({ hasOptionals }) => hasOptionals);
    for (const library of libraries) this.#add(library);
  }

  /** This environment with more libraries. */
  extend(...libraries: readonly CelLibrary[]): CelEnvironment {
    return new CelEnvironment([...this.libraries, ...libraries], this.options);
  }

  #add({ functions = [], types = [], messages = [], constants = {} }: CelLibrary): void {
    for (const declared of functions) {
      const known = this.functions.get(declared.name);
      this.functions.set(declared.name, known ? { ...known, overloads: merge(known.overloads, declared.overloads) } : declared);
    }
    for (const type of types) this.types.set(type.name, type);
    for (const message of messages) {
      const name = message.name ?? message.type.name;
      this.types.set(name, message.type);
      this.messages.set(name, message);
    }
    for (const [name, constant] of Object.entries(constants)) this.constants.set(name, constant);
  }

  /** The names that a name can stand for in the container, the innermost first. A leading dot means the name itself. */
  candidates(name: string): string[] {
    if (name.startsWith('.')) return [name.slice(1)];
    const { container = '' } = this.options;
    if (container === '') return [name];
    const parts = container.split('.');
    return [...parts.map((_, i) => `${parts.slice(0, parts.length - i).join('.')}.${name}`), name];
  }

  /** The type of a name. */
  findType(name: string): CelType | undefined {
    return this.types.get(name) ?? this.findMessage(name)?.type;
  }

  /** The object type of a name that an expression may make. */
  findMessage(name: string): CelMessage | undefined {
    const known = this.messages.get(name);
    if (known) return known;
    for (const { findMessage } of this.libraries) {
      const found = findMessage?.(name);
      if (found) return found;
    }
    return undefined;
  }

  /** The function of a name, looked up in the container. */
  findFunction(name: string): CelFunction | undefined {
    for (const candidate of this.candidates(name)) {
      const found = this.functions.get(candidate);
      if (found) return found;
    }
    return undefined;
  }
}

function merge(known: readonly CelOverload[], more: readonly CelOverload[]): CelOverload[] {
  const replaced = new Set(more.map(({ id }) => id));
  return [...known.filter(({ id }) => !replaced.has(id)), ...more];
}

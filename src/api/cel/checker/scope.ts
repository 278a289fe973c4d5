import type { CelEnvironment } from '../environment.ts';
import { type CelType, typeOf } from '../types.ts';
import { CelTypeValue, type CelValue } from '../values.ts';

/** What a name stands for. */
export interface Declaration {
  readonly name: string;
  readonly type: CelType;
  /** A loop's variable rather than one of the environment's. */
  readonly isLocal: boolean;
  /** Of a type's name or a constant: its value. */
  readonly constant?: CelValue;
}

/** The variables, types and constants in sight; loops open inner scopes. */
export class Scope {
  readonly #environment: CelEnvironment;
  readonly #variables: Readonly<Record<string, CelType>>;
  readonly #locals: Map<string, CelType>[] = [];

  constructor(environment: CelEnvironment, variables: Readonly<Record<string, CelType>>) {
    this.#environment = environment;
    this.#variables = variables;
  }

  enter(variables: Readonly<Record<string, CelType>>): void {
    this.#locals.push(new Map(Object.entries(variables)));
  }

  leave(): void {
    this.#locals.pop();
  }

  find(name: string): Declaration | undefined {
    for (let i = this.#locals.length - 1; i >= 0; i--) {
      const type = this.#locals[i]?.get(name);
      if (type) return { name, type, isLocal: true };
    }
    for (const candidate of this.#environment.candidates(name)) {
      const found = this.#declared(candidate);
      if (found) return found;
    }
    return undefined;
  }

  #declared(name: string): Declaration | undefined {
    if (Object.hasOwn(this.#variables, name)) return { name, type: this.#variables[name] as CelType, isLocal: false };
    const type = this.#environment.findType(name);
    if (type) return { name, type: typeOf(type), isLocal: false, constant: new CelTypeValue(type) };
    const constant = this.#environment.constants.get(name);
    return constant && { name, type: constant.type, isLocal: false, constant: constant.value };
  }
}

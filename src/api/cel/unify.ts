import { type CelType, dynType, isDyn, isDynOrError, sameType } from './types.ts';

/** Which types the type parameters of an expression stand for. */
export class Substitutions {
  readonly #bound = new Map<string, CelType>();
  /** What each binding replaced, the latest last: to take bindings back without copying them all. */
  readonly #trail: { readonly name: string; readonly before: CelType | undefined }[] = [];

  find(type: CelType): CelType | undefined {
    return type.kind === 'param' ? this.#bound.get(type.name) : undefined;
  }

  bind(param: CelType, type: CelType): void {
    this.#trail.push({ name: param.name, before: this.#bound.get(param.name) });
    this.#bound.set(param.name, type);
  }

  /** Does what binds parameters; takes every binding back when the answer is no. */
  attempt(unify: () => boolean): boolean {
    const mark = this.#trail.length;
    if (unify()) return true;
    while (this.#trail.length > mark) {
      const { name, before } = this.#trail.pop() as { name: string; before: CelType | undefined };
      if (before) this.#bound.set(name, before);
      else this.#bound.delete(name);
    }
    return false;
  }

  /** Replaces every bound parameter in a type; an unbound one becomes dyn when `isFinal`. */
  apply(type: CelType, isFinal = false): CelType {
    const bound = this.find(type);
    if (bound) return this.apply(bound, isFinal);
    if (type.kind === 'param') return isFinal ? dynType : type;
    if (type.params.length === 0) return type;
    const params = type.params.map((param) => this.apply(param, isFinal));
    return params.every((param, i) => param === type.params[i]) ? type : { ...type, params };
  }
}

/** Whether a value of type `b` may stand where `a` is wanted; binds parameters in `subs` on the way (also when the answer is no: call it in `attempt`). */
export function isAssignable(subs: Substitutions, a: CelType, b: CelType): boolean {
  if (b.kind === 'param') {
    const { isValid, isBound } = substitute(subs, a, b);
    if (isValid) return true;
    if (isBound) return false;
  }
  if (a.kind === 'param') return substitute(subs, b, a).isValid;
  if (isDynOrError(a) || isDynOrError(b)) return true;
  if (a.kind === 'null') return holdsNull(b);
  if (b.kind === 'null') return a.nullable === true || holdsNull(a);
  if (a.kind !== b.kind) return false;
  if (a.kind === 'type') return true;
  if (a.kind === 'object' || a.kind === 'opaque') return a.name === b.name && areAssignable(subs, a.params, b.params);
  return areAssignable(subs, a.params, b.params);
}

/** `isAssignable` for lists of the same length. */
export function areAssignable(subs: Substitutions, a: readonly CelType[], b: readonly CelType[]): boolean {
  return a.length === b.length && a.every((type, i) => isAssignable(subs, type, b[i] as CelType));
}

function holdsNull(type: CelType): boolean {
  if (type.nullable) return true;
  switch (type.kind) {
    case 'opaque':
    case 'object':
    case 'null':
    case 'any':
    case 'duration':
    case 'timestamp':
      return true;
    default:
      return false;
  }
}

function substitute(subs: Substitutions, type: CelType, param: CelType): { isValid: boolean; isBound: boolean } {
  if (type.kind === 'param' && type.name === param.name) return { isValid: true, isBound: true };
  const bound = subs.find(param);
  if (bound) {
    if (sameType(type, bound)) return { isValid: true, isBound: true };
    if (!isAssignable(subs, type, bound)) return { isValid: false, isBound: true };
    if (!(type.kind === 'param' && occursIn(subs, param, type))) {
      const general = mostGeneral(type, bound);
      if (!occursIn(subs, param, general)) subs.bind(param, general);
    }
    return { isValid: true, isBound: true };
  }
  if (occursIn(subs, param, type)) return { isValid: false, isBound: false };
  subs.bind(param, type);
  return { isValid: true, isBound: false };
}

function occursIn(subs: Substitutions, param: CelType, within: CelType): boolean {
  if (within.kind === 'param') {
    if (within.name === param.name) return true;
    const bound = subs.find(within);
    return bound !== undefined && occursIn(subs, param, bound);
  }
  return within.params.some((inner) => occursIn(subs, param, inner));
}

/** The more general of two types that go together. */
export function mostGeneral(a: CelType, b: CelType): CelType {
  return isLessSpecific(a, b) ? a : b;
}

function isLessSpecific(a: CelType, b: CelType): boolean {
  if (isDyn(a) || a.kind === 'param') return true;
  if (isDyn(b) || b.kind === 'param') return false;
  if (a.kind === 'null' || b.kind === 'null') return a.kind !== 'null';
  if (a.nullable && !b.nullable) return a.kind === b.kind;
  if (a.kind !== b.kind) return false;
  if (a.kind === 'type') return true;
  if ((a.nullable ?? false) !== (b.nullable ?? false) || a.name !== b.name || a.params.length !== b.params.length) return false;
  return a.params.every((param, i) => isLessSpecific(param, b.params[i] as CelType));
}

import type { CelFunction, CelOverload } from '../functions.ts';
import { type CelType, dynType, formatSignature, isDyn, sameType } from '../types.ts';
import { areAssignable, Substitutions } from '../unify.ts';

/** The signatures that a call may mean: one, or several when some argument's type is not known. */
export interface Resolution {
  readonly function: CelFunction;
  readonly overloads: readonly CelOverload[];
  /** Called on a value; a namespaced function (`optional.of`) is not. */
  readonly hasReceiver: boolean;
}

interface Match {
  readonly type: CelType;
  readonly overloads: readonly CelOverload[];
}

/** The signatures of a function that take arguments of these types, and the result's type: dyn when they disagree. */
export function resolveOverloads(
  declared: CelFunction,
  args: readonly CelType[],
  hasReceiver: boolean,
  subs: Substitutions,
  newParameter: () => CelType,
): Match | { readonly message: string } {
  let type: CelType | undefined;
  const overloads: CelOverload[] = [];
  for (const candidate of declared.overloads) {
    if (candidate.isMember !== hasReceiver || candidate.args.length !== args.length) continue;
    const { params, result } = instantiate(candidate, newParameter);
    if (!subs.attempt(() => areAssignable(subs, args, params))) continue;
    overloads.push(candidate);
    const resultType = subs.apply(result);
    if (type === undefined) type = resultType;
    else if (!isDyn(type) && !sameType(resultType, type)) type = dynType;
  }
  if (type !== undefined) return { type, overloads };
  const shown = args.map((arg) => subs.apply(arg, true));
  return { message: `found no matching overload for '${declared.name}' applied to '${formatSignature(shown, hasReceiver)}'` };
}

/** A signature with type parameters of its own. */
function instantiate({ args, result }: CelOverload, newParameter: () => CelType): { params: readonly CelType[]; result: CelType } {
  const fresh = new Substitutions();
  const seen = new Set<string>();
  const visit = (type: CelType): void => {
    if (type.kind === 'param' && !seen.has(type.name)) {
      seen.add(type.name);
      fresh.bind(type, newParameter());
    }
    type.params.forEach(visit);
  };
  args.forEach(visit);
  visit(result);
  if (seen.size === 0) return { params: args, result };
  return { params: args.map((arg) => fresh.apply(arg)), result: fresh.apply(result) };
}

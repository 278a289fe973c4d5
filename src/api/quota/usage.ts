import type { ResourceQuotaSpec, ScopedResourceSelectorRequirement } from '#api/types/core-v1';
import type { KubeObject } from '../machinery/object.ts';
import { addQuantity, type Quantity } from '../machinery/quantity.ts';
import { type Amounts, ZERO } from './amounts.ts';
import type { QuotaEvaluator } from './evaluator.ts';
import { quotaEvaluatorsOf } from './evaluators.ts';

/** What a quota asks of the objects it counts: each of its scopes, and each line of its selector. */
export function scopeRequirements(spec: ResourceQuotaSpec | undefined): ScopedResourceSelectorRequirement[] {
  const scopes = (spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' }) as ScopedResourceSelectorRequirement);
  return [...scopes, ...(spec?.scopeSelector?.matchExpressions ?? [])];
}
/** Whether the object is in all scopes. */
export function isInScopes(evaluator: QuotaEvaluator, requirements: readonly ScopedResourceSelectorRequirement[], object: KubeObject): boolean {
  return requirements.every((requirement) => evaluator.inScope?.(requirement, object) ?? false);
}

const measured = new WeakMap<KubeObject, Amounts>();
/** The usage of an object that nobody changes any more; remembered. */
function storedUsage(evaluator: QuotaEvaluator, object: KubeObject, nowMs: number): Amounts {
  // What is being deleted counts for a while only.
  if (object.metadata.deletionTimestamp !== undefined) return evaluator.usage(object, nowMs);
  let usage = measured.get(object);
  if (!usage) measured.set(object, (usage = evaluator.usage(object, nowMs)));
  return usage;
}

export interface UsageOptions {
  readonly nowMs: number;
  /** The namespace's stored objects of the evaluator's kind; undefined: there is no such kind. */
  readonly objectsOf: (evaluator: QuotaEvaluator) => Iterable<KubeObject> | undefined;
}

/** What of a quota's resources the objects use now; resources that nothing is known of are left out. Follows CalculateUsage of k8s.io/apiserver/pkg/quota/v1. */
export function quotaUsage(spec: ResourceQuotaSpec | undefined, { nowMs, objectsOf }: UsageOptions): Amounts {
  const hard = Object.keys(spec?.hard ?? {});
  const requirements = scopeRequirements(spec);
  const total = new Map<string, Quantity>();
  const add = (name: string, quantity: Quantity): void => {
    const known = total.get(name);
    total.set(name, known ? addQuantity(known, quantity) : quantity);
  };
  for (const evaluator of quotaEvaluatorsOf(hard)) {
    const objects = objectsOf(evaluator);
    if (!objects) continue;
    const names = evaluator.matchingResources(hard);
    for (const name of names) add(name, ZERO);
    for (const object of objects) {
      if (!isInScopes(evaluator, requirements, object)) continue;
      const usage = storedUsage(evaluator, object, nowMs);
      for (const name of names) {
        const quantity = usage.get(name);
        if (quantity) add(name, quantity);
      }
    }
  }
  return total;
}

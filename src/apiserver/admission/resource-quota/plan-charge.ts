import {
  type Amounts,
  addAmounts,
  amountsOf,
  exceeding,
  formatAmounts,
  isInScopes,
  type KubeObject,
  maskAmounts,
  negativeNames,
  type QuotaEvaluator,
  type QuotaWrite,
  scopeRequirements,
  subtractAmounts,
  withoutZeros,
} from '#api';
import type { ResourceQuota } from '#api/types/core-v1';

/** A quota and what of it is used, with the charges of this pass. */
export interface QuotaState {
  readonly quota: ResourceQuota & KubeObject;
  readonly hard: Amounts;
  used: Amounts;
}
/** A write to be paid for. */
export interface ChargeRequest {
  readonly evaluator: QuotaEvaluator;
  readonly write: QuotaWrite;
  readonly nowMs: number;
}
/** What each quota is charged, or why the write is refused. */
export type ChargePlan = { readonly charges: ReadonlyMap<QuotaState, Amounts> } | { readonly refusal: string };

/** The state of a quota at the start of a pass. */
export function quotaStateOf(quota: ResourceQuota & KubeObject): QuotaState {
  return { quota, hard: amountsOf(quota.status?.hard), used: amountsOf(quota.status?.used) };
}

/** What more the write takes than what it replaces did. */
export function usageChange({ evaluator, write, nowMs }: ChargeRequest): Amounts {
  const usage = evaluator.usage(write.object, nowMs);
  return write.operation === 'UPDATE' && write.oldObject ? subtractAmounts(usage, evaluator.usage(write.oldObject, nowMs)) : usage;
}

/** Decides what a write costs, and whether the quotas have that much left; follows CheckRequest of k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go. */
export function planCharge(states: readonly QuotaState[], request: ChargeRequest): ChargePlan {
  const { evaluator, write, nowMs } = request;
  const interested: QuotaState[] = [];
  for (const state of states) {
    const names = matchingNames(state, evaluator, write.object);
    if (names.length === 0) continue;
    const lacking = evaluator.constraints?.(names, write.object);
    const name = state.quota.metadata.name ?? '';
    if (lacking) return { refusal: `failed quota: ${name}: ${lacking}` };
    if (names.some((each) => !state.used.has(each))) return { refusal: `status unknown for quota: ${name}, resources: ${names.sort().join(',')}` };
    interested.push(state);
  }
  if (interested.length === 0) return { charges: new Map() };

  const usage = evaluator.usage(write.object, nowMs);
  const negative = negativeNames(usage);
  if (negative.length > 0) return { refusal: `quota usage is negative for resource(s): ${negative.sort().join(',')}` };
  const change = usageChange(request);
  const { oldObject } = write;
  const charges = new Map<QuotaState, Amounts>();
  for (const state of interested) {
    const isKnown = oldObject !== undefined && matchingNames(state, evaluator, oldObject).length > 0;
    const charge = maskAmounts(withoutZeros(isKnown ? change : usage), state.hard.keys());
    if (charge.size === 0) continue;
    const refusal = write.subresource === 'status' ? undefined : excessText(state, charge);
    if (refusal) return { refusal };
    charges.set(state, charge);
  }
  return { charges };
}

/** The quota's resources that this object uses; none when it is in another scope. */
function matchingNames({ quota, hard }: QuotaState, evaluator: QuotaEvaluator, object: KubeObject): string[] {
  const names = evaluator.matchingResources([...hard.keys()]);
  return names.length > 0 && isInScopes(evaluator, scopeRequirements(quota.spec), object) ? names : [];
}

function excessText({ quota, hard, used }: QuotaState, charge: Amounts): string | undefined {
  const exceeded = exceeding(maskAmounts(addAmounts(used, charge), charge.keys()), hard);
  if (exceeded.length === 0) return undefined;
  const [requested, before, limited] = [charge, used, hard].map((amounts) => formatAmounts(maskAmounts(amounts, exceeded)));
  return `exceeded quota: ${quota.metadata.name}, requested: ${requested}, used: ${before}, limited: ${limited}`;
}

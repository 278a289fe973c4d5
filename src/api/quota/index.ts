/** What objects use of a namespace's quotas: pure measuring, for admission and for the controller that keeps count. */
export {
  type Amounts,
  addAmounts,
  amountsOf,
  equalAmounts,
  exceeding,
  formatAmounts,
  maskAmounts,
  NONE as NO_AMOUNTS,
  negativeNames,
  resourceListOf,
  subtractAmounts,
  withoutZeros,
} from './amounts.ts';
export type { QuotaEvaluator, QuotaWrite } from './evaluator.ts';
export { quotaEvaluatorFor, quotaEvaluatorsOf } from './evaluators.ts';
export { podResources, podSpecResources } from './pod-resources.ts';
export { hasDeadline, isChargedPod } from './pods.ts';
export { changesServiceUsage } from './services.ts';
export { isInScopes, quotaUsage, scopeRequirements, type UsageOptions } from './usage.ts';
export { changesClaimUsage } from './volume-claims.ts';

export { isAccessDenied, newAccessDenied } from './access-denied.ts';
export { type Authorization, createAuthorization } from './authorization.ts';
export { type ClaimAccessCheck, createClaimAccessCheck } from './claim-access.ts';
export { createEscalationCheck, type EscalationCheck } from './escalation.ts';
export { createPolicyParamCheck, type PolicyParamCheck } from './policy-params.ts';
export { attributesOf, createRbacAuthorizer, type RbacAuthorizer } from './rbac.ts';
export { createReviews, type Review, type Reviews } from './reviews.ts';

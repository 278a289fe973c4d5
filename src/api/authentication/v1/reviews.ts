import type { SelfSubjectReview, TokenReview } from '#api/types/authentication-v1';
import { defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of SelfSubjectReview. */
export const selfSubjectReviews: ResourceDefinition<SelfSubjectReview> = defineResource<SelfSubjectReview>({
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'selfsubjectreviews',
  singular: 'selfsubjectreview',
  kind: 'SelfSubjectReview',
  listKind: 'SelfSubjectReviewList',
  namespaced: false,
  verbs: ['create'],
  schema: { groupVersion: 'authentication/v1', struct: 'SelfSubjectReview' },
});

/** The definition of TokenReview. */
export const tokenReviews: ResourceDefinition<TokenReview> = defineResource<TokenReview>({
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'tokenreviews',
  singular: 'tokenreview',
  kind: 'TokenReview',
  listKind: 'TokenReviewList',
  namespaced: false,
  verbs: ['create'],
  schema: { groupVersion: 'authentication/v1', struct: 'TokenReview' },
});

import type { LocalSubjectAccessReview, SelfSubjectAccessReview, SelfSubjectRulesReview, SubjectAccessReview } from '#api/types/authorization-v1';
import { defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

/** The definition of LocalSubjectAccessReview. */
export const localSubjectAccessReviews: ResourceDefinition<LocalSubjectAccessReview> = defineResource<LocalSubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'localsubjectaccessreviews',
  singular: 'localsubjectaccessreview',
  kind: 'LocalSubjectAccessReview',
  listKind: 'LocalSubjectAccessReviewList',
  namespaced: true,
  verbs: ['create'],
  schema: { groupVersion: 'authorization/v1', struct: 'LocalSubjectAccessReview' },
});

/** The definition of SelfSubjectAccessReview. */
export const selfSubjectAccessReviews: ResourceDefinition<SelfSubjectAccessReview> = defineResource<SelfSubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'selfsubjectaccessreviews',
  singular: 'selfsubjectaccessreview',
  kind: 'SelfSubjectAccessReview',
  listKind: 'SelfSubjectAccessReviewList',
  namespaced: false,
  verbs: ['create'],
  schema: { groupVersion: 'authorization/v1', struct: 'SelfSubjectAccessReview' },
});

/** The definition of SelfSubjectRulesReview. */
export const selfSubjectRulesReviews: ResourceDefinition<SelfSubjectRulesReview> = defineResource<SelfSubjectRulesReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'selfsubjectrulesreviews',
  singular: 'selfsubjectrulesreview',
  kind: 'SelfSubjectRulesReview',
  listKind: 'SelfSubjectRulesReviewList',
  namespaced: false,
  verbs: ['create'],
  schema: { groupVersion: 'authorization/v1', struct: 'SelfSubjectRulesReview' },
});

/** The definition of SubjectAccessReview. */
export const subjectAccessReviews: ResourceDefinition<SubjectAccessReview> = defineResource<SubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'subjectaccessreviews',
  singular: 'subjectaccessreview',
  kind: 'SubjectAccessReview',
  listKind: 'SubjectAccessReviewList',
  namespaced: false,
  verbs: ['create'],
  schema: { groupVersion: 'authorization/v1', struct: 'SubjectAccessReview' },
});

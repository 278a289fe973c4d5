import { type FieldError, type KubeObject, newBadRequest, newInvalid } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import type {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  SubjectAccessReviewStatus,
} from '#api/types/authorization-v1';
import { type Clock, rfc3339 } from '#lib';
import type { Authorization } from './authorization.ts';
import { attributesOfQuestion } from './review-attributes.ts';
import { localErrors, metadataErrors, type Question, questionErrors } from './review-validation.ts';

/** Answers to reviews by plural name: `reviews.subjectaccessreviews(body, user)`. They throw StatusError with upstream's texts. */
export type Review = (body: KubeObject, user: UserInfo) => Promise<KubeObject>;
export type Reviews = Readonly<Record<ReviewName, Review>>;
export type ReviewName = 'subjectaccessreviews' | 'localsubjectaccessreviews' | 'selfsubjectaccessreviews' | 'selfsubjectrulesreviews' | 'selfsubjectreviews';

const API_VERSION = 'authorization.k8s.io/v1';
/** Reviews fail validation without a kind's name, as upstream's do. */
const NAMELESS = { group: 'authorization.k8s.io', kind: '' };

export function createReviews(authorization: Authorization, clock: Clock): Reviews {
  const answer = async (user: UserInfo, question: Question): Promise<SubjectAccessReviewStatus> => {
    const { attributes, faults } = attributesOfQuestion(user, question);
    const { decision, reason } = await authorization.authorize(attributes);
    return {
      allowed: decision === 'allow',
      ...(decision === 'deny' ? { denied: true } : {}),
      ...(reason ? { reason } : {}),
      ...(faults.length > 0 ? { evaluationError: faults.join('; ') } : {}),
    };
  };
  const refuse = (errors: readonly FieldError[]) => {
    if (errors.length > 0) throw newInvalid(NAMELESS, '', errors);
  };
  return {
    async subjectaccessreviews(body) {
      const { spec, metadata } = withSpec<SubjectAccessReview>(body);
      refuse([...questionErrors(spec, spec), ...metadataErrors(metadata)]);
      return { kind: 'SubjectAccessReview', apiVersion: API_VERSION, metadata, spec, status: await answer(subjectOf(spec), spec) } as KubeObject;
    },
    async localsubjectaccessreviews(body) {
      const { spec, metadata } = withSpec<LocalSubjectAccessReview>(body);
      refuse([...questionErrors(spec, spec), ...localErrors(spec, metadata)]);
      return { kind: 'LocalSubjectAccessReview', apiVersion: API_VERSION, metadata, spec, status: await answer(subjectOf(spec), spec) } as KubeObject;
    },
    async selfsubjectaccessreviews(body, user) {
      const { spec, metadata } = withSpec<SelfSubjectAccessReview>(body);
      refuse([...questionErrors(spec), ...metadataErrors(metadata)]);
      return { kind: 'SelfSubjectAccessReview', apiVersion: API_VERSION, metadata, spec, status: await answer(user, spec) } as KubeObject;
    },
    async selfsubjectrulesreviews(body, user) {
      const { spec } = withSpec<SelfSubjectRulesReview>(body);
      if (!spec.namespace) throw newBadRequest('no namespace on request');
      const { isIncomplete: incomplete = false, ...rules } = authorization.rulesFor(user, spec.namespace);
      // The answer is a new object: nothing of the question is in it.
      return { kind: 'SelfSubjectRulesReview', apiVersion: API_VERSION, metadata: {}, spec: {}, status: { ...rules, incomplete } } as KubeObject;
    },
    async selfsubjectreviews(_body, user) {
      const metadata = { creationTimestamp: rfc3339(clock.now()) };
      return { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1', metadata, status: { userInfo: user } } as KubeObject;
    },
  };
}

/** Bodies may lack a spec; everything below reads it. */
function withSpec<T extends { spec: object }>(body: KubeObject): T {
  const review = body as unknown as T;
  return { ...review, spec: review.spec ?? {} };
}

function subjectOf(spec: SubjectAccessReview['spec']): UserInfo {
  return { username: spec.user ?? '', uid: spec.uid, groups: spec.groups ?? [], extra: spec.extra };
}

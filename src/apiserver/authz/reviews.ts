import { type FieldError, invalid, type KubeObject, newBadRequest, newInvalid } from '#api';
import type { SelfSubjectReview, UserInfo } from '#api/types/authentication-v1';
import type {
  LocalSubjectAccessReview,
  NonResourceAttributes,
  ResourceAttributes,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  SubjectAccessReviewStatus,
} from '#api/types/authorization-v1';
import type { Attributes } from '../contract.ts';
import type { Authorization } from './authorization.ts';

/** Answers to reviews by plural name: `reviews.subjectaccessreviews(body, user)`. They throw StatusError with upstream's texts. */
export type Review = (body: KubeObject, user: UserInfo) => Promise<KubeObject>;
export type Reviews = Readonly<Record<ReviewName, Review>>;
export type ReviewName = 'subjectaccessreviews' | 'localsubjectaccessreviews' | 'selfsubjectaccessreviews' | 'selfsubjectrulesreviews' | 'selfsubjectreviews';

const API_VERSION = 'authorization.k8s.io/v1';
/** Reviews fail validation without a kind's name, as upstream's do. */
const NAMELESS = { group: 'authorization.k8s.io', kind: '' };

interface Question {
  readonly resourceAttributes?: ResourceAttributes | null | undefined;
  readonly nonResourceAttributes?: NonResourceAttributes | null | undefined;
}

export function createReviews(authorization: Authorization): Reviews {
  const answer = async (user: UserInfo, question: Question): Promise<SubjectAccessReviewStatus> => {
    const { decision, reason } = await authorization.authorize(attributesOfQuestion(user, question));
    return { allowed: decision === 'allow', ...(decision === 'deny' ? { denied: true } : {}), ...(reason ? { reason } : {}) };
  };
  const refuse = (errors: readonly FieldError[]) => {
    if (errors.length > 0) throw newInvalid(NAMELESS, '', errors);
  };
  return {
    async subjectaccessreviews(body) {
      const { spec, metadata } = withSpec<SubjectAccessReview>(body);
      refuse([...checkQuestion(spec), ...checkSubject(spec), ...checkMetadata(metadata)]);
      return { kind: 'SubjectAccessReview', apiVersion: API_VERSION, metadata, spec, status: await answer(subjectOf(spec), spec) } as KubeObject;
    },
    async localsubjectaccessreviews(body) {
      const { spec, metadata } = withSpec<LocalSubjectAccessReview>(body);
      refuse([...checkQuestion(spec), ...checkSubject(spec), ...checkLocal(spec, metadata)]);
      return { kind: 'LocalSubjectAccessReview', apiVersion: API_VERSION, metadata, spec, status: await answer(subjectOf(spec), spec) } as KubeObject;
    },
    async selfsubjectaccessreviews(body, user) {
      const { spec, metadata } = withSpec<SelfSubjectAccessReview>(body);
      refuse([...checkQuestion(spec), ...checkMetadata(metadata)]);
      return { kind: 'SelfSubjectAccessReview', apiVersion: API_VERSION, metadata, spec, status: await answer(user, spec) } as KubeObject;
    },
    async selfsubjectrulesreviews(body, user) {
      const { spec, metadata } = withSpec<SelfSubjectRulesReview>(body);
      if (!spec.namespace) throw newBadRequest('no namespace on request');
      const { evaluationError, ...rules } = authorization.rulesFor(user, spec.namespace);
      const status = { ...rules, incomplete: evaluationError !== undefined, ...(evaluationError ? { evaluationError } : {}) };
      return { kind: 'SelfSubjectRulesReview', apiVersion: API_VERSION, metadata, spec: {}, status } as KubeObject;
    },
    async selfsubjectreviews(body, user) {
      const { metadata } = body as SelfSubjectReview;
      return { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1', metadata, status: { userInfo: user } } as KubeObject;
    },
  };
}

/** Bodies may lack a spec; everything below reads it. */
function withSpec<T extends { spec: object }>(body: KubeObject): T {
  const review = body as unknown as T;
  return { ...review, spec: review.spec ?? {} };
}

function checkQuestion({ resourceAttributes, nonResourceAttributes }: Question): FieldError[] {
  if (resourceAttributes && nonResourceAttributes) {
    return [invalid('spec.nonResourceAttributes', nonResourceAttributes, 'cannot be specified in combination with resourceAttributes')];
  }
  if (resourceAttributes || nonResourceAttributes) return [];
  // Upstream shows the missing pointer as the word in quotes.
  return [invalid('spec.resourceAttributes', 'null', 'exactly one of nonResourceAttributes or resourceAttributes must be specified')];
}

function checkSubject({ user = '', groups }: { user?: string | undefined; groups?: readonly string[] | undefined }): FieldError[] {
  return user || groups?.length ? [] : [invalid('spec.user', user, 'at least one of user or group must be specified')];
}

function checkMetadata(metadata: KubeObject['metadata'] | undefined): FieldError[] {
  return hasOnly(metadata, []) ? [] : [invalid('metadata', metadata, 'must be empty')];
}

function checkLocal(spec: Question, metadata: KubeObject['metadata'] | undefined): FieldError[] {
  const errors: FieldError[] = [];
  if (!hasOnly(metadata, ['namespace'])) errors.push(invalid('metadata', metadata, 'must be empty except for namespace'));
  const namespace = spec.resourceAttributes?.namespace ?? '';
  if (spec.resourceAttributes && namespace !== (metadata?.namespace ?? '')) {
    errors.push(invalid('spec.resourceAttributes.namespace', namespace, 'must match metadata.namespace'));
  }
  if (spec.nonResourceAttributes) errors.push(invalid('spec.nonResourceAttributes', spec.nonResourceAttributes, 'disallowed on this kind of request'));
  return errors;
}

function hasOnly(metadata: KubeObject['metadata'] | undefined, allowed: readonly string[]): boolean {
  return Object.entries(metadata ?? {}).every(([key, value]) => !value || key === 'managedFields' || allowed.includes(key));
}

function subjectOf(spec: SubjectAccessReview['spec']): UserInfo {
  return { username: spec.user ?? '', uid: spec.uid, groups: spec.groups ?? [], extra: spec.extra };
}

function attributesOfQuestion(user: UserInfo, { resourceAttributes, nonResourceAttributes }: Question): Attributes {
  const { verb = '', group = '', version = '', resource = '', subresource = '', namespace = '', name = '', fieldSelector } = resourceAttributes ?? {};
  return {
    user,
    verb: resourceAttributes ? verb : (nonResourceAttributes?.verb ?? ''),
    isResourceRequest: Boolean(resourceAttributes),
    apiGroup: group,
    apiVersion: version,
    resource,
    subresource,
    namespace,
    name,
    path: nonResourceAttributes?.path ?? '',
    fieldSelector: selectorText(fieldSelector),
  };
}

function selectorText(selector: ResourceAttributes['fieldSelector'] | null): string {
  if (selector?.rawSelector) return selector.rawSelector;
  return (selector?.requirements ?? [])
    .filter(({ operator, values }) => operator === 'In' && values?.length === 1)
    .map(({ key, values }) => `${key}=${values?.[0]}`)
    .join(',');
}

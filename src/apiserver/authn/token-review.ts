import { isStatus, type KubeObject, newBadRequest } from '#api';
import type { TokenReview, TokenReviewStatus, UserInfo } from '#api/types/authentication-v1';
import { describeError } from '#lib';
import type { ServiceAccountTokens } from './service-account.ts';

export interface TokenReviews {
  create(body: KubeObject): Promise<TokenReview>;
}

/** Answers TokenReviews: asks the service-account tokens for the wanted audiences, then every other token authenticator for the API's. */
export function createTokenReviews(tokens: ServiceAccountTokens, authenticateToken: (token: string) => Promise<UserInfo | undefined>): TokenReviews {
  const review = async (token: string, audiences: readonly string[]): Promise<TokenReviewStatus> => {
    const checked = tokens.check(token, audiences);
    if (checked && 'error' in checked) return { user: {}, error: `[invalid bearer token, ${checked.error}]` };
    if (checked) return { authenticated: true, user: checked.user, audiences: [...checked.audiences] };
    try {
      const user = await authenticateToken(token);
      const matching = audiences.filter((audience) => tokens.apiAudiences.includes(audience));
      if (user && matching.length > 0) return { authenticated: true, user, audiences: matching };
      return { user: {}, error: 'invalid bearer token' };
    } catch (error) {
      if (!isStatus(error, 'Unauthorized')) throw error;
      return { user: {}, error: `[invalid bearer token, ${describeError(error.cause ?? error)}]` };
    }
  };
  return {
    async create(body) {
      const request = body as TokenReview & KubeObject;
      const token = request.spec?.token;
      if (!token) throw newBadRequest('token is required for TokenReview in authentication');
      const audiences = request.spec.audiences?.length ? request.spec.audiences : tokens.apiAudiences;
      const status = await review(token, audiences);
      return { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', metadata: request.metadata ?? {}, spec: request.spec, status };
    },
  };
}

import { StatusError } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import type { Clock } from '#lib';
import type { Authenticator, Credentials, ObjectReader } from '../contract.ts';
import { createBootstrapTokenAuthenticator } from './bootstrap-tokens.ts';
import { createCertificateAuthenticator } from './certificate.ts';
import { createRequestHeaderAuthenticator, REQUEST_HEADER_DEFAULTS, type RequestHeaderOptions } from './request-header.ts';
import { createServiceAccountAuthenticator, type ServiceAccountTokens } from './service-account.ts';
import { createStaticTokenAuthenticator, type StaticToken } from './static-tokens.ts';

export { legacyClaims } from './claims.ts';
export { LegacyTokenUse } from './legacy-token-use.ts';
export { createOpenIdDocuments } from './openid.ts';
export { createServiceAccountTokens, type ServiceAccountKeys, type ServiceAccountTokens } from './service-account.ts';
export type { StaticToken } from './static-tokens.ts';
export { createTokenRequests, defaultTokenRequest, type IssueOptions, type TokenRequests } from './token-request.ts';
export { createTokenReviews, type TokenReviews } from './token-review.ts';

export interface AuthenticationOptions {
  readonly reader: ObjectReader;
  readonly clock: Clock;
  readonly tokens: ServiceAccountTokens;
  readonly staticTokens?: readonly StaticToken[];
  /** Whom proxies may speak for. Default: as k3s sets it. */
  readonly requestHeader?: RequestHeaderOptions;
  /** Requests without credentials are `system:anonymous`. Default true. */
  readonly isAnonymousAllowed?: boolean;
}

/** Who asks; never undefined: throws StatusError Unauthorized. */
export interface Authentication {
  authenticate(credentials: Credentials): Promise<UserInfo>;
  /** Only the bearer token, for TokenReview: undefined when no authenticator knows it. */
  authenticateToken(token: string): Promise<UserInfo | undefined>;
}

export const ANONYMOUS: UserInfo = Object.freeze({ username: 'system:anonymous', groups: ['system:unauthenticated'] });

/** All ways to authenticate, as one. The order is upstream's: proxies first, certificates before tokens, cheap tokens before dear ones. */
export function createAuthentication(options: AuthenticationOptions): Authentication {
  const { reader, clock, tokens, staticTokens = [], requestHeader = REQUEST_HEADER_DEFAULTS, isAnonymousAllowed = true } = options;
  const tokenAuthenticators: Authenticator[] = [
    createStaticTokenAuthenticator(staticTokens),
    createServiceAccountAuthenticator(tokens),
    createBootstrapTokenAuthenticator(reader, clock),
  ];
  const authenticators = [createRequestHeaderAuthenticator(requestHeader), createCertificateAuthenticator(), ...tokenAuthenticators];
  const firstOf = async (candidates: readonly Authenticator[], credentials: Credentials): Promise<UserInfo | undefined> => {
    for (const authenticator of candidates) {
      const user = await authenticator.authenticate(credentials);
      if (user) return user;
    }
    return undefined;
  };
  return {
    async authenticate(credentials) {
      const user = await firstOf(authenticators, credentials);
      if (user) return user;
      // Wrong credentials are refused rather than taken for none.
      if (credentials.bearerToken !== undefined || !isAnonymousAllowed) throw new StatusError('Unauthorized', 'Unauthorized');
      return ANONYMOUS;
    },
    authenticateToken: (bearerToken) => firstOf(tokenAuthenticators, { bearerToken, headers: {} }),
  };
}

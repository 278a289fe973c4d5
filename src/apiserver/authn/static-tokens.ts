import { createHash } from 'node:crypto';
import type { UserInfo } from '#api/types/authentication-v1';
import type { Authenticator } from '../contract.ts';
import { withAuthenticated } from './certificate.ts';

/** A token that is known beforehand: those of k3s' servers, agents and administrators. */
export interface StaticToken {
  readonly token: string;
  readonly user: UserInfo;
}

/** Accepts exactly the given bearer tokens. They are kept and looked up as digests, so that timing tells nothing about them. */
export function createStaticTokenAuthenticator(tokens: readonly StaticToken[]): Authenticator {
  const users = new Map(tokens.map(({ token, user }) => [digest(token), { ...user, groups: withAuthenticated(user.groups ?? []) }]));
  return {
    name: 'static-token',
    async authenticate({ bearerToken }) {
      return bearerToken && users.size > 0 ? users.get(digest(bearerToken)) : undefined;
    },
  };
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

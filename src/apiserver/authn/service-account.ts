import { type JsonObject, type KubeObject, serviceAccounts, StatusError } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import type { Clock } from '#lib';
import type { Authenticator, ObjectReader } from '../contract.ts';
import { findInvalidClaim, readClaims, secretOfLegacyToken, type ServiceAccountClaims, userOfClaims } from './claims.ts';
import { hasValidSignature, type JwtKey, parseJwt, readKey, readKeys, signJwt } from './jwt.ts';

/** The names, audiences and keys of service-account tokens (`--service-account-issuer`, `--api-audiences`, …). */
export interface ServiceAccountKeys {
  readonly issuer: string;
  /** Issuers whose tokens are still accepted beside `issuer`. */
  readonly additionalIssuers?: readonly string[];
  /** Audiences of the API itself; the default is the issuer. */
  readonly audiences?: readonly string[] | undefined;
  readonly signingKeyPem: string;
  /** Bundles of public (or private) keys; the signing key's own is always among the verifying ones. */
  readonly verifyKeysPem?: readonly string[];
}

/** Makes and checks service-account tokens. */
export interface ServiceAccountTokens {
  readonly issuer: string;
  readonly apiAudiences: readonly string[];
  readonly keys: readonly JwtKey[];
  sign(claims: JsonObject): string;
  /** undefined: no token of ours; `error` says why one of ours is refused. `audiences` are those of the token that were asked for. */
  check(token: string, audiences: readonly string[]): TokenCheck | undefined;
}
export type TokenCheck = { readonly user: UserInfo; readonly audiences: readonly string[]; readonly warning?: string } | { readonly error: string };

interface CachedToken {
  readonly claims: ServiceAccountClaims;
  readonly user: UserInfo;
}
const AUTO_GENERATED = 'Use tokens from the TokenRequest API or manually created secret-based tokens instead of auto-generated secret-based tokens.';
/** Verified tokens that are remembered: about one kilobyte each. */
const CACHE_SIZE = 2048;

export interface ServiceAccountTokensOptions {
  readonly keys: ServiceAccountKeys;
  readonly reader: ObjectReader;
  readonly clock: Clock;
  /** Told of the Secret whenever a legacy token is used. */
  readonly onLegacyUse?: (secret: KubeObject) => void;
}

/** Reads the keys at once (throws when they are unusable); verifies each token's signature once while it stays in the cache. */
export function createServiceAccountTokens({ keys: config, reader, clock, onLegacyUse }: ServiceAccountTokensOptions): ServiceAccountTokens {
  const signingKey = readKey(config.signingKeyPem);
  const keys = uniqueKeys([signingKey, ...(config.verifyKeysPem ?? []).flatMap(readKeys)]);
  const issuers = [config.issuer, ...(config.additionalIssuers ?? [])];
  const apiAudiences = config.audiences?.length ? config.audiences : [config.issuer];
  const cache = new Map<string, CachedToken>();

  const verified = (token: string): CachedToken | { error: string } | undefined => {
    const known = cache.get(token);
    if (known) return known;
    const parsed = parseJwt(token);
    const claims = parsed && readClaims(parsed.claims, issuers);
    if (!claims) return undefined;
    if (!hasValidSignature(token, parsed.header, keys)) return { error: 'invalid signature' };
    const entry = { claims, user: userOfClaims(claims) };
    // The oldest goes; a token in use comes back with one verification.
    if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value as string);
    cache.set(token, entry);
    return entry;
  };

  return {
    issuer: config.issuer,
    apiAudiences,
    keys,
    sign: (claims) => signJwt(signingKey, claims),
    check(token, audiences) {
      const entry = verified(token);
      if (!entry || 'error' in entry) return entry;
      // Legacy tokens carry no audience: they are for the API.
      const own = entry.claims.isLegacy ? apiAudiences : entry.claims.audiences;
      const matching = audiences.filter((audience) => own.includes(audience));
      if (matching.length === 0) return { error: `token audiences ${quoteList(own)} is invalid for the target audiences ${quoteList(audiences)}` };
      const error = findInvalidClaim(entry.claims, token, reader, clock.now());
      if (error === undefined) {
        if (!entry.claims.isLegacy) return { user: entry.user, audiences: matching };
        const secret = secretOfLegacyToken(entry.claims, reader);
        if (secret) onLegacyUse?.(secret);
        return { user: entry.user, audiences: matching, ...(isListed(entry.claims, reader) ? { warning: AUTO_GENERATED } : {}) };
      }
      cache.delete(token);
      return { error };
    },
  };
}

/** Whether the account names the Secret that the token is in, as it does of those that were made for it. */
function isListed({ namespace, serviceAccount, secret }: ServiceAccountClaims, reader: ObjectReader): boolean {
  return reader.get(serviceAccounts, { namespace, name: serviceAccount.name })?.secrets?.some(({ name }) => name === secret?.name) ?? false;
}

function uniqueKeys(keys: readonly JwtKey[]): JwtKey[] {
  return keys.filter((key, i) => keys.findIndex((other) => other.id === key.id) === i);
}
function quoteList(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}

/** Accepts bearer tokens of service accounts that are meant for the API. */
export function createServiceAccountAuthenticator(tokens: ServiceAccountTokens): Authenticator {
  return {
    name: 'service-account',
    async authenticate({ bearerToken, warn }) {
      if (!bearerToken) return undefined;
      const result = tokens.check(bearerToken, tokens.apiAudiences);
      if (!result) return undefined;
      if ('warning' in result && result.warning) warn?.(result.warning);
      if ('error' in result) throw new StatusError('Unauthorized', 'Unauthorized', { cause: new Error(result.error) });
      return result.user;
    },
  };
}

import { createHash } from 'node:crypto';
import type { DocumentHandler, DocumentResponse } from '../contract.ts';
import type { ServiceAccountTokens } from './service-account.ts';

/** Serves what others need to verify service-account tokens: `/.well-known/openid-configuration` and `/openid/v1/jwks`. */
export function createOpenIdDocuments(tokens: ServiceAccountTokens, jwksUri = `${tokens.issuer}/openid/v1/jwks`): DocumentHandler {
  const documents = new Map<string, () => DocumentResponse>([
    ['/.well-known/openid-configuration', once(() => json(configuration(tokens, jwksUri), 'application/json'))],
    ['/openid/v1/jwks', once(() => json({ keys: tokens.keys.map(jwkOf) }, 'application/jwk-set+json'))],
  ]);
  return { handle: (path) => documents.get(path.endsWith('/') ? path.slice(0, -1) : path)?.() };
}

function configuration(tokens: ServiceAccountTokens, jwksUri: string): object {
  return {
    issuer: tokens.issuer,
    jwks_uri: jwksUri,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(tokens.keys.map((key) => key.algorithm))].sort(),
  };
}

function jwkOf(key: ServiceAccountTokens['keys'][number]): object {
  const { kty, ...rest } = key.publicKey.export({ format: 'jwk' });
  return { use: 'sig', kty, kid: key.id, alg: key.algorithm, ...rest };
}

function json(value: object, contentType: string): DocumentResponse {
  const body = Buffer.from(JSON.stringify(value));
  const etag = `"${createHash('sha256').update(body).digest('hex')}"`;
  return { status: 200, headers: { 'content-type': contentType, 'cache-control': 'public, max-age=3600', etag }, body };
}

function once<T>(make: () => T): () => T {
  let value: T | undefined;
  return () => (value ??= make());
}

import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { JsonObject } from '#api';

/** Algorithms that service-account keys can have: RSA keys sign RS256, P-256 keys ES256. */
export type JwtAlgorithm = 'RS256' | 'ES256' | 'ES384' | 'ES512';

/** A key that tokens are signed or verified with. `id` is the `kid` that upstream derives from the public key. */
export interface JwtKey {
  readonly id: string;
  readonly algorithm: JwtAlgorithm;
  readonly publicKey: KeyObject;
  readonly privateKey?: KeyObject | undefined;
}
export interface ParsedJwt {
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

const HASHES: Readonly<Record<JwtAlgorithm, string>> = { RS256: 'sha256', ES256: 'sha256', ES384: 'sha384', ES512: 'sha512' };
const CURVES: Readonly<Record<string, JwtAlgorithm>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' };

/** Reads a private or public key in PEM; throws an Error when its type cannot sign tokens. */
export function readKey(pem: string): JwtKey {
  const isPrivate = pem.includes('PRIVATE KEY');
  const privateKey = isPrivate ? createPrivateKey(pem) : undefined;
  const publicKey = createPublicKey(pem);
  const id = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
  return { id, algorithm: algorithmOf(publicKey), publicKey, privateKey };
}

function algorithmOf(key: KeyObject): JwtAlgorithm {
  if (key.asymmetricKeyType === 'rsa') return 'RS256';
  const algorithm = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (!algorithm) throw new Error(`Cannot use a ${key.asymmetricKeyType} key for service account tokens: give an RSA or an ECDSA key`);
  return algorithm;
}

/** Every key of a bundle of PEM blocks (a `--service-account-key-file` may hold several). */
export function readKeys(pemBundle: string): JwtKey[] {
  const blocks = pemBundle.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? [];
  return blocks.filter((block) => !block.includes('EC PARAMETERS')).map((block) => readKey(block));
}

/** A compact JWS of the claims. */
export function signJwt(key: JwtKey, claims: JsonObject): string {
  if (!key.privateKey) throw new Error('Cannot sign service account tokens: the key is a public one');
  const input = `${encode({ alg: key.algorithm, kid: key.id })}.${encode(claims)}`;
  const signature = sign(HASHES[key.algorithm], Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

function encode(value: JsonObject): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** What a token says, without believing it; undefined when it is no JWT. */
export function parseJwt(token: string): ParsedJwt | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  try {
    const [header, claims] = [decode(parts[0]), decode(parts[1])];
    return header && claims ? { header, claims } : undefined;
  } catch {
    return undefined;
  }
}

function decode(part: string | undefined): JsonObject | undefined {
  const value: unknown = JSON.parse(Buffer.from(part ?? '', 'base64url').toString());
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** Whether one of the keys has signed the token. A `kid` picks the keys to try; without a match all are tried, as upstream does. */
export function hasValidSignature(token: string, header: JsonObject, keys: readonly JwtKey[]): boolean {
  const dot = token.lastIndexOf('.');
  const input = Buffer.from(token.slice(0, dot));
  const signature = Buffer.from(token.slice(dot + 1), 'base64url');
  const named = keys.filter((key) => key.id === header['kid']);
  // The algorithm comes from the key, never from the token: a token cannot choose how it is verified.
  return (named.length > 0 ? named : keys).some(
    (key) => key.algorithm === header['alg'] && verify(HASHES[key.algorithm], input, { key: key.publicKey, dsaEncoding: 'ieee-p1363' }, signature),
  );
}

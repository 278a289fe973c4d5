import { type JsonObject, type KubeObject, newNotFound, nodes, pods, type ResourceType, secrets, serviceAccounts } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import type { Secret } from '#api/types/core-v1';
import type { ObjectReader } from '../contract.ts';

/** An object that a token names; the token is good only while that very object (by uid) exists. */
export interface NamedObject {
  readonly name: string;
  readonly uid: string;
}
/** What a verified service-account token says, whether bound (TokenRequest) or legacy (Secret). */
export interface ServiceAccountClaims {
  readonly namespace: string;
  readonly serviceAccount: NamedObject;
  readonly pod?: NamedObject | undefined;
  readonly secret?: NamedObject | undefined;
  readonly node?: NamedObject | undefined;
  readonly audiences: readonly string[];
  /** Seconds since the epoch; absent: never (legacy). */
  readonly expiresAt?: number | undefined;
  readonly notBefore?: number | undefined;
  readonly id?: string | undefined;
  readonly isLegacy: boolean;
}

const LEGACY_ISSUER = 'kubernetes/serviceaccount';
const LEGACY = 'kubernetes.io/serviceaccount/';
const INVALID_SINCE = 'kubernetes.io/legacy-token-invalid-since';
const INVALIDATED = 'service account token has been invalidated';
/** How far the clocks of issuer and verifier may differ, and how long a deleted object's token goes on working. */
const LEEWAY_SECONDS = 60;

/** Claims of a token of ours; undefined when the issuer is another or something needed is missing. */
export function readClaims(claims: JsonObject, issuers: readonly string[]): ServiceAccountClaims | undefined {
  if (claims['iss'] === LEGACY_ISSUER) return readLegacyClaims(claims);
  if (typeof claims['iss'] !== 'string' || !issuers.includes(claims['iss'])) return undefined;
  const own = objectOf(claims['kubernetes.io']);
  const serviceAccount = namedObject(own?.['serviceaccount']);
  const namespace = own?.['namespace'];
  if (!serviceAccount || typeof namespace !== 'string') return undefined;
  if (claims['sub'] !== `system:serviceaccount:${namespace}:${serviceAccount.name}`) return undefined;
  const audience = claims['aud'];
  return {
    namespace,
    serviceAccount,
    pod: namedObject(own?.['pod']),
    secret: namedObject(own?.['secret']),
    node: namedObject(own?.['node']),
    audiences: (Array.isArray(audience) ? audience : [audience]).filter((item) => typeof item === 'string'),
    expiresAt: numberOf(claims['exp']),
    notBefore: numberOf(claims['nbf']),
    id: typeof claims['jti'] === 'string' ? claims['jti'] : undefined,
    isLegacy: false,
  };
}

/** Claims of the token in a Secret of type service-account-token: bound to the Secret and without an end (pkg/serviceaccount/legacy.go). */
export function legacyClaims(account: NamedObject & { namespace: string }, secretName: string): JsonObject {
  return {
    iss: LEGACY_ISSUER,
    [`${LEGACY}namespace`]: account.namespace,
    [`${LEGACY}secret.name`]: secretName,
    [`${LEGACY}service-account.name`]: account.name,
    [`${LEGACY}service-account.uid`]: account.uid ?? '',
    sub: `system:serviceaccount:${account.namespace}:${account.name}`,
  };
}

function readLegacyClaims(claims: JsonObject): ServiceAccountClaims | undefined {
  const text = (name: string) => textOf(claims[LEGACY + name]);
  const [namespace, name, uid, secret] = [text('namespace'), text('service-account.name'), text('service-account.uid'), text('secret.name')];
  if (!namespace || !name || !uid || !secret) return undefined;
  if (claims['sub'] !== `system:serviceaccount:${namespace}:${name}`) return undefined;
  return { namespace, serviceAccount: { name, uid }, secret: { name: secret, uid: '' }, audiences: [], isLegacy: true };
}

function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}
function namedObject(value: unknown): NamedObject | undefined {
  const object = objectOf(value);
  return typeof object?.['name'] === 'string' ? { name: object['name'], uid: textOf(object['uid']) } : undefined;
}
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** The Secret that a legacy token is in. */
export function secretOfLegacyToken({ namespace, secret }: ServiceAccountClaims, reader: ObjectReader): (Secret & KubeObject) | undefined {
  return secret && reader.get(secrets, { namespace, name: secret.name });
}

/** What is wrong with the claims of a legacy token now (Validate of pkg/serviceaccount/legacy.go). */
function findInvalidLegacyClaim(claims: ServiceAccountClaims, token: string, reader: ObjectReader): string | undefined {
  const { namespace, serviceAccount } = claims;
  const found = secretOfLegacyToken(claims, reader);
  if (!found || found.metadata.deletionTimestamp !== undefined) return 'Token has been invalidated';
  if (Buffer.from(found.data?.['token'] ?? '', 'base64').toString() !== token) return "Token does not match server's copy";
  const account = reader.get(serviceAccounts, { namespace, name: serviceAccount.name });
  if (!account) return newNotFound(serviceAccounts, serviceAccount.name).message;
  if (account.metadata.deletionTimestamp !== undefined) return `ServiceAccount ${namespace}/${serviceAccount.name} has been deleted`;
  const uid = account.metadata.uid ?? '';
  if (uid !== serviceAccount.uid) return `ServiceAccount UID (${uid}) does not match claim (${serviceAccount.uid})`;
  if (!found.metadata.labels?.[INVALID_SINCE]) return undefined;
  const whose = `the token in secret ${namespace}/${found.metadata.name} for service account ${namespace}/${serviceAccount.name}`;
  const instead = `Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${INVALID_SINCE}' label from the secret`;
  return `${whose} has been marked invalid. ${instead} to temporarily allow use of this token`;
}

/**
 * What is wrong with verified claims now, in upstream's words; undefined while they hold. Cheap enough for every request: it reads the watch caches,
 * so a deleted pod, secret or account ends its tokens at once.
 */
export function findInvalidClaim(claims: ServiceAccountClaims, token: string, reader: ObjectReader, nowMs: number): string | undefined {
  const now = nowMs / 1000;
  if (claims.expiresAt !== undefined && now > claims.expiresAt + LEEWAY_SECONDS) return 'service account token has expired';
  if (claims.notBefore !== undefined && now + LEEWAY_SECONDS < claims.notBefore) return 'service account token is not valid yet';
  if (claims.isLegacy) return findInvalidLegacyClaim(claims, token, reader);
  const { namespace, serviceAccount, secret, pod, node } = claims;
  const account = reader.get(serviceAccounts, { namespace, name: serviceAccount.name });
  if (!account) return newNotFound(serviceAccounts, serviceAccount.name).message;
  if (account.metadata.uid !== serviceAccount.uid) return `service account UID (${account.metadata.uid}) does not match claim (${serviceAccount.uid})`;
  if (isGone(account, now)) return `service account ${namespace}/${serviceAccount.name} has been deleted`;
  const boundTo = (type: ResourceType, claim: NamedObject, kind: string, place?: string): string | undefined => {
    const found = reader.get(type, { namespace: place, name: claim.name });
    if (!found) return INVALIDATED;
    if (found.metadata.uid !== claim.uid) return `${kind} UID (${found.metadata.uid}) does not match service account ${kind} ref claim (${claim.uid})`;
    return isGone(found, now) ? INVALIDATED : undefined;
  };
  return (
    (secret && boundTo(secrets, secret, 'secret', namespace)) ??
    (pod && boundTo(pods, pod, 'pod', namespace)) ??
    // The node of a pod-bound token is information; only a token bound to the node itself ends with it.
    (node && !pod ? boundTo(nodes, node, 'node') : undefined)
  );
}

function isGone({ metadata }: KubeObject, now: number): boolean {
  const deleted = metadata.deletionTimestamp;
  return deleted !== undefined && Date.parse(deleted) / 1000 < now - LEEWAY_SECONDS;
}

/** The user a token stands for. */
export function userOfClaims(claims: ServiceAccountClaims): UserInfo {
  const { namespace, serviceAccount, pod, node, id } = claims;
  const extra: Record<string, string[]> = {};
  const add = (name: string, value: string | undefined) => {
    if (value) extra[`authentication.kubernetes.io/${name}`] = [value];
  };
  add('credential-id', id && `JTI=${id}`);
  add('node-name', node?.name);
  add('node-uid', node?.uid);
  add('pod-name', pod?.name);
  add('pod-uid', pod?.uid);
  const user: UserInfo = {
    username: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    uid: serviceAccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
  return Object.keys(extra).length > 0 ? { ...user, extra } : user;
}

import { type JsonObject, type KubeObject, nodes, pods, secrets, serviceAccounts } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
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
  readonly secret?: { readonly name: string; readonly uid?: string | undefined } | undefined;
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
  return { namespace, serviceAccount: { name, uid }, secret: { name: secret }, audiences: [], isLegacy: true };
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

/**
 * What is wrong with verified claims now, in upstream's words; undefined while they hold. Cheap enough for every request: it reads the watch caches,
 * so a deleted pod, secret or account ends its tokens at once.
 */
export function findInvalidClaim(claims: ServiceAccountClaims, token: string, reader: ObjectReader, nowMs: number): string | undefined {
  const now = nowMs / 1000;
  if (claims.expiresAt !== undefined && now > claims.expiresAt + LEEWAY_SECONDS) return 'service account token has expired';
  if (claims.notBefore !== undefined && now + LEEWAY_SECONDS < claims.notBefore) return 'service account token is not valid yet';
  const { namespace, serviceAccount, secret, pod, node } = claims;
  const account = reader.get(serviceAccounts, { namespace, name: serviceAccount.name });
  if (isGone(account, now)) return `serviceaccounts "${serviceAccount.name}" not found`;
  if (account?.metadata.uid !== serviceAccount.uid) {
    return `service account UID (${account?.metadata.uid}) does not match claim (${serviceAccount.uid})`;
  }
  if (secret) {
    const found = reader.get(secrets, { namespace, name: secret.name });
    if (isGone(found, now)) return 'service account token has been invalidated';
    if (claims.isLegacy && Buffer.from(found?.data?.['token'] ?? '', 'base64').toString() !== token) return 'service account token does not match server';
    if (secret.uid !== undefined && found?.metadata.uid !== secret.uid) {
      return `secret UID (${found?.metadata.uid}) does not match service account secret ref claim (${secret.uid})`;
    }
  }
  if (pod) {
    const found = reader.get(pods, { namespace, name: pod.name });
    if (isGone(found, now)) return 'service account token has been invalidated';
    if (found?.metadata.uid !== pod.uid) return `pod UID (${found?.metadata.uid}) does not match service account pod ref claim (${pod.uid})`;
  }
  // The node of a pod-bound token is information; only a token bound to the node itself ends with it.
  if (node && !pod) {
    const found = reader.get(nodes, { name: node.name });
    if (isGone(found, now)) return 'service account token has been invalidated';
    if (found?.metadata.uid !== node.uid) return `node UID (${found?.metadata.uid}) does not match service account node ref claim (${node.uid})`;
  }
  return undefined;
}

function isGone(object: KubeObject | undefined, now: number): boolean {
  if (!object) return true;
  const deleted = object.metadata.deletionTimestamp;
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

import {
  type FieldError,
  invalid,
  type JsonObject,
  type KubeObject,
  newBadRequest,
  newConflict,
  newInvalid,
  newNotFound,
  nodes,
  pods,
  type ResourceType,
  secrets,
  serviceAccounts,
} from '#api';
import type { BoundObjectReference, TokenRequest } from '#api/types/authentication-v1';
import type { ServiceAccount } from '#api/types/core-v1';
import { type Clock, type Random, rfc3339 } from '#lib';
import type { ObjectReader } from '../contract.ts';
import type { ServiceAccountTokens } from './service-account.ts';

const KIND = { group: 'authentication.k8s.io', kind: 'TokenRequest' };
const DEFAULT_EXPIRATION_SECONDS = 3600;
const MIN_EXPIRATION_SECONDS = 600;
const MAX_EXPIRATION_SECONDS = 2 ** 32;
/** The lifetime that the ServiceAccount admission plugin asks for; tokens with exactly it are let live on, with a warning. */
const WARN_ONLY_SECONDS = 3607;
const EXTENDED_SECONDS = 365 * 24 * 60 * 60;

/** What to put into a token; objects are bound by name and uid. */
export interface IssueOptions {
  readonly serviceAccount: KubeObject;
  readonly pod?: KubeObject | undefined;
  readonly secret?: KubeObject | undefined;
  /** With `pod` the node it runs on; alone, the node the token is bound to. */
  readonly node?: { readonly name: string; readonly uid?: string | undefined } | undefined;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  /** Seconds after which use of the token is warned about. */
  readonly warnAfterSeconds?: number | undefined;
}
export interface TokenRequests {
  issue(options: IssueOptions): { token: string; expiresAtMs: number };
  /** `POST serviceaccounts/<name>/token`: the answer, or a thrown StatusError with upstream's text. */
  create(ref: { namespace: string; name: string }, body: KubeObject, warn?: (text: string) => void): TokenRequest;
}
export interface TokenRequestsOptions {
  readonly tokens: ServiceAccountTokens;
  readonly reader: ObjectReader;
  readonly clock: Clock;
  readonly random: Random;
  /** Longest lifetime granted; longer requests are shortened (`--service-account-max-token-expiration`). */
  readonly maxExpirationSeconds?: number | undefined;
  /** Pod tokens of the default lifetime live a year, so that clients which never re-read them go on working. Default true. */
  readonly isExpirationExtended?: boolean;
}

/** Says in the request what it asks for when it does not say so. */
export function defaultTokenRequest(body: KubeObject): void {
  const request = body as TokenRequest & KubeObject;
  request.spec ??= { audiences: [] };
  request.spec.expirationSeconds ??= DEFAULT_EXPIRATION_SECONDS;
}

/** Issues service-account tokens; follows pkg/registry/core/serviceaccount/storage/token.go. */
export function createTokenRequests(options: TokenRequestsOptions): TokenRequests {
  const { tokens, reader, clock, random, maxExpirationSeconds, isExpirationExtended = true } = options;

  const issue = (wanted: IssueOptions) => {
    const now = Math.floor(clock.now() / 1000);
    const token = tokens.sign(claimsOf(wanted, { now, id: random.uuid(), issuer: tokens.issuer }));
    return { token, expiresAtMs: (now + wanted.expirationSeconds) * 1000 };
  };

  const create: TokenRequests['create'] = (ref, body, warn) => {
    const request = body as TokenRequest & KubeObject;
    const mismatches = checkMetadata(request, ref);
    if (mismatches.length > 0) throw newInvalid(KIND, ref.name, mismatches);
    const serviceAccount = find(reader, serviceAccounts, ref.namespace, ref.name);
    const audiences = request.spec?.audiences?.length ? request.spec.audiences : [...tokens.apiAudiences];
    const requested = request.spec?.expirationSeconds ?? DEFAULT_EXPIRATION_SECONDS;
    const errors = checkExpiration(requested);
    if (errors.length > 0) throw newInvalid(KIND, '', errors);
    const bound = bind(reader, request.spec?.boundObjectRef, serviceAccount);
    const expirationSeconds = maxExpirationSeconds ? Math.min(requested, maxExpirationSeconds) : requested;
    if (expirationSeconds < requested) warn?.(`requested expiration of ${requested} seconds shortened to ${expirationSeconds} seconds`);
    const isExtended =
      isExpirationExtended && bound.pod !== undefined && expirationSeconds === WARN_ONLY_SECONDS && audiences.every((a) => tokens.apiAudiences.includes(a));
    const nowMs = clock.now();
    const { token } = issue({
      serviceAccount,
      ...bound,
      audiences,
      expirationSeconds: isExtended ? EXTENDED_SECONDS : expirationSeconds,
      warnAfterSeconds: isExtended ? expirationSeconds : undefined,
    });
    return {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { ...request.metadata, name: ref.name, namespace: ref.namespace, creationTimestamp: rfc3339(nowMs) },
      // Upstream prints the reference even when there is none.
      spec: { audiences, expirationSeconds, boundObjectRef: request.spec?.boundObjectRef ?? (null as unknown as undefined) },
      // The asked-for time, also when the token lives longer: clients renew by it.
      status: { token, expirationTimestamp: rfc3339(nowMs + expirationSeconds * 1000) },
    };
  };
  return { issue, create };
}

function claimsOf(wanted: IssueOptions, at: { now: number; id: string; issuer: string }): JsonObject {
  const { namespace = '', name } = wanted.serviceAccount.metadata;
  const own: JsonObject = { namespace };
  // Keys in the order of upstream's struct.
  if (wanted.node) own['node'] = { name: wanted.node.name, ...(wanted.node.uid ? { uid: wanted.node.uid } : {}) };
  if (wanted.pod) own['pod'] = nameAndUid(wanted.pod);
  if (wanted.secret) own['secret'] = nameAndUid(wanted.secret);
  own['serviceaccount'] = nameAndUid(wanted.serviceAccount);
  if (wanted.warnAfterSeconds !== undefined) own['warnafter'] = at.now + wanted.warnAfterSeconds;
  return {
    aud: [...wanted.audiences],
    exp: at.now + wanted.expirationSeconds,
    iat: at.now,
    iss: at.issuer,
    jti: at.id,
    'kubernetes.io': own,
    nbf: at.now,
    sub: `system:serviceaccount:${namespace}:${name}`,
  };
}

function nameAndUid(object: KubeObject): JsonObject {
  return { name: object.metadata.name, uid: object.metadata.uid };
}

function checkMetadata(request: KubeObject, ref: { namespace: string; name: string }): FieldError[] {
  const { name, namespace } = request.metadata ?? {};
  if (name && name !== ref.name) return [invalid('metadata.name', name, 'must match the service account name if specified')];
  if (namespace && namespace !== ref.namespace) return [invalid('metadata.namespace', namespace, 'must match the service account namespace if specified')];
  return [];
}

function checkExpiration(seconds: number): FieldError[] {
  if (seconds < MIN_EXPIRATION_SECONDS) return [invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes')];
  if (seconds > MAX_EXPIRATION_SECONDS) return [invalid('spec.expirationSeconds', seconds, 'may not specify a duration larger than 2^32 seconds')];
  return [];
}

type Bound = Pick<IssueOptions, 'pod' | 'secret' | 'node'>;

function bind(reader: ObjectReader, ref: BoundObjectReference | null | undefined, account: ServiceAccount): Bound {
  if (!ref) return {};
  const { namespace = '', name: accountName = '' } = account.metadata;
  const { kind = '', name = '' } = ref;
  const { group, version } = splitVersion(ref.apiVersion ?? '');
  if (kind === 'Pod' && group === '') {
    const pod = find(reader, pods, namespace, name);
    if (pod.spec?.serviceAccountName !== accountName) {
      throw newBadRequest(`cannot bind token for serviceaccount ${JSON.stringify(accountName)} to pod running with different serviceaccount name.`);
    }
    checkUid(ref, pod);
    const nodeName = pod.spec.nodeName;
    return { pod, node: nodeName ? { name: nodeName, uid: reader.get(nodes, { name: nodeName })?.metadata.uid } : undefined };
  }
  if (kind === 'Secret' && group === '') {
    const secret = find(reader, secrets, namespace, name);
    checkUid(ref, secret);
    return { secret };
  }
  if (kind === 'Node' && group === '') {
    const node = find(reader, nodes, undefined, name);
    checkUid(ref, node);
    return { node: { name, uid: node.metadata.uid } };
  }
  throw newBadRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
}

/** The parts of an apiVersion; one that is none has neither. */
function splitVersion(apiVersion: string): { group: string; version: string } {
  const [first = '', second, ...more] = apiVersion.split('/');
  if (more.length > 0) return { group: '', version: '' };
  return second === undefined ? { group: '', version: first } : { group: first, version: second };
}

function checkUid(ref: BoundObjectReference, object: KubeObject): void {
  if (!ref.uid || ref.uid === object.metadata.uid) return;
  const cause = `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  throw newConflict({ group: '', plural: ref.kind ?? '' }, ref.name ?? '', cause);
}

function find<T extends KubeObject>(reader: ObjectReader, type: ResourceType<T>, namespace: string | undefined, name: string): T {
  if (!name) throw newBadRequest('Name parameter required.');
  const object = reader.get(type, { namespace, name });
  if (!object) throw newNotFound(type, name);
  return object;
}

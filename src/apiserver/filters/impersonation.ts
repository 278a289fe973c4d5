import type { UserInfo } from '#api/types/authentication-v1';
import { newAccessDenied } from '../authz/index.ts';
import type { Attributes, Decision } from '../contract.ts';
import { headerValues, unescapeHeaderKey, wholeHeader } from '../listener/header-values.ts';
import type { Headers, HttpAnswer } from '../listener/http-message.ts';

const EXTRA_PREFIX = 'impersonate-extra-';
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;
const AUTHENTICATED = 'system:authenticated';

/** One thing that the caller wants to be: each needs its own permission. */
interface Wish {
  readonly kind: 'User' | 'ServiceAccount' | 'Group' | 'UID' | 'UserExtra';
  readonly name: string;
  readonly namespace?: string;
  readonly key?: string;
}

/**
 * Who the request is to be made as, by its Impersonate-* headers; undefined: as the caller. Throws Forbidden where the caller may not,
 * and returns upstream's answer where the headers make no sense.
 */
export async function impersonate(
  caller: UserInfo,
  headers: Headers,
  path: string,
  authorize: (attributes: Attributes) => Decision | Promise<Decision>,
): Promise<UserInfo | HttpAnswer | undefined> {
  const wishes = wishesOf(headers);
  if (wishes.length === 0) return undefined;
  const [first] = wishes;
  if (first?.kind !== 'User' && first?.kind !== 'ServiceAccount') return withoutUser(path, wishes);
  for (const wish of wishes) {
    const attributes = attributesOf(caller, wish);
    const { decision, reason } = await authorize(attributes);
    if (decision !== 'allow') throw newAccessDenied(attributes, reason);
  }
  return userOf(first, wishes);
}

const NO_WISHES: readonly Wish[] = [];

function wishesOf(headers: Headers): readonly Wish[] {
  if (!isWished(headers)) return NO_WISHES;
  const wishes: Wish[] = [];
  const user = wholeHeader(headers, 'impersonate-user');
  if (user) {
    const account = SERVICE_ACCOUNT.exec(user);
    wishes.push(account ? { kind: 'ServiceAccount', namespace: account[1] as string, name: account[2] as string } : { kind: 'User', name: user });
  }
  for (const name of headerValues(headers, 'impersonate-group')) wishes.push({ kind: 'Group', name });
  for (const header of Object.keys(headers)) {
    if (!header.startsWith(EXTRA_PREFIX)) continue;
    const key = unescapeHeaderKey(header.slice(EXTRA_PREFIX.length));
    for (const name of headerValues(headers, header)) wishes.push({ kind: 'UserExtra', name, key });
  }
  const uid = wholeHeader(headers, 'impersonate-uid');
  if (uid) wishes.push({ kind: 'UID', name: uid });
  return wishes;
}

/** Nearly nobody wishes anything, and all are asked. */
function isWished(headers: Headers): boolean {
  for (const header in headers) if (header.startsWith('impersonate-')) return true;
  return false;
}

function attributesOf(user: UserInfo, { kind, name, namespace = '', key = '' }: Wish): Attributes {
  const base = { user, verb: 'impersonate', isResourceRequest: true, apiGroup: '', apiVersion: 'v1', subresource: '', namespace, name, path: '' };
  switch (kind) {
    case 'User':
      return { ...base, resource: 'users' };
    case 'ServiceAccount':
      return { ...base, resource: 'serviceaccounts' };
    case 'Group':
      return { ...base, resource: 'groups' };
    case 'UID':
      return { ...base, apiGroup: 'authentication.k8s.io', resource: 'uids' };
    case 'UserExtra':
      return { ...base, apiGroup: 'authentication.k8s.io', resource: 'userextras', subresource: key };
  }
}

function userOf(first: Wish, wishes: readonly Wish[]): UserInfo {
  const isAccount = first.kind === 'ServiceAccount';
  const username = isAccount ? `system:serviceaccount:${first.namespace}:${first.name}` : first.name;
  const groups = wishes.filter(({ kind }) => kind === 'Group').map(({ name }) => name);
  if (groups.length === 0 && isAccount) groups.push('system:serviceaccounts', `system:serviceaccounts:${first.namespace}`);
  if (username === 'system:anonymous') {
    if (!groups.includes('system:unauthenticated')) groups.push('system:unauthenticated');
  } else if (!groups.includes(AUTHENTICATED) && !groups.includes('system:unauthenticated')) {
    groups.push(AUTHENTICATED);
  }
  const extra = new Map<string, string[]>();
  for (const { kind, name, key = '' } of wishes) if (kind === 'UserExtra') extra.set(key, [...(extra.get(key) ?? []), name]);
  const uid = wishes.find(({ kind }) => kind === 'UID')?.name;
  return { username, groups, ...(uid ? { uid } : {}), ...(extra.size > 0 ? { extra: Object.fromEntries(extra) } : {}) };
}

// Upstream prints its object references as Go prints structs.
function withoutUser(path: string, wishes: readonly Wish[]): HttpAnswer {
  const printed = wishes.map(({ kind, name, key = '' }) => `{${kind}  ${name}  ${kind === 'Group' ? '' : 'authentication.k8s.io/v1'}  ${key}}`);
  return {
    status: 500,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    body: `Internal Server Error: ${JSON.stringify(path)}: requested [${printed.join(' ')}] without impersonating a user\n`,
  };
}

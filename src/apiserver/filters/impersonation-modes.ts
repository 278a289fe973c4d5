import { formatFieldError, isDns1123Label, isDns1123Subdomain, type StatusError, validateDomainPrefixedPath } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import { newAccessDenied } from '../authz/index.ts';
import type { Attributes, Decision } from '../contract.ts';

/** Whom the caller wants to be, as the headers say. */
export interface WantedUser {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: ReadonlyMap<string, readonly string[]>;
}
export type Checked = { readonly user: UserInfo } | { readonly refusal: StatusError };
/** One way to be allowed; undefined: it is not for this user. */
export type ImpersonationMode = (wanted: WantedUser, request: Attributes) => Promise<Checked | undefined>;

type Authorize = (attributes: Attributes) => Decision | Promise<Decision>;
/** Undefined: allowed. */
type Check = (attributes: Attributes) => Promise<StatusError | undefined>;

const AUTHENTICATION = 'authentication.k8s.io';
const NODE_NAME = 'authentication.kubernetes.io/node-name';
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;
const NODE_PREFIX = 'system:node:';
const MASTERS = 'system:masters';
const UNAUTHENTICATED = 'system:unauthenticated';
/** From so many on it is first asked whether the caller may be anything of the kind. */
const MANY = 4;

/** Upstream's modes, in its order. */
export function impersonationModes(authorize: Authorize): readonly ImpersonationMode[] {
  const check: Check = async (attributes) => {
    const { decision, reason } = await authorize(attributes);
    return decision === 'allow' ? undefined : newAccessDenied(attributes, reason);
  };
  const forAssociated: Check = (attributes) => check(asAssociated(attributes));
  return [
    constrained('associated-node', forAssociated, (wanted, caller) => onlyName(wanted) && isOwnNode(wanted, caller)),
    constrained('arbitrary-node', check, (wanted) => onlyName(wanted) && nodeOf(wanted) !== undefined),
    constrained('serviceaccount', check, (wanted) => onlyName(wanted) && accountOf(wanted.name) !== undefined),
    constrained('user-info', check, (wanted) => nodeOf(wanted) === undefined && accountOf(wanted.name) === undefined),
    (wanted, request) => checkUser({ verb: 'impersonate', isConstrained: false, check, caller: request.user }, wanted),
  ];
}

/** To be someone for certain requests: the request has to be allowed as one that is made so, and then the user. */
function constrained(mode: string, check: Check, isFor: (wanted: WantedUser, caller: UserInfo) => boolean): ImpersonationMode {
  return async (wanted, request) => {
    if (!isFor(wanted, request.user)) return undefined;
    const refusal = await check({ ...request, verb: `impersonate-on:${mode}:${request.verb}` });
    if (refusal) return { refusal };
    return await checkUser({ verb: `impersonate:${mode}`, isConstrained: true, check, caller: request.user }, wanted);
  };
}

interface Asking {
  readonly verb: string;
  readonly isConstrained: boolean;
  readonly check: Check;
  readonly caller: UserInfo;
}

/** Everything that the wanted user has, each by its own permission. */
async function checkUser(asking: Asking, wanted: WantedUser): Promise<Checked> {
  const refusal =
    (await asking.check(nameAttributes(asking, wanted))) ??
    (wanted.uid ? await asking.check(attributesOf(asking, 'uids', wanted.uid, AUTHENTICATION)) : undefined) ??
    (await checkGroups(asking, wanted)) ??
    (await checkExtra(asking, wanted));
  return refusal ? { refusal } : { user: userOf(asking, wanted) };
}

function attributesOf({ caller, verb, isConstrained }: Asking, resource: string, name: string, group?: string): Attributes {
  // Users and groups were asked about in the core group before there were narrower ways.
  const apiGroup = group ?? (isConstrained ? AUTHENTICATION : '');
  return { user: caller, verb, isResourceRequest: true, apiGroup, apiVersion: 'v1', resource, subresource: '', namespace: '', name, path: '' };
}

function nameAttributes(asking: Asking, wanted: WantedUser): Attributes {
  const node = asking.isConstrained ? nodeOf(wanted) : undefined;
  if (node !== undefined) return attributesOf(asking, 'nodes', node);
  const account = accountOf(wanted.name);
  if (account) return { ...attributesOf(asking, 'serviceaccounts', account.name), namespace: account.namespace };
  return attributesOf(asking, 'users', wanted.name);
}

async function checkGroups(asking: Asking, { groups }: WantedUser): Promise<StatusError | undefined> {
  if (asking.isConstrained) {
    if (groups.includes(MASTERS)) return newAccessDenied(attributesOf(asking, 'groups', MASTERS), `impersonating the ${MASTERS} group is not allowed`);
    if (groups.length >= MANY && !(await asking.check(attributesOf(asking, 'groups', '*')))) return undefined;
  }
  for (const group of groups) {
    const refusal = await asking.check(attributesOf(asking, 'groups', group));
    if (refusal) return refusal;
  }
  return undefined;
}

async function checkExtra(asking: Asking, { extra }: WantedUser): Promise<StatusError | undefined> {
  if (extra.size === 0) return undefined;
  const base = attributesOf(asking, 'userextras', '', AUTHENTICATION);
  if (asking.isConstrained) {
    const problem = extraProblem(extra);
    if (problem) return newAccessDenied(base, problem);
    const count = Array.from(extra.values()).reduce((sum, values) => sum + values.length, 0);
    if ((extra.size >= MANY || count >= MANY) && !(await asking.check({ ...base, subresource: '*', name: '*' }))) return undefined;
  }
  for (const [key, values] of extra) {
    for (const name of values) {
      const refusal = await asking.check({ ...base, subresource: key, name });
      if (refusal) return refusal;
    }
  }
  return undefined;
}

/** What of the extra fields a narrow way does not allow at all. */
function extraProblem(extra: WantedUser['extra']): string | undefined {
  for (const [key, values] of extra) {
    if (key === '') return 'impersonating the empty string key in extra is not allowed';
    const [problem] = validateDomainPrefixedPath(key, 'extra.key');
    if (problem) return `impersonating an invalid key in extra is not allowed: ${formatFieldError(problem)}`;
    if (key !== key.toLowerCase()) return `impersonating a non-lowercase key in extra is not allowed: ${JSON.stringify(key)}`;
    if (values.length === 0) return 'impersonating empty values in extra is not allowed';
  }
  return undefined;
}

function userOf({ isConstrained }: Asking, wanted: WantedUser): UserInfo {
  const { name: username, uid, extra } = wanted;
  const groups = groupsOf(wanted, isConstrained);
  if (username === 'system:anonymous') {
    if (!groups.includes(UNAUTHENTICATED)) groups.push(UNAUTHENTICATED);
  } else if (!groups.includes(UNAUTHENTICATED) && !groups.includes('system:authenticated')) {
    groups.push('system:authenticated');
  }
  const extras = Array.from(extra, ([key, values]): [string, string[]] => [key, [...values]]);
  return { username, groups, ...(uid ? { uid } : {}), ...(extras.length > 0 ? { extra: Object.fromEntries(extras) } : {}) };
}

/** Nodes have one group, accounts two that follow from their namespace. */
function groupsOf(wanted: WantedUser, isConstrained: boolean): string[] {
  if (isConstrained && nodeOf(wanted) !== undefined) return ['system:nodes'];
  const account = accountOf(wanted.name);
  if (account && wanted.groups.length === 0) return ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`];
  return [...wanted.groups];
}

function onlyName({ uid, groups, extra }: WantedUser): boolean {
  return uid === '' && groups.length === 0 && extra.size === 0;
}
function accountOf(username: string): { namespace: string; name: string } | undefined {
  const [, namespace = '', name = ''] = SERVICE_ACCOUNT.exec(username) ?? [];
  return isDns1123Label(namespace).length === 0 && isDns1123Subdomain(name).length === 0 ? { namespace, name } : undefined;
}
function nodeOf({ name }: WantedUser): string | undefined {
  if (!name.startsWith(NODE_PREFIX)) return undefined;
  const node = name.slice(NODE_PREFIX.length);
  return isDns1123Subdomain(node).length === 0 ? node : undefined;
}
/** Whether the caller is an account whose token is bound to a pod on the wanted node. */
function isOwnNode(wanted: WantedUser, { username = '', extra }: UserInfo): boolean {
  const node = nodeOf(wanted);
  const bound = extra?.[NODE_NAME];
  return node !== undefined && accountOf(username) !== undefined && bound?.length === 1 && bound[0] === node;
}

/** Who may be the node that he is bound to may be so on every node: the question names none, and says of the caller only what he is bound to. */
function asAssociated(attributes: Attributes): Attributes {
  const { user, verb, name } = attributes;
  const keys = Object.keys(user.extra ?? {}).sort((a, b) => (a < b ? -1 : 1));
  const extra = { 'authentication.kubernetes.io/associated-node-keys': keys };
  return { ...attributes, user: { ...user, extra }, name: verb === 'impersonate:associated-node' ? '*' : name };
}

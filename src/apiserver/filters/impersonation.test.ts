import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStatus } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import { describeError } from '#lib';
import type { Attributes, Decision } from '../contract.ts';
import type { Headers } from '../listener/http-message.ts';
import { createImpersonation } from './impersonation.ts';

const ALICE: UserInfo = { username: 'alice', groups: ['system:authenticated'] };
const AGENT: UserInfo = {
  username: 'system:serviceaccount:kube-system:agent',
  groups: ['system:serviceaccounts'],
  extra: { 'authentication.kubernetes.io/node-name': ['a'], 'authentication.kubernetes.io/pod-name': ['agent-x'] },
};
const REQUEST = {
  isResourceRequest: true,
  apiGroup: '',
  apiVersion: 'v1',
  resource: 'pods',
  subresource: '',
  namespace: 'n',
  name: '',
  path: '',
  verb: 'list',
};

/** What is asked, as `verb resource/subresource.group namespace/name`. */
function question({ verb, resource, subresource, apiGroup, namespace, name }: Attributes): string {
  return `${verb} ${resource}${subresource ? `/${subresource}` : ''}${apiGroup ? `.${apiGroup}` : ''} ${namespace}/${name}`;
}

/** An impersonation by those who may do what these questions begin with. */
function setUp(allowed: readonly string[]) {
  const asked: Attributes[] = [];
  const authorize = (attributes: Attributes): Decision => {
    asked.push(attributes);
    return { decision: allowed.some((each) => question(attributes).startsWith(each)) ? 'allow' : 'no-opinion', reason: '' };
  };
  const impersonation = createImpersonation(authorize);
  const be = async (headers: Headers, caller = ALICE): Promise<string> => {
    try {
      const user = await impersonation.userFor({ headers }, () => ({ ...REQUEST, user: caller }));
      if (!user) return '';
      const { username, groups = [], uid, extra } = user;
      return [username, groups.join(','), uid, extra && JSON.stringify(extra)].filter(Boolean).join(' ');
    } catch (error) {
      assert.ok(isStatus(error, 'Forbidden') || isStatus(error, 'BadRequest'), describeError(error));
      return describeError(error);
    }
  };
  return { be, asked };
}

const ON_USER = 'impersonate-on:user-info:list pods n/';
const LEGACY = 'impersonate ';
const BOB = 'impersonate:user-info users.authentication.k8s.io /bob';
const AUTHN = 'in API group "authentication.k8s.io" at the cluster scope';
/** What the caller may do, and whom he wants to be; who he becomes, or why not. */
const CASES: readonly [title: string, allowed: string[], headers: Headers, outcome: string][] = [
  ['nobody', [LEGACY], {}, ''],
  ['an empty name', [LEGACY], { 'impersonate-user': '' }, ''],
  ['the old way', [LEGACY], { 'impersonate-user': 'bob' }, 'bob system:authenticated'],
  [
    'no way',
    [],
    { 'impersonate-user': 'bob' },
    'pods is forbidden: User "alice" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "n"',
  ],
  [
    'for the request, but not that user',
    [ON_USER],
    { 'impersonate-user': 'bob' },
    `users.authentication.k8s.io "bob" is forbidden: User "alice" cannot impersonate:user-info resource "users" ${AUTHN}`,
  ],
  ['the narrow way', [ON_USER, BOB], { 'impersonate-user': 'bob' }, 'bob system:authenticated'],
  [
    'the narrow way, with a group he may not have',
    [ON_USER, BOB],
    { 'impersonate-user': 'bob', 'impersonate-group': 'devs' },
    `groups.authentication.k8s.io "devs" is forbidden: User "alice" cannot impersonate:user-info resource "groups" ${AUTHN}`,
  ],
  [
    'the narrow way, with four groups at once',
    [ON_USER, BOB, 'impersonate:user-info groups.authentication.k8s.io /*'],
    { 'impersonate-user': 'bob', 'impersonate-group': 'a, b, c, d' },
    'bob a,b,c,d,system:authenticated',
  ],
  [
    'masters, narrowly',
    [ON_USER, 'impersonate:user-info'],
    { 'impersonate-user': 'bob', 'impersonate-group': 'system:masters' },
    `groups.authentication.k8s.io "system:masters" is forbidden: User "alice" cannot impersonate:user-info resource "groups" ${AUTHN}: impersonating the system:masters group is not allowed`,
  ],
  ['masters, the old way', [LEGACY], { 'impersonate-user': 'bob', 'impersonate-group': 'system:masters' }, 'bob system:masters,system:authenticated'],
  [
    'all of a user',
    [ON_USER, 'impersonate:user-info'],
    { 'impersonate-user': 'bob', 'impersonate-uid': '1', 'impersonate-group': 'devs', 'impersonate-extra-acme.io%2fscopes': 'view, edit' },
    'bob devs,system:authenticated 1 {"acme.io/scopes":["view","edit"]}',
  ],
  [
    'a key that is none, narrowly',
    [ON_USER, 'impersonate:user-info'],
    { 'impersonate-user': 'bob', 'impersonate-extra-scopes': 'view' },
    `userextras.authentication.k8s.io is forbidden: User "alice" cannot impersonate:user-info resource "userextras" ${AUTHN}: impersonating an invalid key in extra is not allowed: extra.key: Invalid value: "scopes": must be a domain-prefixed path (such as "acme.io/foo")`,
  ],
  [
    'a key that is none, the old way',
    [LEGACY],
    { 'impersonate-user': 'bob', 'impersonate-extra-scopes': 'view' },
    'bob system:authenticated {"scopes":["view"]}',
  ],
  [
    'an account',
    ['impersonate-on:serviceaccount:list', 'impersonate:serviceaccount serviceaccounts.authentication.k8s.io ci/builder'],
    { 'impersonate-user': 'system:serviceaccount:ci:builder' },
    'system:serviceaccount:ci:builder system:serviceaccounts,system:serviceaccounts:ci,system:authenticated',
  ],
  [
    'an account, the old way',
    ['impersonate serviceaccounts ci/builder'],
    { 'impersonate-user': 'system:serviceaccount:ci:builder' },
    'system:serviceaccount:ci:builder system:serviceaccounts,system:serviceaccounts:ci,system:authenticated',
  ],
  [
    'what looks like an account',
    ['impersonate users'],
    { 'impersonate-user': 'system:serviceaccount:CI:b' },
    'system:serviceaccount:CI:b system:authenticated',
  ],
  [
    'a node',
    ['impersonate-on:arbitrary-node:list', 'impersonate:arbitrary-node nodes.authentication.k8s.io /a'],
    { 'impersonate-user': 'system:node:a' },
    'system:node:a system:nodes,system:authenticated',
  ],
  ['a node, the old way', [LEGACY], { 'impersonate-user': 'system:node:a' }, 'system:node:a system:authenticated'],
  ['nobody in particular', [LEGACY], { 'impersonate-user': 'system:anonymous' }, 'system:anonymous system:unauthenticated'],
  ['unauthenticated', [LEGACY], { 'impersonate-user': 'bob', 'impersonate-group': 'system:unauthenticated' }, 'bob system:unauthenticated'],
  [
    'a group alone',
    [LEGACY],
    { 'impersonate-group': 'a, b' },
    'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"a", "b"}, Extra:map[string][]string(nil)} without impersonating a user name',
  ],
  [
    'extra fields alone',
    [LEGACY],
    { 'impersonate-extra-foo': 'x', 'impersonate-uid': 'u' },
    'requested &user.DefaultInfo{Name:"", UID:"u", Groups:[]string(nil), Extra:map[string][]string{"foo":[]string{"x"}}} without impersonating a user name',
  ],
];

test('whoever may becomes another', async () => {
  for (const [title, allowed, headers, outcome] of CASES) assert.equal(await setUp(allowed).be(headers), outcome, title);
});

test('an account may be the node that it is bound to, and no other', async () => {
  const { be, asked } = setUp(['impersonate-on:associated-node:list', 'impersonate:associated-node nodes.authentication.k8s.io /*']);
  assert.equal(await be({ 'impersonate-user': 'system:node:a' }, AGENT), 'system:node:a system:nodes,system:authenticated');
  const keys = ['authentication.kubernetes.io/node-name', 'authentication.kubernetes.io/pod-name'];
  for (const { user } of asked) assert.deepEqual(user.extra, { 'authentication.kubernetes.io/associated-node-keys': keys });
  assert.match(await be({ 'impersonate-user': 'system:node:b' }, AGENT), /cannot impersonate-on:arbitrary-node:list/);
  assert.match(await be({ 'impersonate-user': 'system:node:a' }), /cannot impersonate-on:arbitrary-node:list/);
});

test('the way that worked is tried first the next time', async () => {
  const { be, asked } = setUp(['impersonate users']);
  await be({ 'impersonate-user': 'bob' });
  assert.deepEqual(asked.map(question), ['impersonate-on:user-info:list pods n/', 'impersonate users /bob']);
  asked.length = 0;
  await be({ 'impersonate-user': 'eve' });
  assert.deepEqual(asked.map(question), ['impersonate users /eve']);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clusterRoleBindings, clusterRoles, roleBindings, roles, type StatusError } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import { FakeClock } from '#lib';
import { expectedClusterRoleBindings, expectedClusterRoles } from '../bootstrap/objects.ts';
import type { Attributes } from '../contract.ts';
import { createFakeReader } from '../testing/fake-reader.ts';
import { attributesOf, createAuthorization, createEscalationCheck, createReviews, newAccessDenied } from './index.ts';

const RBAC = 'rbac.authorization.k8s.io';
const PODS = { group: '', version: 'v1', plural: 'pods' };

function cluster() {
  const reader = createFakeReader();
  for (const role of expectedClusterRoles().objects) reader.put(clusterRoles, role);
  for (const binding of expectedClusterRoleBindings().objects) reader.put(clusterRoleBindings, binding);
  return { reader, authorization: createAuthorization(reader) };
}
function person(username: string, ...groups: string[]): UserInfo {
  return { username, groups: [...groups, 'system:authenticated'] };
}
function path(user: UserInfo, url: string): Attributes {
  return { ...attributesOf(user, 'get', PODS, { name: '' }), isResourceRequest: false, path: url };
}

describe('authorization', () => {
  test('default roles give their users what upstream gives them', async () => {
    const { authorization } = cluster();
    const table: [string, Attributes, boolean][] = [
      ['masters', attributesOf(person('a', 'system:masters'), 'delete', PODS, { name: 'x' }), true],
      ['scheduler binds', attributesOf(person('system:kube-scheduler'), 'create', PODS, { namespace: 'a', name: 'x' }, 'binding'), true],
      ['scheduler creates', attributesOf(person('system:kube-scheduler'), 'create', PODS, { namespace: 'a', name: '' }), false],
      ['anonymous version', path({ username: 'system:anonymous', groups: ['system:unauthenticated'] }, '/version'), true],
      ['anonymous healthz', path({ username: 'system:anonymous', groups: ['system:unauthenticated'] }, '/healthz'), true],
      ['anonymous api', path({ username: 'system:anonymous', groups: ['system:unauthenticated'] }, '/api'), false],
      ['anyone api', path(person('x'), '/apis/apps/v1'), true],
      ['anyone metrics', path(person('x'), '/metrics'), false],
      ['hpa scales', attributesOf(account('horizontal-pod-autoscaler'), 'update', { group: 'x', version: 'v1', plural: 'y' }, { name: 'z' }, 'scale'), true],
      ['hpa updates', attributesOf(account('horizontal-pod-autoscaler'), 'update', { group: 'x', version: 'v1', plural: 'y' }, { name: 'z' }), false],
    ];
    for (const [name, attributes, expected] of table) {
      assert.equal((await authorization.authorize(attributes)).decision === 'allow', expected, name);
    }
  });

  test('bindings work as soon as they change, and reasons name them', async () => {
    const { reader, authorization } = cluster();
    const attributes = attributesOf(person('u'), 'get', PODS, { namespace: 'n', name: 'x' });
    assert.equal((await authorization.authorize(attributes)).decision, 'no-opinion');
    reader.put(roles, { metadata: { name: 'r', namespace: 'n' }, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] });
    const binding = {
      metadata: { name: 'b', namespace: 'n' },
      roleRef: { apiGroup: RBAC, kind: 'Role', name: 'r' },
      subjects: [{ kind: 'User', name: 'u' }],
    };
    reader.put(roleBindings, binding);
    assert.deepEqual(await authorization.authorize(attributes), {
      decision: 'allow',
      reason: 'RBAC: allowed by RoleBinding "b/n" of Role "r" to User "u"',
    });
    reader.put(roleBindings, { ...binding, subjects: [{ kind: 'ServiceAccount', name: 'bot' }] });
    assert.equal((await authorization.authorize(attributes)).decision, 'no-opinion');
    const bot = attributesOf({ username: 'system:serviceaccount:n:bot', groups: [] }, 'get', PODS, { namespace: 'n', name: 'x' });
    assert.equal((await authorization.authorize(bot)).reason, 'RBAC: allowed by RoleBinding "b/n" of Role "r" to ServiceAccount "bot/n"');
    reader.remove(roles, { namespace: 'n', name: 'r' });
    assert.equal((await authorization.authorize(bot)).reason, `RBAC: role.${RBAC} "r" not found`);
    reader.remove(roleBindings, { namespace: 'n', name: 'b' });
    assert.deepEqual(await authorization.authorize(bot), { decision: 'no-opinion', reason: '' });
  });

  test('what holds for the cluster is looked at first, and a binding counts once, for its first subject that fits', async () => {
    const { reader, authorization } = cluster();
    const user = person('u', 'g');
    const rule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
    reader.put(roles, { metadata: { name: 'r', namespace: 'n' }, rules: [rule] });
    reader.put(clusterRoles, { metadata: { name: 'c' }, rules: [{ ...rule, verbs: ['get', 'list'] }] });
    const [byGroup, byName] = [
      { kind: 'Group', name: 'g' },
      { kind: 'User', name: 'u' },
    ];
    reader.put(roleBindings, { metadata: { name: 'b', namespace: 'n' }, roleRef: { apiGroup: RBAC, kind: 'Role', name: 'r' }, subjects: [byName] });
    const binding = { metadata: { name: 'cb' }, roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'c' }, subjects: [byGroup, byName] };
    reader.put(clusterRoleBindings, binding);
    const attributes = attributesOf(user, 'get', PODS, { namespace: 'n', name: 'x' });
    assert.equal((await authorization.authorize(attributes)).reason, 'RBAC: allowed by ClusterRoleBinding "cb" of ClusterRole "c" to Group "g"');
    const own = authorization.rulesFor(user, 'n').resourceRules.filter(({ resources }) => resources?.includes('pods'));
    assert.deepEqual(
      own.map(({ verbs }) => verbs),
      [['get', 'list'], ['get']],
    );
  });

  test('aggregated roles start filled: admin holds edit, edit holds view', async () => {
    const all = new Map(expectedClusterRoles().objects.map((role) => [role.metadata.name, role.rules ?? []]));
    const holds = (outer: string, inner: string) =>
      (all.get(inner) ?? []).every((rule) => all.get(outer)?.some((own) => JSON.stringify(own) === JSON.stringify(rule)));
    assert.ok((all.get('view') ?? []).length > 5);
    assert.ok(holds('edit', 'view') && holds('admin', 'edit') && holds('edit', 'system:aggregate-to-edit'));
    assert.ok(!holds('view', 'edit'));
  });

  test('refusals have upstream texts', () => {
    const attributes = attributesOf(person('u1'), 'get', PODS, { namespace: 'n', name: 'x' }, 'log');
    assert.equal(
      newAccessDenied(attributes, '').message,
      'pods "x" is forbidden: User "u1" cannot get resource "pods/log" in API group "" in the namespace "n"',
    );
    assert.equal(newAccessDenied(path(person('u1'), '/nonres'), '').message, 'forbidden: User "u1" cannot get path "/nonres"');
    const nodes = attributesOf(person('u1'), 'list', { group: '', version: 'v1', plural: 'nodes' }, { name: '' });
    assert.equal(newAccessDenied(path(person('<u>'), '/a&b\u0001'), '<b>').message, 'forbidden: User "&lt;u&gt;" cannot get path "/a&amp;b\\x01": <b>');
    assert.equal(newAccessDenied(nodes, 'why').message, 'nodes is forbidden: User "u1" cannot list resource "nodes" in API group "" at the cluster scope: why');
  });
});

describe('escalation', () => {
  const rules = [{ verbs: ['get', 'delete'], apiGroups: [''], resources: ['secrets'] }];
  const role = { metadata: { name: 'r', namespace: 'n' }, rules };
  const user = person('u');

  test('nobody grants what they do not hold', async () => {
    const { authorization, reader } = cluster();
    const escalation = createEscalationCheck(authorization);
    const refusal = (error: StatusError) => {
      assert.equal(
        error.message,
        `roles.${RBAC} "r" is forbidden: user "u" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n` +
          '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}',
      );
      return true;
    };
    await assert.rejects(escalation.check(roles, role, undefined, user), refusal);
    await escalation.check(roles, role, role, user);
    await escalation.check(roles, role, undefined, person('root', 'system:masters'));
    const subjects = [{ kind: 'User', name: 'u' }];
    reader.put(roleBindings, { metadata: { name: 'a', namespace: 'n' }, roleRef: { kind: 'ClusterRole', name: 'admin' }, subjects });
    await escalation.check(roles, role, undefined, user);
    await assert.rejects(escalation.check(clusterRoles, { metadata: { name: 'r' }, rules } as never, undefined, user), /not currently held/);
  });

  test('bindings need the rules of their role, or the verb bind', async () => {
    const { authorization, reader } = cluster();
    const escalation = createEscalationCheck(authorization);
    const binding = { metadata: { name: 'b', namespace: 'n' }, roleRef: { kind: 'ClusterRole', name: 'view' }, subjects: [] } as never;
    await assert.rejects(escalation.check(roleBindings, binding, undefined, user), /not currently held/);
    reader.put(clusterRoles, {
      metadata: { name: 'binder' },
      rules: [{ verbs: ['bind'], apiGroups: [RBAC], resources: ['clusterroles'], resourceNames: ['view'] }],
    });
    reader.put(clusterRoleBindings, {
      metadata: { name: 'binder' },
      roleRef: { kind: 'ClusterRole', name: 'binder' },
      subjects: [{ kind: 'User', name: 'u' }],
    });
    await escalation.check(roleBindings, binding, undefined, user);
  });
});

describe('reviews', () => {
  const review = async (name: 'subjectaccessreviews' | 'selfsubjectaccessreviews' | 'localsubjectaccessreviews', spec: object, metadata = {}) => {
    const { authorization } = cluster();
    try {
      const answer = (await createReviews(authorization, new FakeClock())[name]({ metadata, spec } as never, person('admin', 'system:masters'))) as {
        status?: object;
      };
      return answer.status;
    } catch (error) {
      return (error as StatusError).message;
    }
  };

  test('validation has upstream texts', async () => {
    const prefix = '.authorization.k8s.io "" is invalid: ';
    assert.equal(
      await review('subjectaccessreviews', { user: 'u' }),
      `${prefix}spec.resourceAttributes: Invalid value: "null": exactly one of nonResourceAttributes or resourceAttributes must be specified`,
    );
    assert.equal(
      await review('subjectaccessreviews', { resourceAttributes: { verb: 'get' } }),
      `${prefix}spec.user: Invalid value: "": at least one of user or group must be specified`,
    );
    assert.equal(
      await review('localsubjectaccessreviews', { user: 'u', resourceAttributes: { namespace: 'zz' } }, { namespace: 'n' }),
      `${prefix}spec.resourceAttributes.namespace: Invalid value: "zz": must match metadata.namespace`,
    );
  });

  test('answers say who is allowed', async () => {
    assert.deepEqual(await review('selfsubjectaccessreviews', { resourceAttributes: { verb: 'create', resource: 'nodes' } }), { allowed: true });
    assert.deepEqual(await review('subjectaccessreviews', { user: 'u', nonResourceAttributes: { verb: 'get', path: '/metrics' } }), { allowed: false });
  });
});

function account(name: string): UserInfo {
  return { username: `system:serviceaccount:kube-system:${name}`, groups: ['system:serviceaccounts'] };
}

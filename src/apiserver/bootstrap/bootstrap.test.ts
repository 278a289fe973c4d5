import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ApiRequest, flowSchemas, type HookContext, type KubeList, type KubeObject, keyOf, priorityLevelConfigurations, StatusError } from '#api';
import type { PriorityLevelConfiguration } from '#api/types/flowcontrol-v1';
import type { ClusterRole } from '#api/types/rbac-v1';
import { createLog, systemClock } from '#lib';
import { REQUEST_HEADER_DEFAULTS } from '../authn/request-header.ts';
import { expectedAuthenticationConfig, reconcileTrust } from './authentication-config.ts';
import { expectedFlowSchemas, expectedPriorityLevels, reconcileFlowControl } from './flow-control.ts';
import { bootstrapObjects } from './index.ts';
import { expectedClusterRoleBindings, expectedClusterRoles } from './objects.ts';
import { reconcile } from './reconcile.ts';

const CONTEXT: HookContext = { user: {}, clock: systemClock, isDryRun: false, subresource: '' };

function fakeServer() {
  const stored = new Map<string, KubeObject>();
  const writes: string[] = [];
  const id = (request: ApiRequest, object: KubeObject) => `${request.resource.plural} ${keyOf(object)}`;
  return {
    stored,
    writes,
    async request(request: ApiRequest): Promise<KubeObject | KubeList> {
      if (request.verb === 'list') {
        const prefix = `${request.resource.plural} `;
        return { metadata: {}, items: [...stored].filter(([key]) => key.startsWith(prefix)).map(([, object]) => object) };
      }
      if (request.verb === 'delete') {
        stored.delete(`${request.resource.plural} ${keyOf(request.ref)}`);
        return { metadata: {} };
      }
      if (request.verb !== 'create' && request.verb !== 'update') throw new StatusError('InternalError', request.verb);
      writes.push(`${request.verb} ${id(request, request.body)}`);
      stored.set(id(request, request.body), request.body);
      return request.body;
    },
  };
}

const log = createLog('bootstrap').with({});
const quiet = { ...log, info: () => {} };

describe('bootstrapObjects', () => {
  test('writes everything once, namespaces first, and nothing at the next start', async () => {
    const server = fakeServer();
    await bootstrapObjects(server, quiet);
    assert.deepEqual(
      server.writes.slice(0, 4).map((write) => write.split(' ')[1]),
      Array(4).fill('namespaces'),
    );
    for (const key of [
      'clusterroles cluster-admin',
      'clusterrolebindings system:controller:replicaset-controller',
      'priorityclasses system-node-critical',
      'roles kube-system/extension-apiserver-authentication-reader',
    ]) {
      assert.ok(server.stored.has(key), key);
    }
    const first = server.writes.length;
    await bootstrapObjects(server, quiet);
    assert.equal(server.writes.length, first);
  });

  test('repairs what lost a rule or a subject, and leaves alone what says so', async () => {
    const server = fakeServer();
    await bootstrapObjects(server, quiet);
    const [roleKey, bindingKey] = ['clusterroles system:kube-scheduler', 'clusterrolebindings cluster-admin'];
    const role = server.stored.get(roleKey) as ClusterRole & KubeObject;
    server.stored.set(roleKey, { ...role, rules: role.rules?.slice(1) } as KubeObject);
    server.stored.set(bindingKey, { ...(server.stored.get(bindingKey) as KubeObject), subjects: [{ kind: 'User', name: 'me' }] } as KubeObject);
    const view = server.stored.get('clusterroles system:aggregate-to-view') as KubeObject;
    server.stored.set('clusterroles system:aggregate-to-view', {
      ...view,
      metadata: { ...view.metadata, annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } },
      rules: [],
    } as KubeObject);
    server.writes.length = 0;
    await bootstrapObjects(server, quiet);
    assert.deepEqual(server.writes.sort(), [`update ${bindingKey}`, `update ${roleKey}`]);
    assert.deepEqual(
      (server.stored.get(bindingKey) as KubeObject & { subjects: { name: string }[] }).subjects.map(({ name }) => name),
      ['me', 'system:masters'],
    );
  });

  test('a binding to another role is made anew; an aggregated role keeps its rules', () => {
    const wanted = { metadata: { name: 'b' }, roleRef: { kind: 'ClusterRole', name: 'x' } } as KubeObject;
    const found = { metadata: { name: 'b' }, roleRef: { kind: 'ClusterRole', name: 'y' } } as KubeObject;
    assert.equal(reconcile(wanted, found).action, 'recreate');
    const view = expectedClusterRoles().objects.find((role) => role.metadata.name === 'view') as ClusterRole;
    assert.equal(reconcile(view, { ...view, rules: [] } as KubeObject).action, 'none');
  });

  test('every binding has its role, and rules are written sorted', () => {
    const names = new Set(expectedClusterRoles().objects.map((role) => role.metadata.name));
    assert.equal(names.size, expectedClusterRoles().objects.length);
    for (const { rules = [] } of expectedClusterRoles().objects) {
      for (const { verbs, resources = [] } of rules) assert.deepEqual([verbs, resources], [[...verbs].sort(), [...resources].sort()]);
    }
    for (const { roleRef } of expectedClusterRoleBindings().objects) assert.ok(names.has(roleRef.name), roleRef.name);
  });

  test('rules are in upstream’s order: who may write events says so last, with four exceptions', () => {
    const after = (name: string): string[] => {
      const { rules = [] } = expectedClusterRoles().objects.find((role) => role.metadata.name === `system:controller:${name}`) ?? {};
      const resources = rules.map((rule) => rule.resources?.join() ?? '');
      return resources.slice(resources.indexOf('events') + 1);
    };
    assert.deepEqual(after('attachdetach-controller'), ['volumeattachments', 'csidrivers', 'csinodes']);
    assert.deepEqual(after('expand-controller'), ['services']);
    assert.deepEqual(after('persistent-volume-binder'), ['events', 'services']);
    assert.deepEqual(after('statefulset-controller'), ['persistentvolumeclaims', 'pods/finalizers']);
    assert.deepEqual(after('job-controller'), []);
  });
});

describe('flow control', () => {
  const levels = expectedPriorityLevels().objects as readonly KubeObject[];
  const find = (name: string) => structuredClone(levels.find(({ metadata }) => metadata.name === name)) as PriorityLevelConfiguration & KubeObject;

  test('every schema has its level, and all of them are valid', () => {
    const names = levels.map(({ metadata }) => metadata.name);
    assert.equal(expectedFlowSchemas().objects.length, 13);
    for (const schema of expectedFlowSchemas().objects) {
      assert.ok(names.includes(schema.spec?.priorityLevelConfiguration.name ?? ''));
      assert.deepEqual(flowSchemas.validate?.(schema, CONTEXT), []);
    }
    for (const level of expectedPriorityLevels().objects) assert.deepEqual(priorityLevelConfigurations.validate?.(level, CONTEXT), []);
  });
  test('suggested objects are kept current until an administrator takes them over', () => {
    const expected = find('system');
    const changed = { ...find('system'), spec: { type: 'Limited' } } as KubeObject;
    assert.equal(reconcileFlowControl(expected, undefined).action, 'create');
    assert.equal(reconcileFlowControl(expected, find('system')).action, 'none');
    assert.equal(reconcileFlowControl(expected, changed).action, 'update');
    changed.metadata = { ...changed.metadata, annotations: { 'apf.kubernetes.io/autoupdate-spec': 'false' } };
    assert.equal(reconcileFlowControl(expected, changed).action, 'none');
    changed.metadata = { name: 'system', generation: 2 };
    assert.equal(reconcileFlowControl(expected, changed).action, 'none');
  });
  test('mandatory objects are always as they should be, but for what is lent', () => {
    const changed = { ...find('catch-all'), metadata: { name: 'catch-all', generation: 5 }, spec: { type: 'Limited' } } as KubeObject;
    assert.equal(reconcileFlowControl(find('catch-all'), changed).action, 'update');
    const lending = find('exempt');
    lending.spec = { type: 'Exempt', exempt: { lendablePercent: 50 } };
    assert.equal(reconcileFlowControl(find('exempt'), lending).action, 'none');
  });
});

describe('whom aggregated servers trust', () => {
  const block = (name: string) => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----`;
  const config = (clientCaPem: string) =>
    expectedAuthenticationConfig({ clientCaPem, requestHeaderCaPem: block('r'), requestHeader: REQUEST_HEADER_DEFAULTS }).objects[0] as KubeObject & {
      data: Record<string, string>;
    };
  test('is said in the headers that upstream names', () => {
    const { data } = config(block('a'));
    assert.equal(data['requestheader-username-headers'], '["X-Remote-User"]');
    assert.equal(data['requestheader-extra-headers-prefix'], '["X-Remote-Extra-"]');
    assert.equal(data['requestheader-allowed-names'], '["system:auth-proxy"]');
  });
  test('grows with a new authority, and is left alone when nothing is new', () => {
    const outcome = reconcileTrust(config(block('b')), config(block('a')));
    assert.ok(outcome.action === 'update');
    assert.equal((outcome.object as KubeObject & { data: Record<string, string> }).data['client-ca-file'], `${block('b')}\n${block('a')}\n`);
    assert.equal(reconcileTrust(config(block('a')), outcome.object).action, 'none');
    assert.equal(reconcileTrust(config(block('a')), undefined).action, 'create');
  });
});

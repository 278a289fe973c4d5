import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flowSchemas, priorityLevelConfigurations } from '#api';
import type { FlowSchema } from '#api/types/flowcontrol-v1';
import { expectedFlowSchemas, expectedPriorityLevels } from '../bootstrap/flow-control.ts';
import { createFakeReader } from '../testing/fake-reader.ts';
import { startTestServer } from '../testing/test-server.ts';
import { FlowClassification } from './flow-classification.ts';
import { parseRequestInfo } from './request-info.ts';

/** The first objects, each with its name as its uid. */
function firstFlows() {
  const reader = createFakeReader();
  const withUid = <T extends { metadata: object }>(object: T): T => ({
    ...object,
    metadata: { ...object.metadata, uid: (object.metadata as { name: string }).name },
  });
  for (const level of expectedPriorityLevels().objects) reader.put(priorityLevelConfigurations, withUid(level));
  for (const schema of expectedFlowSchemas().objects) reader.put(flowSchemas, withUid(schema));
  const flows = new FlowClassification(reader);
  const classify = (user: string, groups: string, request: string): string => {
    const [method = '', url = ''] = request.split(' ');
    const [path = '', search = ''] = url.split('?');
    const info = parseRequestInfo(method, path, new URLSearchParams(search));
    const found = flows.headersFor(info, { username: user, groups: groups.split(' ') });
    return found ? `${found['x-kubernetes-pf-flowschema-uid']} ${found['x-kubernetes-pf-prioritylevel-uid']}` : 'none';
  };
  return { reader, classify, withUid };
}
const PODS = 'GET /api/v1/namespaces/default/pods';
const LEASE = 'PUT /apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x';
const ACCOUNT = 'system:serviceaccount:kube-system:x';

test('requests are of the flow that upstream’s suggested schemas make them', () => {
  const { classify } = firstFlows();
  const table: [user: string, groups: string, request: string, flow: string][] = [
    ['admin', 'system:masters system:authenticated', PODS, 'exempt exempt'],
    ['bob', 'system:authenticated', PODS, 'global-default global-default'],
    ['bob', 'system:authenticated', 'GET /readyz', 'probes exempt'],
    ['bob', 'system:authenticated', 'GET /readyz/etcd', 'probes exempt'],
    ['bob', 'system:authenticated', 'GET /readyzz', 'global-default global-default'],
    ['system:anonymous', 'system:unauthenticated', 'GET /version', 'global-default global-default'],
    ['nobody', 'none', PODS, 'catch-all catch-all'],
    ['system:node:n', 'system:nodes system:authenticated', 'PATCH /api/v1/nodes/n/status', 'system-node-high node-high'],
    ['system:node:n', 'system:nodes system:authenticated', PODS, 'system-nodes system'],
    ['system:kube-scheduler', 'system:authenticated', LEASE, 'system-leader-election leader-election'],
    ['system:kube-scheduler', 'system:authenticated', PODS, 'kube-scheduler workload-high'],
    [ACCOUNT, 'system:serviceaccounts system:authenticated', LEASE, 'system-leader-election leader-election'],
    [ACCOUNT, 'system:serviceaccounts system:authenticated', PODS, 'kube-system-service-accounts workload-high'],
    [ACCOUNT, 'system:serviceaccounts system:authenticated', 'PUT /api/v1/namespaces/a/configmaps/b', 'workload-leader-election leader-election'],
    [ACCOUNT.replace('kube-system', 'kube-system2'), 'system:serviceaccounts system:authenticated', PODS, 'service-accounts workload-low'],
  ];
  for (const [user, groups, request, flow] of table) assert.equal(classify(user, groups, request), flow, `${user} ${request}`);
});

test('schemas count as soon as they are there, unless their level is missing', () => {
  const { reader, classify, withUid } = firstFlows();
  const rule = {
    subjects: [{ kind: 'User', user: { name: '*' } }],
    resourceRules: [{ verbs: ['list'], apiGroups: [''], resources: ['pods'], namespaces: ['default'] }],
  };
  const own: FlowSchema = withUid({
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name: 'own' },
    spec: { priorityLevelConfiguration: { name: 'system' }, matchingPrecedence: 1, rules: [rule] },
  });
  reader.put(flowSchemas, own);
  // Of two with the same precedence the first by name.
  assert.equal(classify('admin', 'system:masters', PODS), 'exempt exempt');
  assert.equal(classify('bob', 'system:authenticated', PODS), 'own system');
  for (const other of [`${PODS}/x`, `${PODS}?watch=1`, 'GET /api/v1/pods', 'GET /api/v1/namespaces/other/pods', 'GET /apis/apps/v1/namespaces/default/pods']) {
    assert.equal(classify('bob', 'system:authenticated', other), 'global-default global-default', other);
  }
  reader.remove(priorityLevelConfigurations, { name: 'system' });
  assert.equal(classify('bob', 'system:authenticated', PODS), 'global-default global-default');
});

test('answers say of which flow they are, once it is known who asks', async () => {
  await using api = await startTestServer();
  const uidOf = async (kind: string, name: string): Promise<unknown> =>
    (await api.fetch('GET', `/apis/flowcontrol.apiserver.k8s.io/v1/${kind}/${name}`)).json['metadata']?.['uid'];
  const exempt = [await uidOf('flowschemas', 'exempt'), await uidOf('prioritylevelconfigurations', 'exempt')];
  const usual = [await uidOf('flowschemas', 'global-default'), await uidOf('prioritylevelconfigurations', 'global-default')];
  const none = [undefined, undefined];
  const asBob = { 'impersonate-user': 'bob', 'impersonate-group': 'system:authenticated' };
  const table: [path: string, headers: Record<string, string>, status: number, flow: unknown[]][] = [
    ['/api/v1/pods', {}, 200, exempt],
    ['/api/v1/pods?watch=1&timeoutSeconds=1', {}, 200, exempt],
    ['/api/v1/nothing', {}, 404, exempt],
    ['/version', {}, 200, exempt],
    ['/api/v1/pods', asBob, 403, usual],
    ['/version', asBob, 200, usual],
    ['/metrics', asBob, 403, usual],
    ['/api/v1/namespaces/default/pods/x/log', {}, 404, none],
    ['/api/v1/pods', { 'impersonate-group': 'g' }, 400, none],
    ['/api/v1/pods?timeout=x', {}, 400, none],
  ];
  for (const [path, headers, status, flow] of table) {
    const answer = await api.fetch('GET', path, { headers });
    const said = [answer.headers['x-kubernetes-pf-flowschema-uid'], answer.headers['x-kubernetes-pf-prioritylevel-uid']];
    assert.deepEqual([answer.status, said], [status, flow], path);
  }
});

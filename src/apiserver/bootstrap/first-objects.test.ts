import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer, textOf } from '../testing/test-server.ts';

describe('a new cluster', () => {
  let api: TestServer;
  before(async () => {
    api = await startTestServer();
  });
  after(() => api[Symbol.asyncDispose]());

  test('has the range of its Services as a ServiceCIDR that is ready', async () => {
    const { json } = await api.fetch('GET', '/apis/networking.k8s.io/v1/servicecidrs/kubernetes');
    assert.equal(json['spec']?.['cidrs']?.['length'], 1);
    const condition = json['status']?.['conditions']?.['0'];
    assert.deepEqual([condition?.['type'], condition?.['status'], condition?.['message']], ['Ready', 'True', 'Kubernetes default Service CIDR is ready']);
  });
  test('tells aggregated servers whom to trust', async () => {
    const { json } = await api.fetch('GET', '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication');
    assert.match(textOf(json['data']?.['client-ca-file']), /BEGIN CERTIFICATE/);
  });
  test('tells since when it tells uses of legacy tokens', async () => {
    const { json } = await api.fetch('GET', '/api/v1/namespaces/kube-system/configmaps/kube-apiserver-legacy-service-account-token-tracking');
    assert.match(textOf(json['data']?.['since']), /^\d{4}-\d\d-\d\d$/);
    assert.equal(json['metadata']?.['managedFields']?.['0']?.['manager'], 'kube-apiserver');
  });
  test('has the levels and schemas of flow control', async () => {
    const levels = await api.fetch('GET', '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations');
    const schemas = await api.fetch('GET', '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas');
    assert.deepEqual([levels.json['items']?.['length'], schemas.json['items']?.['length']], [8, 13]);
  });
  test('says of schemas whether their levels exist, as that changes', async () => {
    const url = '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas';
    const conditionOf = async (name: string): Promise<unknown[]> => {
      const { json } = await api.fetch('GET', `${url}/${name}`);
      const condition = json['status']?.['conditions']?.['0'];
      return [condition?.['type'], condition?.['status'], condition?.['reason'], condition?.['message']];
    };
    const about = (level: string): string => `This FlowSchema references the PriorityLevelConfiguration object named "${level}"`;
    assert.deepEqual(await conditionOf('catch-all'), ['Dangling', 'False', 'Found', `${about('catch-all')} and it exists`]);
    await api.fetch('POST', url, { body: { metadata: { name: 's' }, spec: { matchingPrecedence: 9, priorityLevelConfiguration: { name: 'l' } } } });
    const wait = async (status: string): Promise<unknown[]> => {
      for (;;) {
        const condition = await conditionOf('s');
        if (condition[1] === status) return condition;
      }
    };
    assert.deepEqual(await wait('True'), ['Dangling', 'True', 'NotFound', `${about('l')} but there is no such object`]);
    const body = { metadata: { name: 'l' }, spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } } };
    const made = await api.fetch('POST', '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations', { body });
    assert.equal(made.status, 201);
    assert.deepEqual(await wait('False'), ['Dangling', 'False', 'Found', `${about('l')} and it exists`]);
  });
  test('keeps the mandatory ones as they are', async () => {
    const path = '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/catch-all';
    const headers = { 'content-type': 'application/merge-patch+json' };
    const { status, json } = await api.fetch('PATCH', path, { headers, body: { spec: { matchingPrecedence: 5 } } });
    assert.equal(status, 422);
    assert.match(textOf(json['message']), /spec of 'catch-all' must equal the fixed value$/);
  });
});

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
  test('has the levels and schemas of flow control', async () => {
    const levels = await api.fetch('GET', '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations');
    const schemas = await api.fetch('GET', '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas');
    assert.deepEqual([levels.json['items']?.['length'], schemas.json['items']?.['length']], [8, 13]);
  });
  test('keeps the mandatory ones as they are', async () => {
    const path = '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/catch-all';
    const headers = { 'content-type': 'application/merge-patch+json' };
    const { status, json } = await api.fetch('PATCH', path, { headers, body: { spec: { matchingPrecedence: 5 } } });
    assert.equal(status, 422);
    assert.match(textOf(json['message']), /spec of 'catch-all' must equal the fixed value$/);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '../testing/test-server.ts';

const PATH = '/api/v1/componentstatuses';
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };

test("the control plane's parts are listed with their health, and with upstream's warning", async () => {
  await using api = await startTestServer();
  const list = await api.fetch('GET', PATH);
  assert.equal(list.status, 200, list.text);
  assert.equal(list.headers['warning'], '299 - "v1 ComponentStatus is deprecated in v1.19+"');
  const healthy = (name: string) => ({ metadata: { name }, conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }] });
  assert.deepEqual(JSON.parse(list.text), {
    kind: 'ComponentStatusList',
    apiVersion: 'v1',
    metadata: {},
    items: ['controller-manager', 'etcd-0', 'scheduler'].map(healthy),
  });
  const one = await api.fetch('GET', `${PATH}/etcd-0`);
  assert.deepEqual(JSON.parse(one.text), { kind: 'ComponentStatus', apiVersion: 'v1', ...healthy('etcd-0') });
  const selected = await api.fetch('GET', `${PATH}?fieldSelector=metadata.name%3Dscheduler`);
  assert.equal(selected.json['items']?.length, 1);
});

test('their table has columns for health, message and error', async () => {
  await using api = await startTestServer();
  const { json } = await api.fetch('GET', PATH, { headers: TABLE });
  const names = (json['columnDefinitions'] as unknown as { name: string }[]).map(({ name }) => name);
  assert.deepEqual(names, ['Name', 'Status', 'Message', 'Error']);
  assert.deepEqual((json['rows'] as unknown as { cells: string[] }[])[2]?.cells, ['scheduler', 'Healthy', 'ok', '']);
});

test('an unknown part is an error without a reason, and nobody writes one', async () => {
  await using api = await startTestServer();
  const missing = await api.fetch('GET', `${PATH}/nope`);
  assert.equal(missing.status, 500);
  assert.equal(missing.json['message'], 'Component not found: nope');
  for (const method of ['POST', 'DELETE']) assert.equal((await api.fetch(method, PATH, { body: {} })).status, 405, method);
});

test("a scale's table has upstream's columns", async () => {
  await using api = await startTestServer();
  const spec = {
    replicas: 3,
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  };
  await api.fetch('POST', '/apis/apps/v1/namespaces/default/deployments', { body: { metadata: { name: 'web' }, spec } });
  const { json } = await api.fetch('GET', '/apis/apps/v1/namespaces/default/deployments/web/scale', { headers: TABLE });
  assert.equal(json['kind'], 'Table');
  const names = (json['columnDefinitions'] as unknown as { name: string }[]).map(({ name }) => name);
  assert.deepEqual(names, ['Name', 'Desired', 'Available', 'Age']);
  const [row] = json['rows'] as unknown as { cells: unknown[]; object: { kind: string } }[];
  assert.deepEqual(row?.cells.slice(0, 3), ['web', 3, 0]);
  assert.equal(row?.object.kind, 'PartialObjectMetadata');
});

test('endpoints are told to be deprecated with every request', async () => {
  await using api = await startTestServer();
  const text = '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"';
  for (const path of ['endpoints', 'namespaces/default/endpoints', 'namespaces/default/endpoints/none'])
    assert.equal((await api.fetch('GET', `/api/v1/${path}`)).headers['warning'], text, path);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodes } from '#api';
import { createLocalClient } from '#client';
import { openDatastore } from '#datastore';
import { startTestServer } from './testing/test-server.ts';

test('a config map is created, read, listed and deleted over TLS', async () => {
  await using api = await startTestServer();
  const created = await api.fetch('POST', '/api/v1/namespaces/default/configmaps', { body: { metadata: { name: 'a' }, data: { x: '1' } } });
  assert.equal(created.status, 201, created.text);
  assert.equal(created.json['kind'], 'ConfigMap');
  const read = await api.fetch('GET', '/api/v1/namespaces/default/configmaps/a');
  assert.equal(read.text, created.text);
  const list = await api.fetch('GET', '/api/v1/namespaces/default/configmaps');
  assert.equal(list.json['items']?.length, 1);
  assert.deepEqual(list.json['items']?.[0]?.['metadata'], created.json['metadata']);
  const deleted = await api.fetch('DELETE', '/api/v1/namespaces/default/configmaps/a');
  assert.equal(deleted.status, 200, deleted.text);
  const gone = await api.fetch('GET', '/api/v1/namespaces/default/configmaps/a');
  assert.equal(gone.status, 404);
});

test('bindings from before a restart grant what they granted', async () => {
  const datastore = await openDatastore({ endpoint: 'memory' });
  const user = { username: 'system:kube-scheduler', groups: ['system:authenticated'] };
  const first = await startTestServer({ datastore });
  await first.server.stop();
  await using api = await startTestServer({ datastore });
  const answer = await createLocalClient(api.server.local, user).list(nodes);
  assert.deepEqual(answer.items, []);
});

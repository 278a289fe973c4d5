import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secrets, serviceAccounts } from '#api';
import { startTestCluster } from '../testing/test-cluster.ts';

test('a token secret is filled, and goes with its account', async () => {
  await using cluster = await startTestCluster({ issueLegacyToken: (secret, account) => `token of ${account.metadata.name} in ${secret.metadata.name}` });
  const account = await cluster.client.create(serviceAccounts, { metadata: { name: 'robot', namespace: 'default' } });
  const annotations = { 'kubernetes.io/service-account.name': 'robot' };
  const type = 'kubernetes.io/service-account-token';
  await cluster.client.create(secrets, { metadata: { name: 'key', namespace: 'default', annotations }, type });
  const filled = await cluster.eventually(
    'the token',
    () => cluster.get(secrets, 'key'),
    (s) => s.data?.['token'] !== undefined,
  );
  const texts = Object.entries(filled.data ?? {}).map(([key, value]) => `${key}=${Buffer.from(value, 'base64').toString()}`);
  assert.deepEqual(texts.sort(), ['ca.crt=root ca', 'namespace=default', 'token=token of robot in key']);
  assert.equal(filled.metadata.annotations?.['kubernetes.io/service-account.uid'], account.metadata.uid);
  await cluster.client.delete(serviceAccounts, { namespace: 'default', name: 'robot' });
  await cluster.gone(secrets, 'key');
});

test('a token secret for nobody is removed', async () => {
  await using cluster = await startTestCluster({ issueLegacyToken: () => 'x' });
  const annotations = { 'kubernetes.io/service-account.name': 'nobody' };
  await cluster.client.create(secrets, { metadata: { name: 'key', namespace: 'default', annotations }, type: 'kubernetes.io/service-account-token' });
  await cluster.gone(secrets, 'key');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, namespaces, pods, secrets, serviceAccounts, services } from '#api';
import type { ConfigMap, Namespace } from '#api/types/core-v1';
import { startTestCluster } from '../testing/test-cluster.ts';
import { planConditions } from './plan.ts';

test('a new namespace gets its account and the root certificate, and again when they are deleted', async () => {
  await using cluster = await startTestCluster();
  await cluster.client.create(namespaces, { metadata: { name: 'shop' }, spec: {} });
  const hasBoth = async (): Promise<string> => {
    const accounts = await cluster.list(serviceAccounts, 'shop');
    const maps = await cluster.list(configMaps, 'shop');
    return [...accounts, ...maps].map((o) => o.metadata.name).join();
  };
  const isRight = (names: string): boolean => names === 'default,kube-root-ca.crt';
  await cluster.eventually('both', hasBoth, isRight);
  await cluster.client.delete(serviceAccounts, { namespace: 'shop', name: 'default' });
  await cluster.client.delete(configMaps, { namespace: 'shop', name: 'kube-root-ca.crt' });
  await cluster.eventually('both again', hasBoth, isRight);
  const map = await cluster.get(configMaps, 'kube-root-ca.crt', 'shop');
  await cluster.client.update(configMaps, { ...map, data: { 'ca.crt': 'forged' } });
  const read = (): Promise<ConfigMap> => cluster.get(configMaps, 'kube-root-ca.crt', 'shop');
  await cluster.eventually('the right certificate', read, (m) => m.data?.['ca.crt'] === 'root ca');
});

test('a deleted namespace goes with all that is in it, pods first', async () => {
  await using cluster = await startTestCluster();
  const { client } = cluster;
  await client.create(namespaces, { metadata: { name: 'shop' }, spec: {} });
  const metadata = { name: 'a', namespace: 'shop' };
  await cluster.eventually(
    'the account',
    () => cluster.list(serviceAccounts, 'shop'),
    (all) => all.length === 1,
  );
  cluster.kubelet.ends = () => false;
  await client.create(pods, { metadata, spec: { containers: [{ name: 'a', image: 'a' }] } });
  await client.create(secrets, { metadata });
  await client.create(services, { metadata, spec: { ports: [{ port: 80 }] } });
  await cluster.eventually(
    'the pod to run',
    () => cluster.get(pods, 'a', 'shop'),
    (pod) => pod.status?.phase === 'Running',
  );
  await client.delete(namespaces, { name: 'shop' });
  const waiting = await cluster.eventually(
    'the deletion to wait for the pod',
    () => cluster.get(namespaces, 'shop'),
    (ns) => remainingOf(ns) !== undefined,
  );
  assert.equal(waiting.status?.phase, 'Terminating');
  assert.equal(remainingOf(waiting), 'Some resources are remaining: pods. has 1 resource instances');
  assert.equal((await cluster.list(secrets, 'shop')).length, 1);
  cluster.kubelet.ends = () => true;
  cluster.kubelet.look();
  await cluster.gone(namespaces, 'shop');
  for (const type of [pods, secrets, services, serviceAccounts, configMaps]) assert.deepEqual(await cluster.list(type, 'shop'), []);
});

test('a namespace waits for what has finalizers, and says so', async () => {
  await using cluster = await startTestCluster();
  const { client } = cluster;
  await client.create(namespaces, { metadata: { name: 'shop' }, spec: {} });
  await client.create(configMaps, { metadata: { name: 'held', namespace: 'shop', finalizers: ['example.com/hold'] } });
  await client.delete(namespaces, { name: 'shop' });
  const held = (ns: Namespace): boolean => conditionOf(ns, 'NamespaceFinalizersRemaining')?.status === 'True';
  const waiting = await cluster.eventually('the condition', () => cluster.get(namespaces, 'shop'), held);
  assert.equal(
    conditionOf(waiting, 'NamespaceFinalizersRemaining')?.message,
    'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
  );
  const map = await cluster.get(configMaps, 'held', 'shop');
  await client.update(configMaps, { ...map, metadata: { ...map.metadata, finalizers: [] } });
  await cluster.gone(namespaces, 'shop');
});

test('the conditions tell everything, and keep their times while their status stays', () => {
  const report = {
    failures: ['b', 'a'],
    remaining: new Map([
      ['secrets.', 2],
      ['pods.', 1],
    ]),
    finalizers: new Map(),
  };
  const first = planConditions([], report, 0);
  assert.deepEqual(
    first.map((c) => `${c.type}=${c.status} ${c.reason}: ${c.message}`),
    [
      'NamespaceDeletionDiscoveryFailure=False ResourcesDiscovered: All resources successfully discovered',
      'NamespaceDeletionGroupVersionParsingFailure=False ParsedGroupVersions: All legacy kube types successfully parsed',
      'NamespaceDeletionContentFailure=True ContentDeletionFailed: Failed to delete all resource types, 2 remaining: a, b',
      'NamespaceContentRemaining=True SomeResourcesRemain: Some resources are remaining: pods. has 1 resource instances, secrets. has 2 resource instances',
      'NamespaceFinalizersRemaining=False ContentHasNoFinalizers: All content-preserving finalizers finished',
    ],
  );
  const later = planConditions(first, { failures: [], remaining: new Map([['pods.', 1]]), finalizers: new Map() }, 60_000);
  assert.deepEqual(
    later.map((c) => `${c.status} ${c.lastTransitionTime}`),
    ['False 1970-01-01T00:00:00Z', 'False 1970-01-01T00:00:00Z', 'False 1970-01-01T00:01:00Z', 'True 1970-01-01T00:00:00Z', 'False 1970-01-01T00:00:00Z'],
  );
});

function conditionOf(namespace: Namespace, type: string) {
  return namespace.status?.conditions?.find((c) => c.type === type);
}
function remainingOf(namespace: Namespace): string | undefined {
  const condition = conditionOf(namespace, 'NamespaceContentRemaining');
  return condition?.status === 'True' ? condition.message : undefined;
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, type CustomResourceDefinition, customResourceDefinitions, type KubeObject, namespaces, type ResourceType } from '#api';
import type { ConfigMap } from '#api/types/core-v1';
import type { ObjectMeta } from '#api/types/meta-v1';
import { startTestCluster, type TestCluster } from '../testing/test-cluster.ts';

async function create(cluster: TestCluster, name: string, owners: readonly ConfigMap[] = [], blockOwnerDeletion = true): Promise<ConfigMap> {
  const ownerReferences = owners.map(({ metadata }) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    blockOwnerDeletion,
  }));
  return cluster.client.create(configMaps, { metadata: { name, namespace: 'default', ownerReferences } });
}
const ref = (name: string) => ({ namespace: 'default', name });

test('what names an owner that never was goes', async () => {
  await using cluster = await startTestCluster();
  await create(cluster, 'a', [{ metadata: { name: 'ghost', uid: 'no-such-uid' } }]);
  await cluster.gone(configMaps, 'a');
});

test('what names an owner by the right name and a wrong uid goes', async () => {
  await using cluster = await startTestCluster();
  await create(cluster, 'owner');
  await create(cluster, 'a', [{ metadata: { name: 'owner', uid: 'another-uid' } }]);
  await cluster.gone(configMaps, 'a');
  await cluster.get(configMaps, 'owner');
});

test('of two owners one going takes its reference, both going take the object', async () => {
  await using cluster = await startTestCluster();
  const owners = [await create(cluster, 'x'), await create(cluster, 'y')];
  await create(cluster, 'a', owners);
  await cluster.client.delete(configMaps, ref('x'), { propagationPolicy: 'Background' });
  const read = (): Promise<ConfigMap> => cluster.get(configMaps, 'a');
  await cluster.eventually('one owner to be left', read, (a) => a.metadata.ownerReferences?.map((o) => o.name).join() === 'y');
  await cluster.client.delete(configMaps, ref('y'), { propagationPolicy: 'Background' });
  await cluster.gone(configMaps, 'a');
});

test('a chain goes from its end in the foreground', async () => {
  await using cluster = await startTestCluster();
  const top = await create(cluster, 'top');
  const middle = await create(cluster, 'middle', [top]);
  const bottom = await create(cluster, 'bottom', [middle]);
  await cluster.client.update(configMaps, { ...bottom, metadata: { ...bottom.metadata, finalizers: ['example.com/hold'] } });
  await cluster.idle();
  await cluster.client.delete(configMaps, ref('top'), { propagationPolicy: 'Foreground' });
  await cluster.eventually(
    'the end to be deleted',
    () => cluster.get(configMaps, 'bottom'),
    (b) => b.metadata.deletionTimestamp !== undefined,
  );
  await cluster.idle();
  for (const name of ['top', 'middle']) assert.deepEqual((await cluster.get(configMaps, name)).metadata.finalizers, ['foregroundDeletion']);
  const held = await cluster.get(configMaps, 'bottom');
  await cluster.client.update(configMaps, { ...held, metadata: { ...held.metadata, finalizers: [] } });
  for (const name of ['bottom', 'middle', 'top']) await cluster.gone(configMaps, name);
});

test('what does not block its owner does not hold it', async () => {
  await using cluster = await startTestCluster();
  const owner = await create(cluster, 'owner');
  const a = await create(cluster, 'a', [owner], false);
  await cluster.client.update(configMaps, { ...a, metadata: { ...a.metadata, finalizers: ['example.com/hold'] } });
  await cluster.idle();
  await cluster.client.delete(configMaps, ref('owner'), { propagationPolicy: 'Foreground' });
  await cluster.gone(configMaps, 'owner');
  await cluster.eventually(
    'the dependent to be deleted',
    () => cluster.get(configMaps, 'a'),
    (o) => o.metadata.deletionTimestamp !== undefined,
  );
});

test('a circle of owners goes in the foreground', async () => {
  await using cluster = await startTestCluster();
  const x = await create(cluster, 'x');
  const y = await create(cluster, 'y', [x]);
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'y', uid: y.metadata.uid ?? '', blockOwnerDeletion: true };
  await cluster.client.update(configMaps, { ...x, metadata: { ...x.metadata, ownerReferences: [reference] } });
  await cluster.idle();
  await cluster.client.delete(configMaps, ref('x'), { propagationPolicy: 'Foreground' });
  for (const name of ['x', 'y']) await cluster.gone(configMaps, name);
});

test('custom resources own and are owned, and go with their namespace', async () => {
  await using cluster = await startTestCluster();
  const { client } = cluster;
  await client.create(customResourceDefinitions, widgetDefinition());
  const widgets = { group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true };
  const owner = await cluster.eventually(
    'the kind to be served',
    async (): Promise<KubeObject | undefined> => client.create(widgets as ResourceType, widget('owner')).catch(() => undefined),
    (made) => made !== undefined,
  );
  const ownerReferences = [{ apiVersion: 'example.com/v1', kind: 'Widget', name: 'owner', uid: owner?.metadata.uid ?? '', blockOwnerDeletion: true }];
  await client.create(configMaps, { metadata: { name: 'of-custom', namespace: 'default', ownerReferences } });
  await client.create(widgets, widget('owned', { ownerReferences }));
  await client.delete(widgets, { name: 'owner', namespace: 'default' }, { propagationPolicy: 'Foreground' });
  await cluster.gone(widgets, 'owner');
  await cluster.gone(configMaps, 'of-custom');
  await cluster.gone(widgets, 'owned');
  await client.create(namespaces, { metadata: { name: 'shop' }, spec: {} });
  await client.create(widgets, widget('x', { namespace: 'shop' }));
  await client.delete(namespaces, { name: 'shop' });
  await cluster.gone(namespaces, 'shop');
  assert.deepEqual(await cluster.list(widgets, 'shop'), []);
});

function widget(name: string, metadata: Partial<ObjectMeta> = {}): KubeObject {
  return { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { namespace: 'default', name, ...metadata } };
}
function widgetDefinition(): CustomResourceDefinition {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  configMaps,
  customResourceDefinitions,
  isStatus,
  type KubeObject,
  persistentVolumeClaims,
  pods,
  type ResourceType,
  resourceQuotas,
  secrets,
  services,
} from '#api';
import type { Pod, ResourceQuota } from '#api/types/core-v1';
import { type TestCluster, startTestCluster } from '../testing/test-cluster.ts';
import { changesLimits, freesQuota, planStatus, uncountedAtMs } from './plan.ts';

function quotaOf(hard: Record<string, string>, spec: object = {}): ResourceQuota & KubeObject {
  return { metadata: { name: 'q', namespace: 'default' }, spec: { hard, ...spec } };
}
function podOf(name: string, resources: object = {}): Pod & KubeObject {
  return { metadata: { name, namespace: 'default' }, spec: { containers: [{ name: 'c', image: 'i', resources }] } } as Pod & KubeObject;
}
async function settled(cluster: TestCluster, used: Record<string, string>, name = 'q'): Promise<void> {
  const inOrder = (list: Record<string, string> = {}): string =>
    Object.keys(list)
      .sort()
      .map((resource) => `${resource}=${list[resource]}`)
      .join();
  const wanted = inOrder(used);
  await cluster.eventually(
    `the quota to say ${wanted}`,
    async () => (await cluster.get(resourceQuotas, name)).status,
    (status) => inOrder(status?.used) === wanted,
  );
}

test('the plan: a status is written when it is wrong', () => {
  const options = { nowMs: 0, objectsOf: () => [podOf('a')] };
  const quota = quotaOf({ pods: '2', cpu: '1' });
  const right = { hard: { pods: '2', cpu: '1' }, used: { pods: '1', cpu: '0' } };
  assert.deepEqual(planStatus(quota, options), right);
  assert.equal(planStatus({ ...quota, status: right }, options), undefined);
  assert.equal(planStatus({ ...quota, status: { hard: { pods: '2000m', cpu: '1' }, used: right.used } }, options), undefined);
  assert.deepEqual(planStatus({ ...quota, status: { hard: { pods: '1' }, used: { pods: '1' } } }, options), right);
  // Nothing is known of them: the value stays.
  const unknown = {
    ...quotaOf({ 'count/widgets.example.com': '1' }),
    status: { hard: { 'count/widgets.example.com': '1' }, used: { 'count/widgets.example.com': '1' } },
  };
  assert.equal(planStatus(unknown, { nowMs: 0, objectsOf: () => undefined }), undefined);
});

test('the plan: what gives room back', () => {
  const ended = { ...podOf('a'), status: { phase: 'Failed' } } as Pod & KubeObject;
  assert.deepEqual(
    [freesQuota('pods', ended, podOf('a'), 0), freesQuota('pods', ended, ended, 0), freesQuota('pods', podOf('a'), podOf('a'), 0)],
    [true, false, false],
  );
  const ending = { ...podOf('a'), spec: { ...podOf('a').spec, activeDeadlineSeconds: 1 } };
  assert.deepEqual([freesQuota('pods', ending, podOf('a'), 0), freesQuota('pods', ending, ending, 0)], [true, false]);
  const service = (type: string) => ({ metadata: {}, spec: { type } }) as KubeObject;
  assert.deepEqual(
    [freesQuota('services', service('ClusterIP'), service('NodePort'), 0), freesQuota('services', service('ClusterIP'), service('ExternalName'), 0)],
    [true, false],
  );
  assert.equal(freesQuota('secrets', service(''), service('x'), 0), false);
  assert.deepEqual([changesLimits(quotaOf({ cpu: '1' }), quotaOf({ cpu: '1000m' })), changesLimits(quotaOf({ cpu: '1' }), quotaOf({}))], [false, true]);
  assert.equal(uncountedAtMs({ ...podOf('a'), metadata: { deletionTimestamp: '1970-01-01T00:00:10Z', deletionGracePeriodSeconds: 30 } }), 40_001);
});

describe('quotas', () => {
  test('count what is there, what comes, and what goes', async () => {
    await using cluster = await startTestCluster();
    const { client } = cluster;
    await client.create(pods, podOf('early', { requests: { cpu: '100m' } }));
    await client.create(resourceQuotas, quotaOf({ pods: '3', 'requests.cpu': '1', configmaps: '5', 'services.nodeports': '4' }));
    await settled(cluster, { pods: '1', 'requests.cpu': '100m', configmaps: '1', 'services.nodeports': '0' });
    await client.create(pods, podOf('late', { requests: { cpu: '200m' } }));
    await client.create(services, { metadata: { name: 's', namespace: 'default' }, spec: { type: 'NodePort', ports: [{ port: 1 }] } } as KubeObject);
    await settled(cluster, { pods: '2', 'requests.cpu': '300m', configmaps: '1', 'services.nodeports': '1' });

    // A Pod that ends, one that is deleted, a Service that changes its type, another limit.
    const early = await cluster.get(pods, 'early');
    await client.update(pods, { ...early, status: { ...early.status, phase: 'Succeeded' } }, { subresource: 'status' });
    await settled(cluster, { pods: '1', 'requests.cpu': '200m', configmaps: '1', 'services.nodeports': '1' });
    await client.delete(pods, { namespace: 'default', name: 'late' });
    const service = (await cluster.get(services, 's')) as KubeObject;
    await client.update(services, { ...service, spec: { type: 'ClusterIP', ports: [{ port: 1 }] } } as KubeObject);
    await settled(cluster, { pods: '0', 'requests.cpu': '0', configmaps: '1', 'services.nodeports': '0' });
    const quota = await cluster.get(resourceQuotas, 'q');
    await client.update(resourceQuotas, { ...quota, spec: { hard: { secrets: '1' } } });
    await settled(cluster, { secrets: '0' });
    assert.deepEqual((await cluster.get(resourceQuotas, 'q')).status?.hard, { secrets: '1' });
  });

  test('a create that fails after it was charged costs nothing', async () => {
    await using cluster = await startTestCluster();
    const { client } = cluster;
    await client.create(resourceQuotas, quotaOf({ secrets: '5' }));
    await settled(cluster, { secrets: '0' });
    const secret = { metadata: { name: 's', namespace: 'default' } } as KubeObject;
    await client.create(secrets, secret);
    for (let i = 0; i < 3; i++) await assert.rejects(client.create(secrets, secret), (error) => isStatus(error, 'AlreadyExists'));
    await settled(cluster, { secrets: '1' });
    await client.create(secrets, { metadata: { name: 'dry', namespace: 'default' } } as KubeObject, { dryRun: true });
    assert.deepEqual((await cluster.get(resourceQuotas, 'q')).status?.used, { secrets: '1' });
  });

  test('many at once never get more than there is, while others go and the count is made anew', { timeout: 60_000 }, async () => {
    await using cluster = await startTestCluster();
    const { client } = cluster;
    const limit = 20;
    await client.create(resourceQuotas, quotaOf({ 'count/configmaps': String(limit + 1), pods: '5' }));
    await settled(cluster, { 'count/configmaps': '1', pods: '0' });
    const names = new Set<string>();
    let most = 0;
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let i = 0; i < 25; i++) {
        const name = `c${next++}`;
        try {
          await client.create(configMaps, { metadata: { name, namespace: 'default' } } as KubeObject);
          names.add(name);
        } catch (error) {
          if (!isStatus(error, 'Forbidden')) throw error;
          assert.match(error.message, /exceeded quota: q, requested: count\/configmaps=1, used: count\/configmaps=21, limited: count\/configmaps=21$/);
        }
        const { items } = await client.list(configMaps, { namespace: 'default' });
        most = Math.max(most, items.length);
        const [oldest] = names;
        if (i % 3 === 0 && oldest) {
          names.delete(oldest);
          await client.delete(configMaps, { namespace: 'default', name: oldest });
        }
      }
    };
    await Promise.all(Array.from({ length: 12 }, worker));
    assert.ok(most <= limit + 1, `${most} config maps at once`);
    const { items } = await client.list(configMaps, { namespace: 'default' });
    await settled(cluster, { 'count/configmaps': String(items.length), pods: '0' });
    // There is room for as many as the limit says, and for no more.
    const fill = Array.from(
      { length: limit + 5 },
      async (_, i) => await client.create(configMaps, { metadata: { name: `f${i}`, namespace: 'default' } } as KubeObject),
    );
    const outcomes = await Promise.allSettled(fill);
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, limit + 1 - items.length);
  });
});

test('custom resources are counted while there are such', async () => {
  await using cluster = await startTestCluster();
  const { client } = cluster;
  const names = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' };
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const spec = { group: 'example.com', scope: 'Namespaced', names, versions: [{ name: 'v1', served: true, storage: true, schema }] };
  await client.create(resourceQuotas, quotaOf({ 'count/widgets.example.com': '1', pods: '1' }));
  // Nothing is known of what does not exist.
  await settled(cluster, { pods: '0' });
  const widgets: ResourceType = { group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true };
  const widget = (name: string) => ({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name, namespace: 'default' } }) as KubeObject;
  await client.create(customResourceDefinitions, { metadata: { name: 'widgets.example.com' }, spec } as never);
  await settled(cluster, { pods: '0', 'count/widgets.example.com': '0' });
  await client.create(widgets, widget('a'));
  await assert.rejects(client.create(widgets, widget('b')), /exceeded quota: q, requested: count\/widgets.example.com=1, used: count\/widgets.example.com=1,/);
  await client.delete(widgets, { namespace: 'default', name: 'a' });
  await settled(cluster, { pods: '0', 'count/widgets.example.com': '0' });
});

test('claims are counted by class', async () => {
  await using cluster = await startTestCluster();
  await cluster.client.create(resourceQuotas, quotaOf({ 'requests.storage': '3Gi', 'gold.storageclass.storage.k8s.io/requests.storage': '1Gi' }));
  await settled(cluster, { 'requests.storage': '0', 'gold.storageclass.storage.k8s.io/requests.storage': '0' });
  const claim = (name: string, storageClassName: string) =>
    ({
      metadata: { name, namespace: 'default' },
      spec: { storageClassName, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    }) as KubeObject;
  await cluster.client.create(persistentVolumeClaims, claim('a', 'gold'));
  await cluster.client.create(persistentVolumeClaims, claim('b', 'iron'));
  await assert.rejects(cluster.client.create(persistentVolumeClaims, claim('c', 'gold')), /limited: gold.storageclass.storage.k8s.io\/requests.storage=1Gi$/);
  await settled(cluster, { 'requests.storage': '2Gi', 'gold.storageclass.storage.k8s.io/requests.storage': '1Gi' });
  await cluster.client.delete(persistentVolumeClaims, { namespace: 'default', name: 'a' });
  await settled(cluster, { 'requests.storage': '1Gi', 'gold.storageclass.storage.k8s.io/requests.storage': '0' });
});

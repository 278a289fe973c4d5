import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openDatastore } from '#datastore';
import { encodeProtobuf, type JsonObject } from '#api';
import { ProtobufWatch, WATCH_LIST } from '../testing/protobuf-watch.ts';
import { startTestServer } from '../testing/test-server.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string): JsonObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
const metadataOf = (object: JsonObject | undefined): JsonObject => object?.['metadata'] as JsonObject;

describe('what upstream stored as protobuf', () => {
  const pod = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name: 'p', namespace: 'default', uid: 'u-1', creationTimestamp: '2026-01-02T03:04:05Z' },
    spec: { containers: [{ name: 'c', image: 'i', resources: { limits: { cpu: '500m' } } }] },
  };
  const horizontal = {
    kind: 'HorizontalPodAutoscaler',
    apiVersion: 'autoscaling/v1',
    metadata: { name: 'h', namespace: 'default', uid: 'u-2' },
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' }, maxReplicas: 3, targetCPUUtilizationPercentage: 50 },
  };

  test('is listed, read with defaults, watched, updated and deleted', { timeout: 20_000 }, async () => {
    const datastore = await openDatastore({ endpoint: 'memory' });
    await datastore.create('/registry/pods/default/p', encodeProtobuf(pod));
    await datastore.create('/registry/horizontalpodautoscalers/default/h', encodeProtobuf(horizontal));
    await using api = await startTestServer({ datastore });
    const path = '/api/v1/namespaces/default/pods';
    const { json } = await api.fetch('GET', `${path}/p`);
    const found = json as unknown as typeof pod & { spec: { restartPolicy: string } };
    assert.deepEqual([found.metadata.uid, found.spec.restartPolicy, found.spec.containers[0]?.resources.limits], ['u-1', 'Always', { cpu: '500m' }]);
    assert.equal(((await api.fetch('GET', path)).json['items'] as unknown as unknown[]).length, 1);
    using watch = new ProtobufWatch(api, `${path}${WATCH_LIST}`, PROTOBUF);
    await watch.until(2);

    // Written beside us, as another server of the same datastore does.
    const current = await datastore.get('/registry/pods/default/p');
    const labelled = { ...pod, metadata: { ...pod.metadata, labels: { a: 'b' } } };
    await datastore.update('/registry/pods/default/p', encodeProtobuf(labelled), current?.modRevision ?? 0);
    const changed = (await watch.until(3))[2];
    assert.deepEqual([changed?.type, metadataOf(changed?.object)['labels']], ['MODIFIED', { a: 'b' }]);

    const patch = { metadata: { annotations: { x: 'y' } } };
    const patched = await api.fetch('PATCH', `${path}/p`, { headers: { 'content-type': 'application/merge-patch+json' }, body: patch });
    assert.equal(patched.status, 200, patched.text);
    assert.ok((await datastore.get('/registry/pods/default/p'))?.value.toString().startsWith('{"kind":"Pod"'), 'is JSON from now on');
    assert.equal((await api.fetch('DELETE', `${path}/p?gracePeriodSeconds=0`)).status, 200);
    assert.equal((await api.fetch('GET', `${path}/p`)).status, 404);
  });

  test('is not shown where it is damaged, and does not stand in the way of others', { timeout: 20_000 }, async () => {
    const datastore = await openDatastore({ endpoint: 'memory' });
    const key = '/registry/configmaps/default/bad';
    await datastore.create(key, Buffer.from('k8s\0garbage'));
    await using api = await startTestServer({ datastore });
    const names = async (): Promise<unknown> => {
      const { items } = (await api.fetch('GET', CONFIG_MAPS)).json as unknown as { items: { metadata: { name: string } }[] };
      return items.map(({ metadata }) => metadata.name);
    };
    assert.equal((await api.fetch('GET', `${CONFIG_MAPS}/bad`)).status, 404);
    for (const value of ['{"kind":', 'k8s\0\x12\x02\x0a\x05']) {
      const { modRevision = 0 } = (await datastore.get(key)) ?? {};
      await datastore.update(key, Buffer.from(value), modRevision);
      assert.equal((await api.fetch('POST', CONFIG_MAPS, { body: configMap('good') })).status, 201);
      assert.deepEqual(await names(), ['good']);
      await api.fetch('DELETE', `${CONFIG_MAPS}/good`);
    }
    const { modRevision = 0 } = (await datastore.get(key)) ?? {};
    await datastore.update(key, encodeProtobuf(configMap('bad')), modRevision);
    await api.fetch('POST', CONFIG_MAPS, { body: configMap('good') });
    assert.deepEqual(await names(), ['bad', 'good'], 'it is back when it can be read');
    await datastore.delete(key);
    await api.fetch('DELETE', `${CONFIG_MAPS}/good`);
    assert.deepEqual(await names(), []);
  });

  test('in another version, it is converted', async () => {
    const datastore = await openDatastore({ endpoint: 'memory' });
    await datastore.create('/registry/horizontalpodautoscalers/default/h', encodeProtobuf(horizontal));
    await using api = await startTestServer({ datastore });
    const { json } = await api.fetch('GET', '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/h');
    const { spec } = json as unknown as { spec: { metrics: unknown; minReplicas: number } };
    assert.deepEqual(spec.metrics, [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }]);
    assert.equal(spec.minReplicas, 1);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configMaps, isStatus, type KubeObject, newConflict, pods, type ResourceDefinition, resourceQuotas, services } from '#api';
import type { Pod, ResourceQuota } from '#api/types/core-v1';
import { FakeClock } from '#lib';
import type { AdmissionRequest } from '../../contract.ts';
import { createFakeReader } from '../../testing/fake-reader.ts';
import { createResourceQuota } from './resource-quota.ts';

type Quota = ResourceQuota & KubeObject;

function setUp() {
  const reader = createFakeReader();
  let version = 100;
  /** Whether the next writes of quotas lose a race. */
  const lose: (() => void)[] = [];
  const writes: string[] = [];
  const put = (quota: Quota): Quota => reader.put(resourceQuotas, { ...quota, metadata: { ...quota.metadata, resourceVersion: String(++version) } }) as Quota;
  const plugin = createResourceQuota({
    reader,
    clock: new FakeClock(),
    isServed: () => true,
    updateStatus: async (quota) => {
      await Promise.resolve();
      lose.shift()?.();
      const stored = reader.get(resourceQuotas, { namespace: 'n', name: quota.metadata.name ?? '' });
      if (stored?.metadata.resourceVersion !== quota.metadata.resourceVersion) throw newConflict(resourceQuotas, 'q', 'changed');
      writes.push(JSON.stringify(quota.status?.used));
      return put(quota);
    },
  });
  const finishers: ((isStored: boolean) => void)[] = [];
  const ask = async (resource: ResourceDefinition, object: KubeObject, change: Partial<AdmissionRequest> = {}): Promise<string> => {
    const request: AdmissionRequest = {
      operation: 'CREATE',
      resource,
      subresource: '',
      namespace: 'n',
      name: object.metadata.name ?? '',
      user: { username: 'u' },
      isDryRun: false,
      warn: () => {},
      afterwards: (finish) => finishers.push(finish),
      object,
      ...change,
    };
    try {
      await plugin.validate?.(request);
      return 'ok';
    } catch (error) {
      return isStatus(error, 'Forbidden') ? error.message : String(error);
    }
  };
  return {
    reader,
    plugin,
    writes,
    lose,
    ask,
    finishers,
    quota: (name: string, hard: Record<string, string>, used: Record<string, string> = {}, spec: object = {}): Quota =>
      put({ metadata: { name, namespace: 'n', uid: name }, spec: { hard, ...spec }, status: { hard, used } }),
    used: (name: string) => reader.get(resourceQuotas, { namespace: 'n', name })?.status?.used,
  };
}
function pod(name: string, resources: object = {}, metadata: object = {}): Pod & KubeObject {
  return { metadata: { name, namespace: 'n', uid: name, ...metadata }, spec: { containers: [{ name: 'c', resources }] } } as Pod & KubeObject;
}

describe('ResourceQuota', () => {
  test('refuses what is too much, and says how much that is', async () => {
    const { ask, quota, used } = setUp();
    quota('q', { pods: '1', 'requests.cpu': '1' }, { pods: '0', 'requests.cpu': '0' });
    assert.equal(await ask(pods, pod('a', { requests: { cpu: '600m' } })), 'ok');
    assert.deepEqual(used('q'), { pods: '1', 'requests.cpu': '600m' });
    assert.equal(
      await ask(pods, pod('b', { requests: { cpu: '500m' } })),
      'pods "b" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=500m, used: pods=1,requests.cpu=600m, limited: pods=1,requests.cpu=1',
    );
    assert.deepEqual(used('q'), { pods: '1', 'requests.cpu': '600m' });
  });

  test('wants what it counts to be said, and its status to be known', async () => {
    const { ask, quota } = setUp();
    quota('q', { 'limits.cpu': '1', memory: '1Gi' }, { 'limits.cpu': '0', memory: '0' });
    assert.equal(await ask(pods, pod('a')), 'pods "a" is forbidden: failed quota: q: must specify limits.cpu for: c; memory for: c');
    quota('q', { pods: '1', 'count/pods': '1' });
    assert.equal(await ask(pods, pod('a')), 'pods "a" is forbidden: status unknown for quota: q, resources: count/pods,pods');
  });

  test('what no quota counts is free', async () => {
    const { ask, quota, writes } = setUp();
    assert.equal(await ask(pods, pod('a')), 'ok');
    quota('q', { secrets: '0' }, { secrets: '0' });
    quota('best', { pods: '0' }, { pods: '0' }, { scopes: ['BestEffort'] });
    assert.equal(await ask(pods, pod('a', { requests: { cpu: '1' } })), 'ok');
    assert.equal(await ask(configMaps, { metadata: { name: 'c' } }), 'ok');
    assert.match(await ask(pods, pod('b')), /exceeded quota: best/);
    assert.deepEqual(writes, []);
  });

  test('all that waits is charged in one write', async () => {
    const { ask, quota, used, writes } = setUp();
    quota('q', { pods: '10' }, { pods: '0' });
    const answers = await Promise.all(Array.from({ length: 15 }, (_, i) => ask(pods, pod(`p${i}`))));
    assert.equal(answers.filter((answer) => answer === 'ok').length, 10);
    assert.deepEqual(used('q'), { pods: '10' });
    // The first comes alone, the others wait for it.
    assert.equal(writes.length, 2);
  });

  test('dry runs are judged, not charged', async () => {
    const { ask, quota, used } = setUp();
    quota('q', { pods: '1' }, { pods: '0' });
    assert.equal(await ask(pods, pod('a'), { isDryRun: true }), 'ok');
    assert.deepEqual(used('q'), { pods: '0' });
    await ask(pods, pod('a'));
    assert.match(await ask(pods, pod('b'), { isDryRun: true }), /exceeded quota/);
  });

  test('updates cost the difference', async () => {
    const { ask, quota, used } = setUp();
    quota('q', { services: '1', 'services.nodeports': '1' }, { services: '1', 'services.nodeports': '0' });
    const service = (type: string, ports: number) =>
      ({ metadata: { name: 's', resourceVersion: '5' }, spec: { type, ports: Array.from({ length: ports }, (_, port) => ({ port })) } }) as KubeObject;
    const update = { operation: 'UPDATE', oldObject: service('ClusterIP', 1) } as const;
    assert.equal(await ask(services, service('ClusterIP', 2), update), 'ok');
    assert.match(
      await ask(services, service('NodePort', 2), update),
      /requested: services.nodeports=2, used: services.nodeports=0, limited: services.nodeports=1$/,
    );
    assert.equal(await ask(services, service('NodePort', 1), update), 'ok');
    assert.deepEqual(used('q'), { services: '1', 'services.nodeports': '1' });
  });

  test('a Pod is charged when it is resized, not by other updates', async () => {
    const { ask, quota, used } = setUp();
    quota('q', { 'requests.cpu': '2' }, { 'requests.cpu': '1' });
    const [old, more] = [pod('a', { requests: { cpu: '1' } }), pod('a', { requests: { cpu: '2' } })];
    assert.equal(await ask(pods, more, { operation: 'UPDATE', oldObject: old }), 'ok');
    assert.equal(await ask(pods, more, { operation: 'UPDATE', oldObject: old, subresource: 'status' }), 'ok');
    assert.deepEqual(used('q'), { 'requests.cpu': '1' });
    assert.equal(await ask(pods, more, { operation: 'UPDATE', oldObject: old, subresource: 'resize' }), 'ok');
    assert.deepEqual(used('q'), { 'requests.cpu': '2' });
  });

  test('a Pod that will end is charged to the quota of such', async () => {
    const { ask, quota, used } = setUp();
    quota('ending', { pods: '1' }, { pods: '0' }, { scopes: ['Terminating'] });
    const old = pod('a', {}, { resourceVersion: '1' });
    const ending = { ...old, spec: { ...old.spec, activeDeadlineSeconds: 5 } };
    assert.equal(await ask(pods, old), 'ok');
    assert.equal(await ask(pods, ending, { operation: 'UPDATE', oldObject: old }), 'ok');
    assert.deepEqual(used('ending'), { pods: '1' });
    assert.match(await ask(pods, ending, { operation: 'UPDATE', oldObject: old }), /exceeded quota: ending/);
    assert.equal(await ask(pods, ending, { operation: 'UPDATE', oldObject: ending }), 'ok');
  });

  test('a lost race is decided anew', async () => {
    const { ask, quota, used, lose } = setUp();
    quota('q', { pods: '2' }, { pods: '0' });
    lose.push(() => quota('q', { pods: '2' }, { pods: '1' }));
    assert.deepEqual(await Promise.all([ask(pods, pod('a')), ask(pods, pod('b'))]), [
      'ok',
      'pods "b" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
    ]);
    assert.deepEqual(used('q'), { pods: '2' });
    lose.push(() => quota('q', { pods: '2' }, { pods: '2' }));
    quota('q', { pods: '2' }, { pods: '1' });
    assert.match(await ask(pods, pod('c')), /used: pods=2/);
  });

  test('a quota that goes away meanwhile limits nothing', async () => {
    const { ask, quota, reader, lose } = setUp();
    quota('q', { pods: '1' }, { pods: '0' });
    lose.push(() => reader.remove(resourceQuotas, { namespace: 'n', name: 'q' }));
    assert.equal(await ask(pods, pod('a')), 'ok');
  });

  test('when one of several quotas refuses after all, the others get back what they were charged', async () => {
    const { ask, quota, used, lose } = setUp();
    quota('a', { pods: '9' }, { pods: '0' });
    quota('b', { pods: '1' }, { pods: '0' });
    lose.push(
      () => {},
      () => quota('b', { pods: '1' }, { pods: '1' }),
    );
    assert.match(await ask(pods, pod('x')), /exceeded quota: b/);
    assert.deepEqual([used('a'), used('b')], [{ pods: '0' }, { pods: '1' }]);
  });

  test('what was not stored is given back', async () => {
    const { ask, quota, used, finishers } = setUp();
    quota('q', { pods: '2' }, { pods: '0' });
    await ask(pods, pod('a'));
    await ask(pods, pod('b'));
    finishers[0]?.(false);
    assert.equal(await ask(pods, pod('c')), 'ok');
    assert.deepEqual(used('q'), { pods: '2' });
  });

  test('a count includes what is on its way, once', async () => {
    const { ask, quota, plugin, reader, finishers } = setUp();
    const q = quota('q', { pods: '5', 'count/widgets.example.com': '1' }, { pods: '0', 'count/widgets.example.com': '0' });
    const count = async (): Promise<unknown> => {
      const object = { ...q, status: { hard: q.spec?.hard, used: { pods: '0', 'count/widgets.example.com': '0' } } };
      const user = { username: 'system:serviceaccount:kube-system:resourcequota-controller' };
      const request = {
        operation: 'UPDATE',
        resource: resourceQuotas,
        subresource: 'status',
        namespace: 'n',
        name: 'q',
        user,
        isDryRun: false,
        warn: () => {},
        object,
      } as const;
      await plugin.admit?.(request);
      return object.status.used;
    };
    reader.put(pods, pod('there'));
    await ask(pods, pod('a'));
    await ask(pods, pod('b'));
    assert.deepEqual(await count(), { pods: '3', 'count/widgets.example.com': '0' });
    // The cache shows one of them, the other failed.
    reader.put(pods, pod('a'));
    finishers[1]?.(false);
    assert.deepEqual(await count(), { pods: '2', 'count/widgets.example.com': '0' });
    finishers[0]?.(true);
    reader.remove(pods, { namespace: 'n', name: 'a' });
    await Promise.resolve();
    assert.deepEqual(await count(), { pods: '1', 'count/widgets.example.com': '0' });
  });
});

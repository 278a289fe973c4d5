import assert from 'node:assert/strict';
import { test } from 'node:test';
import { events, type KubeObject, pods, replicaSets, type ResourceType } from '#api';
import type { ReplicaSet } from '#api/types/apps-v1';
import type { Pod } from '#api/types/core-v1';
import type { Client } from '#client';
import { startTestCluster, type TestCluster } from '../testing/test-cluster.ts';

const labels = { app: 'web' };
const spec = { containers: [{ name: 'app', image: 'app:1' }] };

function newSet(replicas: number): ReplicaSet {
  return { metadata: { name: 'web', namespace: 'default' }, spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } } };
}
async function podsOf(cluster: TestCluster): Promise<Pod[]> {
  return (await cluster.list(pods, 'default')).sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
}
function ownerOf(pod: Pod | undefined): string | undefined {
  return pod?.metadata.ownerReferences?.[0]?.name;
}

test('pods that match and have no owner are adopted, and those that match no more are let go and replaced', async () => {
  await using cluster = await startTestCluster();
  await cluster.client.create(pods, { metadata: { name: 'a', namespace: 'default', labels }, spec });
  await cluster.client.create(replicaSets, newSet(1));
  await cluster.eventually(
    'the adoption',
    () => cluster.get(pods, 'a'),
    (pod) => ownerOf(pod) === 'web',
  );
  await cluster.idle();
  assert.equal((await podsOf(cluster)).length, 1);
  await cluster.client.patch(pods, { namespace: 'default', name: 'a' }, { metadata: { labels: { app: 'debug' } } }, { type: 'merge' });
  await cluster.eventually(
    'the release',
    () => podsOf(cluster),
    (all) => all.length === 2 && all.filter((pod) => ownerOf(pod) === 'web').length === 1,
  );
  await cluster.idle();
  assert.equal(ownerOf(await cluster.get(pods, 'a')), undefined);
});

test('a pod that is deleted or ends is replaced', async () => {
  await using cluster = await startTestCluster();
  await cluster.client.create(replicaSets, newSet(2));
  const running = (all: Pod[]): boolean => all.filter((pod) => pod.status?.phase === 'Running').length === 2;
  const [first, second] = await cluster.eventually('two pods', () => podsOf(cluster), running);
  await cluster.client.delete(pods, { namespace: 'default', name: first?.metadata.name ?? '' });
  await cluster.gone(pods, first?.metadata.name ?? '');
  await cluster.eventually('two pods again', () => podsOf(cluster), running);
  const failed = await cluster.get(pods, second?.metadata.name ?? '');
  await cluster.client.update(pods, { ...failed, status: { ...failed.status, phase: 'Failed' } }, { subresource: 'status' });
  await cluster.eventually(
    'a replacement',
    () => podsOf(cluster),
    (all) => all.length === 3 && running(all),
  );
});

/** A client whose watches of a kind show nothing until `open` is called. */
function withHeldWatch(client: Client, held: ResourceType): { client: Client; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  async function* watch(events: AsyncIterable<unknown>) {
    for await (const event of events) {
      await promise;
      yield event;
    }
  }
  const proxy = new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      if (name !== 'watch') return value.bind(target) as unknown;
      return (type: ResourceType, ...rest: unknown[]) => {
        const events = Reflect.apply(value, target, [type, ...rest]) as AsyncIterable<KubeObject>;
        return type.plural === held.plural ? watch(events) : events;
      };
    },
  });
  return { client: proxy, open: resolve };
}

test('a cache that shows no pods yet makes none twice', async () => {
  let held: ReturnType<typeof withHeldWatch> | undefined;
  await using cluster = await startTestCluster({}, (client) => (held = withHeldWatch(client, pods)).client);
  await cluster.client.create(replicaSets, newSet(5));
  await cluster.eventually(
    'five pods',
    () => podsOf(cluster),
    (all) => all.length === 5,
  );
  for (let i = 0; i < 5; i++) {
    await cluster.client.patch(replicaSets, { namespace: 'default', name: 'web' }, { metadata: { annotations: { i: String(i) } } }, { type: 'merge' });
    await cluster.idle();
  }
  assert.equal((await podsOf(cluster)).length, 5);
  held?.open();
  const isReady = (rs: ReplicaSet): boolean => rs.status?.readyReplicas === 5;
  await cluster.eventually('the status', () => cluster.get(replicaSets, 'web'), isReady);
  await cluster.idle();
  assert.equal((await podsOf(cluster)).length, 5);
});

test('what cannot be created is told, in the status and as an event, and tried again', async () => {
  let isRefused = true;
  const refusing = (client: Client): Client =>
    new Proxy(client, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        if (name !== 'create') return value.bind(target) as unknown;
        return (type: ResourceType, ...rest: unknown[]) => {
          if (type.plural === 'pods' && isRefused) throw new Error('pods "x" is forbidden: exceeded quota');
          return Reflect.apply(value, target, [type, ...rest]) as unknown;
        };
      },
    });
  await using cluster = await startTestCluster({}, undefined, refusing);
  await cluster.client.create(replicaSets, newSet(2));
  const failed = await cluster.eventually(
    'the condition',
    () => cluster.get(replicaSets, 'web'),
    (rs) => rs.status?.conditions !== undefined,
  );
  assert.deepEqual(
    failed.status?.conditions?.map((c) => `${c.type}=${c.status} ${c.reason} ${c.message}`),
    ['ReplicaFailure=True FailedCreate pods "x" is forbidden: exceeded quota'],
  );
  const isTold = (messages: string[]): boolean => messages.includes('Error creating: pods "x" is forbidden: exceeded quota');
  await cluster.eventually('the event', async () => (await cluster.list(events, 'default')).map((e) => e.message ?? ''), isTold);
  isRefused = false;
  await cluster.eventually(
    'the pods',
    () => podsOf(cluster),
    (all) => all.length === 2,
  );
  await cluster.eventually(
    'the condition to go',
    () => cluster.get(replicaSets, 'web'),
    (rs) => rs.status?.conditions === undefined,
  );
});

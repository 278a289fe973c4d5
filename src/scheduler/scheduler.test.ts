import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { events, isStatus, nodes, pods } from '#api';
import type { Node, Pod } from '#api/types/core-v1';
import { type Client, createLocalClient } from '#client';
import { waitFor } from '#lib';
import { startTestServer } from '../apiserver/testing/test-server.ts';
import { createScheduler } from './index.ts';

async function start(context: TestContext, around: (client: Client) => Client = (client) => client) {
  const api = await startTestServer({ overrides: { authorize: () => ({ decision: 'allow', reason: '' }), admission: [] } });
  const client = createLocalClient(api.server.local, { username: 'admin', groups: ['system:masters'] });
  const scheduler = createScheduler({ client: around(client), host: 'here' });
  await scheduler.start();
  context.after(async () => {
    await scheduler.stop();
    await api[Symbol.asyncDispose]();
  });
  return client;
}
async function addNode(client: Client, name: string, cpu = '4'): Promise<void> {
  await client.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name } } as Node);
  const amounts = { cpu, memory: '8Gi', pods: '110' };
  await client.patch(nodes, { name }, { status: { capacity: amounts, allocatable: amounts } }, { type: 'merge', subresource: 'status' });
}
function pod(name: string, cpu = '100m', spec: Partial<Pod['spec']> = {}): Pod {
  const containers = [{ name: 'c', image: 'i', resources: { requests: { cpu } } }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: { containers, ...spec } };
}
const read = (client: Client, name: string) => client.get(pods, { namespace: 'default', name });
const bound = (client: Client, name: string) => waitFor(`${name} to be bound`, async () => (await read(client, name)).spec?.nodeName, { intervalMs: 2 });
const unschedulable = (client: Client, name: string) =>
  waitFor(
    `${name} to be refused`,
    async () => (await read(client, name)).status?.conditions?.find((condition) => condition.type === 'PodScheduled' && condition.status === 'False'),
    {
      intervalMs: 2,
    },
  );

void test('a pod is bound and users are told', async (context) => {
  const client = await start(context);
  await addNode(client, 'n1');
  await client.create(pods, pod('p'));
  assert.equal(await bound(client, 'p'), 'n1');
  const event = await waitFor('the event', async () => (await client.list(events)).items.find((item) => item.reason === 'Scheduled'));
  assert.equal(event.message, 'Successfully assigned default/p to n1');
  assert.deepEqual([event.action, event.reportingComponent, event.reportingInstance], ['Binding', 'default-scheduler', 'default-scheduler-here']);
});
void test('a burst fills nodes exactly, and what did not fit comes when there is room', async (context) => {
  const client = await start(context);
  await Promise.all([addNode(client, 'n1', '2'), addNode(client, 'n2', '2')]);
  const names = Array.from({ length: 5 }, (_, i) => `p${i}`);
  for (const name of names) await client.create(pods, pod(name, '1'));
  const placed = async () => (await client.list(pods)).items.filter((item) => item.spec?.nodeName);
  await waitFor('four to be bound', async () => (await placed()).length === 4);
  const left = (await client.list(pods)).items.find((item) => !item.spec?.nodeName)?.metadata.name ?? '';
  const condition = await unschedulable(client, left);
  assert.equal(condition.reason, 'Unschedulable');
  assert.match(condition.message ?? '', /^0\/2 nodes are available: 2 Insufficient cpu\. /);
  const event = await waitFor('the event', async () => (await client.list(events)).items.find((item) => item.reason === 'FailedScheduling'));
  assert.deepEqual([event.type, event.message], ['Warning', condition.message]);
  const victim = (await placed())[0]?.metadata.name ?? '';
  await client.delete(pods, { namespace: 'default', name: victim }, { gracePeriodSeconds: 0 });
  await bound(client, left);
});
void test('a node that comes takes what waited', async (context) => {
  const client = await start(context);
  await client.create(pods, pod('p'));
  assert.equal((await unschedulable(client, 'p')).message, 'no nodes available to schedule pods');
  await addNode(client, 'n1');
  await bound(client, 'p');
});
void test('pods of other schedulers are left alone', async (context) => {
  const client = await start(context);
  await addNode(client, 'n1');
  await client.create(pods, pod('other', '1', { schedulerName: 'mine' }));
  await client.create(pods, pod('ours'));
  await bound(client, 'ours');
  assert.equal((await read(client, 'other')).spec?.nodeName, undefined);
});
void test('a binding that fails is tried again, and its place is free meanwhile', async (context) => {
  let failures = 1;
  const client = await start(
    context,
    (real) =>
      new Proxy(real, {
        get(target, property) {
          if (property !== 'createSubresource' || failures-- <= 0) return Reflect.get(target, property).bind(target);
          return () => Promise.reject(new Error('the connection broke'));
        },
      }),
  );
  await addNode(client, 'n1', '1');
  await client.create(pods, pod('p', '1'));
  assert.match((await unschedulable(client, 'p')).message ?? '', /^binding rejected: the connection broke/);
  await bound(client, 'p');
  await assert.rejects(read(client, 'none'), (error) => isStatus(error, 'NotFound'));
});

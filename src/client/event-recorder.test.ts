import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '#api';
import type { Event, Pod } from '#api/types/core-v1';
import { FakeClock } from '#lib';
import { createEventRecorder } from './index.ts';
import { FakeClient } from './testing/fake-client.ts';

const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'x', uid: 'u', resourceVersion: '7' } } as Pod;

function start(host?: string) {
  const client = new FakeClient();
  const clock = new FakeClock();
  const recorder = createEventRecorder(client, { component: 'kubelet', host, clock });
  const bodies = (verb: string) => client.calls.filter((call) => call.verb === verb).map((call) => call.body as Event);
  return { client, clock, recorder, bodies };
}

void test('an event is as client-go makes it', async () => {
  const { recorder, bodies } = start('n1');
  recorder.event(pod, 'Normal', 'Started', 'Started container c');
  await recorder.flushed();
  const [event] = bodies('create');
  const { name, ...metadata } = event?.metadata ?? {};
  assert.match(name ?? '', /^p\.[0-9a-f]{16}$/);
  assert.deepEqual(metadata, { namespace: 'x' });
  assert.deepEqual(
    { ...event, metadata: undefined },
    {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: undefined,
      involvedObject: { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: 'u', resourceVersion: '7', namespace: 'x' },
      reason: 'Started',
      message: 'Started container c',
      type: 'Normal',
      source: { component: 'kubelet', host: 'n1' },
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      count: 1,
      reportingComponent: 'kubelet',
      reportingInstance: 'n1',
    },
  );
});
void test('the same event again counts the first one up', async () => {
  const { recorder, bodies, clock, client } = start();
  recorder.event(pod, 'Warning', 'BackOff', 'Back-off restarting failed container');
  await clock.advance(10_000);
  recorder.event(pod, 'Warning', 'BackOff', 'Back-off restarting failed container');
  await recorder.flushed();
  assert.equal(bodies('create').length, 1);
  assert.deepEqual(bodies('patch'), [{ count: 2, lastTimestamp: '2026-01-01T00:00:10Z', message: 'Back-off restarting failed container' }]);
  assert.equal(client.calls[1]?.name, bodies('create')[0]?.metadata.name);
});
void test('from the tenth similar event on they are one', async () => {
  const { recorder, bodies } = start();
  for (let i = 0; i < 12; i++) recorder.event(pod, 'Warning', 'Failed', `message ${i}`);
  await recorder.flushed();
  const messages = bodies('create').map((event) => event.message);
  assert.deepEqual(messages.slice(-2), ['message 8', '(combined from similar events): message 9']);
  assert.deepEqual(
    bodies('patch').map(({ count, message }) => [count, message]),
    [
      [2, '(combined from similar events): message 10'],
      [3, '(combined from similar events): message 11'],
    ],
  );
});
void test('a burst about one object is cut at 25, then one in five minutes', async () => {
  const { recorder, client, clock } = start();
  for (let i = 0; i < 40; i++) recorder.event(pod, 'Normal', 'R', 'm');
  await recorder.flushed();
  assert.equal(client.calls.length, 25);
  await clock.advance(301_000);
  for (let i = 0; i < 3; i++) recorder.event(pod, 'Normal', 'R', 'm');
  await recorder.flushed();
  assert.equal(client.calls.length, 26);
});
void test('an event that expired meanwhile is written anew; a refused one is dropped', async () => {
  const { recorder, client, bodies } = start();
  client.respond = (verb, _name, body) => (verb === 'patch' ? new StatusError('NotFound', 'gone') : body);
  recorder.event(pod, 'Normal', 'R', 'm');
  recorder.event(pod, 'Normal', 'R', 'm');
  await recorder.flushed();
  assert.deepEqual(
    bodies('create').map((event) => event.count),
    [1, 2],
  );
  client.respond = () => new StatusError('Forbidden', 'namespace is being terminated');
  recorder.event(pod, 'Normal', 'Other', 'm');
  await recorder.flushed();
});
void test('an event with an action becomes a series on its second time, written again after half an hour', async () => {
  const { recorder, bodies, clock } = start('n1');
  for (let i = 0; i < 5; i++) recorder.event(pod, 'Warning', 'FailedScheduling', `0/${i} nodes`, { action: 'Scheduling' });
  await recorder.flushed();
  const [event] = bodies('create');
  assert.deepEqual(
    [event?.action, event?.eventTime, event?.count, event?.reportingInstance],
    ['Scheduling', '2026-01-01T00:00:00.000000Z', undefined, 'kubelet-n1'],
  );
  assert.deepEqual(bodies('patch'), [{ series: { count: 2, lastObservedTime: '2026-01-01T00:00:00.000000Z' } }]);
  for (let i = 0; i < 7; i++) {
    await clock.advance(5 * 60_000);
    recorder.event(pod, 'Warning', 'FailedScheduling', 'm', { action: 'Scheduling' });
  }
  await recorder.flushed();
  assert.equal(bodies('patch').length, 2);
  await clock.advance(7 * 60_000);
  recorder.event(pod, 'Warning', 'FailedScheduling', 'm', { action: 'Scheduling' });
  await recorder.flushed();
  assert.equal(bodies('create').length, 2);
});

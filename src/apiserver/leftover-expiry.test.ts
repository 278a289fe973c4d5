import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatastore } from '#datastore';
import { FakeClock, systemClock } from '#lib';
import { startTestServer, type TestServer } from './testing/test-server.ts';

const EVENTS = '/api/v1/namespaces/default/events';
async function event(api: TestServer, name: string): Promise<void> {
  const { status, text } = await api.fetch('POST', EVENTS, { body: { metadata: { name }, involvedObject: { namespace: 'default' } } });
  assert.equal(status, 201, text);
}
async function eventCount(api: TestServer): Promise<number> {
  return ((await api.fetch('GET', EVENTS)).json['items'] as unknown as unknown[]).length;
}

test('events of an earlier run go when their time is up, not later', async () => {
  const datastore = await openDatastore({ endpoint: 'memory' });
  const before = await startTestServer({ datastore });
  await event(before, 'old');
  await before.server.stop();

  const clock = new FakeClock(systemClock.now() + 50 * 60_000);
  await using api = await startTestServer({ datastore, clock });
  await event(api, 'new');
  for (let minute = 0; minute < 5; minute++) await clock.advance(60_000);
  assert.equal(await eventCount(api), 2);
  for (let minute = 0; minute < 10; minute++) await clock.advance(60_000);
  for (let i = 0; i < 100 && (await eventCount(api)) > 1; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await eventCount(api), 1);
});

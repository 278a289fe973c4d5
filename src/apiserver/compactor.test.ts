import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatastore } from '#datastore';
import { createLog, FakeClock } from '#lib';
import { Compactor } from './compactor.ts';

const MINUTE_MS = 60_000;

test('history of the interval before the last goes, but for the newest thousand revisions', async () => {
  const datastore = await openDatastore({ endpoint: 'memory' });
  const clock = new FakeClock();
  const compactor = new Compactor({ datastore, intervalMs: 5 * MINUTE_MS, clock, log: createLog('test') });
  const write = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await datastore.create(`/registry/a/${datastore.revision}`, Buffer.from('x'));
  };
  compactor.start();
  await write(900);
  await clock.advance(5 * MINUTE_MS);
  await clock.advance(5 * MINUTE_MS);
  assert.equal(datastore.compactedRevision, 0, 'there are fewer than are always kept');
  await write(900);
  const second = datastore.revision;
  await clock.advance(5 * MINUTE_MS);
  assert.equal(datastore.compactedRevision, second - 1000);
  await write(2000);
  await clock.advance(5 * MINUTE_MS);
  assert.equal(datastore.compactedRevision, second);
  compactor.stop();
  await write(2000);
  await clock.advance(15 * MINUTE_MS);
  assert.equal(datastore.compactedRevision, second);
  await datastore.close();
});

test('no interval: everything is kept', async () => {
  const datastore = await openDatastore({ endpoint: 'memory' });
  const clock = new FakeClock();
  const compactor = new Compactor({ datastore, intervalMs: 0, clock, log: createLog('test') });
  compactor.start();
  for (let i = 0; i < 1500; i++) await datastore.create(`/registry/a/${i}`, Buffer.from('x'));
  await clock.advance(60 * MINUTE_MS);
  assert.equal(datastore.compactedRevision, 0);
  await datastore.close();
});

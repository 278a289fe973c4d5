import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '#api';
import type { Lease } from '#api/types/coordination-v1';
import { aborted, FakeClock, seededRandom } from '#lib';
import { createLeaseElection } from './index.ts';
import { FakeClient, settle } from './testing/fake-client.ts';

/** A fake API that holds one Lease. */
function api() {
  const client = new FakeClient();
  let lease: Lease | undefined;
  let version = 0;
  const state = { client, isDown: false, lease: () => lease };
  client.respond = (verb, _name, body) => {
    if (state.isDown) return new StatusError('ServiceUnavailable', 'down');
    if (verb === 'get') return lease ?? new StatusError('NotFound', 'none');
    const next = body as Lease;
    if (verb === 'create' ? lease : lease?.metadata.resourceVersion !== next.metadata.resourceVersion) return new StatusError('Conflict', '');
    lease = { ...next, metadata: { ...next.metadata, resourceVersion: `${++version}` } };
    return lease;
  };
  return state;
}
function candidate(client: FakeClient, clock: FakeClock, identity: string) {
  const election = createLeaseElection({ client, namespace: 'kube-system', name: 'k', identity, clock, random: seededRandom(1) });
  const controller = new AbortController();
  const running = election.run(controller.signal, async (term) => aborted(term));
  return { election, controller, running };
}

void test('the first leads, the second waits until the lease is given back', async () => {
  const { client, lease } = api();
  const clock = new FakeClock();
  const a = candidate(client, clock, 'a');
  await settle();
  const b = candidate(client, clock, 'b');
  await settle();
  assert.deepEqual([a.election.isLeader, b.election.isLeader], [true, false]);
  await clock.advance(30_000);
  assert.equal(lease()?.spec?.holderIdentity, 'a');
  a.controller.abort();
  await a.running;
  assert.equal(lease()?.spec?.holderIdentity, '');
  await clock.advance(5000);
  assert.deepEqual([lease()?.spec?.holderIdentity, lease()?.spec?.leaseTransitions, b.election.isLeader], ['b', 1, true]);
  b.controller.abort();
  await b.running;
});
void test('a leader that cannot renew steps down after the deadline and comes again', async () => {
  const server = api();
  const clock = new FakeClock();
  const a = candidate(server.client, clock, 'a');
  await settle();
  server.isDown = true;
  await clock.advance(8000);
  assert.ok(a.election.isLeader);
  await clock.advance(4000);
  assert.equal(a.election.isLeader, false);
  server.isDown = false;
  await clock.advance(20_000);
  assert.ok(a.election.isLeader);
  a.controller.abort();
  await a.running;
});
void test('alone there is no lease', async () => {
  const { client } = api();
  const controller = new AbortController();
  const election = createLeaseElection({ client, namespace: 'x', name: 'y', identity: 'a', isAlone: true });
  const running = election.run(controller.signal, async (term) => aborted(term));
  assert.ok(election.isLeader);
  controller.abort();
  await running;
  assert.deepEqual(client.calls, []);
});

/** Informers of four kinds under constant writes, while the server is killed and started again and its history compacted: none misses or repeats an event. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { waitFor } from '#lib';
import { watchWithClientNode } from './client-node-watch.ts';
import { KillableServer } from './killable-server.ts';
import { watchWithPython } from './python-watch.ts';
import { listThenWatch, watchList } from './reflectors.ts';
import { type CountedLease, SeenLog, seenObject, stateOf } from './seen-log.ts';
import { LEASES, NAMESPACE, receive, send } from './wire.ts';
import { writeConstantly } from './writers.ts';

const RESTARTS = Number(process.env['K3TS_RESTARTS'] ?? 20);
/** How long the server runs between two kills, at least. */
const RUN_MS = 400;

test(`four informers survive ${RESTARTS} kills of the server and the compactions of its history`, async () => {
  await using server = await KillableServer.start('--kube-apiserver-arg=etcd-compaction-interval=150ms');
  const created = await send(server, { method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: NAMESPACE } } });
  assert.equal(created.statusCode, 201, (await receive(created)).toString());

  const stopWriting = new AbortController();
  const stopWatching = new AbortController();
  const logs = ['client-go 0.36', 'client-go 0.20', 'client-node', 'python'].map((name) => new SeenLog(name));
  const [newest, oldest, clientNode, python] = logs as [SeenLog, SeenLog, SeenLog, SeenLog];
  const writing = writeConstantly(server, stopWriting.signal);
  const watching = [
    watchList(server, newest, stopWatching.signal),
    listThenWatch(server, oldest, stopWatching.signal),
    watchWithClientNode(server.kubeconfig, clientNode, stopWatching.signal),
    watchWithPython(server.kubeconfig, python, stopWatching.signal),
  ];
  try {
    for (let restart = 0; restart < RESTARTS; restart++) {
      await setTimeout(RUN_MS);
      await Promise.all(logs.map(seesMore));
      await server.kill();
      await server.start();
    }
    stopWriting.abort();
    const acknowledged = await writing;
    const wanted = await currentState(server);
    for (const log of logs) {
      await waitFor(`${log.name} to know everything`, () => log.state === wanted, { timeoutMs: 20_000 }).catch(() => assert.equal(log.state, wanted, log.name));
      log.assertRight();
      assert.ok(log.events > RESTARTS, `${log.name} saw only ${log.events} events`);
    }
    assert.ok(acknowledged > RESTARTS * 20, `only ${acknowledged} writes`);
    assert.ok(oldest.lists > 1, 'no resourceVersion ever expired');
  } finally {
    stopWriting.abort();
    stopWatching.abort();
    await Promise.allSettled([writing, ...watching]);
  }
});

async function seesMore(log: SeenLog): Promise<void> {
  const before = log.lists + log.events;
  await waitFor(`${log.name} to see more`, () => log.lists + log.events > before, { timeoutMs: 20_000 });
}

async function currentState(server: KillableServer): Promise<string> {
  const { items } = JSON.parse((await receive(await send(server, { path: LEASES }))).toString()) as { items: CountedLease[] };
  return stateOf(items.map(seenObject));
}

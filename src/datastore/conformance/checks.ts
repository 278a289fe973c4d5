import assert from 'node:assert/strict';
import type { Datastore, KeyValue, WatchBatch, WriteResult } from '../contract.ts';
import { DatastoreError, type DatastoreErrorCode } from '../errors.ts';

export const bytes = (text: string): Buffer => Buffer.from(text);

/** The revision of a write that must have succeeded. */
export function won(result: WriteResult): number {
  assert.ok(result.ok, 'the write lost a race');
  return result.revision;
}
/** What was there instead, of a write that must have lost. */
export function lost(result: WriteResult): KeyValue | undefined {
  assert.equal(result.ok, false, 'the write should have lost');
  return result.ok ? undefined : result.current;
}
export async function put(store: Datastore, key: string, value = key): Promise<number> {
  const current = await store.get(key);
  return won(current ? await store.update(key, bytes(value), current.modRevision) : await store.create(key, bytes(value)));
}
export async function rejectsWith(code: DatastoreErrorCode, run: () => Promise<unknown>): Promise<void> {
  await assert.rejects(run, (error) => {
    assert.ok(error instanceof DatastoreError, `not a DatastoreError: ${String(error)}`);
    assert.equal(error.code, code);
    assert.ok(error.message.length > 0);
    return true;
  });
}

/** Events of a watch in short: `+key=value`, `~key=value`, `-key`. */
export function shortOf(batches: readonly WatchBatch[]): string[] {
  return batches.flatMap(({ events }) =>
    events.map(({ type, kv }) => (type === 'delete' ? `-${kv.key}` : `${kv.createRevision === kv.modRevision ? '+' : '~'}${kv.key}=${kv.value.toString()}`)),
  );
}

/** Collects what a watch says until it has reached `revision`. */
export async function watchUntil(watch: AsyncIterable<WatchBatch>, revision: () => number): Promise<WatchBatch[]> {
  const batches: WatchBatch[] = [];
  for await (const batch of watch) {
    batches.push(batch);
    if (batch.revision >= revision()) break;
  }
  return batches;
}

/** Collects what a watch says until it has shown a change of `key`. */
export async function watchUntilKey(watch: AsyncIterable<WatchBatch>, key: string): Promise<WatchBatch[]> {
  const batches: WatchBatch[] = [];
  for await (const batch of watch) {
    batches.push(batch);
    if (batch.events.some((event) => event.kv.key === key)) break;
  }
  return batches;
}

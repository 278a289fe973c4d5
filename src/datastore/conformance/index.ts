import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { Datastore } from '../contract.ts';
import { testHistory } from './history.ts';
import { testReads } from './reads.ts';
import { testWatches } from './watches.ts';
import { testWrites } from './writes.ts';

/** Opens a fresh, empty datastore for one test. */
export type OpenDatastore = (context: TestContext) => Promise<Datastore>;
/** Defines one promise of the contract as a test with a datastore of its own. */
export type Promises = (promise: string, check: (store: Datastore, context: TestContext) => Promise<void>) => void;

/**
 * The specification of a datastore: every promise of the contract as a test. Every driver passes it; `skip` names a promise that a driver
 * cannot keep, with the reason.
 */
export function testDatastore(name: string, open: OpenDatastore, skip: Readonly<Record<string, string>> = {}): void {
  void describe(`datastore ${name}`, () => {
    const promises: Promises = (promise, check) => {
      void test(promise, { skip: skip[promise] ?? false }, async (context) => {
        const store = await open(context);
        try {
          assert.ok(store.compactedRevision >= 0 && store.compactedRevision <= store.revision);
          await check(store, context);
          assert.ok(store.compactedRevision >= 0 && store.compactedRevision <= store.revision);
        } finally {
          await store.close();
        }
      });
    };
    testWrites(promises);
    testReads(promises);
    testWatches(promises);
    testHistory(promises);
  });
}

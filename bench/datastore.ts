/** Prints durable writes per second of the embedded datastore: `scripts/node bench/datastore.ts`. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Datastore, openDatastore } from '#datastore';

const VALUE_BYTES = 2048;
const SECONDS = 2;

/** Creates as fast as `inFlight` writers can for some seconds; returns how many were durable per second. */
async function createsPerSecond(store: Datastore, inFlight: number): Promise<number> {
  const end = performance.now() + SECONDS * 1000;
  let created = 0;
  const write = async (writer: number): Promise<void> => {
    for (let i = 0; performance.now() < end; i++) {
      await store.create(`/registry/configmaps/bench/w${inFlight}-${writer}-${i}`, Buffer.alloc(VALUE_BYTES, i));
      created++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, i) => write(i)));
  return Math.round(created / SECONDS);
}

function bytesWritten(): number {
  return Number(/^wchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

/** What one renewal of a 600-byte lease writes, on average. */
async function bytesPerRenewal(store: Datastore): Promise<number> {
  const key = '/registry/leases/kube-node-lease/node';
  let { revision } = await store.create(key, Buffer.alloc(600));
  const before = bytesWritten();
  const renewals = 200;
  for (let i = 0; i < renewals; i++) ({ revision } = await store.update(key, Buffer.alloc(600, i), revision));
  return Math.round((bytesWritten() - before) / renewals);
}

/** Measures a fresh SQLite datastore and prints one line per figure. */
export async function benchDatastore(print: (line: string) => void): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-datastore-'));
  const store = await openDatastore({ path: join(directory, 'state.db') });
  try {
    print(`datastore: lease renewal writes ${await bytesPerRenewal(store)} bytes`);
    for (const inFlight of [1, 16, 64, 256]) {
      print(`datastore: ${await createsPerSecond(store, inFlight)} durable creates/s of ${VALUE_BYTES} bytes at ${inFlight} in flight`);
    }
    const before = performance.now();
    const { items } = await store.list('/registry/configmaps/bench/', { limit: 5000 });
    print(`datastore: list of ${items.length} in ${Math.round(performance.now() - before)} ms`);
    const start = performance.now();
    await store.compact(store.revision);
    print(`datastore: compaction in ${Math.round(performance.now() - start)} ms; file ${Math.round((await store.size()) / 1e6)} MB`);
  } finally {
    await store.close();
    rmSync(directory, { recursive: true });
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await benchDatastore((line) => process.stdout.write(`${line}\n`));
}

/**
 * 200 clients with 50 watches each under 1,000 writes a second: every watch must show every change of what it looks at exactly once and in order,
 * writes must stay quick, memory must come back, and a client that stops reading must be cut off. `--seconds=N` shortens it (default 60).
 */
import { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2';
import { waitFor } from '#lib';
import { loadCredentials } from './credentials.ts';
import type { Figures } from './figures.ts';
import { load, openSessions, timeOne } from './http-load.ts';
import { onMachine } from './machine.ts';
import { namespace } from './objects.ts';
import { findServer, useOf } from './process-use.ts';

const CLIENTS = 200;
const WATCHES = 50;
const NAMESPACES = 500;
const OBJECTS = 1000;
const WRITES_PER_SECOND = 1000;
const WRITERS = 16;
const STUCK_WATCHES = 4;
/** Longer than the server waits for quiet before it gives memory back. */
const SETTLE_MS = 25_000;

const seconds = Number(process.argv.find((argument) => argument.startsWith('--seconds='))?.slice('--seconds='.length) ?? 60);
const collection = (object: number): string => `/api/v1/namespaces/load-${object % NAMESPACES}/configmaps`;

/** Object `i` as of its change `n`: about 1.2 KB. */
function body(i: number, n: number): Buffer {
  const data = { n: String(n), text: 'x'.repeat(600) };
  return Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `o-${i}` }, data }));
}

/** One watch and what it has seen of each of its objects. */
class Checked {
  readonly seen = new Map<number, number>();
  readonly mistakes: string[];
  readonly #path: string;
  #rest = '';

  constructor(stream: ClientHttp2Stream, path: string, objects: readonly number[], mistakes: string[]) {
    this.#path = path;
    this.mistakes = mistakes;
    for (const object of objects) this.seen.set(object, 0);
    stream.setEncoding('latin1');
    stream.on('data', (chunk: string) => this.#read(chunk));
    stream.on('error', (error) => mistakes.push(`${path}: ${error.message}`));
  }

  #read(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#check(line);
  }
  #check(line: string): void {
    const object = Number(/"name":"o-(\d+)"/.exec(line)?.[1]);
    const n = Number(/"data":\{"n":"(\d+)"/.exec(line)?.[1]);
    const last = this.seen.get(object);
    if (last === undefined || n !== last + 1) this.mistakes.push(`${this.#path}: change ${n} of object ${object} came after ${last}`);
    this.seen.set(object, n);
  }
}

/** The paths of one client's watches: half of namespaces, half of single objects. */
function watchesOf(client: number): { path: string; objects: number[] }[] {
  const half = WATCHES / 2;
  return Array.from({ length: WATCHES }, (_, i) => {
    const at = client * half + (i % half);
    const object = at % OBJECTS;
    if (i >= half) return { path: `${collection(object)}?fieldSelector=metadata.name%3Do-${object}`, objects: [object] };
    const first = at % NAMESPACES;
    return {
      path: `${collection(first)}?labelSelector=%21unwatched`,
      objects: Array.from({ length: OBJECTS / NAMESPACES }, (_each, n) => first + n * NAMESPACES),
    };
  });
}

async function openWatches(sessions: readonly ClientHttp2Session[], resourceVersion: string, mistakes: string[]): Promise<Checked[]> {
  const opened = sessions.flatMap((session, client) =>
    watchesOf(client).map(async ({ path, objects }) => {
      const stream = session.request({ ':path': `${path}&watch=true&resourceVersion=${resourceVersion}` });
      const checked = new Checked(stream, path, objects, mistakes);
      const status = await new Promise<number>((resolve) => stream.once('response', (headers) => resolve(Number(headers[':status']))));
      if (status !== 200) mistakes.push(`${path}: answered ${status}`);
      return checked;
    }),
  );
  return await Promise.all(opened);
}

/** Writes at a fixed rate, whatever the answers take; returns how often each object was written and the latencies, sorted. */
async function write(sessions: readonly ClientHttp2Session[]): Promise<{ written: number[]; latencies: number[] }> {
  const written: number[] = [];
  const latencies: number[] = [];
  // One write at a time for each object: two could overtake each other.
  const idle = Array.from({ length: OBJECTS }, (_, i) => i);
  const start = performance.now();
  const writeOne = async (object: number, dueAt: number): Promise<void> => {
    const n = (written[object] = (written[object] ?? 0) + 1);
    const path = `${collection(object)}/o-${object}`;
    const { status } = await timeOne(sessions[object % sessions.length] as ClientHttp2Session, { method: 'PUT', path, body: body(object, n) });
    if (status !== 200) throw new Error(`${path} answered ${status}`);
    latencies.push(performance.now() - dueAt);
    idle.push(object);
  };
  const pending: Promise<void>[] = [];
  for (let sent = 0; sent < seconds * WRITES_PER_SECOND; ) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    const due = Math.min(seconds * WRITES_PER_SECOND, Math.floor(((performance.now() - start) / 1000) * WRITES_PER_SECOND));
    for (let object = idle[0]; sent < due && object !== undefined; object = idle[0]) {
      idle.shift();
      pending.push(writeOne(object, start + (sent++ / WRITES_PER_SECOND) * 1000));
    }
  }
  await Promise.all(pending);
  return { written, latencies: latencies.sort((a, b) => a - b) };
}

/** A client that watches everything, several times, and reads nothing; says how many of its watches have been broken off. */
async function openStuck(session: ClientHttp2Session): Promise<() => number> {
  let brokenOff = 0;
  const streams = Array.from({ length: STUCK_WATCHES }, () => session.request({ ':path': '/api/v1/configmaps?watch=true' }));
  for (const stream of streams) {
    stream.on('error', () => {});
    stream.once('close', () => (brokenOff += stream.rstCode === constants.NGHTTP2_CANCEL ? 1 : 0));
  }
  await Promise.all(streams.map((stream) => new Promise((resolve) => stream.once('response', resolve))));
  return () => brokenOff;
}

export function measureWatchLoad(): Promise<Figures> {
  return onMachine(async (node, machine) => {
    await node.start(['--disable-agent']);
    await node.waitReady();
    const writers = await openSessions(loadCredentials(node.kubeconfig), WRITERS);
    await load(writers, NAMESPACES, (i) => ({ method: 'POST', path: '/api/v1/namespaces', body: namespace(`load-${i}`) }));
    await load(writers, OBJECTS, (i) => ({ method: 'POST', path: collection(i), body: body(i, 0) }));
    await load(writers, 5000, (i) => ({ method: 'PUT', path: `${collection(i % OBJECTS)}/o-${i % OBJECTS}`, body: body(i % OBJECTS, -1 - i) })); // warm up
    await load(writers, OBJECTS, (i) => ({ method: 'PUT', path: `${collection(i)}/o-${i}`, body: body(i, 0) }));
    const { resourceVersion } = (JSON.parse(await node.kubectl('get', '--raw', '/api/v1/configmaps?limit=1')) as { metadata: { resourceVersion: string } })
      .metadata;
    const server = findServer(machine.processes());
    const before = useOf(server).rssMb;

    const mistakes: string[] = [];
    const clients = await openSessions(loadCredentials(node.kubeconfig), CLIENTS);
    const watches = await openWatches(clients, resourceVersion, mistakes);
    const [stuckSession] = (await openSessions(loadCredentials(node.kubeconfig), 1)) as [ClientHttp2Session];
    const stuck = await openStuck(stuckSession);
    const open = useOf(server);
    const ownCpu = process.cpuUsage();
    const { written, latencies } = await write(writers);
    const cpu = ((useOf(server).mainCpuSeconds - open.mainCpuSeconds) / seconds) * 100;
    const { user, system } = process.cpuUsage(ownCpu);
    const isComplete = (): boolean => watches.every(({ seen }) => [...seen].every(([object, n]) => n === (written[object] ?? 0)));
    await waitFor('every watch to show every change', () => isComplete() || mistakes.length > 0, { timeoutMs: 30_000, intervalMs: 50 }).catch(
      (error: unknown) => {
        mistakes.push(String(error));
      },
    );
    const under = useOf(server).rssMb;
    const cutOff = stuck();
    for (const session of [...clients, stuckSession]) session.destroy();
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const after = useOf(server).rssMb;
    for (const session of writers) session.destroy();
    await node.stop();
    for (const mistake of mistakes.slice(0, 10)) console.log(`  ${mistake}`);
    console.log(
      `  RSS: ${before.toFixed(0)} MB before, ${open.rssMb.toFixed(0)} with all watches, ${under.toFixed(0)} at the end of the load, ${after.toFixed(0)} afterwards; the server's event loop took ${cpu.toFixed(0)} % of a core, the clients ${((user + system) / seconds / 1e4).toFixed(0)} %`,
    );
    return {
      'watch load: events lost, repeated or out of order': mistakes.length,
      'watch load: write (p50)': latencies[Math.floor(latencies.length * 0.5)] ?? Number.NaN,
      'watch load: write (p99)': latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
      'watch load: memory afterwards': (after / before) * 100,
      'watch load: watches cut off that nobody reads': cutOff,
    };
  });
}

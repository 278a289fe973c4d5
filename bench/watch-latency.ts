/** From the moment a write is sent to the moment each of many watchers has its event. */
import type { ClientHttp2Session } from 'node:http2';
import { timeOne } from './http-load.ts';
import { configMap } from './objects.ts';

interface WatchLatencyOptions {
  readonly watchers: number;
  /** Writes, one after another. */
  readonly count: number;
  readonly watchPath: string;
  readonly writePath: string;
}

/** Milliseconds, sorted, of every event at every watcher, for every write; the watchers share the sessions evenly. */
export async function watchLatencies(
  writer: ClientHttp2Session,
  sessions: readonly ClientHttp2Session[],
  { watchers, count, watchPath, writePath }: WatchLatencyOptions,
): Promise<number[]> {
  const latencies: number[] = [];
  let sentAt = 0;
  let missing = 0;
  let allSeen = (): void => {};
  const streams = Array.from({ length: watchers }, (_, i) => {
    const session = sessions[i % sessions.length] as ClientHttp2Session;
    const stream = session.request({ ':path': watchPath });
    stream.on('data', () => {
      latencies.push(performance.now() - sentAt);
      if (--missing === 0) allSeen();
    });
    return stream;
  });
  await Promise.all(streams.map((stream) => new Promise((resolve) => stream.once('response', resolve))));
  for (let i = 0; i < count; i++) {
    missing = watchers;
    const seen = new Promise<void>((resolve) => (allSeen = resolve));
    sentAt = performance.now();
    const written = timeOne(writer, { method: 'POST', path: writePath, body: configMap(i) });
    await seen;
    await written;
  }
  for (const stream of streams) stream.close();
  return latencies.sort((a, b) => a - b);
}

/** From the moment a write is sent to the moment each of many watchers has its event. */
import type { ClientHttp2Session } from 'node:http2';
import { timeOne } from './http-load.ts';
import { configMap } from './objects.ts';

const PATH = '/api/v1/namespaces/bench-watch/configmaps';

/** Milliseconds, sorted, of every event at every watcher, for `count` writes one after another; the watchers share the sessions evenly. */
export async function watchLatencies(
  writer: ClientHttp2Session,
  sessions: readonly ClientHttp2Session[],
  { watchers, count }: { watchers: number; count: number },
): Promise<number[]> {
  const latencies: number[] = [];
  let sentAt = 0;
  let missing = 0;
  let allSeen = (): void => {};
  const streams = Array.from({ length: watchers }, (_, i) => {
    const session = sessions[i % sessions.length] as ClientHttp2Session;
    const stream = session.request({ ':path': `${PATH}?watch=true&resourceVersion=0` });
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
    const written = timeOne(writer, { method: 'POST', path: PATH, body: configMap(i) });
    await seen;
    await written;
  }
  for (const stream of streams) stream.close();
  return latencies.sort((a, b) => a - b);
}

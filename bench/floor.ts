/** The floor of this machine, measured in the same minute as k3ts: what `floor-server.ts`, which only has to send what is ready, makes of the same load. */
import { type ClientHttp2Session, constants } from 'node:http2';
import { join } from 'node:path';
import { waitFor } from '#lib';
import type { Machine } from '#test/machine/index.ts';
import { loadCredentials } from './credentials.ts';
import { type LoadRequest, load, openSessions, timeOne } from './http-load.ts';
import { watchLatencies } from './watch-latency.ts';

const PORT = 6440;
const root = join(import.meta.dirname, '..');

export interface Floor {
  /** Requests per second, for an answer of as many bytes to the same requests. */
  rate(count: number, answerBytes: number, make: (i: number) => LoadRequest): Promise<number>;
  /** Milliseconds, the median of `times` answers of as many bytes. */
  answer(times: number, bytes: number): Promise<number>;
  /** As `watchLatencies`. */
  watch(options: { watchers: number; count: number }): Promise<number[]>;
  stop(): void;
}

/** Starts it on `machine` with the certificate of the k3ts that runs there. */
export async function startFloor(machine: Machine, kubeconfig: string, connections: number): Promise<Floor> {
  const tls = join(machine.dir, 'var/lib/rancher/k3s/server/tls');
  const files = [join(tls, 'serving-kube-apiserver.crt'), join(tls, 'serving-kube-apiserver.key')];
  const child = machine.spawn([join(root, 'scripts/node'), join(root, 'bench/floor-server.ts'), ...files, machine.nodeIp, String(PORT)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let isReady = false;
  child.stdout?.once('data', () => (isReady = true));
  await waitFor('the floor server', () => isReady, { intervalMs: 10, timeoutMs: 10_000 });
  const server = `https://${machine.nodeIp}:${PORT}`;
  const open = (): Promise<ClientHttp2Session[]> => openSessions({ ...loadCredentials(kubeconfig), server }, connections);
  const sessions = await open();
  const [first] = sessions as [ClientHttp2Session];
  return {
    async rate(count, answerBytes, make) {
      const request = (i: number): LoadRequest => ({ ...make(i), path: `/bytes/${answerBytes}` });
      await load(sessions, Math.ceil(count / 10), request);
      return (await load(sessions, count, request)).perSecond;
    },
    async answer(times, bytes) {
      const all: number[] = [];
      for (let i = 0; i < times; i++) all.push((await timeOne(first, { method: 'GET', path: `/bytes/${bytes}` })).ms);
      return all.sort((a, b) => a - b)[Math.floor(times / 2)] ?? Number.NaN;
    },
    async watch(options) {
      const watching = await open();
      try {
        return await watchLatencies(first, watching, { ...options, watchPath: '/watch', writePath: '/events' });
      } finally {
        for (const session of watching) session.destroy();
      }
    },
    stop() {
      for (const session of sessions) session.destroy(undefined, constants.NGHTTP2_NO_ERROR);
      child.kill();
    },
  };
}

/** Rates of the API over TLS at 16 connections, client and server on the same two cores: a control plane alone, on SQLite. */
import type { ClientHttp2Session } from 'node:http2';
import { loadCredentials } from './credentials.ts';
import { type Figures, floorOf } from './figures.ts';
import { type Floor, startFloor } from './floor.ts';
import { load, type LoadRequest, openSessions, timeOne } from './http-load.ts';
import { onMachine } from './machine.ts';
import { configMap, namespace, pod } from './objects.ts';
import { findServer, useOf } from './process-use.ts';
import { watchLatencies } from './watch-latency.ts';

const CONNECTIONS = 16;
const CONFIG_MAPS = 10_000;
const PODS = 5_000;
const WATCHERS = 100;
const LISTS = 15;

const CONFIG_MAP_BYTES = 900;
const POD_BYTES = 2700;

const CONFIG_MAP_PATH = '/api/v1/namespaces/bench/configmaps';
const WATCH_PATH = '/api/v1/namespaces/bench-watch/configmaps';
const POD_PATH = '/api/v1/namespaces/bench-pods/pods';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

/** A running server and what is known of it. */
interface Bench {
  readonly sessions: readonly ClientHttp2Session[];
  readonly first: ClientHttp2Session;
  readonly server: number;
  readonly floor: Floor;
  readonly figures: Figures;
}

export function measureApi(): Promise<Figures> {
  return onMachine(async (node, machine) => {
    await node.start(['--disable-agent']);
    await node.waitReady();
    const sessions = await openSessions(loadCredentials(node.kubeconfig), CONNECTIONS);
    const floor = await startFloor(machine, node.kubeconfig, CONNECTIONS);
    const bench: Bench = { sessions, first: sessions[0] as ClientHttp2Session, server: findServer(machine.processes()), floor, figures: {} };
    for (const name of ['bench', 'bench-watch', 'bench-pods']) {
      await timeOne(bench.first, { method: 'POST', path: '/api/v1/namespaces', body: namespace(name) });
    }
    await node.kubectl('-n', 'bench-pods', 'wait', '--for=jsonpath={.metadata.name}=default', 'serviceaccount/default', '--timeout=10s');
    await measureRequests(bench);
    await measureLists(bench);
    await measureWatch(bench, node.kubeconfig);
    bench.figures['api: RSS after that run'] = useOf(bench.server).rssMb;
    floor.stop();
    for (const session of sessions) session.destroy();
    await node.stop();
    return bench.figures;
  });
}

async function measureRequests(bench: Bench): Promise<void> {
  const post = (path: string, body: Buffer): LoadRequest => ({ method: 'POST', path, body });
  const one = (i: number): string => `${CONFIG_MAP_PATH}/bench-${i % CONFIG_MAPS}`;
  await load(bench.sessions, 1000, (i) => post(CONFIG_MAP_PATH, configMap(1_000_000 + i))); // warm up
  await rate(bench, 'creates of ConfigMaps', CONFIG_MAPS, CONFIG_MAP_BYTES, (i) => post(CONFIG_MAP_PATH, configMap(i)));
  await rate(bench, 'gets of ConfigMaps', 30_000, CONFIG_MAP_BYTES, (i) => ({ method: 'GET', path: one(i) }));
  await rate(bench, 'updates of ConfigMaps', CONFIG_MAPS, CONFIG_MAP_BYTES, (i) => ({
    method: 'PUT',
    path: one(i),
    body: configMap(i % CONFIG_MAPS, `new ${i}`),
  }));
  await rate(bench, 'patches of ConfigMaps', CONFIG_MAPS, CONFIG_MAP_BYTES, (i) => ({
    method: 'PATCH',
    path: one(i),
    body: Buffer.from(`{"data":{"key":"patched ${i}"}}`),
    contentType: 'application/merge-patch+json',
  }));
  await rate(bench, 'creates of Pods', PODS, POD_BYTES, (i) => post(POD_PATH, pod(i)));
}

/** Requests as fast as the answers come, and what one costs the server in CPU time, which another load on the machine does not change. */
async function rate(bench: Bench, name: string, count: number, answerBytes: number, make: (i: number) => LoadRequest): Promise<void> {
  bench.figures[floorOf(name)] = await bench.floor.rate(count, answerBytes, make);
  const before = useOf(bench.server);
  const { perSecond } = await load(bench.sessions, count, make);
  const after = useOf(bench.server);
  bench.figures[name] = perSecond;
  bench.figures[`${name}: CPU of the event loop`] = ((after.mainCpuSeconds - before.mainCpuSeconds) / count) * 1e6;
  bench.figures[`${name}: CPU of all threads`] = ((after.cpuSeconds - before.cpuSeconds) / count) * 1e6;
}

async function measureLists(bench: Bench): Promise<void> {
  await list(bench, 'list of 5000 Pods', { path: POD_PATH });
  await list(bench, 'list of 5000 Pods as a Table', { path: POD_PATH, accept: TABLE });
  await list(bench, 'list of 5000 Pods, limit=500', { path: `${POD_PATH}?limit=500` });
  await list(bench, 'list of 5000 Pods, a selector of one in ten', { path: `${POD_PATH}?labelSelector=app%3Dapp-3` });
  await list(bench, 'list of 5000 Pods in protobuf', { path: POD_PATH, accept: 'application/vnd.kubernetes.protobuf' });
}

/** The median of some lists, the first included: nothing is warmed up for it. */
async function list({ first, server, floor, figures }: Bench, name: string, { path, accept }: { path: string; accept?: string }): Promise<void> {
  const times: number[] = [];
  let size = 0;
  const before = useOf(server);
  for (let i = 0; i < LISTS; i++) {
    const { ms, bytes, status } = await timeOne(first, { method: 'GET', path, ...(accept ? { accept } : {}) });
    if (status === 406) return console.log(`  ${name}: not served`);
    if (status !== 200) throw new Error(`${path} answered ${status}`);
    times.push(ms);
    size = bytes;
    if (i === 0) console.log(`  ${name}: ${(bytes / 1e6).toFixed(1)} MB, the first in ${ms.toFixed(1)} ms`);
  }
  times.sort((a, b) => a - b);
  figures[name] = times[Math.floor(LISTS / 2)] ?? Number.NaN;
  figures[`${name}: CPU of the event loop`] = ((useOf(server).mainCpuSeconds - before.mainCpuSeconds) / LISTS) * 1e3;
  figures[floorOf(name)] = await floor.answer(LISTS, size);
}

async function measureWatch({ first, figures, floor }: Bench, kubeconfig: string): Promise<void> {
  const name = 'watch of 100: write sent to event';
  const keep = (latencies: number[], nameOf: (name: string) => string): void => {
    for (const percent of [50, 99]) figures[nameOf(`${name} (p${percent})`)] = latencies[Math.floor((latencies.length * percent) / 100)] ?? Number.NaN;
  };
  const options = { watchers: WATCHERS, count: 300 };
  keep(await floor.watch(options), floorOf);
  const sessions = await openSessions(loadCredentials(kubeconfig), CONNECTIONS);
  const watchPath = `${WATCH_PATH}?watch=true&resourceVersion=0`;
  keep(await watchLatencies(first, sessions, { ...options, watchPath, writePath: WATCH_PATH }), (each) => each);
  for (const session of sessions) session.destroy();
}

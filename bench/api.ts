/** Rates of the API over TLS at 16 connections, client and server on the same two cores: a control plane alone, on SQLite. */
import type { ClientHttp2Session } from 'node:http2';
import type { Figures } from './figures.ts';
import { load, openSessions, timeOne } from './http-load.ts';
import { onMachine } from './machine.ts';

const CONNECTIONS = 16;

function configMap(i: number): Buffer {
  return Buffer.from(
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `bench-${i}` }, data: { key: `value ${i}`, text: 'x'.repeat(500) } }),
  );
}

/** A Pod of about 2.2 KB as stored, as 5,000 of them make 11 MB. */
function pod(i: number): Buffer {
  const env = Array.from({ length: 12 }, (_, n) => ({ name: `VARIABLE_${n}`, value: `the value of variable number ${n}` }));
  const container = {
    name: 'main',
    image: 'registry.example/team/application:1.2.3',
    env,
    ports: [{ containerPort: 8080 }],
    resources: { requests: { cpu: '100m', memory: '128Mi' } },
  };
  return Buffer.from(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `pod-${i}`, labels: { app: `app-${i % 10}` } },
      spec: { nodeName: 'none', containers: [container] },
    }),
  );
}

/** Milliseconds between sending a write and its event on a watch, for writes one after another. */
async function watchLatencies(writer: ClientHttp2Session, watcher: ClientHttp2Session, count: number): Promise<number[]> {
  const latencies: number[] = [];
  let arrived: (() => void) | undefined;
  const stream = watcher.request({ ':path': '/api/v1/namespaces/bench-watch/configmaps?watch=true&resourceVersion=0' });
  stream.on('data', () => arrived?.());
  await new Promise((resolve) => stream.once('response', resolve));
  for (let i = 0; i < count; i++) {
    const seen = new Promise<void>((resolve) => (arrived = resolve));
    const sentAt = performance.now();
    const written = timeOne(writer, { method: 'POST', path: '/api/v1/namespaces/bench-watch/configmaps', body: configMap(i) });
    await seen;
    latencies.push(performance.now() - sentAt);
    await written;
  }
  stream.close();
  return latencies.sort((a, b) => a - b);
}

export function measureApi(): Promise<Figures> {
  return onMachine(async (node) => {
    await node.start(['--disable-agent']);
    await node.waitReady();
    const sessions = await openSessions(node.kubeconfig, CONNECTIONS);
    const [first, second] = sessions as [ClientHttp2Session, ClientHttp2Session];
    for (const name of ['bench', 'bench-watch', 'bench-pods']) {
      await timeOne(first, {
        method: 'POST',
        path: '/api/v1/namespaces',
        body: Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
      });
    }
    await node.kubectl('-n', 'bench-pods', 'wait', '--for=jsonpath={.metadata.name}=default', 'serviceaccount/default', '--timeout=10s');
    await load(sessions, 1000, (i) => ({ method: 'POST', path: '/api/v1/namespaces/bench/configmaps', body: configMap(1_000_000 + i) })); // warm up
    const creates = await load(sessions, 10_000, (i) => ({ method: 'POST', path: '/api/v1/namespaces/bench/configmaps', body: configMap(i) }));
    const gets = await load(sessions, 30_000, (i) => ({ method: 'GET', path: `/api/v1/namespaces/bench/configmaps/bench-${i % 10_000}` }));
    await load(sessions, 5000, (i) => ({ method: 'POST', path: '/api/v1/namespaces/bench-pods/pods', body: pod(i) }));
    const lists: number[] = [];
    for (let i = 0; i < 9; i++) {
      const { ms, bytes } = await timeOne(first, { method: 'GET', path: '/api/v1/namespaces/bench-pods/pods' });
      lists.push(ms);
      if (i === 0) console.log(`  a list of 5,000 Pods: ${(bytes / 1e6).toFixed(1)} MB`);
    }
    const latencies = await watchLatencies(first, second, 500);
    for (const session of sessions) session.destroy();
    await node.stop();
    lists.sort((a, b) => a - b);
    return {
      'creates of ConfigMaps': creates.perSecond,
      'gets of ConfigMaps': gets.perSecond,
      'list of 5000 Pods': lists[4] ?? Number.NaN,
      'watch: write sent to event (p50)': latencies[250] ?? Number.NaN,
      'watch: write sent to event (p99)': latencies[495] ?? Number.NaN,
    };
  });
}

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FakeClock } from '#lib';
import type { ContainerTarget, KubeletBackend, UsageSample } from './contract.ts';
import { createKubeletServer, type KubeletServer } from './kubelet-server.ts';
import { routeOf } from './routes.ts';
import { CpuRates, resourceMetricsOf, summaryOf } from './stats-summary.ts';
import { ChannelClient, type Connection, get } from './testing/stream-client.ts';
import { makeTestPapers } from './testing/test-papers.ts';

const papers = makeTestPapers();
const dir = mkdtempSync(join(tmpdir(), 'k3ts-kubelet-server-'));
const logPath = join(dir, '0.log');
writeFileSync(logPath, '2026-01-01T00:00:00Z stdout F hello\n');

const target: ContainerTarget = {
  namespace: 'ns',
  podName: 'p',
  podUid: '1',
  container: 'c',
  containerId: 'id',
  state: { running: {} },
  logPath,
  tty: false,
  stdin: false,
};
let problem: string | undefined;
const backend: KubeletBackend = {
  pods: () => [{ metadata: { namespace: 'ns', name: 'p', uid: '1' }, spec: { containers: [{ name: 'c' }] } }],
  runningPods: () => [],
  findContainer: (_, pod, container) => (pod !== 'p' ? { found: 'nothing' } : container !== 'c' ? { found: 'pod' } : { found: 'container', target }),
  execUrl: () => Promise.reject(new Error('runtime is gone')),
  attachUrl: () => Promise.reject(new Error('runtime is gone')),
  portForwardUrl: () => Promise.reject(new Error('runtime is gone')),
  execSync: () => Promise.resolve({ stdout: Buffer.from('out'), stderr: Buffer.from('err'), exitCode: 0 }),
  stats: () => Promise.resolve({ node: { nodeName: 'n', startTimeMs: 0 }, pods: [] }),
  reopenLog: () => Promise.resolve(),
  health: () => problem,
  metrics: () => 'kubelet_running_pods 1\n',
  onContainerEnd: () => () => undefined,
};
let server: KubeletServer;
let connection: Connection;

before(async () => {
  const authorize = (user: { name: string }, verb: string, subresource: string) =>
    Promise.resolve(user.name === 'kube-apiserver' && (verb !== 'get' || subresource !== 'log'));
  server = createKubeletServer({
    serving: { address: '127.0.0.1', port: 0, ...papers.server, clientCaPem: papers.caPem },
    backend,
    authorize,
    clock: new FakeClock(),
  });
  await server.start();
  connection = { port: server.port, papers };
});
after(async () => {
  await server.stop();
  rmSync(dir, { recursive: true });
});

test('everybody may ask for health, others need a certificate of the client authority', async () => {
  assert.deepEqual(await get(connection, '/healthz', { papers: null }), { code: 200, body: 'ok' });
  problem = 'PLEG is not healthy';
  assert.deepEqual(await get(connection, '/healthz', { papers: null }), { code: 500, body: 'PLEG is not healthy' });
  problem = undefined;
  assert.deepEqual(await get(connection, '/pods', { papers: null }), { code: 401, body: 'Unauthorized' });
  assert.deepEqual(await get(connection, '/pods', { papers: papers.stranger }), { code: 401, body: 'Unauthorized' });
  assert.equal((await get(connection, '/pods', { papers: papers.server })).code, 403);
  assert.deepEqual(await get(connection, '/logs/x'), { code: 403, body: 'Forbidden (user=kube-apiserver, verb=get, resource=nodes, subresource(s)=[log])\n' });
});

test('paths are answered as upstream does', async (t) => {
  const cases: [string, number, string | RegExp][] = [
    ['/pods', 200, /^\{"kind":"PodList","apiVersion":"v1","metadata":\{\},"items":\[\{"metadata":\{"namespace":"ns"/],
    ['/runningpods/', 200, /"items":\[\]/],
    ['/metrics', 200, 'kubelet_running_pods 1\n'],
    ['/stats/summary', 200, /"nodeName":"n"/],
    ['/nothing', 404, '404 page not found\n'],
    ['/containerLogs/ns/p/c', 200, 'hello\n'],
    ['/containerLogs/ns/p/c?timestamps=true', 200, '2026-01-01T00:00:00.000000000Z hello\n'],
    ['/containerLogs/ns/q/c', 404, 'pod "q" does not exist\n'],
    ['/containerLogs/ns/p/d', 404, 'container "d" not found in pod "p"\n'],
    ['/containerLogs/ns/p/c?tailLines=a', 400, '{"message": "Unable to decode query."}'],
    ['/containerLogs/ns/p/c?tailLines=-1', 422, '{"message": "Invalid request."}'],
    ['/containerLogs/ns/p/c?previous=true', 400, 'previous terminated container "c" in pod "p" not found'],
    ['/exec/ns/p/c?command=a&output=1', 400, 'Upgrade request required'],
    ['/run/ns/p/c?cmd=date', 200, 'outerr'],
  ];
  for (const [path, code, body] of cases) {
    await t.test(path, async () => {
      const answer = await get(connection, path);
      assert.equal(answer.code, code, answer.body);
      if (typeof body === 'string') assert.equal(answer.body, body);
      else assert.match(answer.body, body);
    });
  }
});

test('v5 clients hear on the error channel that the runtime is gone, others in the answer to the handshake', async () => {
  const client = await ChannelClient.open(connection, '/exec/ns/p/c?command=a&output=1');
  await client.closed();
  const status = JSON.parse(client.text(3)) as { message: string; code: number };
  assert.equal(status.message, 'Internal error occurred: unable to upgrade connection: runtime is gone');
  assert.equal(status.code, 500);
  await assert.rejects(ChannelClient.open(connection, '/exec/ns/p/c?command=a&output=1', 'v4.channel.k8s.io'), { message: '500 runtime is gone' });
  await assert.rejects(ChannelClient.open(connection, '/exec/ns/p/c?command=a&output=1', 'v9.channel.k8s.io'), /400 unsupported WebSocket protocols/);
});

test('a port in use is named', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', () => resolve()));
  const { port } = other.address() as { port: number };
  const second = createKubeletServer({ serving: { address: '127.0.0.1', port, ...papers.server, clientCaPem: papers.caPem }, backend });
  await assert.rejects(second.start(), {
    message: `Cannot serve the kubelet's API on 127.0.0.1:${port}: another program uses it; stop that or choose another port`,
  });
  await second.stop();
  other.close();
});

test('routeOf reads names and uids', () => {
  assert.deepEqual(routeOf('/exec/ns/p/c'), { name: 'exec', namespace: 'ns', pod: 'p', container: 'c' });
  assert.deepEqual(routeOf('/exec/ns/p/uid/c'), { name: 'exec', namespace: 'ns', pod: 'p', uid: 'uid', container: 'c' });
  assert.deepEqual(routeOf('/portForward/ns/p'), { name: 'portForward', namespace: 'ns', pod: 'p', container: '' });
  assert.deepEqual(routeOf('/portForward/ns/p/uid'), { name: 'portForward', namespace: 'ns', pod: 'p', uid: 'uid', container: '' });
  assert.equal(routeOf('/exec/ns/p'), undefined);
});

test('the summary tells rates once there are two samples, and sums containers', () => {
  const rates = new CpuRates();
  const usage = (timestampMs: number, cpuUsageNanoSeconds: number): UsageSample => ({ timestampMs, cpuUsageNanoSeconds, memoryWorkingSetBytes: 100 });
  const snapshot = (ms: number, ns: number) => ({
    node: { nodeName: 'n', startTimeMs: 0, usage: usage(ms, ns) },
    pods: [{ namespace: 'ns', name: 'p', uid: '1', startTimeMs: 0, containers: ['a', 'b'].map((name) => ({ name, startTimeMs: 0, usage: usage(ms, ns) })) }],
  });
  assert.doesNotMatch(JSON.stringify(summaryOf(snapshot(0, 0), rates)), /usageNanoCores/);
  const { node, pods } = summaryOf(snapshot(10_000, 5e9), rates) as {
    node: { cpu: { usageNanoCores: number } };
    pods: { cpu: { usageNanoCores: number }; memory: object }[];
  };
  assert.equal(node.cpu.usageNanoCores, 5e8);
  assert.equal(pods[0]?.cpu.usageNanoCores, 1e9);
  assert.deepEqual(pods[0]?.memory, { time: '1970-01-01T00:00:10Z', workingSetBytes: 200 });
  assert.match(resourceMetricsOf(snapshot(10_000, 5e9)), /^pod_cpu_usage_seconds_total\{namespace="ns",pod="p"\} 10 10000$/m);
});

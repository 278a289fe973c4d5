/** Streams of real containers, on a real containerd; started isolated by `runtime.test.ts`. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { waitFor } from '#lib';
import { createContainerd } from '../../containerd/containerd.ts';
import { createCriClient, type CriClient } from '../../cri/cri-client.ts';
import { importArchive } from '../../images/image-import.ts';
import { buildPauseImage } from '../../images/pause.ts';
import { createTestNode } from '../../testing/isolation.ts';
import { buildTestImage, TEST_IMAGE } from '../../testing/test-image.ts';
import type { ContainerTarget, KubeletBackend } from '../contract.ts';
import { createKubeletServer } from '../kubelet-server.ts';
import { SpdySession } from '../spdy/session.ts';
import { releaseStuckInput } from '../stuck-input.ts';
import { ChannelClient, type Connection, get, openSpdy, openTunnel } from './stream-client.ts';
import { makeTestPapers } from './test-papers.ts';

const MEGABYTE = 1 << 20;
const node = createTestNode('streams');
const containerd = createContainerd({ dataDir: node.dataDir, stateDir: node.stateDir });
const papers = makeTestPapers();
let cri: CriClient;
let target: ContainerTarget;
let server: ReturnType<typeof createKubeletServer>;
let connection: Connection;

before(async () => {
  await containerd.start();
  cri = createCriClient(containerd.socketPath);
  await importArchive(containerd.socketPath, buildPauseImage());
  await importArchive(containerd.socketPath, buildTestImage());
  const logDirectory = join(node.podLogsDir, 'default_p_1');
  mkdirSync(join(logDirectory, 'c'), { recursive: true });
  const sandbox = { metadata: { name: 'p', namespace: 'default', uid: '1', attempt: 0 }, logDirectory, linux: { cgroupParent: node.cgroupRoot } };
  const { podSandboxId } = await cri.call('RunPodSandbox', { config: sandbox });
  const script = 'busybox httpd -f -p 127.0.0.1:8080 -h /etc & while read line; do echo got $line; done; echo end of input; wait';
  const config = { metadata: { name: 'c', attempt: 0 }, image: { image: TEST_IMAGE }, command: ['sh', '-c', script], logPath: 'c/0.log', stdin: true };
  const { containerId } = await cri.call('CreateContainer', { podSandboxId, config, sandboxConfig: sandbox });
  await cri.call('StartContainer', { containerId });
  target = {
    namespace: 'default',
    podName: 'p',
    podUid: '1',
    container: 'c',
    containerId,
    sandboxId: podSandboxId,
    state: { running: {} },
    logPath: join(logDirectory, 'c/0.log'),
    tty: false,
    stdin: true,
  };
  server = createKubeletServer({
    serving: { address: '127.0.0.1', port: 0, ...papers.server, clientCaPem: papers.caPem },
    backend: backendOf(cri, target),
  });
  await server.start();
  connection = { port: server.port, papers };
});

after(async () => {
  await server?.stop();
  if (target?.sandboxId) await cri.call('StopPodSandbox', { podSandboxId: target.sandboxId });
  cri?.close();
  await containerd.stop();
  await node.dispose();
});

function backendOf(runtime: CriClient, only: ContainerTarget): KubeletBackend {
  return {
    pods: () => [{ metadata: { namespace: 'default', name: 'p', uid: '1' }, spec: { containers: [{ name: 'c' }] } }],
    runningPods: () => [],
    findContainer: (namespace, pod, container) =>
      namespace !== 'default' || pod !== 'p' ? { found: 'nothing' } : container === 'c' ? { found: 'container', target: only } : { found: 'pod' },
    execUrl: async (containerId, command, streams) => (await runtime.call('Exec', { containerId, cmd: [...command], ...streams })).url,
    releaseInput: (containerId) => releaseStuckInput(node.stateDir, containerId),
    attachUrl: async (containerId, streams) => (await runtime.call('Attach', { containerId, ...streams })).url,
    portForwardUrl: async (podSandboxId, ports) => (await runtime.call('PortForward', { podSandboxId, port: [...ports] })).url,
    execSync: async (containerId, command, timeoutMs) => runtime.call('ExecSync', { containerId, cmd: [...command], timeout: timeoutMs / 1000 }),
    stats: () => Promise.reject(new Error('not asked here')),
    reopenLog: async (containerId) => void (await runtime.call('ReopenContainerLog', { containerId })),
    health: () => undefined,
    onContainerEnd: () => () => undefined,
  };
}

function execPath(command: readonly string[], streams = 'output=1&error=1'): string {
  return `/exec/default/p/c?${command.map((word) => `command=${encodeURIComponent(word)}`).join('&')}&${streams}`;
}
function processesOf(word: string): Promise<number> {
  return cri.call('ExecSync', { containerId: target.containerId, cmd: ['busybox', 'ps', '-o', 'args'], timeout: 10 }).then(
    ({ stdout }) =>
      stdout
        .toString()
        .split('\n')
        .filter((line) => line.includes(word)).length,
  );
}

test('exec separates output and errors and ends with the exit code', async () => {
  const client = await ChannelClient.open(connection, execPath(['sh', '-c', 'echo out; echo err >&2; exit 3']));
  await client.closed();
  assert.equal(client.text(1), 'out\n');
  assert.equal(client.text(2), 'err\n');
  const status = JSON.parse(client.text(3)) as { reason: string; message: string; details: { causes: object[] } };
  assert.equal(status.reason, 'NonZeroExitCode');
  assert.match(status.message, /^command terminated with non-zero exit code/);
  assert.deepEqual(status.details.causes, [{ reason: 'ExitCode', message: '3' }]);
  assert.equal(client.closeCode, 1000);
});

test('exec tells success', async () => {
  const client = await ChannelClient.open(connection, execPath(['true']), 'v4.channel.k8s.io');
  await client.closed();
  assert.deepEqual(JSON.parse(client.text(3)), { metadata: {}, status: 'Success' });
});

test('exec gives a command its input to the end', async () => {
  const client = await ChannelClient.open(connection, execPath(['busybox', 'wc', '-c'], 'input=1&output=1'));
  client.send(0, 'hello ');
  client.send(0, 'world');
  client.closeStdin();
  await client.closed();
  assert.equal(client.text(1), '11\n');
});

test('exec gives a terminal its size', async () => {
  const client = await ChannelClient.open(
    connection,
    execPath(['busybox', 'sh', '-c', 'while ! busybox stty size | busybox grep 33; do busybox sleep 0.05; done'], 'input=1&output=1&tty=1'),
  );
  client.send(4, JSON.stringify({ Width: 77, Height: 33 }));
  await client.closed();
  assert.match(client.text(1), /33 77/);
});

test('exec speaks the base64 protocol', async () => {
  const client = await ChannelClient.open(connection, execPath(['echo', 'hi']), 'v4.base64.channel.k8s.io');
  await client.closed();
  assert.equal(Buffer.from(client.text(0x31), 'base64').toString(), 'hi\n');
});

test('exec carries 100 MB out to a slow client without keeping them', async () => {
  const before = process.memoryUsage.rss();
  const client = await ChannelClient.open(connection, execPath(['busybox', 'dd', 'if=/dev/zero', 'bs=1M', 'count=100'], 'output=1'));
  client.keeps = false;
  client.socket.pause();
  await new Promise((resolve) => setTimeout(resolve, 300));
  client.socket.resume();
  await client.closed();
  assert.equal(client.length(1), 100 * MEGABYTE);
  const grown = process.memoryUsage.rss() - before;
  assert.ok(grown < 96 * MEGABYTE, `grew by ${Math.round(grown / MEGABYTE)} MB`);
});

test('exec carries 100 MB in', async () => {
  const client = await ChannelClient.open(connection, execPath(['busybox', 'wc', '-c'], 'input=1&output=1'));
  const chunk = Buffer.alloc(MEGABYTE);
  for (let index = 0; index < 100; index++) {
    client.send(0, chunk);
    await waitFor('room', () => client.socket.bufferedAmount < 4 * MEGABYTE, { timeoutMs: 30_000, intervalMs: 1 });
  }
  client.closeStdin();
  await client.closed();
  assert.equal(client.text(1), `${100 * MEGABYTE}\n`);
});

test('exec ends the input of a command whose client vanished', async () => {
  const client = await ChannelClient.open(connection, execPath(['busybox', 'cat', '-'], 'input=1&output=1'));
  client.send(0, 'x');
  await waitFor('an echo', () => client.text(1) === 'x');
  assert.equal(await processesOf('cat -'), 1);
  client.socket.terminate();
  await waitFor('the command to end', async () => (await processesOf('cat -')) === 0);
});

test('exec says on the error channel that a program is missing', async () => {
  const client = await ChannelClient.open(connection, execPath(['no-such-program']));
  await client.closed();
  const status = JSON.parse(client.text(3)) as { status: string; message: string };
  assert.equal(status.status, 'Failure');
  assert.match(status.message, /executable file not found/);
});

test('exec tells a failure also to a client that is busy sending', async () => {
  const client = await ChannelClient.open(connection, execPath(['no-such-program'], 'input=1&output=1&error=1'));
  for (let index = 0; index < 16; index++) client.send(0, Buffer.alloc(MEGABYTE));
  await client.closed();
  assert.match(client.text(3), /executable file not found/);
  const leaving = await ChannelClient.open(connection, execPath(['sh', '-c', 'echo enough; exit 4'], 'input=1&output=1&error=1'));
  leaving.send(0, Buffer.alloc(1000));
  await leaving.closed();
  assert.equal(leaving.text(1), 'enough\n');
  assert.match(leaving.text(3), /"reason":"ExitCode","message":"4"/);
});

test('exec tells the exit code of a command that left megabytes of input unread', async () => {
  for (let round = 0; round < 4; round++) {
    const client = await ChannelClient.open(connection, execPath(['sh', '-c', 'exit 5'], 'input=1&output=1&error=1'));
    for (let index = 0; index < 16; index++) client.send(0, Buffer.alloc(MEGABYTE));
    await client.closed();
    assert.match(client.text(3), /"reason":"ExitCode","message":"5"/);
  }
});

test('exec waits for a command that has closed its output and runs on', async () => {
  const client = await ChannelClient.open(connection, execPath(['sh', '-c', 'exec >&- 2>&-; busybox sleep 0.3; exit 6'], 'input=1&output=1&error=1'));
  for (let index = 0; index < 4; index++) client.send(0, Buffer.alloc(MEGABYTE));
  await client.closed();
  assert.match(client.text(3), /"reason":"ExitCode","message":"6"/);
});

test('exec refuses unknown pods and containers', async () => {
  await assert.rejects(ChannelClient.open(connection, '/exec/default/q/c?command=a&output=1'), { message: '404 pod does not exist' });
  await assert.rejects(ChannelClient.open(connection, '/exec/default/p/d?command=a&output=1'), { message: '500 container not found ("d")' });
  await assert.rejects(ChannelClient.open(connection, '/exec/default/p/c?command=a'), { message: '400 you must specify at least 1 of stdin, stdout, stderr' });
});

test('exec by SPDY passes through', async () => {
  const { socket, head, protocol } = await openSpdy(connection, execPath(['busybox', 'wc', '-c'], 'input=1&output=1'), [
    'v4.channel.k8s.io',
    'v3.channel.k8s.io',
  ]);
  assert.equal(protocol, 'v4.channel.k8s.io');
  const ended = Promise.withResolvers<void>();
  const session = new SpdySession(socket, head, () => ended.resolve());
  const output: Buffer[] = [];
  const [, stdin] = await Promise.all([
    session.open({ streamtype: 'error' }, {}),
    session.open({ streamtype: 'stdin' }, {}),
    session.open({ streamtype: 'stdout' }, { data: (bytes) => output.push(bytes), end: () => session.close() }),
  ]);
  stdin.write(Buffer.from('12345'));
  stdin.end();
  await ended.promise;
  assert.equal(Buffer.concat(output).toString(), '5\n');
});

test('attach sees what the container writes and writes to its input', async () => {
  const client = await ChannelClient.open(connection, '/attach/default/p/c?input=1&output=1&error=1');
  await waitFor(
    'the attached line',
    () => {
      client.send(0, 'line\n');
      return client.text(1).includes('got line\n');
    },
    { intervalMs: 100 },
  );
  client.socket.terminate();
});

test('port-forward by channels reaches a port on the pod loopback', async () => {
  const client = await ChannelClient.open(connection, '/portForward/default/p?port=8080', 'v4.channel.k8s.io');
  client.send(0, 'GET /passwd HTTP/1.0\r\n\r\n');
  await client.closed();
  assert.equal(client.bytes(0).readUInt16LE(0), 8080);
  assert.equal(client.bytes(1).readUInt16LE(0), 8080);
  assert.match(client.text(0), /200 OK[^]*root:x:0:0/);
});

test('port-forward by channels says that nobody listens', async () => {
  const client = await ChannelClient.open(connection, '/portForward/default/p?port=81', 'v4.channel.k8s.io');
  await client.closed();
  assert.match(client.bytes(1).subarray(2).toString(), /connection refused/);
});

test('port-forward by a SPDY tunnel in a WebSocket', async () => {
  const tunnel = await openTunnel(connection, '/portForward/default/p', 'SPDY/3.1+portforward.k8s.io');
  const session = new SpdySession(tunnel, Buffer.alloc(0), () => undefined);
  const output: Buffer[] = [];
  const ended = Promise.withResolvers<void>();
  const headers = { port: '8080', requestid: '0' };
  const errors = await session.open({ ...headers, streamtype: 'error' }, {});
  errors.end();
  const data = await session.open({ ...headers, streamtype: 'data' }, { data: (bytes) => output.push(bytes), end: () => ended.resolve() });
  data.write(Buffer.from('GET /group HTTP/1.0\r\n\r\n'));
  await ended.promise;
  assert.match(Buffer.concat(output).toString(), /root:x:0/);
  session.close();
});

test('logs show what the container wrote', async () => {
  const { code, body } = await get(connection, '/containerLogs/default/p/c?tailLines=1');
  assert.equal(code, 200);
  assert.equal(body, 'got line\n');
});

test('run answers with the output of a command', async () => {
  assert.deepEqual(await get(connection, '/run/default/p/c?cmd=echo+hi', { method: 'POST' }), { code: 200, body: 'hi\n' });
});

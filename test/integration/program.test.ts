/** The program itself as a control plane alone: without root, without containerd. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runChecked, waitFor } from '#lib';

const PROGRAM = join(import.meta.dirname, '../../bin/k3ts');
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const dir = mkdtempSync(join(tmpdir(), 'k3ts-program-'));
if (isRoot) chownSync(dir, NOBODY, NOBODY);
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

/** As nobody when the tests run as root. */
function start(args: readonly string[]): { child: ChildProcess; errors: () => string } {
  const drop = isRoot ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];
  const [program = PROGRAM, ...rest] = [...drop, PROGRAM, ...args];
  const env = { PATH: process.env['PATH'], HOME: dir, NODE_COMPILE_CACHE: join(dir, 'compile-cache') };
  const child = spawn(program, rest, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  children.add(child);
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, errors: () => text };
}
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

test('a control plane starts without root, answers kubectl, and ends when told to', async () => {
  const kubeconfig = join(dir, 'kubeconfig');
  const port = await freePort();
  const flags = ['--disable-agent', '--data-dir', join(dir, 'data'), '--write-kubeconfig', kubeconfig, '--https-listen-port', String(port)];
  const { child, errors } = start(['server', ...flags]);
  const kubectl = (...args: string[]): Promise<string> => runChecked('kubectl', ['--kubeconfig', kubeconfig, ...args], { env: { ...process.env, HOME: dir } });
  await waitFor('the kubeconfig', () => {
    assert.equal(child.exitCode, null, errors());
    return existsSync(kubeconfig);
  });
  assert.equal(await kubectl('get', '--raw', '/readyz'), 'ok');
  assert.equal(await kubectl('create', 'configmap', 'a', '--from-literal=k=v'), 'configmap/a created\n');
  assert.equal(await kubectl('get', 'configmap', 'a', '-o', 'jsonpath={.data.k}'), 'v');
  assert.equal(await kubectl('get', 'nodes', '-o', 'name'), '');
  if (isRoot) assert.equal(statSync(join(dir, 'data/server/token')).uid, NOBODY);
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null], errors());
  assert.equal(existsSync(join(dir, 'data/agent/containerd')), false);
  assert.match(readFileSync(join(dir, 'data/server/token'), 'utf8'), /^K10[0-9a-f]{64}::server:[0-9a-f]{32}\n$/);
});

test('a port that is taken is named', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const { child, errors } = start([
    'server',
    '--disable-agent',
    '--data-dir',
    join(dir, 'second'),
    '--bind-address',
    '127.0.0.1',
    '--https-listen-port',
    String(port),
  ]);
  const [code] = (await once(child, 'exit')) as [number];
  server.close();
  assert.equal(code, 1);
  assert.match(errors(), new RegExp(`127\\.0\\.0\\.1:${port}`));
});

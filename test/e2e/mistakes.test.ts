/** What a user does wrong, or the host does to them: each gets upstream's answer, or an error that names cause and cure. Nothing hangs. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { waitFor } from '#lib';
import { useCluster } from './cluster.ts';

const cluster = useCluster({ name: 'mistakes', isManual: true });
const bin = join(import.meta.dirname, '../../bin/k3ts');
const k3ts = (...args: string[]) => cluster.machine.run([bin, ...args], { mayFail: true, timeoutMs: 20_000 });
const file = (name: string, content: string): string => {
  const path = join(cluster.machine.dir, name);
  writeFileSync(path, content);
  return path;
};

describe('the command line', () => {
  const cases: [string, () => string[], RegExp][] = [
    ['an unknown command', () => ['serve'], /No help topic for 'serve'; run "k3ts --help"/],
    ['an unknown flag', () => ['server', '--nope'], /flag provided but not defined: -nope/],
    ['a flag without its value', () => ['server', '--data-dir'], /flag needs an argument: --data-dir/],
    ['a boolean that is none', () => ['server', '--debug=perhaps'], /invalid boolean value "perhaps" for --debug: use true or false/],
    ['a number that is none', () => ['server', '--https-listen-port', 'x'], /invalid value "x" for --https-listen-port: a whole number is wanted/],
    ['a network that is none', () => ['server', '--cluster-cidr', '10.42'], /Cannot use --cluster-cidr "10.42": an IPv4 network such as/],
    [
      'a DNS address outside the service network',
      () => ['server', '--cluster-dns', '10.0.0.1'],
      /Cannot use --cluster-dns "10.0.0.1": it is not in the service network/,
    ],
    [
      'a configuration file that is not there',
      () => ['server', '--config', '/nowhere.yaml'],
      /Cannot read configuration file \/nowhere.yaml: it does not exist/,
    ],
    [
      'a configuration file that is not YAML',
      () => ['server', '--config', file('bad.yaml', 'a: [1')],
      /Cannot read configuration file .*bad.yaml: it is not valid YAML/,
    ],
    ['a configuration file that cannot be read', () => ['server', '--config', cluster.machine.dir], /Cannot read configuration file .*EISDIR/],
    ['a taint that is none', () => ['server', '--node-taint', 'x'], /Cannot use node taint "x": key=value:Effect is wanted/],
    [
      'a registries.yaml that is not YAML',
      () => ['server', '--data-dir', join(cluster.machine.dir, 'registries-test'), '--private-registry', file('registries.yaml', 'mirrors: [')],
      /registries.yaml/,
    ],
    ['a data dir that is a file', () => ['server', '--data-dir', file('plain', '')], /plain/],
  ];
  for (const [what, args, wanted] of cases) {
    test(what, async () => {
      const { code, stdout, stderr } = await k3ts(...args());
      assert.equal(code, 1, stdout + stderr);
      assert.match(stderr, wanted);
      assert.doesNotMatch(stderr, /\n\s+at /, 'no stack traces for users');
    });
  }
  test('a missing program is named, with its package', async () => {
    const { code, stderr } = await cluster.machine.run([bin, 'server', '--data-dir', join(cluster.machine.dir, 'no-programs')], {
      mayFail: true,
      timeoutMs: 20_000,
      env: { PATH: '/bin:/nonexistent' },
    });
    assert.equal(code, 1);
    assert.match(stderr, /containerd/);
    assert.match(stderr, /install/);
  });
  test('help and version work everywhere', async () => {
    for (const args of [['--help'], ['server', '--help'], ['help', 'server'], ['check-config', '--help']])
      assert.match((await k3ts(...args)).stdout, /^NAME:\n {3}k3ts/);
    assert.match((await k3ts('--version')).stdout, /^k3ts version v1\.36\.\d+\+k3ts1\n$/);
    assert.match((await k3ts('check-config')).stdout, /STATUS: pass/);
  });
});

describe('the API', () => {
  const curl = async (...args: string[]): Promise<{ status: number; body: { message?: string; reason?: string } & Record<string, unknown> }> => {
    const credentials = join(cluster.machine.dir, 'var/lib/rancher/k3s/server/tls');
    const url = `https://127.0.0.1:6443${args.pop()}`;
    const { stdout } = await cluster.machine.run([
      'curl',
      '-sS',
      '--max-time',
      '20',
      '--cacert',
      `${credentials}/server-ca.crt`,
      '--cert',
      `${credentials}/client-admin.crt`,
      '--key',
      `${credentials}/client-admin.key`,
      '-w',
      '\n%{http_code}',
      ...args,
      url,
    ]);
    const at = stdout.lastIndexOf('\n');
    return { status: Number(stdout.slice(at + 1)), body: JSON.parse(stdout.slice(0, at) || '{}') as Record<string, unknown> };
  };
  const json = ['-H', 'content-type: application/json'];

  test('starts', async () => {
    await cluster.node.start(['--disable-agent']);
    await cluster.node.waitReady();
  });
  test('a second server on the same port says so', async () => {
    const { code, stderr } = await k3ts(
      'server',
      '--disable-agent',
      '--data-dir',
      join(cluster.machine.dir, 'second'),
      '--write-kubeconfig',
      join(cluster.machine.dir, 'second.yaml'),
    );
    assert.equal(code, 1);
    assert.match(stderr, /6443.*in use|EADDRINUSE.*6443/);
  });
  test('malformed and oversized bodies', async () => {
    const malformed = await curl(...json, '-d', '{"kind"', '/api/v1/namespaces/default/configmaps');
    assert.equal(malformed.status, 400);
    assert.equal(malformed.body.reason, 'BadRequest');
    const big = file('big.json', JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'big' }, data: { a: 'x'.repeat(4 << 20) } }));
    const oversized = await curl(...json, '--data-binary', `@${big}`, '/api/v1/namespaces/default/configmaps');
    assert.deepEqual([oversized.status, oversized.body.reason], [413, 'RequestEntityTooLarge']);
    const text = await curl('-H', 'content-type: text/plain', '-d', 'x', '/api/v1/namespaces/default/configmaps');
    assert.deepEqual([text.status, text.body.reason], [415, 'UnsupportedMediaType']);
  });
  test('unknown fields are refused when strict, warned of when asked, and dropped', async () => {
    const body = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"unknown"},"dta":{}}';
    const strict = await curl(...json, '-d', body, '/api/v1/namespaces/default/configmaps?fieldValidation=Strict');
    assert.equal(strict.status, 400);
    assert.equal(strict.body.message, 'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dta"');
    const { stderr } = await cluster.node.runKubectl(['apply', '--validate=warn', '-f', '-'], { input: body });
    assert.match(stderr, /Warning: unknown field "dta"/);
  });
  test('conflicting updates', async () => {
    const path = '/api/v1/namespaces/default/configmaps/unknown';
    const { body } = await curl(path);
    const first = await curl(...json, '-X', 'PUT', '-d', JSON.stringify({ ...body, data: { a: '1' } }), path);
    assert.equal(first.status, 200);
    const second = await curl(...json, '-X', 'PUT', '-d', JSON.stringify({ ...body, data: { a: '2' } }), path);
    assert.equal(second.status, 409);
    assert.equal(
      second.body.message,
      'Operation cannot be fulfilled on configmaps "unknown": the object has been modified; please apply your changes to the latest version and try again',
    );
  });
  test('paths that lead nowhere, methods that are not there', async () => {
    const nowhere = await cluster.node.runKubectl(['get', '--raw', '/apis/nothing.example/v1/things'], { mayFail: true });
    assert.match(nowhere.stderr, /^Error from server \(NotFound\): the server could not find the requested resource/);
    assert.equal((await curl('-X', 'DELETE', '/api/v1/namespaces/default/bindings')).status, 405);
  });
  test('an invalid object names every field', async () => {
    const invalid = await curl(
      ...json,
      '-d',
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"UPPER"},"spec":{"containers":[{"name":"a"}]}}',
      '/api/v1/namespaces/default/pods',
    );
    assert.equal(invalid.status, 422);
    assert.match(
      String(invalid.body.message),
      /^Pod "UPPER" is invalid: \[metadata\.name: Invalid value: "UPPER": a lowercase RFC 1123 subdomain must consist of .*, spec\.containers\[0\]\.image: Required value\]$/,
    );
  });
  test('a wrong token, and none', async () => {
    const ask = async (...more: string[]) =>
      (await cluster.machine.run(['curl', '-skS', '-o', '/dev/null', '-w', '%{http_code}', ...more, 'https://127.0.0.1:6443/api/v1/pods'])).stdout;
    assert.equal(await ask('-H', 'authorization: Bearer wrong'), '401');
    assert.equal(await ask(), '403');
  });
  test('stops cleanly', async () => assert.equal(await cluster.node.stop(), 0));
});

test('a full disk is told to the client, and writes work again when there is room', async () => {
  const data = join(cluster.machine.dir, 'small');
  mkdirSync(data, { recursive: true });
  await cluster.machine.run(['mount', '-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', data]);
  await cluster.node.start(['--disable-agent', '--data-dir', data]);
  await cluster.node.waitReady();
  await cluster.kubectl('create', 'configmap', 'before');
  await cluster.machine.run(['sh', '-c', `dd if=/dev/zero of=${data}/filler bs=64k; true`], { mayFail: true });
  const big = file('half.json', JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'full-' }, data: { a: 'x'.repeat(500_000) } }));
  const refused = await waitFor('a write to be refused', async () => {
    const result = await cluster.node.runKubectl(['create', '-f', big], { mayFail: true });
    return result.code === 0 ? undefined : result;
  });
  assert.match(refused.stderr, /full|no space|disk/i);
  assert.equal(await cluster.read('configmap before', '{.metadata.name}'), 'before');
  await cluster.machine.run(['rm', `${data}/filler`]);
  await waitFor(
    'writes to work again',
    async () => (await cluster.node.runKubectl(['create', 'configmap', `after-${Date.now()}`], { mayFail: true })).code === 0,
  );
  assert.equal(await cluster.node.stop(), 0);
  assert.equal((await cluster.machine.run(['sqlite3', join(data, 'server/db/state.db'), 'PRAGMA integrity_check'])).stdout, 'ok\n');
});

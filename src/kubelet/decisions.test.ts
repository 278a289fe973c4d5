import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Pod, Service } from '#api/types/core-v1';
import { FakeClock } from '#lib';
import { createBackoff, delayText } from './backoff.ts';
import { applyTemplate, renderConfig } from './containerd/config.ts';
import { renderHosts } from './containerd/registries.ts';
import { expandVariables, serviceEnv } from './env.ts';
import { imageNameProblem, parseImageName } from './images/image-names.ts';
import { buildPauseProgram } from './images/pause.ts';
import { credentialsFor } from './images/registry-auth.ts';
import { dnsConfigOf } from './pod-worker/dns.ts';
import { statusPatch } from './pod-worker/status-writer.ts';
import { lastLogText } from './pod-worker/termination.ts';
import { cpuQuota, cpuShares, podLimits, qosClassOf } from './resources.ts';
import { taskEvent } from './runtime-events.ts';
import { writeAtomically } from './volumes/atomic-writer.ts';
import { hostsFile } from './volumes/container-mounts.ts';

test('image names are parsed as docker does', () => {
  const table: [string, string | undefined][] = [
    ['nginx', 'docker.io library/nginx latest'],
    ['nginx:1.2', 'docker.io library/nginx 1.2'],
    ['a/b', 'docker.io a/b latest'],
    ['localhost:5000/a/b:t', 'localhost:5000 a/b t'],
    ['ghcr.io/x/y@sha256:0000000000000000000000000000000000000000000000000000000000000000', 'ghcr.io x/y -'],
    ['Upper', undefined],
    ['a b', undefined],
    ['a:', undefined],
    ['', undefined],
  ];
  for (const [text, expected] of table) {
    const name = parseImageName(text);
    assert.equal(name && `${name.registry} ${name.repository} ${name.tag ?? '-'}`, expected, text);
  }
  assert.equal(imageNameProblem('Upper:1'), 'invalid reference format: repository name (library/Upper) must be lowercase');
  assert.equal(imageNameProblem('a b'), 'invalid reference format');
});

test('variables expand like upstream', () => {
  const lookup = (name: string) => ({ A: '1', B: '$(A)' })[name];
  const table = { '$(A)': '1', '$(A)$(B)': '1$(A)', '$$(A)': '$(A)', '$(C)': '$(C)', $A: '$A', $: '$', '$(A': '$(A', a$$b: 'a$b' };
  for (const [text, expected] of Object.entries(table)) assert.equal(expandVariables(text, lookup), expected, text);
});

test('services announce themselves in their namespace, kubernetes everywhere', () => {
  const service = (namespace: string, name: string, clusterIP: string): Service => ({
    metadata: { namespace, name },
    spec: { clusterIP, ports: [{ name: 'web', port: 80 }] },
  });
  const all = [
    service('a', 'my-app', '10.0.0.2'),
    service('b', 'other', '10.0.0.3'),
    service('a', 'headless', 'None'),
    service('default', 'kubernetes', '10.0.0.1'),
  ];
  const env = serviceEnv(all, 'a', true);
  assert.equal(env.get('MY_APP_SERVICE_HOST'), '10.0.0.2');
  assert.equal(env.get('MY_APP_SERVICE_PORT_WEB'), '80');
  assert.equal(env.get('MY_APP_PORT_80_TCP_ADDR'), '10.0.0.2');
  assert.equal(env.get('KUBERNETES_SERVICE_HOST'), '10.0.0.1');
  assert.equal(
    [...env.keys()].some((name) => name.startsWith('OTHER') || name.startsWith('HEADLESS')),
    false,
  );
  assert.equal(
    [...serviceEnv(all, 'a', false).keys()].every((name) => name.startsWith('KUBERNETES')),
    true,
  );
});

const podWith = (...resources: object[]): Pod => ({
  metadata: {},
  spec: { containers: resources.map((item, index) => ({ name: `c${index}`, resources: item })) },
});

test('QoS classes and cgroup values follow requests and limits', () => {
  assert.equal(qosClassOf(podWith({})), 'BestEffort');
  assert.equal(qosClassOf(podWith({ requests: { cpu: '1' } })), 'Burstable');
  assert.equal(qosClassOf(podWith({ limits: { cpu: '1', memory: '1Gi' } })), 'Guaranteed');
  assert.equal(qosClassOf(podWith({ limits: { cpu: '1', memory: '1Gi' } }, {})), 'Burstable');
  assert.deepEqual([0, 1, 100, 1000, 1e9].map(cpuShares), [2, 2, 102, 1024, 262_144]);
  assert.deepEqual([0, 1, 500, 2000].map(cpuQuota), [0, 1000, 50_000, 200_000]);
  assert.deepEqual(podLimits(podWith({ limits: { cpu: '500m', memory: '1Mi' } }, { limits: { cpu: '1', memory: '2Mi' } })), {
    cpuShares: 1536,
    cpuQuota: 150_000,
    memoryBytes: 3 * 1024 * 1024,
  });
  assert.equal(podLimits(podWith({ limits: { cpu: '1' } }, {})).cpuQuota, undefined);
});

test('a pod asks the cluster first, then where dnsConfig says', () => {
  const settings = { clusterDns: ['10.43.0.10'], clusterDomain: 'cluster.local', resolvConf: '/nonexistent' };
  const pod = (spec: object): Pod => ({ metadata: { namespace: 'ns' }, spec: { containers: [], ...spec } });
  assert.deepEqual(dnsConfigOf(pod({}), settings), {
    servers: ['10.43.0.10'],
    searches: ['ns.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
    options: ['ndots:5'],
  });
  assert.deepEqual(dnsConfigOf(pod({ hostNetwork: true }), settings).servers, []);
  assert.deepEqual(
    dnsConfigOf(pod({ dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'], searches: ['x'], options: [{ name: 'ndots', value: '2' }] } }), settings),
    {
      servers: ['1.1.1.1'],
      searches: ['x'],
      options: ['ndots:2'],
    },
  );
  assert.deepEqual(dnsConfigOf(pod({ dnsConfig: { options: [{ name: 'ndots', value: '1' }] } }), settings).options, ['ndots:1']);
});

test('the hosts file names the pod, its subdomain and its aliases', () => {
  const pod: Pod = {
    metadata: { name: 'p', namespace: 'n' },
    spec: { containers: [], hostname: 'h', subdomain: 's', hostAliases: [{ ip: '1.2.3.4', hostnames: ['x', 'y'] }] },
  };
  const text = hostsFile(pod, ['10.0.0.5'], 'cluster.local');
  assert.match(text, /^# Kubernetes-managed hosts file\.\n127\.0\.0\.1\tlocalhost\n/);
  assert.ok(text.includes('\n10.0.0.5\th.s.n.svc.cluster.local\th\n'));
  assert.ok(text.endsWith('\n# Entries added by HostAliases.\n1.2.3.4\tx\ty\n'));
});

test('crash loops wait 10 s, doubled up to 5 min, and forget after 10 min', () => {
  const clock = new FakeClock();
  const backoff = createBackoff(10_000, 300_000, clock);
  const delays: number[] = [];
  for (let round = 0; round < 7; round++) {
    delays.push(backoff.remainingMs('k', clock.now()));
    backoff.next('k', clock.now());
  }
  assert.deepEqual(delays, [0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000]);
  assert.equal(backoff.remainingMs('k', clock.now() + 600_001), 0);
  assert.deepEqual([10_000, 160_000, 300_000].map(delayText), ['10s', '2m40s', '5m0s']);
});

test('status patches send what changed, and keep conditions of others', () => {
  const ready = { type: 'Ready', status: 'True' as const };
  assert.equal(statusPatch({ phase: 'Running', conditions: [ready] }, { phase: 'Running', conditions: [ready] }), undefined);
  assert.deepEqual(statusPatch({ phase: 'Pending', podIP: '1', conditions: [{ type: 'Gate', status: 'True' }] }, { phase: 'Running', conditions: [ready] }), {
    phase: 'Running',
    podIP: null,
    conditions: [ready],
    '$setElementOrder/conditions': [{ type: 'Gate' }, { type: 'Ready' }],
  });
  assert.deepEqual(statusPatch({ podIPs: [{ ip: '1' }] }, { podIPs: [{ ip: '2' }] }), { podIPs: [{ ip: '2' }, { $patch: 'replace' }] });
});

test('files change all at once, through one link', () => {
  const dir = mkdtempSync(join(tmpdir(), 'k3ts-atomic-'));
  const file = (content: string) => ({ content: Buffer.from(content), mode: 0o644 });
  try {
    assert.equal(
      writeAtomically(
        dir,
        new Map([
          ['a', file('1')],
          ['sub/b', file('2')],
        ]),
        0,
      ),
      true,
    );
    assert.equal(
      writeAtomically(
        dir,
        new Map([
          ['a', file('1')],
          ['sub/b', file('2')],
        ]),
        0,
      ),
      false,
    );
    assert.equal(readFileSync(join(dir, 'sub/b'), 'utf8'), '2');
    assert.equal(writeAtomically(dir, new Map([['a', file('3')]]), 1000), true);
    assert.equal(readFileSync(join(dir, 'a'), 'utf8'), '3');
    assert.deepEqual(
      readdirSync(dir).filter((name) => !name.startsWith('..')),
      ['a'],
    );
    assert.equal(readdirSync(dir).filter((name) => name.startsWith('..')).length, 2);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('registries become hosts.toml: mirrors first, the registry last', () => {
  const registries = {
    mirrors: { 'docker.io': { endpoint: ['https://mirror.example:5000', 'http://other.example/path'] }, '*': { endpoint: ['https://all.example'] } },
    configs: { 'mirror.example:5000': { tls: { ca_file: '/ca.pem', insecure_skip_verify: true } } },
  };
  const hosts = renderHosts(registries, false);
  const docker = hosts.get('docker.io') ?? '';
  assert.match(docker, /^server = "https:\/\/registry-1\.docker\.io\/v2"/);
  assert.match(
    docker,
    /\[host\."https:\/\/mirror\.example:5000\/v2"\]\n {2}capabilities = \["pull", "resolve"\]\n {2}ca = \["\/ca\.pem"\]\n {2}skip_verify = true/,
  );
  assert.match(docker, /\[host\."http:\/\/other\.example\/path"\]\n {2}capabilities = .*\n {2}override_path = true/);
  assert.ok(hosts.has('_default'));
  const rewritten = (rewrite: Record<string, string>) => renderHosts({ mirrors: { 'r.io': { endpoint: ['http://m.io'], rewrite } } }, false).get('r.io') ?? '';
  assert.match(rewritten({ '^(.*)$': 'team/a/$1' }), /\[host\."http:\/\/m\.io\/v2\/team\/a"\]\n.*\n {2}override_path = true\n$/);
  assert.match(
    rewritten({ '^lib/(.*)': 'x/$1' }),
    /\[host\."http:\/\/m\.io\/v2"\]\n.*\n {2}\[host\."http:\/\/m\.io\/v2"\.rewrite\]\n {4}"\^lib\/\(\.\*\)" = "x\/\$1"\n$/,
  );
  assert.doesNotMatch(renderHosts(registries, true).get('docker.io') ?? '', /registry-1/);
});

test('containerd is configured for its version, and templates extend it', () => {
  const settings = {
    version: 2 as const,
    rootDir: '/r',
    stateDir: '/s',
    socketPath: '/s/sock',
    optDir: '/r',
    certsDir: '/c',
    cniBinDir: '/bin',
    cniConfDir: '/conf',
    snapshotter: 'overlayfs',
    sandboxImage: 'pause',
    cgroupDriver: 'cgroupfs' as const,
    defaultRuntime: 'runc',
    mayLowerOomScore: false,
    runtimes: { runc: '/usr/sbin/runc' },
    registries: { configs: { 'x:5': { auth: { username: 'u', password: 'p' } } } },
  };
  const two = renderConfig(settings);
  assert.match(two, /^# .*\nversion = 2\n/);
  assert.match(two, /sandbox_image = "pause"/);
  assert.match(two, /\[plugins\."io\.containerd\.grpc\.v1\.cri"\.registry\.configs\."x:5"\.auth\]\nusername = "u"\npassword = "p"/);
  assert.match(renderConfig({ ...settings, version: 3 }), /\[plugins\."io\.containerd\.cri\.v1\.images"\.pinned_images\]\nsandbox = "pause"/);
  assert.equal(applyTemplate('{{ template "base" . }}\n[x]', 'BASE', 't'), 'BASE\n[x]');
  assert.throws(() => applyTemplate('{{ if .X }}', 'BASE', 't'), /only \{\{ template "base" \. \}\} is supported/);
});

test('pull secrets give the credentials that fit best', () => {
  const auths = {
    'https://index.docker.io/v1/': { auth: Buffer.from('u:p:q').toString('base64') },
    'reg.io/team': { username: 'team', password: 'x' },
    'reg.io': { username: 'all' },
    '*.wild.io': { username: 'w' },
  };
  const secret = { metadata: {}, data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') } };
  const users = (image: string) => credentialsFor(image, [secret]).map(({ username }) => username);
  assert.deepEqual(users('nginx'), ['u']);
  assert.equal(credentialsFor('nginx', [secret])[0]?.password, 'p:q');
  assert.deepEqual(users('reg.io/team/app:1'), ['team', 'all']);
  assert.deepEqual(users('a.wild.io/x'), ['w']);
  assert.deepEqual(users('quay.io/x'), []);
  // With an address the runtime would not use it for mirrors.
  assert.equal(credentialsFor('reg.io/x', [secret])[0]?.serverAddress, undefined);
});

test('the pause program is a static ELF for both architectures', () => {
  for (const [architecture, machine] of [
    ['amd64', 0x3e],
    ['arm64', 0xb7],
  ] as const) {
    const program = buildPauseProgram(architecture);
    assert.equal(program.subarray(0, 4).toString('latin1'), '\u007fELF');
    assert.equal(program.readUInt16LE(18), machine);
    assert.ok(program.length < 300);
  }
});

test("containerd's events name containers that ended or ran out of memory, but not processes of an exec", () => {
  const text = (number: number, value: Buffer) => Buffer.concat([Buffer.from([number * 8 + 2, value.length]), value]);
  const event = (topic: string, ...texts: string[]) => {
    const task = Buffer.concat(texts.map((value, index) => text(index + 1, Buffer.from(value))));
    return Buffer.concat([text(3, Buffer.from(topic)), text(4, Buffer.concat([text(1, Buffer.from('url')), text(2, task)]))]);
  };
  assert.deepEqual(taskEvent(event('/tasks/exit', 'c', 'c')), { type: 'ended', id: 'c' });
  assert.equal(taskEvent(event('/tasks/exit', 'c', 'exec')), undefined);
  assert.deepEqual(taskEvent(event('/tasks/oom', 'c')), { type: 'outOfMemory', id: 'c' });
  assert.equal(taskEvent(event('/tasks/start', 'c')), undefined);
});

test("a log's tail stands in for a termination message", () => {
  assert.equal(lastLogText('2026-01-01T00:00:00Z stdout F one\n2026-01-01T00:00:00Z stderr P tw\n2026-01-01T00:00:00Z stderr F o\n'), 'one\ntwo\n');
});

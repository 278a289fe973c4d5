/** Services, node ports and names on a real node: what pods, the machine and its neighbours reach, and what they are refused. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { waitFor } from '#lib';
import { IMAGE, useCluster } from './cluster.ts';

const SUBNET = 83;
const cluster = useCluster({ name: 'net', hostLink: true, subnet: SUBNET });
/** What the host is to the machine: a neighbour, outside of the cluster. */
const NEIGHBOUR = `198.18.${SUBNET}.1`;
const PORTS = { web: 30_080, local: 30_081, empty: 30_082, udp: 30_083 };

/** Answers each connection with its pod's name and the client's address, then echoes. */
const webPod = (name: string) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: web, only: ${name}}}
spec:
  hostname: ${name}
  subdomain: names
  terminationGracePeriodSeconds: 0
  containers:
  - name: c
    image: ${IMAGE}
    command: [nc, -ll, -p, "9000", -e, sh, -c, 'echo ${name}; exec cat']
    ports: [{name: talk, containerPort: 9000}]
---`;

/** The host's own Node in a container, with the libraries it needs: it serves UDP and talks TLS. */
const SYSTEM = ['/usr', '/lib', '/lib64'].filter((path) => existsSync(path));
const toolPod = (script: string) => `
apiVersion: v1
kind: Pod
metadata: {name: tool, labels: {app: tool}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: c
    image: ${IMAGE}
    command: [/node/node, -e, ${JSON.stringify(script)}]
    volumeMounts: [{name: node, mountPath: /node}${SYSTEM.map((path, index) => `, {name: s${index}, mountPath: ${path}}`).join('')}]
  volumes: [{name: node, hostPath: {path: ${dirname(process.execPath)}}}${SYSTEM.map((path, index) => `, {name: s${index}, hostPath: {path: ${path}}}`).join('')}]
---`;

/** Answers UDP, and TCP connections, with the client's address. */
const TOOL_SERVER = `
const udp = require('dgram').createSocket('udp4');
udp.on('message', (bytes, from) => udp.send('tool ' + from.address, from.port, from.address)).bind(5353);
require('net').createServer((socket) => socket.on('error', () => 0).write('tool ' + socket.remoteAddress.replace('::ffff:', '') + '\\n')).listen(9001);
`;

const service = (name: string, spec: string) => `
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {${spec}}
---`;

const OBJECTS = [
  webPod('a'),
  webPod('b'),
  toolPod(TOOL_SERVER),
  `
apiVersion: v1
kind: Pod
metadata: {name: late, labels: {app: late}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: c
    image: ${IMAGE}
    command: [sleep, "3600"]
    readinessProbe: {exec: {command: ["false"]}, periodSeconds: 60}
---`,
  service('web', `type: NodePort, selector: {app: web}, ports: [{name: talk, port: 80, targetPort: talk, nodePort: ${PORTS.web}}]`),
  service('names', 'clusterIP: None, selector: {app: web}, ports: [{name: talk, port: 9000, targetPort: talk}]'),
  service('self', 'selector: {only: a}, ports: [{port: 80, targetPort: talk}]'),
  service('sticky', 'sessionAffinity: ClientIP, selector: {app: web}, ports: [{port: 80, targetPort: 9000}]'),
  service('local', `type: NodePort, externalTrafficPolicy: Local, selector: {app: tool}, ports: [{port: 80, targetPort: 9001, nodePort: ${PORTS.local}}]`),
  service('empty', `type: NodePort, selector: {app: nothing}, ports: [{port: 80, nodePort: ${PORTS.empty}}]`),
  service('udp', `type: NodePort, selector: {app: tool}, ports: [{port: 53, targetPort: 5353, protocol: UDP, nodePort: ${PORTS.udp}}]`),
  service('alias', 'type: ExternalName, externalName: web.default.svc.cluster.local'),
  service('early', 'clusterIP: None, publishNotReadyAddresses: true, selector: {app: late}'),
  service('ready', 'clusterIP: None, selector: {app: late}'),
].join('');

const ips = new Map<string, string>();

test('pods come up and services get their rules', async () => {
  await cluster.apply(OBJECTS);
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod/a', 'pod/b', 'pod/tool', '--timeout=30s');
  await cluster.becomes('pod late', '{.status.phase}', 'Running');
  await waitFor(
    'all services to have endpoints',
    async () => (await cluster.read('endpoints local udp sticky', '{.items[*].subsets[0].addresses[0].ip}')).split(' ').length === 3,
  );
  for (const [kind, path] of [
    ['services', '{.spec.clusterIP}'],
    ['pods', '{.status.podIP}'],
  ] as const) {
    const lines = await cluster.read(kind, `{range .items[*]}{.metadata.name}=${path}{"\\n"}{end}`);
    for (const line of lines.trim().split('\n')) ips.set(`${kind} ${line.split('=')[0]}`, line.split('=')[1] ?? '');
  }
  await waitFor('the rules', async () => (await onMachine(`nc ${address('sticky')} 80 < /dev/null`)).stdout !== '');
});

function address(name: string): string {
  return ips.get(`services ${name}`) ?? '';
}
function podIp(name: string): string {
  return ips.get(`pods ${name}`) ?? '';
}
interface Output {
  readonly code: number;
  /** Both outputs. */
  readonly text: string;
  readonly stdout: string;
}
/** A shell line in a pod; what takes more than five seconds ends with another code than 1. */
async function inPod(pod: string, line: string): Promise<Output> {
  const { code, stdout, stderr } = await cluster.node.runKubectl(['exec', pod, '--', 'sh', '-c', line.replaceAll(/\b(nc|nslookup) /g, 'timeout 5 $&')], {
    mayFail: true,
  });
  return { code, text: stdout + stderr, stdout };
}
/** A shell line on the machine, with busybox' own commands. */
async function onMachine(line: string): Promise<Output> {
  const { code, stdout, stderr } = await cluster.machine.run(['sh', '-c', line.replaceAll(/\bnc /g, 'timeout 5 busybox nc ')], { mayFail: true });
  return { code, text: stdout + stderr, stdout };
}
/** The first line that `host:port` says to the neighbour. */
async function fromNeighbour(port: number, host = cluster.machine.nodeIp): Promise<string> {
  const socket = connect({ host, port, timeout: 3000 });
  socket.once('timeout', () => socket.destroy(new Error('timed out')));
  try {
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    return bytes.toString().trim();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  } finally {
    socket.destroy();
  }
}
/** One after the other: busybox' server has no queue to speak of. */
async function many(count: number, ask: () => Promise<string>): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let index = 0; index < count; index++) seen.add(await ask());
  return seen;
}

test('a cluster address reaches all pods, from pods and from the machine', async () => {
  const fromPod = await inPod('tool', `for i in 1 2 3 4 5 6 7 8 9 10 11 12; do nc web 80 < /dev/null; done`);
  assert.deepEqual(new Set(fromPod.stdout.trim().split('\n')), new Set(['a', 'b']), fromPod.text);
  assert.deepEqual(await many(12, async () => (await onMachine(`nc ${address('web')} 80 < /dev/null`)).stdout.trim()), new Set(['a', 'b']));
});

test('a pod reaches itself through its service', async () => {
  const { stdout, text } = await inPod('a', 'nc self 80 < /dev/null');
  assert.equal(stdout.trim(), 'a', text);
});

test('a node port answers on the machine, on its loopback and to a neighbour', async () => {
  for (const host of ['127.0.0.1', cluster.machine.nodeIp]) assert.match((await onMachine(`nc ${host} ${PORTS.web} < /dev/null`)).stdout, /^[ab]\n$/);
  assert.deepEqual(await many(16, () => fromNeighbour(PORTS.web)), new Set(['a', 'b']));
});

test('externalTrafficPolicy Local keeps the address of a neighbour, Cluster does not', async () => {
  assert.equal(await fromNeighbour(PORTS.local), `tool ${NEIGHBOUR}`);
  const { stdout } = await inPod('a', 'nc local 80 < /dev/null & sleep 0.3; kill $!');
  assert.equal(stdout.trim(), `tool ${podIp('a')}`);
});

test('session affinity keeps a client at one pod', async () => {
  const { stdout } = await inPod('tool', `for i in 1 2 3 4 5 6 7 8 9 10; do nc sticky 80 < /dev/null; done`);
  assert.equal(new Set(stdout.trim().split('\n')).size, 1, stdout);
});

test('a UDP service answers pods, the machine and neighbours', async () => {
  const ask = (host: string, port: number) =>
    `/node/node -e "const s = require('dgram').createSocket('udp4'); s.on('message', (b) => { console.log(String(b)); s.close(); }).send('x', ${port}, '${host}'); setTimeout(() => process.exit(1), 3000).unref()"`;
  const fromPod = await inPod('tool', ask(address('udp'), 53));
  assert.match(fromPod.stdout, /^tool /, fromPod.text);
  const socket = createSocket('udp4');
  socket.send('x', PORTS.udp, cluster.machine.nodeIp);
  const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(3000) })) as [Buffer];
  socket.close();
  assert.match(answer.toString(), /^tool /);
  const onIt = await onMachine(ask(address('udp'), 53).replace('/node/node', process.execPath));
  assert.match(onIt.stdout, /^tool /, onIt.text);
});

test('what nobody serves is refused at once', async (t) => {
  const cases: [string, string, number][] = [
    ['a service without endpoints', address('empty'), 80],
    ['its node port', cluster.machine.nodeIp, PORTS.empty],
    ['an address that no service has', '10.43.201.7', 80],
    ['a port that the service does not have', address('web'), 81],
  ];
  for (const [name, host, port] of cases) {
    await t.test(name, async () => {
      for (const { code, text } of [await inPod('a', `nc ${host} ${port}`), await onMachine(`nc ${host} ${port}`)]) {
        assert.match(text, /refused/);
        assert.equal(code, 1);
      }
    });
  }
  assert.equal(await fromNeighbour(PORTS.empty), 'ECONNREFUSED');
});

test('names outside fail at once when the host has lost its name servers', async () => {
  await cluster.machine.run(['sh', '-c', 'echo "search example" > /etc/resolv.conf']);
  await waitFor('the change to be noticed', async () => /SERVFAIL/.test((await inPod('tool', 'nslookup -type=a name.example.')).text), { timeoutMs: 20_000 });
});

test('DNS knows services, pods and ports', async (t) => {
  const domain = 'default.svc.cluster.local';
  const lookUp = (name: string) => `/node/node -e "require('dns').lookup('${name}', (error, address) => console.log(error ?? address))"`;
  const cases: [name: string, line: string, ...RegExp[]][] = [
    ['a short name', 'nslookup -type=a web', /Name:\tweb\.default\.svc\.cluster\.local/],
    // busybox' nslookup searches for names without dots only; programs ask their C library.
    ['a name with its namespace', lookUp('kubernetes.default'), /^10\.43\.0\.1\n$/],
    ['every pod of a headless service', `nslookup -type=a names.${domain}`, new RegExp(`Address: ${podIp('a')}\n`), new RegExp(`Address: ${podIp('b')}\n`)],
    ['a pod by its hostname and subdomain', lookUp('b.names'), new RegExp(`^${podIp('b')}\\n$`)],
    ['ports', `nslookup -type=srv _talk._tcp.web.${domain}`, new RegExp(`service = 0 100 80 web.${domain}`)],
    ['ports of pods', `nslookup -type=srv _talk._tcp.names.${domain}`, new RegExp(`service = 0 50 9000 a.names.${domain}`), /50 9000 b\.names/],
    ['an alias', `nslookup -type=a alias.${domain}`, new RegExp(`alias.${domain}\tcanonical name = web.${domain}`), new RegExp(`Address: ${address('web')}\n`)],
    ['the name of a service address', `nslookup ${address('web')}`, new RegExp(`name = web.${domain}`)],
    ['the name of a pod behind a headless service', `nslookup ${podIp('a')}`, new RegExp(`name = a.names.${domain}`)],
    ['pods that are not ready, when the service publishes them', `nslookup -type=a early.${domain}`, new RegExp(`Address: ${podIp('late')}\n`)],
    ['no pods that are not ready otherwise', `nslookup -type=a ready.${domain}`, /NXDOMAIN/],
    ['that a name does not exist', `nslookup -type=a nothing.${domain}`, /NXDOMAIN/],
  ];
  for (const [name, line, ...patterns] of cases) {
    await t.test(name, async () => {
      const { text } = await inPod('tool', line);
      for (const pattern of patterns) assert.match(text, pattern);
    });
  }
});

test('a pod reaches the API by name with its token', async () => {
  const script = `
    const { readFileSync } = require('fs');
    const folder = '/var/run/secrets/kubernetes.io/serviceaccount/';
    const headers = { authorization: 'Bearer ' + readFileSync(folder + 'token', 'utf8') };
    const options = { ca: readFileSync(folder + 'ca.crt'), headers };
    require('https').get('https://kubernetes.default/apis/authentication.k8s.io/v1', options, (answer) => { console.log(answer.statusCode); answer.resume(); });`;
  const { stdout, stderr } = await cluster.node.runKubectl(['exec', 'tool', '--', '/node/node', '-e', script], { mayFail: true });
  assert.equal(stdout.trim(), '200', stderr);
});

test('a restart of k3ts drops no connection and refuses none', async () => {
  const socket = connect({ host: cluster.machine.nodeIp, port: PORTS.web });
  const say = async (text: string) => {
    socket.write(text);
    return waitForText(socket, text);
  };
  assert.match(await waitForText(socket, '\n'), /^[ab]$/);
  await say('before');
  const answers: string[] = [];
  let isOver = false;
  const asking = (async () => {
    while (!isOver) answers.push(await fromNeighbour(PORTS.web));
  })();
  await cluster.node.stop();
  await say('while it is stopped');
  await cluster.node.start();
  await cluster.node.waitReady();
  await cluster.node.waitNodeReady();
  await say('after');
  isOver = true;
  await asking;
  socket.destroy();
  assert.ok(answers.length > 10);
  assert.deepEqual([...new Set(answers)].sort(), ['a', 'b']);
});

/** Resolves with what arrived up to now, trimmed, when `text` is in it. */
async function waitForText(socket: Socket, text: string): Promise<string> {
  let received = '';
  const signal = AbortSignal.timeout(5000);
  while (!received.includes(text)) received += String(((await once(socket, 'data', { signal })) as [Buffer])[0]);
  return received.trim();
}

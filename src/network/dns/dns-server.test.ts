import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { after, test } from 'node:test';
import { endpointSlices, services } from '#api';
import { MemoryCluster } from '../fixtures/memory-client.ts';
import { service, slice } from '../fixtures/objects.ts';
import { createDns, type Dns } from './dns-server.ts';
import { readQuery, TYPE, writeAnswer } from './wire.ts';

const cluster = new MemoryCluster();
cluster.put(services, service('web', '10.43.0.50'));
cluster.put(services, service('big', 'None'));
cluster.put(services, service('outer', '', { type: 'ExternalName', externalName: 'example.org' }));
cluster.put(
  endpointSlices,
  slice(
    'big',
    Array.from({ length: 200 }, (_, index) => `10.42.1.${index}`),
  ),
);

const running: { stop(): Promise<void> }[] = [];
after(async () => {
  for (const part of running) await part.stop();
});
async function start(upstreams: string[]): Promise<{ dns: Dns; resolver: Resolver }> {
  const dns = createDns({ client: cluster.client, clusterDomain: 'cluster.local', clusterDns: ['127.0.0.1'], linkName: '', port: 0, upstreams });
  running.push(dns);
  await dns.start();
  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  resolver.setServers([`127.0.0.1:${dns.port}`]);
  return { dns, resolver };
}

/** A name server that answers A questions by 192.0.2.<how many it has seen>. */
async function startUpstream(): Promise<{ address: string; seen: string[] }> {
  const seen: string[] = [];
  const socket: Socket = createSocket('udp4');
  const answer = (bytes: Buffer) => {
    const query = readQuery(bytes);
    assert.ok(query && !('formErr' in query));
    seen.push(query.name);
    const isMissing = query.name === 'missing.example.org';
    const soa = { name: 'org', ttl: 100, type: 'SOA', primary: 'a.org', mailbox: 'b.org', serial: 1, minimum: 20 } as const;
    const records = [{ name: query.name, ttl: 300, type: 'A', address: `192.0.2.${seen.length}` } as const];
    return writeAnswer(query, { rcode: isMissing ? 3 : 0, isAuthoritative: false, answers: isMissing ? [] : records, authority: isMissing ? [soa] : [] }, 4096);
  };
  socket.on('message', (bytes, from) => socket.send(answer(bytes), from.port, from.address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const tcp = createServer((connection) => {
    connection.on('data', (bytes: Buffer) => {
      const body = answer(bytes.subarray(2));
      const length = Buffer.alloc(2);
      length.writeUInt16BE(body.length);
      connection.end(Buffer.concat([length, body]));
    });
  });
  tcp.listen(socket.address().port, '127.0.0.1');
  await once(tcp, 'listening');
  running.push({
    stop: async () => {
      socket.close();
      tcp.close();
    },
  });
  return { address: `127.0.0.1#${socket.address().port}`, seen };
}

function question(name: string, type: number, edns = 0): Buffer {
  const labels = name.split('.').flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  const opt = edns ? Buffer.from([0, 0, 41, edns >> 8, edns & 255, 0, 0, 0, 0, 0, 0]) : Buffer.alloc(0);
  const header = Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, edns ? 1 : 0]);
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, type, 0, 1]), opt]);
}
async function askUdp(port: number, bytes: Buffer): Promise<Buffer> {
  const socket = createSocket('udp4');
  socket.send(bytes, port, '127.0.0.1');
  const [answer] = (await once(socket, 'message')) as [Buffer];
  socket.close();
  return answer;
}

test('a cluster name keeps the case of its question', async () => {
  const { dns } = await start([]);
  const answer = await askUdp(dns.port, question('wEb.default.svc.cluster.local', TYPE.A));
  assert.equal(answer.readUInt16BE(0), 0x1234);
  assert.equal(answer.readUInt16BE(2), 0x8580, 'answer, authoritative, recursion desired and available');
  assert.ok(answer.includes('wEb'));
  assert.deepEqual([...answer.subarray(-4)], [10, 43, 0, 50]);
  assert.equal(answer.readUInt32BE(answer.length - 10), 5, 'TTL');
});

test('a large answer is cut by UDP, whole by TCP, and names are compressed', async () => {
  const { dns, resolver } = await start([]);
  const name = 'big.default.svc.cluster.local';
  const plain = await askUdp(dns.port, question(name, TYPE.A));
  assert.ok(plain.length <= 512 && (plain.readUInt8(2) & 2) !== 0);
  const edns = await askUdp(dns.port, question(name, TYPE.A, 4096));
  assert.ok(edns.length > 512 && edns.length <= 1232 && (edns.readUInt8(2) & 2) !== 0);
  assert.equal(edns.readUInt16BE(10), 1, 'answers EDNS with EDNS');
  assert.equal((await resolver.resolve4(name)).length, 200);
  const socket = connect(dns.port, '127.0.0.1');
  const bytes = question(name, TYPE.A);
  socket.write(Buffer.concat([Buffer.from([0, bytes.length]), bytes]));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.equal(answer.readUInt16BE(0), 12 + 35 + 200 * 16);
  socket.destroy();
});

test('other names fail at once without a name server', async () => {
  const { resolver } = await start([]);
  await assert.rejects(resolver.resolve4('example.org'), { code: 'ESERVFAIL' });
});

test('other names are asked upstream once and remembered', async () => {
  const upstream = await startUpstream();
  const { resolver } = await start([upstream.address]);
  const [first] = await resolver.resolve4('example.org', { ttl: true });
  assert.deepEqual(first, { address: '192.0.2.1', ttl: 30 });
  assert.deepEqual(await resolver.resolve4('EXAMPLE.org'), ['192.0.2.1']);
  await assert.rejects(resolver.resolve4('missing.example.org'), { code: 'ENOTFOUND' });
  await assert.rejects(resolver.resolve4('missing.example.org'), { code: 'ENOTFOUND' });
  assert.deepEqual(upstream.seen, ['example.org', 'missing.example.org']);
});

test('a name server that does not answer is passed over', async () => {
  const upstream = await startUpstream();
  const silent = createSocket('udp4');
  silent.bind(0, '127.0.0.1');
  await once(silent, 'listening');
  // An address that refuses at once stands for one that is down.
  const refusing = `127.0.0.1#${silent.address().port}`;
  silent.close();
  const { resolver } = await start([refusing, upstream.address]);
  for (let index = 0; index < 4; index++) assert.equal((await resolver.resolve4(`n${index}.example.org`)).length, 1);
});

test('an alias to a foreign name carries its addresses', async () => {
  const upstream = await startUpstream();
  const { resolver } = await start([upstream.address]);
  assert.deepEqual(await resolver.resolve4('outer.default.svc.cluster.local'), ['192.0.2.1']);
});

test('garbage is answered or ignored, never fatal', async () => {
  const { dns } = await start([]);
  const broken = await askUdp(dns.port, Buffer.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 63, 1]));
  assert.equal(broken.readUInt16BE(2), 0x8001);
  const loop = Buffer.from([0, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1]);
  assert.equal((await askUdp(dns.port, loop)).readUInt16BE(2), 0x8001);
  const chaos = question('web.default.svc.cluster.local', TYPE.A);
  chaos[chaos.length - 1] = 3;
  assert.equal((await askUdp(dns.port, chaos)).readUInt8(3) & 15, 5);
});

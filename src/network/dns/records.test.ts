import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLog, FakeClock } from '#lib';
import { elsewhere, service, slice } from '../fixtures/objects.ts';
import { LiveClusterView } from './cluster-view.ts';
import { answerOf } from './records.ts';
import { HostNameServers, usableNameServers } from './resolv-conf.ts';
import { RCODE, type ResourceRecord, TYPE } from './wire.ts';

const view = new LiveClusterView();
const DOMAIN = 'cluster.local';
const named = (name: string) => `${name}.default.svc.${DOMAIN}`;
view.setService('default/web', service('web', '10.43.0.50', { ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }));
view.setService('default/db', service('db', 'None', { ports: [{ name: 'pg', port: 5432, protocol: 'TCP' }] }));
view.setService('default/empty', service('empty', 'None'));
view.setService('default/inner', service('inner', '', { type: 'ExternalName', externalName: named('web') }));
view.setService('default/outer', service('outer', '', { type: 'ExternalName', externalName: 'example.org' }));
view.setService('default/dual', service('dual', '10.43.0.60', { clusterIPs: ['10.43.0.60', 'fd00:43:0::60'] }));
view.setSlice('default/web-x', slice('web', ['10.42.0.9']));
view.setSlice(
  'default/db-x',
  slice(
    'db',
    [{ addresses: ['10.42.0.5'], hostname: 'db-0' }, '10.42.0.6', { addresses: ['10.42.0.7'], conditions: { ready: false } }, elsewhere('10.42.1.8')],
    { name: 'pg', port: 5432 },
  ),
);
view.setNode('Node1', {
  metadata: { name: 'Node1' },
  spec: {},
  status: {
    addresses: [
      { type: 'InternalIP', address: '198.18.0.2' },
      { type: 'Hostname', address: 'x' },
    ],
  },
});

/** `A 1.2.3.4`, `CNAME x`, `SRV 80 host`; failures as their code's name. */
function ask(name: string, type: keyof typeof TYPE): string[] | string {
  const found = answerOf({ name, type: TYPE[type] }, { domain: DOMAIN, view });
  if (found.kind === 'foreign') return 'foreign';
  if (found.kind === 'alias') return `alias ${found.target}`;
  const { rcode, answers, authority } = found.answer;
  if (rcode === RCODE.nxDomain) return authority?.[0]?.type === 'SOA' ? 'no such name' : 'no such name, without SOA';
  if (answers.length === 0) return authority?.[0]?.type === 'SOA' ? 'no data' : 'no data, without SOA';
  return answers.map(show);
}
function show(record: ResourceRecord): string {
  if (record.type === 'SRV') return `SRV ${record.priority} ${record.weight} ${record.port} ${record.target}`;
  if ('address' in record) return `${record.type} ${record.address}`;
  if ('target' in record) return `${record.type} ${record.target}`;
  return record.type === 'TXT' ? `TXT ${record.text}` : 'SOA';
}

const CASES: [string, keyof typeof TYPE, string[] | string][] = [
  [named('web'), 'A', ['A 10.43.0.50']],
  [named('WEB'), 'A', ['A 10.43.0.50']],
  [named('web'), 'AAAA', 'no data'],
  [named('web'), 'TXT', 'no data'],
  [named('web'), 'SRV', [`SRV 0 100 80 ${named('web')}`]],
  [named('_http._tcp.web'), 'SRV', [`SRV 0 100 80 ${named('web')}`]],
  [named('_http._udp.web'), 'SRV', 'no such name'],
  [named('dual'), 'AAAA', ['AAAA fd00:43::60']],
  [named('db'), 'A', ['A 10.42.0.5', 'A 10.42.0.6', 'A 10.42.1.8']],
  [named('_pg._tcp.db'), 'SRV', [`SRV 0 33 5432 ${named('db-0.db')}`, `SRV 0 33 5432 ${named('10-42-0-6.db')}`, `SRV 0 33 5432 ${named('10-42-1-8.db')}`]],
  [named('db-0.db'), 'A', ['A 10.42.0.5']],
  [named('10-42-0-6.db'), 'A', ['A 10.42.0.6']],
  [named('db-1.db'), 'A', 'no such name'],
  [named('empty'), 'A', 'no such name'],
  [named('nothing'), 'A', 'no such name'],
  [named('inner'), 'A', [`CNAME ${named('web')}`, 'A 10.43.0.50']],
  [named('inner'), 'CNAME', [`CNAME ${named('web')}`]],
  [named('outer'), 'A', 'alias example.org'],
  [`default.svc.${DOMAIN}`, 'A', 'no data'],
  [`other.svc.${DOMAIN}`, 'A', 'no such name'],
  [`svc.${DOMAIN}`, 'A', 'no data'],
  [`web.${DOMAIN}`, 'A', 'no such name'],
  [DOMAIN, 'SOA', ['SOA']],
  [DOMAIN, 'A', 'no data'],
  [`dns-version.${DOMAIN}`, 'TXT', ['TXT 1.1.0']],
  [`10-42-0-77.default.pod.${DOMAIN}`, 'A', ['A 10.42.0.77']],
  [`fd00--7.default.pod.${DOMAIN}`, 'AAAA', ['AAAA fd00::7']],
  [`x.default.pod.${DOMAIN}`, 'A', 'no such name'],
  ['50.0.43.10.in-addr.arpa', 'PTR', [`PTR ${named('web')}`]],
  ['5.0.42.10.in-addr.arpa', 'PTR', [`PTR ${named('db-0.db')}`]],
  ['9.0.42.10.in-addr.arpa', 'PTR', [`PTR ${named('10-42-0-9.web')}`]],
  ['0.6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.3.4.0.0.0.0.d.f.ip6.arpa', 'PTR', [`PTR ${named('dual')}`]],
  ['8.8.8.8.in-addr.arpa', 'PTR', 'foreign'],
  ['node1', 'A', ['A 198.18.0.2']],
  ['2.0.18.198.in-addr.arpa', 'PTR', ['PTR Node1']],
  ['example.org', 'A', 'foreign'],
  ['notcluster.local', 'A', 'foreign'],
];
test('the zone answers', async (t) => {
  for (const [name, type, expected] of CASES) await t.test(`${type} ${name}`, () => assert.deepEqual(ask(name, type), expected));
});

test('the view forgets what goes', () => {
  const own = new LiveClusterView();
  own.setService('default/web', service('web', '10.43.0.50'));
  own.setSlice('default/web-x', slice('web', ['10.42.0.9', '10.42.0.8']));
  own.setSlice('default/web-x', slice('web', ['10.42.0.9']));
  assert.deepEqual(own.endpointsAt('10.42.0.8'), []);
  assert.equal(own.endpointsAt('10.42.0.9').length, 1);
  own.setSlice('default/web-x', undefined);
  own.setService('default/web', undefined);
  assert.equal(own.serviceAt('10.43.0.50'), undefined);
  assert.deepEqual(own.endpointsAt('10.42.0.9'), []);
  assert.equal(own.hasNamespace('default'), false);
});

test('usableNameServers leaves the host its own', () => {
  const text =
    '# x\nnameserver 127.0.0.53\nnameserver 192.0.2.1\n nameserver fe80::1\nnameserver ::1\nnameserver 2001:db8::1\nsearch a b\nnameserver 169.254.1.1\nnameserver 10.43.0.10\n';
  assert.deepEqual(usableNameServers(text, ['10.43.0.10']), ['192.0.2.1', '2001:db8::1']);
});

test('name servers of the host are followed while they change', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'k3ts-resolv-'));
  const path = join(dir, 'resolv.conf');
  const clock = new FakeClock();
  const servers = new HostNameServers({ path, ownAddresses: ['10.43.0.10'], clock, log: createLog('test') });
  try {
    assert.deepEqual(await servers.current(), []);
    writeFileSync(path, 'nameserver 192.0.2.1\n');
    assert.deepEqual(await servers.current(), [], 'not looked at again so soon');
    await clock.advance(5000);
    assert.deepEqual(await servers.current(), ['192.0.2.1']);
    // As programs do that manage it: another file takes its place.
    writeFileSync(`${path}.new`, 'nameserver 192.0.2.2\nnameserver 10.43.0.10\n');
    renameSync(`${path}.new`, path);
    await clock.advance(5000);
    assert.deepEqual(await servers.current(), ['192.0.2.2']);
    rmSync(path);
    await clock.advance(5000);
    assert.deepEqual(await servers.current(), []);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

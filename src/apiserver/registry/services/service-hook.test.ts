import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openDatastore } from '#datastore';
import { type Answer, startTestServer, textOf, type TestServer } from '../../testing/test-server.ts';

const SERVICES = '/api/v1/namespaces/default/services';
const ADDRESSES = '/apis/networking.k8s.io/v1/ipaddresses';
const DUAL = { serviceCidr: '10.43.0.0/24,fd00:43::/112' };

async function create(api: TestServer, name: string, spec: object, query = ''): Promise<Answer> {
  return await api.fetch('POST', `${SERVICES}${query}`, { body: { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } } });
}
async function created(api: TestServer, name: string, spec: object): Promise<Answer['json']> {
  const answer = await create(api, name, spec);
  assert.equal(answer.status, 201, answer.text);
  return answer.json;
}
async function patch(api: TestServer, name: string, spec: object): Promise<Answer> {
  return await api.fetch('PATCH', `${SERVICES}/${name}`, { headers: { 'content-type': 'application/merge-patch+json' }, body: { spec } });
}
/** The message without its beginning, which names the object. */
function reasonOf({ json }: Answer): string {
  return textOf(json['message']).replace(/^Service "\w*" is invalid: /, '');
}
async function addresses(api: TestServer): Promise<string[]> {
  const { json } = await api.fetch('GET', ADDRESSES);
  return (json['items'] as unknown as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
}

void describe('with one family', () => {
  const refusals: readonly (readonly [string, object, string])[] = [
    [
      'an address of no range',
      { clusterIP: '10.9.0.1' },
      'spec.clusterIPs: Invalid value: ["10.9.0.1"]: failed to allocate IP 10.9.0.1: the provided network does not match the current range',
    ],
    [
      "the network's address",
      { clusterIP: '10.43.0.0' },
      'spec.clusterIPs: Invalid value: ["10.43.0.0"]: failed to allocate IP 10.43.0.0: the provided IP (10.43.0.0) is not in the valid range. The range of valid IPs is 10.43.0.0/16',
    ],
    [
      'an address in use',
      { clusterIP: '10.43.0.1' },
      'spec.clusterIPs: Invalid value: ["10.43.0.1"]: failed to allocate IP 10.43.0.1: provided IP is already allocated',
    ],
    ['an address of the other family', { clusterIP: 'fd00::1' }, 'spec.clusterIPs[0]: Invalid value: ["fd00::1"]: IPv6 is not configured on this cluster'],
    ['the other family', { ipFamilies: ['IPv6'] }, 'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'],
    [
      'two families',
      { ipFamilyPolicy: 'RequireDualStack' },
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    ],
    [
      'a second family without the policy',
      { ipFamilies: ['IPv4', 'IPv6'] },
      `spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified`,
    ],
    [
      'a port of no range',
      { type: 'NodePort', ports: [{ port: 80, nodePort: 29_999 }] },
      'spec.ports[0].nodePort: Invalid value: 29999: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ],
    [
      'a port in use',
      {
        type: 'NodePort',
        ports: [
          { name: 'a', port: 80, nodePort: 30_000 },
          { name: 'b', port: 81, nodePort: 30_000 },
        ],
      },
      'spec.ports[1].nodePort: Invalid value: 30000: provided port is already allocated',
    ],
    [
      'a health port of no range',
      { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 1 },
      'Internal error occurred: failed to allocate requested HealthCheck NodePort 1: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ],
  ];
  void test('a Service is refused for what cannot be allocated, and nothing stays taken', async () => {
    await using api = await startTestServer();
    for (const [name, spec, reason] of refusals) assert.equal(reasonOf(await create(api, 's', spec)), reason, name);
    assert.deepEqual(await addresses(api), ['10.43.0.1']);
    await created(api, 's', { type: 'NodePort', ports: [{ port: 80, nodePort: 30_000 }] });
  });

  void test('each address is an IPAddress from before the Service until after it', async () => {
    await using api = await startTestServer();
    const spec = (await created(api, 's', {}))['spec'];
    const ip = textOf(spec?.['clusterIP']);
    assert.deepEqual([spec?.['clusterIPs'], spec?.['ipFamilies'], spec?.['ipFamilyPolicy']], [[ip], ['IPv4'], 'SingleStack']);
    const { json } = await api.fetch('GET', `${ADDRESSES}/${ip}`);
    assert.deepEqual(json['spec'], { parentRef: { resource: 'services', namespace: 'default', name: 's' } });
    assert.deepEqual(json['metadata']?.['labels'], { 'ipaddress.kubernetes.io/ip-family': 'IPv4', 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' });
    await api.fetch('DELETE', `${SERVICES}/s`);
    assert.deepEqual(await addresses(api), ['10.43.0.1']);
    await created(api, 's', { clusterIP: ip });
  });

  void test('an address that somebody else wrote down is taken', async () => {
    await using api = await startTestServer();
    const parentRef = { resource: 'gateways', group: 'example.com', namespace: 'default', name: 'g' };
    await api.fetch('POST', ADDRESSES, { body: { metadata: { name: '10.43.0.9' }, spec: { parentRef } } });
    assert.match(reasonOf(await create(api, 's', { clusterIP: '10.43.0.9' })), /provided IP is already allocated$/);
    await api.fetch('DELETE', `${ADDRESSES}/10.43.0.9`);
    await created(api, 's', { clusterIP: '10.43.0.9' });
  });

  void test('a dry run shows the network, takes nothing and keeps what is asked for', async () => {
    await using api = await startTestServer();
    const shown = await create(api, 's', {}, '?dryRun=All');
    assert.equal(shown.json['spec']?.['clusterIP'], '10.43.0.0');
    const asked = await create(api, 's', { clusterIP: '10.43.0.7', type: 'NodePort', ports: [{ port: 80, nodePort: 30_001 }] }, '?dryRun=All');
    assert.equal(asked.json['spec']?.['clusterIP'], '10.43.0.7');
    assert.deepEqual(await addresses(api), ['10.43.0.1']);
    await created(api, 's', { clusterIP: '10.43.0.7', type: 'NodePort', ports: [{ port: 80, nodePort: 30_001 }] });
  });

  void test('types come and go with what they hold', async () => {
    await using api = await startTestServer();
    await created(api, 's', { type: 'NodePort', clusterIP: '10.43.0.7', ports: [{ port: 80, nodePort: 30_005 }] });
    await patch(api, 's', { type: 'ExternalName', externalName: 'x.example', clusterIP: null, clusterIPs: null });
    assert.deepEqual(await addresses(api), ['10.43.0.1']);
    await created(api, 't', { type: 'NodePort', clusterIP: '10.43.0.7', ports: [{ port: 80, nodePort: 30_005 }] });
    const back = await patch(api, 's', { type: 'LoadBalancer', externalName: null, externalTrafficPolicy: 'Local' });
    assert.equal(back.status, 200, back.text);
    assert.ok(back.json['spec']?.['healthCheckNodePort']);
    const inside = await patch(api, 's', { type: 'ClusterIP' });
    assert.equal(inside.json['spec']?.['healthCheckNodePort'], undefined);
  });

  void test('one node port twice in an update is an error without a reason', async () => {
    await using api = await startTestServer();
    await created(api, 's', { type: 'NodePort', ports: [{ name: 'a', port: 80, nodePort: 30_005 }] });
    const ports = [80, 81].map((port) => ({ name: `p${port}`, port, nodePort: 30_005 }));
    const { status, json } = await patch(api, 's', { ports });
    assert.deepEqual([status, json['reason'], json['message']], [500, undefined, 'duplicate nodePort: {TCP 30005}']);
  });

  void test('ports of one number share a node port; load balancers may do without', async () => {
    await using api = await startTestServer();
    const ports = [
      { name: 'a', port: 53, protocol: 'UDP' },
      { name: 'b', port: 53, protocol: 'TCP', nodePort: 30_053 },
    ];
    const spec = (await created(api, 's', { type: 'NodePort', ports }))['spec'];
    assert.deepEqual([spec?.['ports']?.['0']?.['nodePort'], spec?.['ports']?.['1']?.['nodePort']], [30_053, 30_053]);
    const none = (await created(api, 't', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }))['spec'];
    assert.equal(none?.['ports']?.['0']?.['nodePort'], undefined);
  });

  void test('a headless Service without selector may have any family', async () => {
    await using api = await startTestServer();
    const spec = (await created(api, 's', { clusterIP: 'None' }))['spec'];
    assert.deepEqual([spec?.['ipFamilies'], spec?.['ipFamilyPolicy']], [['IPv4', 'IPv6'], 'RequireDualStack']);
  });
});

void describe('with two families', () => {
  void test('a Service gains and loses its second address', async () => {
    await using api = await startTestServer(DUAL);
    const first = (await created(api, 's', {}))['spec'];
    assert.deepEqual(first?.['ipFamilies'], ['IPv4']);
    const both = await patch(api, 's', { ipFamilyPolicy: 'PreferDualStack' });
    assert.deepEqual(both.json['spec']?.['ipFamilies'], ['IPv4', 'IPv6']);
    assert.match(textOf(both.json['spec']?.['clusterIPs']?.['1']), /^fd00:43::/);
    assert.equal((await addresses(api)).length, 3);
    const refused = await patch(api, 's', { clusterIPs: [textOf(first?.['clusterIP'])] });
    assert.equal(reasonOf(refused), `spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be 'SingleStack' to release the secondary cluster IP`);
    const one = await patch(api, 's', { ipFamilyPolicy: 'SingleStack' });
    assert.deepEqual([one.json['spec']?.['ipFamilies'], one.json['spec']?.['clusterIPs']], [['IPv4'], [first?.['clusterIP']]]);
    assert.equal((await addresses(api)).length, 2);
  });

  void test('a Service names the order of its families', async () => {
    await using api = await startTestServer(DUAL);
    const spec = (await created(api, 's', { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6'] }))['spec'];
    assert.deepEqual(spec?.['ipFamilies'], ['IPv6', 'IPv4']);
    assert.match(textOf(spec?.['clusterIP']), /^fd00:43::/);
  });
});

void describe('IPAddresses are mended', () => {
  void test('at the start: lost ones come back, leaked ones go', async () => {
    const datastore = await openDatastore({ endpoint: 'memory' });
    const before = await startTestServer({ datastore });
    await created(before, 's', { clusterIP: '10.43.0.7' });
    await before.server.stop();
    // A crash between two writes: one of each kind.
    const key = '/registry/ipaddresses/10.43.0.7';
    const lost = await datastore.get(key);
    assert.ok(lost);
    await datastore.delete(key);
    await datastore.create(key.replace('0.7', '0.8'), Buffer.from(lost.value.toString().replaceAll('10.43.0.7', '10.43.0.8')));
    await using api = await startTestServer({ datastore });
    assert.deepEqual(await addresses(api), ['10.43.0.1', '10.43.0.7']);
    assert.match(reasonOf(await create(api, 't', { clusterIP: '10.43.0.7' })), /provided IP is already allocated$/);
    await created(api, 't', { clusterIP: '10.43.0.8' });
  });

  void test('when somebody deletes one', async () => {
    await using api = await startTestServer();
    await created(api, 's', { clusterIP: '10.43.0.7' });
    await api.fetch('DELETE', `${ADDRESSES}/10.43.0.7`);
    for (let i = 0; i < 100 && !(await addresses(api)).includes('10.43.0.7'); i++) await new Promise((resolve) => setImmediate(resolve));
    assert.ok((await addresses(api)).includes('10.43.0.7'));
  });
});

void test('a further ServiceCIDR gives further addresses', async () => {
  await using api = await startTestServer();
  const body = { metadata: { name: 'more' }, spec: { cidrs: ['10.99.0.0/24'] } };
  await api.fetch('POST', '/apis/networking.k8s.io/v1/servicecidrs', { body });
  await created(api, 's', { clusterIP: '10.99.0.5' });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service, ServiceSpec } from '#api/types/core-v1';
import type { Endpoint, EndpointSlice } from '#api/types/discovery-v1';
import { elsewhere, HERE, podWithHostPort, service, slice } from '../fixtures/objects.ts';
import { backendsOf, chooseBackends } from './endpoint-choice.ts';
import { type MapName, type PlanContext, planHealthCheck, planHostPorts, planService } from './plan.ts';
import { Ruleset } from './ruleset.ts';

const CONTEXT: PlanContext = { family: 'ip', clusterCidrs: ['10.42.0.0/16'], nodeName: HERE, ownAddresses: new Set(['10.43.0.10']) };
const TCP = { port: 80, protocol: 'TCP' } as const;

function endpoint(address: string, conditions: NonNullable<Endpoint['conditions']>, nodeName = HERE): Endpoint {
  return { addresses: [address], nodeName, conditions };
}
function elementsOf(svc: Service, slices: EndpointSlice[], map: MapName): Record<string, string> {
  return Object.fromEntries(planService(svc, slices, CONTEXT).elements.get(map) ?? []);
}

test('backendsOf', async (t) => {
  await t.test('joins slices, prefers ready ones, ignores other ports and families', () => {
    const slices = [
      slice('s', [endpoint('10.42.0.2', { ready: false, serving: true, terminating: true }), '10.42.0.1']),
      { ...slice('s', ['10.42.0.2']), metadata: { name: 'other' } },
      slice('s', ['10.42.0.3'], { name: 'metrics', port: 9 }),
      { ...slice('s', ['fd00::1']), addressType: 'IPv6' },
    ];
    const found = backendsOf(TCP, slices, false, HERE);
    assert.deepEqual(
      found.map(({ address, isReady }) => [address, isReady]),
      [
        ['10.42.0.1', true],
        ['10.42.0.2', true],
      ],
    );
  });
});

test('chooseBackends', async (t) => {
  const draining = { ready: false, serving: true, terminating: true };
  const cases: { name: string; endpoints: Endpoint[]; policies?: object; zone?: string; cluster: string[]; local: string[]; hasAny: boolean }[] = [
    { name: 'takes ready ones', endpoints: [endpoint('1', { ready: true }), endpoint('2', draining)], cluster: ['1'], local: [], hasAny: true },
    {
      name: 'falls back to terminating ones that serve',
      endpoints: [endpoint('1', draining), endpoint('2', { ready: false })],
      cluster: ['1'],
      local: [],
      hasAny: true,
    },
    { name: 'finds none', endpoints: [endpoint('1', { ready: false })], cluster: [], local: [], hasAny: false },
    {
      name: 'keeps internal Local traffic here',
      endpoints: [endpoint('1', { ready: true }), endpoint('2', { ready: true }, 'there')],
      policies: { isInternalLocal: true },
      cluster: [],
      local: ['1'],
      hasAny: true,
    },
    {
      name: 'knows that others have endpoints',
      endpoints: [endpoint('2', { ready: true }, 'there')],
      policies: { isInternalLocal: true },
      cluster: [],
      local: [],
      hasAny: true,
    },
    {
      name: 'prefers a draining local one for external Local traffic',
      endpoints: [endpoint('1', draining), endpoint('2', { ready: true }, 'there')],
      policies: { isExternal: true, isExternalLocal: true },
      cluster: ['2'],
      local: ['1'],
      hasAny: true,
    },
    {
      name: 'follows zone hints when all endpoints have them',
      endpoints: [
        { ...endpoint('1', { ready: true }), hints: { forZones: [{ name: 'x' }] } },
        { ...endpoint('2', { ready: true }), hints: { forZones: [{ name: 'y' }] } },
      ],
      zone: 'y',
      cluster: ['2'],
      local: [],
      hasAny: true,
    },
    {
      name: 'ignores zone hints when one endpoint has none',
      endpoints: [{ ...endpoint('1', { ready: true }), hints: { forZones: [{ name: 'x' }] } }, endpoint('2', { ready: true })],
      zone: 'x',
      cluster: ['1', '2'],
      local: [],
      hasAny: true,
    },
    {
      name: 'prefers hints for this node',
      endpoints: [
        { ...endpoint('1', { ready: true }), hints: { forNodes: [{ name: HERE }] } },
        { ...endpoint('2', { ready: true }), hints: { forNodes: [{ name: 'there' }] } },
      ],
      cluster: ['1'],
      local: [],
      hasAny: true,
    },
  ];
  for (const { name, endpoints, policies, zone, ...expected } of cases) {
    await t.test(name, () => {
      const backends = backendsOf(TCP, [slice('s', endpoints)], false, HERE);
      const chosen = chooseBackends(backends, { isInternalLocal: false, isExternalLocal: false, isExternal: false, ...policies }, { nodeName: HERE, zone });
      const addresses = (list: readonly { address: string }[]) => list.map(({ address }) => address);
      assert.deepEqual({ cluster: addresses(chosen.cluster), local: addresses(chosen.local), hasAny: chosen.hasAny }, expected);
    });
  }
});

test('planService', async (t) => {
  await t.test('translates by chance to all endpoints', () => {
    const rules = planService(service('web', '10.43.0.50'), [slice('web', ['10.42.0.1', '10.42.0.2'])], CONTEXT);
    assert.deepEqual(Object.fromEntries(rules.elements.get('service-ips') ?? []), { '10.43.0.50 . tcp . 80': 'goto svc/default/web/tcp/80' });
    assert.deepEqual(rules.chains.get('svc/default/web/tcp/80'), [
      'ip saddr != 10.42.0.0/16 jump masquerade-later',
      'meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.42.0.1 . 8080, 1 : 10.42.0.2 . 8080 }',
    ]);
    assert.deepEqual([...(rules.elements.get('hairpin')?.keys() ?? [])], ['10.42.0.1 . 10.42.0.1', '10.42.0.2 . 10.42.0.2']);
  });
  await t.test('leaves headless services, names and foreign proxies alone', () => {
    const labelled = service('web', '10.43.0.50');
    const others = [
      service('web', 'None'),
      service('web', '10.43.0.50', { type: 'ExternalName' }),
      { ...labelled, metadata: { ...labelled.metadata, labels: { 'service.kubernetes.io/service-proxy-name': 'mine' } } },
    ];
    for (const other of others) assert.equal(planService(other, [slice('web', ['10.42.0.1'])], CONTEXT).chains.size, 0);
  });
  await t.test('leaves the address of cluster DNS to cluster DNS', () => {
    assert.deepEqual(elementsOf(service('kube-dns', '10.43.0.10'), [], 'no-endpoint-ips'), {});
  });
  await t.test('refuses without endpoints, drops where others have some', () => {
    const local: Partial<ServiceSpec> = { internalTrafficPolicy: 'Local' };
    assert.deepEqual(elementsOf(service('web', '10.43.0.50'), [], 'no-endpoint-ips'), { '10.43.0.50 . tcp . 80': 'goto refuse' });
    assert.deepEqual(elementsOf(service('web', '10.43.0.50', local), [slice('web', [elsewhere('10.42.1.1')])], 'no-endpoint-ips'), {
      '10.43.0.50 . tcp . 80': 'drop',
    });
  });
  await t.test('leaves load balancer addresses of mode Proxy outside', () => {
    const svc = service(
      'web',
      '10.43.0.50',
      { type: 'LoadBalancer' },
      { loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'Proxy' }, { ip: '192.0.2.2' }] } },
    );
    assert.deepEqual(Object.keys(elementsOf(svc, [slice('web', ['10.42.0.1'])], 'service-ips')), ['10.43.0.50 . tcp . 80', '192.0.2.2 . tcp . 80']);
  });
  await t.test('plans IPv6 in the other family', () => {
    const svc = service('web', '10.43.0.50', { clusterIPs: ['10.43.0.50', 'fd00:43::5'] });
    const slices = [{ ...slice('web', ['fd00:42::1']), addressType: 'IPv6' }];
    const rules = planService(svc, slices, { ...CONTEXT, family: 'ip6', clusterCidrs: ['fd00:42::/56'] });
    assert.deepEqual(rules.chains.get('svc/default/web/tcp/80')?.[1], 'meta l4proto tcp dnat to [fd00:42::1]:8080');
  });
});

test('planHealthCheck counts the ready endpoints of this node', () => {
  const svc = service('web', '10.43.0.50', { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 31_000 });
  const slices = [slice('web', ['10.42.0.1', elsewhere('10.42.1.1'), endpoint('10.42.0.2', { ready: false })])];
  assert.deepEqual(planHealthCheck(svc, slices, CONTEXT), { port: 31_000, namespace: 'default', name: 'web', localEndpoints: 1 });
});

test('planHostPorts', async (t) => {
  const port = { hostPort: 80, containerPort: 8080 };
  await t.test('maps a port of the host to the pod', () => {
    const { elements } = planHostPorts(podWithHostPort('p', '10.42.0.5', port), 'ip');
    assert.deepEqual(Object.fromEntries(elements.get('host-ports') ?? []), { 'tcp . 80': '10.42.0.5 . 8080' });
  });
  await t.test('keeps to the address that is named', () => {
    const { elements } = planHostPorts(podWithHostPort('p', '10.42.0.5', { ...port, hostIP: '192.0.2.1' }), 'ip');
    assert.deepEqual(Object.fromEntries(elements.get('host-ip-ports') ?? []), { '192.0.2.1 . tcp . 80': '10.42.0.5 . 8080' });
  });
  await t.test('gives the port free when the pod has ended', () => {
    const pod = podWithHostPort('p', '10.42.0.5', port);
    assert.equal(planHostPorts({ ...pod, status: { ...pod.status, phase: 'Succeeded' } }, 'ip').elements.size, 0);
  });
});

test('Ruleset', async (t) => {
  const base = { family: 'ip', serviceCidrs: ['10.43.0.0/16'], nodePortAddresses: [] } as const;
  const plan = (name: string, ip: string, addresses: string[]) => planService(service(name, ip), [slice(name, addresses)], CONTEXT);

  await t.test('writes nothing for what stays the same', () => {
    const ruleset = new Ruleset(base);
    assert.notEqual(ruleset.change(new Map([['a', plan('a', '10.43.0.1', ['10.42.0.1'])]])), '');
    assert.equal(ruleset.change(new Map([['a', plan('a', '10.43.0.1', ['10.42.0.1'])]])), '');
  });
  await t.test('rewrites one chain when endpoints change', () => {
    const ruleset = new Ruleset(base);
    ruleset.change(
      new Map([
        ['a', plan('a', '10.43.0.1', ['10.42.0.1', '10.42.0.2'])],
        ['b', plan('b', '10.43.0.2', ['10.42.0.1'])],
      ]),
    );
    assert.equal(
      ruleset.change(new Map([['a', plan('a', '10.43.0.1', ['10.42.0.2'])]])),
      [
        'flush chain ip k3ts-proxy svc/default/a/tcp/80',
        'add rule ip k3ts-proxy svc/default/a/tcp/80 ip saddr != 10.42.0.0/16 jump masquerade-later',
        'add rule ip k3ts-proxy svc/default/a/tcp/80 meta l4proto tcp dnat to 10.42.0.2:8080',
        '',
      ].join('\n'),
      'the hairpin element of 10.42.0.1 belongs to b as well and stays',
    );
  });
  await t.test('gives a contested address to the next owner when the first goes', () => {
    const ruleset = new Ruleset(base);
    const external = (name: string, ip: string) => planService(service(name, ip, { externalIPs: ['203.0.113.1'] }), [slice(name, ['10.42.0.1'])], CONTEXT);
    ruleset.change(
      new Map([
        ['a', external('a', '10.43.0.1')],
        ['b', external('b', '10.43.0.2')],
      ]),
    );
    const script = ruleset.change(new Map([['a', undefined]]));
    assert.match(script, /delete element ip k3ts-proxy service-ips \{ 10\.43\.0\.1 \. tcp \. 80, 203\.0\.113\.1 \. tcp \. 80 \}/);
    assert.match(script, /add element ip k3ts-proxy service-ips \{ 203\.0\.113\.1 \. tcp \. 80 : goto ext\/default\/b\/tcp\/80 \}/);
    assert.deepEqual([...ruleset.owners], ['b']);
  });
  await t.test('a rebuild removes what an earlier start left', () => {
    const ruleset = new Ruleset(base);
    ruleset.change(new Map([['a', plan('a', '10.43.0.1', ['10.42.0.1'])]]));
    const script = ruleset.rebuild({ chains: ['services', 'svc/default/a/tcp/80', 'svc/default/old/tcp/80'], sets: ['hairpin', 'seen/old'] });
    assert.match(script, /delete chain ip k3ts-proxy svc\/default\/old\/tcp\/80\ndelete set ip k3ts-proxy seen\/old\n$/);
    assert.doesNotMatch(script, /delete chain ip k3ts-proxy (services|svc\/default\/a)/);
  });
});

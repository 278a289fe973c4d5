import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyRules } from './plan.ts';
import { abandonedFlows, parseFlows, staleFlows } from './udp-flows.ts';

const LISTED = `udp      17 28 src=10.42.0.9 dst=10.43.0.57 sport=41000 dport=53 src=10.42.0.5 dst=10.42.0.9 sport=5353 dport=41000 mark=0 use=1
udp      17 28 src=192.0.2.7 dst=198.18.0.2 sport=41001 dport=30083 [UNREPLIED] src=10.42.0.6 dst=10.42.0.1 sport=5353 dport=41001 mark=0 use=1
udp      17 28 src=fd00::9 dst=fd43::1 sport=1 dport=53 src=fd42::5 dst=fd00::9 sport=5353 dport=1 mark=0 use=1
tcp      6 28 ESTABLISHED src=1.1.1.1 dst=2.2.2.2 sport=1 dport=53 src=2.2.2.2 dst=1.1.1.1 sport=5353 dport=1 mark=0 use=1
`;

function rulesWith(flows: Record<string, string[]>) {
  const rules = emptyRules();
  for (const [to, endpoints] of Object.entries(flows)) rules.udpFlows.set(to, new Set(endpoints));
  return rules;
}

test('parseFlows reads what conntrack lists', () => {
  assert.deepEqual(parseFlows(LISTED), [
    { address: '10.43.0.57', port: '53', endpoint: '10.42.0.5' },
    { address: '198.18.0.2', port: '30083', endpoint: '10.42.0.6' },
    { address: 'fd43::1', port: '53', endpoint: 'fd42::5' },
  ]);
  assert.deepEqual(parseFlows(''), []);
});

test('abandonedFlows are those to endpoints and through services that went', async (t) => {
  const networks = { serviceCidrs: ['10.43.0.0/16'], clusterCidrs: ['10.42.0.0/16'] };
  const flow = (address: string, port: string, endpoint: string) => ({ address, port, endpoint });
  const cases: [name: string, flow: ReturnType<typeof flow>, owned: Record<string, string[]>, isStale: boolean][] = [
    ['an endpoint that is there', flow('10.43.0.57', '53', '10.42.0.5'), { '10.43.0.57:53': ['10.42.0.5'] }, false],
    ['an endpoint that went', flow('10.43.0.57', '53', '10.42.0.5'), { '10.43.0.57:53': ['10.42.0.6'] }, true],
    ['a service that went', flow('10.43.0.57', '53', '10.42.0.5'), {}, true],
    ['a node port', flow('198.18.0.2', '30083', '10.42.0.6'), { ':30083': ['10.42.0.6'] }, false],
    ['a node port whose endpoint went', flow('198.18.0.2', '30083', '10.42.0.6'), { ':30083': [] }, true],
    ['a node port that went', flow('198.18.0.2', '30083', '10.42.0.6'), {}, true],
    ["another program's translation", flow('198.18.0.2', '514', '192.168.7.7'), {}, false],
  ];
  for (const [name, one, owned, isStale] of cases) {
    await t.test(name, () => {
      const stale = abandonedFlows([one, one], { ...networks, owned: [rulesWith(owned)] });
      assert.deepEqual(stale, isStale ? [{ to: `${one.address}:${one.port}`, endpoint: one.endpoint }] : []);
    });
  }
});

test('staleFlows are the endpoints that a change takes away', () => {
  assert.deepEqual(staleFlows(rulesWith({ a: ['1', '2'], b: ['1'] }), rulesWith({ a: ['2', '3'] })), [
    { to: 'a', endpoint: '1' },
    { to: 'b', endpoint: '1' },
  ]);
  assert.deepEqual(staleFlows(undefined, rulesWith({ a: ['1'] })), []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service } from '#api/types/core-v1';
import { prepareServiceUpdate } from './strategy.ts';

const BALANCER = { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] }, conditions: [] };

/** What an update of a Service to `spec` makes of it. */
function updated(old: object, spec: object): Service {
  const of = (each: object) => ({ metadata: {}, spec: structuredClone(each), status: structuredClone(BALANCER) }) as unknown as Service;
  const service = of(spec);
  prepareServiceUpdate(service, of(old));
  return service;
}
const nodePorts = ({ spec }: Service) => spec.ports?.map(({ nodePort }) => nodePort);

test('ports keep their node ports by name', () => {
  const old = {
    type: 'NodePort',
    ports: [
      { name: 'a', port: 80, nodePort: 30_001 },
      { name: 'b', port: 81, nodePort: 30_002 },
    ],
  };
  const ports = [
    { name: 'b', port: 80 },
    { name: 'a', port: 90 },
    { name: 'c', port: 81 },
  ];
  assert.deepEqual(nodePorts(updated(old, { type: 'LoadBalancer', ports })), [30_002, 30_001, undefined]);
  const moved = [
    { name: 'a', port: 80 },
    { name: 'b', port: 81, nodePort: 30_001 },
  ];
  assert.deepEqual(nodePorts(updated(old, { type: 'NodePort', ports: moved })), [undefined, 30_001]);
});

test('node ports go with the type that has them, unless there are new ones', () => {
  const old = {
    type: 'NodePort',
    ports: [
      { name: 'a', port: 80, nodePort: 30_001 },
      { name: 'b', port: 81, nodePort: 30_002 },
    ],
  };
  const [first] = old.ports;
  assert.deepEqual(nodePorts(updated(old, { type: 'ClusterIP', ports: [first] })), [undefined]);
  assert.deepEqual(nodePorts(updated(old, { type: 'ClusterIP', ports: [first, { name: 'c', port: 82, nodePort: 30_003 }] })), [30_001, 30_003]);
  const withoutAny = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false };
  assert.deepEqual(nodePorts(updated(old, { ...withoutAny, ports: [first] })), [30_001]);
  assert.deepEqual(nodePorts(updated({ ...withoutAny, ports: [first] }, { type: 'ClusterIP', ports: [first] })), [undefined]);
  assert.deepEqual(nodePorts(updated({ ...old, type: 'LoadBalancer' }, { ...withoutAny, ports: [{ name: 'a', port: 80 }] })), [undefined]);
});

test('only load balancers have a status of one', () => {
  assert.deepEqual(updated({ type: 'LoadBalancer' }, { type: 'LoadBalancer' }).status, BALANCER);
  assert.deepEqual(updated({ type: 'LoadBalancer' }, { type: 'NodePort' }).status, { loadBalancer: {}, conditions: [] });
});

test('other fields stay when the type changes', () => {
  const inside = { type: 'ClusterIP', clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], internalTrafficPolicy: 'Cluster' };
  const outside = { type: 'ExternalName', externalName: 'a.b', internalTrafficPolicy: 'Cluster' };
  assert.deepEqual(updated(inside, { ...inside, ...outside }).spec, outside);
  assert.deepEqual(updated(outside, { ...outside, type: 'ClusterIP' }).spec, { ...outside, type: 'ClusterIP' });
});

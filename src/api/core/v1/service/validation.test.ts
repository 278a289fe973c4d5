import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Service } from '#api/types/core-v1';
import { type FieldError, formatFieldError } from '../../../machinery/field-error.ts';
import { defaultService } from './defaults.ts';
import { validateService, validateServiceStatus, validateServiceUpdate } from './validation.ts';

function serviceOf(spec: object, metadata: object = {}, ingress?: object[]): Service {
  const service = {
    metadata: { name: 's', namespace: 'n', ...metadata },
    spec: {
      ports: [{ port: 80 }],
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ...structuredClone(spec),
    },
    ...(ingress ? { status: { loadBalancer: { ingress } } } : {}),
  } as Service;
  defaultService(service);
  return service;
}
/** Without the explanations of names' forms, which machinery/names.ts' tests check. */
function textsOf(errors: readonly FieldError[]): string[] {
  return errors.map((error) => formatFieldError(error).replace(/ must (?:consist of|contain only) .*/, ' …'));
}

void describe('a Service is refused for', () => {
  const rows: readonly (readonly [string, object, object, string[]])[] = [
    ['no ports', { ports: [] }, {}, ['spec.ports: Required value']],
    [
      'headless balancer',
      { type: 'LoadBalancer', clusterIP: 'None', clusterIPs: ['None'] },
      {},
      ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for LoadBalancer services'],
    ],
    [
      'ExternalName with addresses',
      { type: 'ExternalName', externalName: 'x.y' },
      {},
      [
        'spec.clusterIPs: Forbidden: may not be set for ExternalName services',
        'spec.ipFamilies: Forbidden: may not be set for ExternalName services',
        'spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services',
      ],
    ],
    [
      'ExternalName without name',
      { type: 'ExternalName', clusterIP: '' },
      {},
      [
        'spec.clusterIPs: Forbidden: may not be set for ExternalName services',
        'spec.ipFamilies: Forbidden: may not be set for ExternalName services',
        'spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services',
        'spec.externalName: Required value',
      ],
    ],
    [
      'ExternalName bad',
      { type: 'ExternalName', externalName: 'X_', clusterIP: '' },
      {},
      [
        'spec.clusterIPs: Forbidden: may not be set for ExternalName services',
        'spec.ipFamilies: Forbidden: may not be set for ExternalName services',
        'spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services',
        'spec.externalName: Invalid value: "X_": a lowercase RFC 1123 subdomain …',
      ],
    ],
    [
      'port names',
      { ports: [{ port: 1 }, { port: 2, name: 'A' }, { name: 'a', port: 3 }, { name: 'a', port: 4 }] },
      {},
      [
        'spec.ports[0].name: Required value',
        'spec.ports[1].name: Invalid value: "A": a lowercase RFC 1123 label …',
        'spec.ports[3].name: Duplicate value: "a"',
      ],
    ],
    [
      'port values',
      { ports: [{ port: 0, protocol: 'X', targetPort: 'a_b', appProtocol: 'a b' }] },
      {},
      [
        'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
        'spec.ports[0].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
        'spec.ports[0].targetPort: Invalid value: "a_b": …',
        'spec.ports[0].appProtocol: Invalid value: "a b": name part …',
      ],
    ],
    [
      'target port',
      { ports: [{ port: 80, targetPort: 70000 }] },
      {},
      ['spec.ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive'],
    ],
    [
      'selector',
      { selector: { 'a b': 'c d' } },
      {},
      [
        'spec.selector: Invalid value: "a b": name part …',
        "spec.selector: Invalid value: \"c d\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      ],
    ],
    ['affinity', { sessionAffinity: 'X' }, {}, ['spec.sessionAffinity: Unsupported value: "X": supported values: "ClientIP", "None"']],
    [
      'affinity seconds',
      { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } } },
      {},
      ['spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400'],
    ],
    ['addresses missing', { clusterIPs: [] }, {}, ['spec.clusterIPs: Required value']],
    ['addresses differ', { clusterIPs: ['10.0.0.2'] }, {}, ['spec.clusterIPs: Invalid value: ["10.0.0.2"]: first value must match `clusterIP`']],
    ['addresses without first', { clusterIP: '' }, {}, ['spec.clusterIPs: Invalid value: ["10.0.0.1"]: must be empty when `clusterIP` is not specified']],
    [
      'families',
      { ipFamilies: ['IPv4', 'IPv4', 'X'] },
      {},
      ['spec.ipFamilies[1]: Duplicate value: "IPv4"', 'spec.ipFamilies[2]: Unsupported value: "X": supported values: "IPv4", "IPv6"'],
    ],
    [
      'policy',
      { ipFamilyPolicy: 'X' },
      {},
      ['spec.ipFamilyPolicy: Unsupported value: "X": supported values: "PreferDualStack", "RequireDualStack", "SingleStack"'],
    ],
    [
      'None and another',
      { clusterIP: 'None', clusterIPs: ['None', '10.0.0.1'] },
      {},
      ['spec.clusterIPs: Invalid value: ["None","10.0.0.1"]: \'None\' must be the first and only value'],
    ],
    [
      'None second',
      { clusterIPs: ['10.0.0.1', 'None'] },
      {},
      ['spec.clusterIPs[1]: Invalid value: "None": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
    ],
    ['bad address', { clusterIP: '10.0.0.01', clusterIPs: ['10.0.0.01'] }, {}, ['spec.clusterIPs[0]: Invalid value: "10.0.0.01": must not have leading 0s']],
    [
      'three addresses',
      { clusterIPs: ['10.0.0.1', 'fd00::1', '10.0.0.2'] },
      {},
      ['spec.clusterIPs: Invalid value: ["10.0.0.1","fd00::1","10.0.0.2"]: may only hold up to 2 values'],
    ],
    [
      'one family twice',
      { clusterIPs: ['10.0.0.1', '10.0.0.2'] },
      {},
      ['spec.clusterIPs: Invalid value: ["10.0.0.1","10.0.0.2"]: may specify no more than one IP for each IP family'],
    ],
    [
      'address of the other family',
      { ipFamilies: ['IPv6'] },
      {},
      ['spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`'],
    ],
    [
      'external addresses',
      { externalIPs: ['x', '0.0.0.0', '127.0.0.1', '169.254.1.1', '224.0.0.1'] },
      {},
      [
        'spec.externalIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
        'spec.externalIPs[1]: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)',
        'spec.externalIPs[2]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
        'spec.externalIPs[3]: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
        'spec.externalIPs[4]: Invalid value: "224.0.0.1": may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)',
      ],
    ],
    ['type', { type: 'X' }, {}, ['spec.type: Unsupported value: "X": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"']],
    ['node port inside', { ports: [{ port: 80, nodePort: 30000 }] }, {}, ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"]],
    [
      'node port twice',
      {
        type: 'NodePort',
        ports: [
          { name: 'a', port: 80, nodePort: 30000 },
          { name: 'b', port: 81, nodePort: 30000 },
        ],
      },
      {},
      ['spec.ports[1].nodePort: Duplicate value: 30000'],
    ],
    [
      'port twice',
      {
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 80 },
        ],
      },
      {},
      ['spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}'],
    ],
    [
      'source ranges',
      { loadBalancerSourceRanges: ['10.0.0.0/8', 'x'] },
      {},
      [
        "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
        'spec.LoadBalancerSourceRanges[1]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      ],
    ],
    [
      'source annotation',
      {},
      { annotations: { 'service.beta.kubernetes.io/load-balancer-source-ranges': 'x' } },
      [
        "metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Forbidden: may only be used when `type` is 'LoadBalancer'",
        'metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      ],
    ],
    [
      'topology annotations',
      {},
      { annotations: { 'service.kubernetes.io/topology-aware-hints': 'a', 'service.kubernetes.io/topology-mode': 'b' } },
      [
        'metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "b": must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified',
      ],
    ],
    [
      'external policy inside',
      { externalTrafficPolicy: 'Local' },
      {},
      ['spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services'],
    ],
    [
      'external policy',
      { type: 'NodePort', externalTrafficPolicy: 'X' },
      {},
      ['spec.externalTrafficPolicy: Unsupported value: "X": supported values: "Cluster", "Local"'],
    ],
    ['internal policy', { internalTrafficPolicy: 'X' }, {}, ['spec.internalTrafficPolicy: Unsupported value: "X": supported values: "Cluster", "Local"']],
    [
      'health port',
      { type: 'LoadBalancer', healthCheckNodePort: 30000 },
      {},
      ["spec.healthCheckNodePort: Invalid value: 30000: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"],
    ],
    [
      'health port value',
      { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 70000 },
      {},
      ['spec.healthCheckNodePort: Invalid value: 70000: must be between 1 and 65535, inclusive'],
    ],
    [
      'distribution',
      { trafficDistribution: 'X' },
      {},
      ['spec.trafficDistribution: Unsupported value: "X": supported values: "PreferClose", "PreferSameNode", "PreferSameZone"'],
    ],
    [
      'balancer fields inside',
      { allocateLoadBalancerNodePorts: true, loadBalancerClass: 'a/b' },
      {},
      [
        "spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'",
        "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
      ],
    ],
    ['balancer class', { type: 'LoadBalancer', loadBalancerClass: 'a b' }, {}, ['spec.loadBalancerClass: Invalid value: "a b": name part …']],
  ];
  for (const [name, spec, metadata, expected] of rows) {
    void test(name, () => assert.deepEqual(textsOf(validateService(serviceOf(spec, metadata))), expected));
  }
});

void describe('a changed Service is refused for', () => {
  const rows: readonly (readonly [string, object, object, string[]])[] = [
    ['address', {}, { clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2'] }, ['spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set']],
    ['address unset', {}, { clusterIP: '', clusterIPs: [] }, ['spec.clusterIPs[0]: Invalid value: null: primary clusterIP can not be unset']],
    ['to headless', {}, { clusterIP: 'None', clusterIPs: ['None'] }, ['spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set']],
    [
      'family',
      {},
      { ipFamilies: ['IPv6'], clusterIP: 'fd00::1', clusterIPs: ['fd00::1'] },
      ['spec.clusterIPs[0]: Invalid value: ["fd00::1"]: may not change once set', 'spec.ipFamilies[0]: Invalid value: ["IPv6"]: may not change once set'],
    ],
    ['second comes', {}, { clusterIPs: ['10.0.0.1', 'fd00::1'], ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' }, []],
    [
      'second goes',
      { clusterIPs: ['10.0.0.1', 'fd00::1'], ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' },
      { ipFamilyPolicy: 'PreferDualStack' },
      [
        'spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be set to \'SingleStack\' when releasing the secondary clusterIP',
        'spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be set to \'SingleStack\' when releasing the secondary ipFamily',
      ],
    ],
    ['second goes rightly', { clusterIPs: ['10.0.0.1', 'fd00::1'], ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' }, {}, []],
    [
      'second changes',
      { clusterIPs: ['10.0.0.1', 'fd00::1'], ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' },
      { clusterIPs: ['10.0.0.1', 'fd00::2'], ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'PreferDualStack' },
      ['spec.clusterIPs[1]: Invalid value: ["10.0.0.1","fd00::2"]: may not change once set'],
    ],
    [
      'class',
      { type: 'LoadBalancer', loadBalancerClass: 'a/b' },
      { type: 'LoadBalancer' },
      ['spec.loadBalancerClass: Invalid value: "null": may not change once set'],
    ],
    ['class comes', {}, { type: 'LoadBalancer', loadBalancerClass: 'a/b' }, []],
    [
      'health port',
      { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 30000 },
      { type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 30001 },
      ['spec.healthCheckNodePort: Forbidden: field is immutable'],
    ],
    ['old odd address stays', { clusterIP: '10.0.0.01', clusterIPs: ['10.0.0.01'] }, { clusterIP: '10.0.0.01', clusterIPs: ['10.0.0.01'] }, []],
  ];
  for (const [name, old, spec, expected] of rows) {
    void test(name, () => assert.deepEqual(textsOf(validateServiceUpdate(serviceOf(spec), serviceOf(old))), expected));
  }
});

void describe("a Service's status is refused for", () => {
  const rows: readonly (readonly [string, object, object[], string[]])[] = [
    [
      'not a balancer',
      {},
      [{ ip: '10.0.0.1', ipMode: 'VIP' }],
      ["status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'"],
    ],
    [
      'address',
      { type: 'LoadBalancer' },
      [{ ip: 'x', ipMode: 'VIP' }],
      ['status.loadBalancer.ingress[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
    ],
    [
      'mode',
      { type: 'LoadBalancer' },
      [
        { ip: '10.0.0.1', ipMode: 'X' },
        { hostname: 'a', ipMode: 'VIP' },
      ],
      [
        'status.loadBalancer.ingress[0].ipMode: Unsupported value: "X": supported values: "Proxy", "VIP"',
        'status.loadBalancer.ingress[1].ipMode: Forbidden: may not be specified when `ip` is not set',
      ],
    ],
    [
      'hostname',
      { type: 'LoadBalancer' },
      [{ hostname: 'A_' }, { hostname: '10.0.0.1' }],
      [
        'status.loadBalancer.ingress[0].hostname: Invalid value: "A_": a lowercase RFC 1123 subdomain …',
        'status.loadBalancer.ingress[1].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
      ],
    ],
  ];
  for (const [name, spec, ingress, expected] of rows) {
    void test(name, () => assert.deepEqual(textsOf(validateServiceStatus(serviceOf(spec, {}, ingress), serviceOf(spec))), expected));
  }
});

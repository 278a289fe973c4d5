import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeCreates, describeUpdates, statusErrors, stored } from '../../testing/kind-cases.ts';
import { ingressClasses } from './ingress-classes.ts';
import { ingresses } from './ingresses.ts';
import { nameIsIpAddress } from './ip-address-validation.ts';
import { ipAddresses } from './ip-addresses.ts';
import { networkPolicies } from './network-policies.ts';
import { serviceCidrs } from './service-cidrs.ts';

const BACKEND = { service: { name: 's', port: { number: 80 } } };
const withPath = (path: object) => ({ spec: { rules: [{ http: { paths: [{ backend: BACKEND, ...path }] } }] } });
const withBackend = (defaultBackend: object) => ({ spec: { defaultBackend } });
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const CIDR = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

describeCreates(ingresses, [
  ['right', withBackend(BACKEND), []],
  ['nothing', { spec: {} }, ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified']],
  ['a Service whose name begins with a digit', withBackend({ service: { name: '1s', port: { number: 80 } } }), []],
  [
    'a Service without a name',
    withBackend({ service: { port: { number: 70000 } } }),
    [
      'spec.defaultBackend.service.name: Required value',
      'spec.defaultBackend.service.port.number: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
  ],
  ['a bad name', withBackend({ service: { name: 'S', port: { name: 'http' } } }), [`spec.defaultBackend.service.name: Invalid value: "S": ${LABEL}`]],
  [
    'two ports',
    withBackend({ service: { name: 's', port: { name: 'a', number: 1 } } }),
    ['spec.defaultBackend: Invalid value: "": cannot set both port name & port number'],
  ],
  ['no port', withBackend({ service: { name: 's' } }), ['spec.defaultBackend: Required value: port name or number is required']],
  [
    'a bad port name',
    withBackend({ service: { name: 's', port: { name: '1-' } } }),
    [
      'spec.defaultBackend.service.port.name: Invalid value: "1-": must contain at least one letter (a-z)',
      'spec.defaultBackend.service.port.name: Invalid value: "1-": must not begin or end with a hyphen',
    ],
  ],
  [
    'two backends',
    withBackend({ ...BACKEND, resource: { kind: 'K', name: 'n' } }),
    ['spec.defaultBackend: Invalid value: "": cannot set both resource and service backends'],
  ],
  ['a resource of no group, which Go writes as null', withBackend({ resource: { apiGroup: null, kind: 'K', name: 'n' } }), []],
  ['no backend', withBackend({}), ['spec.defaultBackend: Invalid value: "": resource or service backend is required']],
  [
    'a resource',
    withBackend({ resource: { apiGroup: '-', kind: 'a/b', name: '' } }),
    [
      `spec.defaultBackend.resource.apiGroup: Invalid value: "-": ${SUBDOMAIN}`,
      'spec.defaultBackend.resource.kind: Invalid value: "a/b": may not contain \'/\'',
      'spec.defaultBackend.resource.name: Required value',
    ],
  ],
  ['an address as host', { spec: { rules: [{ host: '10.0.0.1' }] } }, ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address']],
  ['a bad host', { spec: { rules: [{ host: 'A' }] } }, [`spec.rules[0].host: Invalid value: "A": ${SUBDOMAIN}`]],
  ['a wildcard host', { spec: { rules: [{ host: '*.a.b' }] } }, []],
  ['no paths', { spec: { rules: [{ http: {} }] } }, ['spec.rules[0].http.paths: Required value']],
  ['no path type', withPath({ path: '/' }), ['spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified']],
  [
    'a path type',
    withPath({ pathType: 'X' }),
    ['spec.rules[0].http.paths[0].pathType: Unsupported value: "X": supported values: "Exact", "ImplementationSpecific", "Prefix"'],
  ],
  [
    'a relative path',
    withPath({ pathType: 'Exact', path: 'a//b/.' }),
    [
      'spec.rules[0].http.paths[0].path: Invalid value: "a//b/.": must be an absolute path',
      'spec.rules[0].http.paths[0].path: Invalid value: "a//b/.": must not contain \'//\'',
      'spec.rules[0].http.paths[0].path: Invalid value: "a//b/.": cannot end with \'/.\'',
    ],
  ],
  [
    'an own path',
    withPath({ pathType: 'ImplementationSpecific', path: 'a' }),
    ['spec.rules[0].http.paths[0].path: Invalid value: "a": must be an absolute path'],
  ],
  [
    'TLS',
    { spec: { defaultBackend: BACKEND, tls: [{ hosts: ['A'], secretName: 'B' }] } },
    [`spec.tls[0].hosts[0]: Invalid value: "A": ${SUBDOMAIN}`, `spec.tls[0].secretName: Invalid value: "B": ${SUBDOMAIN}`],
  ],
  ['a class', { spec: { defaultBackend: BACKEND, ingressClassName: 'A' } }, [`spec.ingressClassName: Invalid value: "A": ${SUBDOMAIN}`]],
  [
    'two classes',
    { metadata: { annotations: { 'kubernetes.io/ingress.class': 'a' } }, spec: { defaultBackend: BACKEND, ingressClassName: 'b' } },
    ['annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified'],
  ],
  ['the same class twice', { metadata: { annotations: { 'kubernetes.io/ingress.class': 'a' } }, spec: { defaultBackend: BACKEND, ingressClassName: 'a' } }, []],
]);
const BAD_SECRET = { spec: { defaultBackend: BACKEND, tls: [{ secretName: 'B' }] } };
const BAD_WILDCARD = { spec: { rules: [{ host: '*.a.b', http: {} }] } };
describeUpdates(ingresses, [
  ['a bad secret name stays', BAD_SECRET, BAD_SECRET, []],
  ['a bad secret name comes', BAD_SECRET, withBackend(BACKEND), [`spec.tls[0].secretName: Invalid value: "B": ${SUBDOMAIN}`]],
  ['a bad wildcard rule stays', BAD_WILDCARD, BAD_WILDCARD, []],
  ['a bad wildcard rule comes', BAD_WILDCARD, withBackend(BACKEND), ['spec.rules[0].http.paths: Required value']],
]);
test('the status of an Ingress', () => {
  const status = (ingress: object) => ({ status: { loadBalancer: { ingress: [ingress] } } });
  assert.deepEqual(statusErrors(ingresses, status({ ip: '10.0.0.01' }), status({ ip: '10.0.0.01' })), []);
  assert.deepEqual(statusErrors(ingresses, status({ ip: '10.0.0.01' }), {}), [
    'status.loadBalancer.ingress[0].ip: Invalid value: "10.0.0.01": must not have leading 0s',
  ]);
  assert.deepEqual(statusErrors(ingresses, status({ hostname: '10.0.0.1' }), {}), [
    'status.loadBalancer.ingress[0].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
  ]);
});
test('the class of an Ingress by annotation is warned about', () => {
  const ingress = stored(ingresses, { metadata: { name: 'x', annotations: { 'kubernetes.io/ingress.class': 'a' } }, ...withBackend(BACKEND) });
  assert.deepEqual(ingresses.warnings?.(ingress, undefined), [
    `annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`,
  ]);
  assert.deepEqual(ingresses.warnings?.(ingress, ingress), []);
});

const withParameters = (parameters: object) => ({ spec: { controller: 'a.b/c', parameters } });
describeCreates(ingressClasses, [
  ['right', withParameters({ kind: 'K', name: 'n' }), []],
  ['no controller', { spec: {} }, ['spec.controller: Required value']],
  [
    'a controller without a domain',
    { spec: { controller: 'a' } },
    ['spec.controller: Invalid value: "a": must be a domain-prefixed path (such as "acme.io/foo")'],
  ],
  [
    'a bad controller',
    { spec: { controller: 'A/ ' } },
    [
      `spec.controller: Invalid value: "A": ${SUBDOMAIN}`,
      "spec.controller: Invalid value: \" \": Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')",
    ],
  ],
  ['a long controller', { spec: { controller: `a/${'b'.repeat(250)}` } }, ['spec.controller: Too long: may not be more than 250 bytes']],
  [
    'parameters',
    withParameters({ apiGroup: 'A', kind: '', name: 'a%b' }),
    [
      `spec.parameters.apiGroup: Invalid value: "A": ${SUBDOMAIN}`,
      'spec.parameters.kind: Required value',
      'spec.parameters.name: Invalid value: "a%b": may not contain \'%\'',
    ],
  ],
  [
    'a scope',
    withParameters({ kind: 'K', name: 'n', scope: 'X' }),
    ['spec.parameters.scope: Unsupported value: "X": supported values: "Cluster", "Namespace"'],
  ],
  [
    'a namespace too many',
    withParameters({ kind: 'K', name: 'n', scope: 'Cluster', namespace: 'n' }),
    ["spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"],
  ],
  [
    'no namespace',
    withParameters({ kind: 'K', name: 'n', scope: 'Namespace' }),
    ["spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"],
  ],
  [
    'a bad namespace',
    withParameters({ kind: 'K', name: 'n', scope: 'Namespace', namespace: 'N' }),
    [`spec.parameters.namespace: Invalid value: "N": ${LABEL}`],
  ],
]);
describeUpdates(ingressClasses, [
  ['another controller', { spec: { controller: 'a.b/d' } }, { spec: { controller: 'a.b/c' } }, ['spec.controller: Invalid value: "a.b/d": field is immutable']],
  [
    'no controller',
    { spec: {} },
    { spec: { controller: 'a.b/c' } },
    ['spec.controller: Invalid value: "": field is immutable', 'spec.controller: Required value'],
  ],
]);

const egressTo = (peer: object) => ({ spec: { egress: [{ to: [peer] }] } });
const ingressPort = (port: object) => ({ spec: { ingress: [{ ports: [port] }] } });
describeCreates(networkPolicies, [
  ['right', egressTo({ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }), []],
  ['no peer', egressTo({}), ['spec.egress[0].to[0]: Required value: must specify a peer']],
  [
    'two peers',
    egressTo({ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }),
    ['spec.egress[0].to[0]: Forbidden: may not specify both ipBlock and another peer'],
  ],
  ['no CIDR', egressTo({ ipBlock: { cidr: '' } }), ['spec.egress[0].to[0].ipBlock.cidr: Required value']],
  ['a bad CIDR', egressTo({ ipBlock: { cidr: 'x', except: ['y'] } }), [`spec.egress[0].to[0].ipBlock.cidr: Invalid value: "x": ${CIDR}`]],
  [
    'a bad exception',
    egressTo({ ipBlock: { cidr: '10.0.0.0/8', except: ['y', '11.0.0.0/16', '10.0.0.0/8'] } }),
    [
      `spec.egress[0].to[0].ipBlock.except[0]: Invalid value: "y": ${CIDR}`,
      'spec.egress[0].to[0].ipBlock.except[1]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
      'spec.egress[0].to[0].ipBlock.except[2]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
    ],
  ],
  [
    'a protocol',
    ingressPort({ protocol: 'ICMP', port: 0 }),
    [
      'spec.ingress[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "TCP", "UDP", "SCTP"',
      'spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    ],
  ],
  [
    'an end without a beginning',
    ingressPort({ endPort: 5 }),
    ['spec.ingress[0].ports[0].endPort: Invalid value: 5: may not be specified when `port` is not specified'],
  ],
  [
    'an end of a name',
    ingressPort({ port: 'a', endPort: 5 }),
    ['spec.ingress[0].ports[0].endPort: Invalid value: 5: may not be specified when `port` is non-numeric'],
  ],
  [
    'an end before its beginning',
    ingressPort({ port: 5, endPort: 4 }),
    ['spec.ingress[0].ports[0].endPort: Invalid value: 4: must be greater than or equal to `port`'],
  ],
  ['a policy type', { spec: { policyTypes: ['X'] } }, ['spec.policyTypes[0]: Unsupported value: "X": supported values: "Ingress", "Egress"']],
  [
    'three policy types',
    { spec: { policyTypes: ['Ingress', 'Egress', 'X'] } },
    ['spec.policyTypes: Invalid value: ["Ingress","Egress","X"]: may not specify more than two policyTypes'],
  ],
]);
const AMBIGUOUS = egressTo({ ipBlock: { cidr: '10.0.0.1/8' } });
describeUpdates(networkPolicies, [
  ['a CIDR that was let in stays', AMBIGUOUS, AMBIGUOUS, []],
  [
    'an ambiguous CIDR comes',
    AMBIGUOUS,
    { spec: {} },
    ['spec.egress[0].to[0].ipBlock.cidr: Invalid value: "10.0.0.1/8": must not have bits set beyond the prefix length'],
  ],
]);
test('unusual CIDRs of a NetworkPolicy are warned about', () => {
  assert.deepEqual(networkPolicies.warnings?.(stored(networkPolicies, egressTo({ ipBlock: { cidr: 'FD00::/8' } })), undefined), [
    'spec.egress[0].to[0].ipBlock.cidr: IPv6 CIDR value "FD00::/8" should be in RFC 5952 canonical format ("fd00::/8")',
  ]);
});

const cidrs = (...list: string[]) => ({ spec: { cidrs: list } });
describeCreates(serviceCidrs, [
  ['right', cidrs('10.0.0.0/16', 'fd00::/64'), []],
  ['none', {}, ['spec.cidrs: Required value: at least one CIDR required']],
  [
    'three',
    cidrs('10.0.0.0/16', 'fd00::/64', '10.1.0.0/16'),
    ['spec.cidrs: Invalid value: {"CIDRs":["10.0.0.0/16","fd00::/64","10.1.0.0/16"]}: may only hold up to 2 values'],
  ],
  ['bad', cidrs('10.0.0.0'), [`spec.cidrs[0]: Invalid value: "10.0.0.0": ${CIDR}`]],
  [
    'one family twice',
    cidrs('10.0.0.0/16', '10.1.0.0/16'),
    ['spec.cidrs: Invalid value: ["10.0.0.0/16","10.1.0.0/16"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'],
  ],
]);
describeUpdates(serviceCidrs, [
  ['another', cidrs('10.1.0.0/16'), cidrs('10.0.0.0/16'), ['spec.cidrs[0]: Invalid value: "10.1.0.0/16": field is immutable']],
  ['one more', cidrs('10.0.0.0/16', 'fd00::/64'), cidrs('10.0.0.0/16'), []],
  [
    'one more of the same family',
    cidrs('10.0.0.0/16', '10.2.0.0/16'),
    cidrs('10.0.0.0/16'),
    ['spec.cidrs: Invalid value: ["10.0.0.0/16","10.2.0.0/16"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'],
  ],
  ['none left', {}, cidrs('10.0.0.0/16'), ['spec.cidrs: Invalid value: null: field is immutable']],
  ['one less', cidrs('10.0.0.0/16'), cidrs('10.0.0.0/16', 'fd00::/64'), ['spec.cidrs: Invalid value: ["10.0.0.0/16"]: field is immutable']],
]);

const parent = (parentRef: object) => ({ spec: { parentRef } });
describeCreates(ipAddresses, [
  ['right', parent({ resource: 'services', name: 'a', namespace: 'b' }), []],
  ['no parent', { spec: {} }, ['spec.parentRef: Required value']],
  [
    'a bad parent',
    parent({ group: 'A', resource: '', name: '', namespace: 'a/b' }),
    [
      `spec.parentRef.group: Invalid value: "A": ${SUBDOMAIN}`,
      'spec.parentRef.resource: Required value',
      'spec.parentRef.name: Required value',
      'spec.parentRef.namespace: Invalid value: "a/b": may not contain \'/\'',
    ],
  ],
]);
describeUpdates(ipAddresses, [
  [
    'another parent',
    parent({ resource: 'services', name: 'b' }),
    parent({ resource: 'services', name: 'a' }),
    ['spec.parentRef: Invalid value: {"Group":"","Resource":"services","Namespace":"","Name":"b"}: field is immutable'],
  ],
]);
test('the name of an IPAddress', () => {
  assert.deepEqual(nameIsIpAddress('10.0.0.1'), []);
  assert.deepEqual(nameIsIpAddress('FD00::1'), ['must be in canonical form ("fd00::1")']);
  assert.deepEqual(nameIsIpAddress('x'), ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { created, describeCreates, describeUpdates, updated } from '../../testing/kind-cases.ts';
import { endpointSlices } from './endpoint-slices.ts';

const slice = (endpoint: object, addressType = 'IPv4') => ({ addressType, endpoints: [{ addresses: ['10.0.0.1'], ...endpoint }] });
const ports = (...list: object[]) => ({ addressType: 'IPv4', ports: list });
const nine = Array.from({ length: 9 }, (_, i) => ({ name: `n${i}` }));
describeCreates(endpointSlices, [
  ['right', slice({}), []],
  ['nothing', {}, ['addressType: Required value']],
  ['a type', { addressType: 'IP' }, ['addressType: Unsupported value: "IP": supported values: "FQDN", "IPv4", "IPv6"']],
  [
    'too many endpoints',
    { addressType: 'IPv4', endpoints: Array.from({ length: 1001 }, () => ({ addresses: [] })) },
    ['endpoints: Too many: 1001: must have at most 1000 items'],
  ],
  ['no addresses', slice({ addresses: [] }), ['endpoints[0].addresses: Required value: must contain at least 1 address']],
  [
    'too many addresses',
    slice({ addresses: Array.from({ length: 101 }, () => '10.0.0.1') }),
    ['endpoints[0].addresses: Too many: 101: must have at most 100 items'],
  ],
  ['no address', slice({ addresses: ['x'] }), ['endpoints[0].addresses[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']],
  ['the other family', slice({ addresses: ['fd00::1'] }), ['endpoints[0].addresses[0]: Invalid value: "fd00::1": must be an IPv4 address']],
  ['the other family again', slice({}, 'IPv6'), ['endpoints[0].addresses[0]: Invalid value: "10.0.0.1": must be an IPv6 address']],
  [
    'a special address',
    slice({ addresses: ['127.0.0.1'] }),
    ['endpoints[0].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)'],
  ],
  ['a name', slice({ addresses: ['a.b.'] }, 'FQDN'), []],
  [
    'a short name',
    slice({ addresses: ['a'] }, 'FQDN'),
    ['endpoints[0].addresses[0]: Invalid value: "a": should be a domain with at least two segments separated by dots'],
  ],
  [
    'a node and a host',
    slice({ nodeName: 'A', hostname: 'a.b' }),
    [
      "endpoints[0].nodeName: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'endpoints[0].hostname: Invalid value: "a.b": must not contain dots',
    ],
  ],
  [
    'hints',
    slice({ hints: { forZones: [{ name: 'a' }, { name: 'a' }], forNodes: nine } }),
    ['endpoints[0].hints.forZones[1].name: Duplicate value: "a"', 'endpoints[0].hints.forNodes: Too many: 9: must have at most 8 items'],
  ],
  [
    'ports',
    ports({ name: 'a.b' }, { protocol: 'X' }, { appProtocol: 'a/' }),
    [
      'ports[0].name: Invalid value: "a.b": must not contain dots',
      'ports[1].protocol: Unsupported value: "X": supported values: "SCTP", "TCP", "UDP"',
      'ports[2].name: Duplicate value: ""',
      'ports[2].appProtocol: Invalid value: "a/": name part must be non-empty',
      "ports[2].appProtocol: Invalid value: \"a/\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
  ],
]);
const ZEROS = slice({ addresses: ['10.0.0.01'] });
describeUpdates(endpointSlices, [
  ['another type', slice({ addresses: ['fd00::1'] }, 'IPv6'), slice({}), ['addressType: Invalid value: "IPv6": field is immutable']],
  ['leading zeros stay', ZEROS, ZEROS, []],
  ['leading zeros come', ZEROS, slice({}), ['endpoints[0].addresses[0]: Invalid value: "10.0.0.01": must not have leading 0s']],
]);
test('labels count as a generation; the old topology goes', () => {
  const old = created(endpointSlices, slice({ deprecatedTopology: { a: 'b' } }));
  assert.equal(old.endpoints?.[0]?.deprecatedTopology, undefined);
  assert.equal(updated(endpointSlices, { ...slice({}), metadata: { labels: { a: 'b' } } }, old).metadata.generation, 1);
});

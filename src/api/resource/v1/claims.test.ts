import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONTEXT, describeCreates, describeUpdates, statusErrors, stored } from '../../testing/kind-cases.ts';
import { deviceClasses } from './device-classes.ts';
import { resourceClaimTemplates } from './resource-claim-templates.ts';
import { resourceClaims } from './resource-claims.ts';
import { loadSelectors } from './selector-expression.ts';

await loadSelectors();

const EXACTLY = { deviceClassName: 'c' };
const REQUEST = { name: 'r', exactly: EXACTLY };
const OPAQUE = { driver: 'd', parameters: { a: 1 } };
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUB =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const NAME =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const IDENTIFIER =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";
const UNKNOWN = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

const claim = (devices: object): object => ({ spec: { devices: { requests: [REQUEST], ...devices } } });
const request = (change: object): object => claim({ requests: [{ ...REQUEST, ...change }] });
const exactly = (change: object): object => request({ exactly: { ...EXACTLY, ...change } });
const tolerate = (toleration: object): object => exactly({ tolerations: [toleration] });
const AT = 'spec.devices.requests[0]';

describeCreates(resourceClaims, [
  ['is right', claim({ constraints: [{ requests: ['r'], matchAttribute: 'd/a' }], config: [{ requests: ['r'], opaque: OPAQUE }] }), []],
  ['asks for nothing', { spec: {} }, []],
  ['has named requests', request({ name: 'A' }), [`${AT}.name: Invalid value: "A": ${LABEL}`]],
  ['has requests with names of their own', claim({ requests: [REQUEST, REQUEST] }), ['spec.devices.requests[1]: Duplicate value: "r"']],
  [
    'has few requests',
    claim({ requests: Array.from({ length: 33 }, (_, i) => ({ ...REQUEST, name: `r${i}` })) }),
    ['spec.devices.requests: Too many: 33: must have at most 32 items'],
  ],
  ['asks for something', request({ exactly: null }), [`${AT}: Required value: exactly one of \`exactly\` or \`firstAvailable\` is required`]],
  [
    'asks in one way',
    request({ firstAvailable: [{ name: 'a', ...EXACTLY }] }),
    [`${AT}: Invalid value: "null": exactly one of \`exactly\` or \`firstAvailable\` is required, but multiple fields are set`],
  ],
  [
    'may have alternatives, which have names',
    claim({
      requests: [
        {
          name: 'r',
          firstAvailable: [
            { name: 'A', ...EXACTLY },
            { name: 'b', deviceClassName: '' },
            { name: 'b', ...EXACTLY },
          ],
        },
      ],
    }),
    [
      `${AT}.firstAvailable[0].name: Invalid value: "A": ${LABEL}`,
      `${AT}.firstAvailable[1].deviceClassName: Required value`,
      `${AT}.firstAvailable[2]: Duplicate value: "b"`,
    ],
  ],
  ['names a class', exactly({ deviceClassName: '' }), [`${AT}.exactly.deviceClassName: Required value`]],
  ['names a class that can be', exactly({ deviceClassName: 'C_' }), [`${AT}.exactly.deviceClassName: Invalid value: "C_": ${SUB}`]],
  ['knows the modes', exactly({ allocationMode: 'x' }), [`${AT}.exactly.allocationMode: Unsupported value: "x": supported values: "All", "ExactCount"`]],
  [
    'does not count all',
    exactly({ allocationMode: 'All', count: 2 }),
    [`${AT}.exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'`],
  ],
  ['counts to more than zero', exactly({ count: -1 }), [`${AT}.exactly.count: Invalid value: -1: must be greater than zero`]],
  ['selects by expressions', exactly({ selectors: [{}] }), [`${AT}.exactly.selectors[0].cel: Required value`]],
  [
    'has short expressions',
    exactly({ selectors: [{ cel: { expression: 'x'.repeat(10_241) } }] }),
    [`${AT}.exactly.selectors[0].cel.expression: Too long: may not be more than 10240 bytes`],
  ],
  ['knows the operators', tolerate({ operator: 'x' }), [`${AT}.exactly.tolerations[0].operator: Unsupported value: "x": supported values: "Equal", "Exists"`]],
  [
    'tolerates that something is there without a value',
    tolerate({ operator: 'Exists', value: 'v' }),
    [`${AT}.exactly.tolerations[0].value: Invalid value: "v": must be empty for operator \`Exists\``],
  ],
  [
    'tolerates effects there are',
    tolerate({ effect: 'x' }),
    [`${AT}.exactly.tolerations[0].effect: Unsupported value: "x": supported values: "NoExecute", "NoSchedule", "None"`],
  ],
  ['tolerates keys that can be', tolerate({ key: '_' }), [`${AT}.exactly.tolerations[0].key: Invalid value: "_": ${NAME}`]],
  [
    'has constraints of its own requests',
    claim({ constraints: [{ requests: ['x', 'r', 'r', 'a/b/c'], matchAttribute: 'd/a' }] }),
    [
      `spec.devices.constraints[0].requests[0]: Invalid value: "x": ${UNKNOWN}`,
      `spec.devices.constraints[0].requests[3]: Invalid value: "a/b/c": ${UNKNOWN}`,
      'spec.devices.constraints[0].requests[2]: Duplicate value: "r"',
    ],
  ],
  [
    'has constraints that say something',
    claim({ constraints: [{}] }),
    ['spec.devices.constraints[0]: Required value: exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set'],
  ],
  [
    'has constraints of attributes with domains',
    claim({ constraints: [{ matchAttribute: 'a' }, { distinctAttribute: 'd/1' }, { matchAttribute: '/' }] }),
    [
      'spec.devices.constraints[0].matchAttribute: Invalid value: "a": a fully qualified name must be a domain and a name separated by a slash',
      `spec.devices.constraints[1].distinctAttribute: Invalid value: "1": ${IDENTIFIER}`,
      'spec.devices.constraints[2].matchAttribute: Invalid value: "": the domain must not be empty',
      'spec.devices.constraints[2].matchAttribute: Invalid value: "": the name must not be empty',
    ],
  ],
  [
    'has short attributes',
    claim({ constraints: [{ matchAttribute: `d/${'a'.repeat(33)}` }] }),
    ['spec.devices.constraints[0].matchAttribute: Too long: may not be more than 32 bytes'],
  ],
  ['has configurations', claim({ config: [{}] }), ['spec.devices.config[0].opaque: Required value']],
  [
    'has configurations of drivers',
    claim({ config: [{ opaque: { driver: 'D_', parameters: [] } }] }),
    [
      `spec.devices.config[0].opaque.driver: Invalid value: "D_": ${SUB}`,
      'spec.devices.config[0].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
    ],
  ],
  ['has configurations that say something', claim({ config: [{ opaque: { driver: 'd' } }] }), ['spec.devices.config[0].opaque.parameters: Required value']],
  [
    'has short configurations',
    claim({ config: [{ opaque: { driver: 'd', parameters: { a: 'x'.repeat(10_240) } } }] }),
    ['spec.devices.config[0].opaque.parameters: Too long: may not be more than 10240 bytes'],
  ],
]);

test('a ResourceClaim that changed', async (t) => {
  const { updateErrors } = await import('../../testing/kind-cases.ts');
  await t.test('keeps its spec', () => {
    const [error = '', ...more] = updateErrors(resourceClaims, exactly({ count: 2 }), claim({}));
    assert.match(error, /^spec: Invalid value: .*: field is immutable$/);
    assert.deepEqual(more, []);
  });
  await t.test('is not judged again', () => assert.deepEqual(updateErrors(resourceClaims, request({ name: 'A' }), request({ name: 'A' })), []));
});

describeCreates(resourceClaimTemplates, [
  ['is right', { spec: { metadata: { labels: { a: 'b' } }, ...claim({}) } }, []],
  [
    'has right metadata and claims',
    { spec: { metadata: { name: 'x' }, spec: { devices: { requests: [{ name: 'A', exactly: EXACTLY }] } } } },
    ['spec.metadata.name: Forbidden: cannot be set', `spec.spec.devices.requests[0].name: Invalid value: "A": ${LABEL}`],
  ],
]);

const deviceClass = (spec: object): object => ({ spec });
describeCreates(deviceClasses, [
  ['is right', deviceClass({ selectors: [{ cel: { expression: 'true' } }], config: [{ opaque: OPAQUE }], extendedResourceName: 'example.com/gpu' }), []],
  ['selects by expressions', deviceClass({ selectors: [{}] }), ['spec.selectors[0].cel: Required value']],
  ['has configurations', deviceClass({ config: [{}] }), ['spec.config[0].opaque: Required value']],
  [
    'is a resource of its own',
    deviceClass({ extendedResourceName: 'kubernetes.io/gpu' }),
    ['spec.extendedResourceName: Invalid value: "kubernetes.io/gpu": must be a valid extended resource name'],
  ],
]);
const LONG = { config: [{ opaque: { driver: 'd', parameters: { a: 'x'.repeat(10_240) } } }] };
describeUpdates(deviceClasses, [
  ['may keep long configurations', deviceClass(LONG), deviceClass(LONG), []],
  ['may not get long configurations', deviceClass(LONG), deviceClass({}), ['spec.config[0].opaque.parameters: Too long: may not be more than 10240 bytes']],
]);

const RESULT = { request: 'r', driver: 'd', pool: 'p', device: 'x' };
const allocated = (result: object, more: object = {}): object => ({
  ...claim({}),
  status: { allocation: { devices: { results: [{ ...RESULT, ...result }] } }, ...more },
});
const DEVICE = { driver: 'd', pool: 'p', device: 'x' };
const STATUSES: [string, object, object, string[]][] = [
  ['is right', allocated({}, { reservedFor: [{ resource: 'pods', name: 'a', uid: 'u' }], devices: [DEVICE] }), claim({}), []],
  [
    'reserves for someone, once',
    allocated({}, { reservedFor: [{}, { resource: 'pods', name: 'a', uid: 'u' }, { resource: 'pods', name: 'b', uid: 'u' }] }),
    claim({}),
    [
      'status.reservedFor[0].resource: Required value',
      'status.reservedFor[0].name: Required value',
      'status.reservedFor[0].uid: Required value',
      'status.reservedFor[2]: Duplicate value: "u"',
    ],
  ],
  [
    'reserves what is allocated',
    { ...claim({}), status: { reservedFor: [{ resource: 'pods', name: 'a', uid: 'u' }] } },
    claim({}),
    ['status.reservedFor: Forbidden: may not be specified when `allocated` is not set'],
  ],
  ['allocates what was asked for', allocated({ request: 'x' }), claim({}), [`status.allocation.devices.results[0].request: Invalid value: "x": ${UNKNOWN}`]],
  ['allocates from pools with names', allocated({ pool: 'a/B' }), claim({}), [`status.allocation.devices.results[0].pool: Invalid value: "B": ${SUB}`]],
  [
    'allocates shares with ids',
    allocated({ shareID: 'x' }),
    claim({}),
    ['status.allocation.devices.results[0].shareID: Invalid value: "x": error validating uid: invalid UUID length: 1'],
  ],
  [
    'allocates shares with normal ids',
    allocated({ shareID: 'A0000000-0000-0000-0000-000000000000' }),
    claim({}),
    [
      'status.allocation.devices.results[0].shareID: Invalid value: "A0000000-0000-0000-0000-000000000000": uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters',
    ],
  ],
  [
    'waits for conditions and failures',
    allocated({ bindingConditions: ['a', 'a'] }),
    claim({}),
    [
      'status.allocation.devices.results[0].bindingConditions[1]: Duplicate value: "a"',
      'status.allocation.devices.results[0].bindingFailureConditions: Invalid value: null: bindingFailureConditions are required to use bindingConditions',
    ],
  ],
  [
    'waits for conditions that are no failures',
    allocated({ bindingConditions: ['a'], bindingFailureConditions: ['a', '_'] }),
    claim({}),
    [
      `status.allocation.devices.results[0].bindingFailureConditions[1]: Invalid value: "_": ${NAME}`,
      'status.allocation.devices.results[0].bindingFailureConditions[0]: Invalid value: "a": bindingFailureConditions must not overlap with bindingConditions',
    ],
  ],
  [
    'has configurations from somewhere',
    { ...claim({}), status: { allocation: { devices: { config: [{ source: 'x', requests: ['x'] }, { opaque: OPAQUE }] } } } },
    claim({}),
    [
      'status.allocation.devices.config[0].source: Unsupported value: "x": supported values: "FromClaim", "FromClass"',
      `status.allocation.devices.config[0].requests[0]: Invalid value: "x": ${UNKNOWN}`,
      'status.allocation.devices.config[0].opaque: Required value',
      'status.allocation.devices.config[1].source: Required value',
    ],
  ],
  [
    'is allocated to nodes',
    { ...claim({}), status: { allocation: { nodeSelector: { nodeSelectorTerms: [] } } } },
    claim({}),
    ['status.allocation.nodeSelector.nodeSelectorTerms: Required value: must have at least one node selector term'],
  ],
  [
    'speaks of devices it has, once each',
    allocated({}, { devices: [DEVICE, DEVICE, { ...DEVICE, device: 'y' }] }),
    claim({}),
    ['status.devices[2]: Invalid value: d/p/y: must be an allocated device in the claim', 'status.devices[1]: Duplicate value: d/p/x'],
  ],
  [
    'has networks with addresses',
    allocated(
      {},
      {
        devices: [{ ...DEVICE, networkData: { ips: ['1.2.3.4', '1.2.3.04/24', '::1/64'], interfaceName: 'x'.repeat(257), hardwareAddress: 'x'.repeat(129) } }],
      },
    ),
    claim({}),
    [
      'status.devices[0].networkData.interfaceName: Too long: may not be more than 256 bytes',
      'status.devices[0].networkData.hardwareAddress: Too long: may not be more than 128 bytes',
      'status.devices[0].networkData.ips[0]: Invalid value: "1.2.3.4": must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)',
      'status.devices[0].networkData.ips[1]: Invalid value: "1.2.3.04/24": must be in canonical form ("1.2.3.4/24")',
    ],
  ],
  [
    'has data and conditions that are right',
    allocated({}, { devices: [{ ...DEVICE, data: [], conditions: [{ type: 'A', status: 'True', reason: 'R' }] }] }),
    claim({}),
    [
      'status.devices[0].conditions[0].lastTransitionTime: Required value: must be set',
      'status.devices[0].data: Invalid value: "<value omitted>": must be a valid JSON object',
    ],
  ],
];
for (const [title, body, old, errors] of STATUSES) {
  test(`a ResourceClaim's status ${title}`, () => assert.deepEqual(statusErrors(resourceClaims, body, old), errors));
}

test("a ResourceClaim's allocation stays as it is", () => {
  const [error = ''] = statusErrors(resourceClaims, allocated({ device: 'y' }), allocated({}));
  assert.match(error, /^status\.allocation: Invalid value: .*: field is immutable$/);
});

test('a ResourceClaim that is deleted is not reserved any more', () => {
  const gone = { metadata: { name: 'x', namespace: 'n', deletionTimestamp: '2026-01-01T00:00:00Z' } };
  const reserved = { ...allocated({}, { reservedFor: [{ resource: 'pods', name: 'a', uid: 'u' }] }), ...gone };
  assert.deepEqual(statusErrors(resourceClaims, reserved, { ...allocated({}), ...gone }), [
    'status.reservedFor: Forbidden: new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set',
  ]);
  assert.deepEqual(statusErrors(resourceClaims, reserved, reserved), []);
});

test('what was said of a device goes with it', () => {
  const old = stored(resourceClaims, allocated({}, { devices: [DEVICE] }));
  const claimed = stored(resourceClaims, { ...claim({}), status: { devices: [DEVICE] } });
  resourceClaims.subresources?.status?.prepareForUpdate?.(claimed, old, CONTEXT);
  assert.deepEqual({ ...claimed.status }, {});
});

const select = (expression: string): object => deviceClass({ selectors: [{ cel: { expression } }] });
const SELECTOR_AT = 'spec.selectors[0].cel.expression';
describeCreates(deviceClasses, [
  [
    'selects by what devices have',
    select("device.driver == 'd' && device.attributes['d'].model == 'a' && device.capacity['d'].memory.compareTo(quantity('1Gi')) >= 0"),
    [],
  ],
  ['selects by an attribute', select("cel.bind(d, device.attributes['d'], d.isFast)"), []],
  ['selects whether devices are shared', select('device.allowMultipleAllocations'), []],
  [
    'selects by what compiles',
    select('x'),
    [`${SELECTOR_AT}: Invalid value: "x": compilation failed: ERROR: <input>:1:1: undeclared reference to 'x' (in container '')\n | x\n | ^`],
  ],
  ['selects or not', select('device.driver'), [`${SELECTOR_AT}: Invalid value: "device.driver": must evaluate to bool or the unknown type, not string`]],
  [
    'selects by what does not cost much',
    select("device.attributes.all(a, device.attributes.all(b, device.attributes.all(c, device.attributes.all(d, a + b + c + d != ''))))"),
    [`${SELECTOR_AT}: Forbidden: too complex, exceeds cost limit`],
  ],
]);

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { created, describeCreates, describeUpdates } from '../../testing/kind-cases.ts';
import { resourceSlices } from './resource-slices.ts';

const POOL = { name: 'p', generation: 1, resourceSliceCount: 1 };
const SPEC = { driver: 'd', pool: POOL, allNodes: true };
const TERM = { matchExpressions: [{ key: 'a', operator: 'Exists' }] };
const COUNTERS = { c: { value: '1' } };
const slice = (change: object): object => ({ spec: { ...SPEC, ...change } });
const device = (change: object, more: object = {}): object => slice({ devices: [{ name: 'x', ...change }], ...more });
const policy = (requestPolicy: object): object => device({ allowMultipleAllocations: true, capacity: { c: { value: '10', requestPolicy } } });
const AT = 'spec.devices[0]';
const POLICY_AT = `${AT}.capacity[c].requestPolicy`;
const PLACE = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
const OWN_PLACE = 'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUB =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const IDENTIFIER =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";

describeCreates(resourceSlices, [
  ['is right', device({ attributes: { a: { string: 's' }, 'd/b': { version: '1.2.3-a.1+b' } }, capacity: { c: { value: '1' } } }), []],
  ['is of a driver', slice({ driver: '' }), ['spec.driver: Required value', `spec.driver: Invalid value: "": ${SUB}`]],
  ['is of a pool', slice({ pool: { ...POOL, name: '' } }), ['spec.pool.name: Required value']],
  ['is of a pool that can be', slice({ pool: { ...POOL, name: 'a/B' } }), [`spec.pool.name: Invalid value: "B": ${SUB}`]],
  [
    'is of a pool of slices',
    slice({ pool: { ...POOL, resourceSliceCount: 0 } }),
    ['spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero'],
  ],
  ['is of a generation', slice({ pool: { ...POOL, generation: -1 } }), ['spec.pool.generation: Invalid value: -1: must be greater than or equal to zero']],
  ['is somewhere', slice({ allNodes: null }), [`spec: Required value: ${PLACE}`]],
  ['is somewhere once', slice({ nodeName: 'n' }), [`spec: Invalid value: "{\`nodeName\`, \`allNodes\`}": ${PLACE}, but multiple fields are set`]],
  ['is on a node', slice({ nodeName: '' }), ['spec.nodeName: Invalid value: "": must be either unset or set to a non-empty string']],
  ['is on a node that can be', slice({ nodeName: 'N', allNodes: null }), [`spec.nodeName: Invalid value: "N": ${SUB}`]],
  [
    'is on nodes that one term selects',
    slice({ allNodes: null, nodeSelector: { nodeSelectorTerms: [TERM, TERM] } }),
    [
      'spec.nodeSelector.nodeSelectorTerms: Invalid value: [{"MatchExpressions":[{"Key":"a","Operator":"Exists","Values":null}],"MatchFields":null},{"MatchExpressions":[{"Key":"a","Operator":"Exists","Values":null}],"MatchFields":null}]: must have exactly one node selector term',
    ],
  ],
  [
    'is on all nodes or does not say so',
    slice({ nodeName: 'n', allNodes: false, perDeviceNodeSelection: false }),
    [
      'spec.allNodes: Invalid value: false: must be either unset or set to true',
      'spec.perDeviceNodeSelection: Invalid value: false: must be either unset or set to true',
    ],
  ],
  [
    'has counters or devices',
    slice({ devices: [{ name: 'x' }], sharedCounters: [{ name: 'a', counters: COUNTERS }] }),
    ['spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed'],
  ],
  [
    'has right counters',
    slice({
      sharedCounters: [
        { name: '', counters: COUNTERS },
        { name: 'A', counters: {} },
        { name: 'b', counters: { B: { value: '1' } } },
      ],
    }),
    [
      'spec.sharedCounters[0].name: Required value',
      `spec.sharedCounters[1].name: Invalid value: "A": ${LABEL}`,
      'spec.sharedCounters[1].counters: Required value',
      `spec.sharedCounters[2].counters[B]: Invalid value: "B": ${LABEL}`,
    ],
  ],
  ['has devices with names', device({ name: 'X' }), [`${AT}.name: Invalid value: "X": ${LABEL}`]],
  ['has devices with names of their own', slice({ devices: [{ name: 'x' }, { name: 'x' }] }), ['spec.devices[1]: Duplicate value: "x"']],
  [
    'has few devices',
    slice({ devices: Array.from({ length: 129 }, (_, i) => ({ name: `x${i}` })) }),
    ['spec.devices: Too many: 129: must have at most 128 items'],
  ],
  [
    'has fewer devices with taints',
    slice({ devices: Array.from({ length: 65 }, (_, i) => ({ name: `x${i}`, taints: [{ key: 'a', effect: 'None' }] })) }),
    ['spec.devices: Too many: 65: must have at most 64 items'],
  ],
  [
    'has devices with few attributes',
    device({ attributes: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`a${i}`, { int: 1 }])) }),
    [`${AT}: Invalid value: 33: the total number of attributes and capacities must not exceed 32`],
  ],
  ['has attributes with names', device({ attributes: { 'a-b': { int: 1 } } }), [`${AT}.attributes[a-b]: Invalid value: "a-b": ${IDENTIFIER}`]],
  [
    'shortens names that are too long',
    device({ attributes: { [`${'a'.repeat(60)}${'b'.repeat(60)}`]: { int: 1 } } }),
    [`${AT}.attributes[${'a'.repeat(47)}...${'b'.repeat(46)}]: Too long: may not be more than 32 bytes`],
  ],
  ['has attributes with values', device({ attributes: { a: {} } }), [`${AT}.attributes[a]: Invalid value: "": exactly one value must be specified`]],
  [
    'has attributes with one value',
    device({ attributes: { a: { int: 1, bool: true } } }),
    [
      `${AT}.attributes[a]: Invalid value: {"IntValue":1,"BoolValue":true,"StringValue":null,"VersionValue":null,"IntValues":null,"BoolValues":null,"StringValues":null,"VersionValues":null}: exactly one value must be specified`,
    ],
  ],
  ['has short values', device({ attributes: { a: { string: 'x'.repeat(65) } } }), [`${AT}.attributes[a].string: Too long: may not be more than 64 bytes`]],
  [
    'has versions',
    device({ attributes: { a: { version: 'v1' } } }),
    [`${AT}.attributes[a].version: Invalid value: "v1": must be a string compatible with semver.org spec 2.0.0`],
  ],
  [
    'has taints with effects',
    device({
      taints: [
        { key: 'a', effect: '' },
        { key: 'a', effect: 'x' },
      ],
    }),
    [`${AT}.taints[0].effect: Required value`, `${AT}.taints[1].effect: Unsupported value: "x": supported values: "NoExecute", "NoSchedule", "None"`],
  ],
  [
    'has devices that consume what they name',
    device({ consumesCounters: [{ counterSet: '', counters: {} }] }),
    [`${AT}.consumesCounters[0].counterSet: Required value`, `${AT}.consumesCounters[0].counters: Required value`],
  ],
  [
    'has devices that consume little',
    device({ consumesCounters: ['a', 'b', 'c'].map((counterSet) => ({ counterSet, counters: COUNTERS })) }),
    [`${AT}.consumesCounters: Too many: 3: must have at most 2 items`],
  ],
  [
    'says where devices are or where each is',
    device({ nodeName: 'n' }),
    [
      `${AT}: Invalid value: "null": \`nodeName\`, \`nodeSelector\` and \`allNodes\` can only be set if \`perDeviceNodeSelection\` is set to true in the ResourceSlice spec`,
    ],
  ],
  ['says where each device is', device({}, { allNodes: null, perDeviceNodeSelection: true }), [`${AT}: Required value: ${OWN_PLACE}`]],
  [
    'says where each device is once',
    device({ nodeName: 'n', allNodes: true }, { allNodes: null, perDeviceNodeSelection: true }),
    [`${AT}: Invalid value: "{\`nodeName\`, \`allNodes\`}": ${OWN_PLACE}`],
  ],
  [
    'says rightly where each device is',
    device({ nodeName: '', nodeSelector: { nodeSelectorTerms: [TERM] }, allNodes: false }, { allNodes: null, perDeviceNodeSelection: true }),
    [`${AT}.nodeName: Invalid value: "": must not be empty`, `${AT}.allNodes: Invalid value: false: must be either unset or set to true`],
  ],
  [
    'has policies for shared devices',
    device({ capacity: { c: { value: '1', requestPolicy: {} } } }),
    [`${POLICY_AT}: Forbidden: allowMultipleAllocations must be true`],
  ],
  [
    'has one policy',
    policy({ validValues: ['1'], validRange: { min: '1' } }),
    [`${POLICY_AT}: Forbidden: exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time`],
  ],
  ['has defaults for values', policy({ validValues: ['1'] }), [`${POLICY_AT}.default: Required value: required when validValues is defined`]],
  ['has defaults for ranges', policy({ validRange: { min: '1' } }), [`${POLICY_AT}.default: Required value: required when validRange is defined`]],
  [
    'has values in order, within the capacity',
    policy({ default: '5', validValues: ['20', '1'] }),
    [
      `${POLICY_AT}.validValues[1]: Invalid value: "1": values must be sorted in ascending order`,
      `${POLICY_AT}.validValues[0]: Invalid value: "20": option is larger than capacity value: 10`,
      `${POLICY_AT}.validValues: Invalid value: "5": default value is not valid according to the requestPolicy`,
    ],
  ],
  ['has values once', policy({ default: '1', validValues: ['1', '1'] }), [`${POLICY_AT}.validValues[1]: Duplicate value: "1"`]],
  ['has ranges from somewhere', policy({ default: '1', validRange: {} }), [`${POLICY_AT}.validRange.min: Required value: required when validRange is defined`]],
  [
    'has ranges within the capacity',
    policy({ default: '1', validRange: { min: '12', max: '11' } }),
    [
      `${POLICY_AT}.validRange.min: Invalid value: "12": min is larger than capacity value: 10`,
      `${POLICY_AT}.validRange.min: Invalid value: "1": default is less than min: 12`,
      `${POLICY_AT}.validRange.max: Invalid value: "12": min is larger than max: 11`,
      `${POLICY_AT}.validRange.max: Invalid value: "11": max is larger than capacity value: 10`,
    ],
  ],
  [
    'has defaults within the range',
    policy({ default: '4', validRange: { min: '1', max: '3' } }),
    [`${POLICY_AT}.validRange.max: Invalid value: "4": default is more than max: 3`],
  ],
  [
    'has steps that lead to the ends',
    policy({ default: '2', validRange: { min: '1', max: '9', step: '3' } }),
    [
      `${POLICY_AT}.validRange.step: Invalid value: "2": value is not a multiple of a given step (3) from (1)`,
      `${POLICY_AT}.validRange.step: Invalid value: "9": value is not a multiple of a given step (3) from (1)`,
    ],
  ],
  [
    'has short steps',
    policy({ default: '1', validRange: { min: '1', step: '10' } }),
    [`${POLICY_AT}.validRange.step: Invalid value: "10": one step 11 is larger than capacity value: 10`],
  ],
]);

describeUpdates(resourceSlices, [
  ['may change devices', device({}), slice({}), []],
  [
    'stays of its driver, pool and node',
    slice({ driver: 'e', pool: { ...POOL, name: 'q' }, allNodes: null, nodeName: 'm' }),
    slice({ allNodes: null, nodeName: 'n' }),
    [
      'spec.pool.name: Invalid value: "q": field is immutable',
      'spec.driver: Invalid value: "e": field is immutable',
      'spec.nodeName: Invalid value: "m": field is immutable',
    ],
  ],
  [
    'may keep taints',
    device({ taints: [{ key: 'a', effect: 'x', timeAdded: '2026-01-01T00:00:00Z' }] }),
    device({ taints: [{ key: 'a', effect: 'x', timeAdded: '2026-01-01T00:00:00Z' }] }),
    [],
  ],
]);

test("a ResourceSlice's taints get a time, and it loses what no gate lets through", () => {
  const { spec } = created(
    resourceSlices,
    device({ taints: [{ key: 'a', effect: 'None' }], attributes: { a: { ints: [1] } }, nodeAllocatableResourceMappings: { cpu: {} } }),
  );
  const [made] = spec.devices ?? [];
  assert.match(made?.taints?.[0]?.timeAdded ?? '', /^\d{4}-/);
  assert.equal(made?.attributes?.['a']?.ints, undefined);
  assert.equal(made?.nodeAllocatableResourceMappings, undefined);
});

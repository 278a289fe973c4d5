import assert from 'node:assert/strict';
import { test } from 'node:test';
import { created, describeCreates, describeUpdates, statusErrors, updated } from '../../testing/kind-cases.ts';
import { csiDrivers } from './csi-drivers.ts';
import { csiNodes } from './csi-nodes.ts';
import { csiStorageCapacities } from './csi-storage-capacities.ts';
import { storageClasses } from './storage-classes.ts';
import { volumeAttachments } from './volume-attachments.ts';
import { volumeAttributesClasses } from './volume-attributes-classes.ts';

const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const NAME =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const many = Object.fromEntries(Array.from({ length: 513 }, (_, i) => [`k${i}`, '']));
const topology = (...terms: object[][]) => ({ provisioner: 'a', allowedTopologies: terms.map((matchLabelExpressions) => ({ matchLabelExpressions })) });

describeCreates(storageClasses, [
  ['right', { provisioner: 'a/b' }, []],
  ['no provisioner', {}, ['provisioner: Required value']],
  ['a bad provisioner', { provisioner: 'A_' }, [`provisioner: Invalid value: "a_": ${NAME}`]],
  ['too many parameters', { provisioner: 'a', parameters: many }, ['parameters: Too long: may not be more than 512 bytes']],
  ['a parameter without a name', { provisioner: 'a', parameters: { '': 'x' } }, ['parameters: Invalid value: "": field can not be empty.']],
  ['too long parameters', { provisioner: 'a', parameters: { a: 'x'.repeat(262144) } }, ['parameters: Too long: may not be more than 262144 bytes']],
  [
    'policies',
    { provisioner: 'a', reclaimPolicy: 'Recycle', volumeBindingMode: 'X' },
    [
      'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
      'volumeBindingMode: Unsupported value: "X": supported values: "Immediate", "WaitForFirstConsumer"',
    ],
  ],
  [
    'topologies',
    topology([
      { key: '', values: [] },
      { key: 'a', values: ['x', 'x'] },
      { key: 'a', values: ['y'] },
    ]),
    [
      'allowedTopologies[0].matchLabelExpressions[0].values: Required value',
      'allowedTopologies[0].matchLabelExpressions[0].key: Invalid value: "": name part must be non-empty',
      `allowedTopologies[0].matchLabelExpressions[0].key: Invalid value: "": ${NAME}`,
      'allowedTopologies[0].matchLabelExpressions[1].values[1]: Duplicate value: "x"',
      'allowedTopologies[0].matchLabelExpressions[2].key: Duplicate value: "a"',
    ],
  ],
  [
    'the same topology twice',
    topology([{ key: 'a', values: ['x', 'y'] }], [{ key: 'a', values: ['y', 'x'] }]),
    ['allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'],
  ],
]);
describeUpdates(storageClasses, [
  [
    'everything',
    { provisioner: 'b', parameters: { a: 'b' }, reclaimPolicy: 'Retain', volumeBindingMode: 'WaitForFirstConsumer' },
    { provisioner: 'a' },
    [
      'parameters: Forbidden: updates to parameters are forbidden.',
      'provisioner: Forbidden: updates to provisioner are forbidden.',
      'reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.',
      'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
    ],
  ],
  [
    'what would be wrong in a new one',
    { provisioner: '' },
    { provisioner: 'a' },
    ['provisioner: Required value', 'provisioner: Forbidden: updates to provisioner are forbidden.'],
  ],
]);
describeCreates(volumeAttributesClasses, [
  ['right', { driverName: 'a', parameters: { a: 'b' } }, []],
  ['nothing', {}, ['driverName: Required value', 'parameters: Required value: must contain at least one key/value pair']],
]);
describeUpdates(volumeAttributesClasses, [
  [
    'everything',
    { driverName: 'b', parameters: { a: 'c' } },
    { driverName: 'a', parameters: { a: 'b' } },
    ['driverName: Forbidden: updates to driverName are forbidden.', 'parameters: Forbidden: updates to parameters are forbidden.'],
  ],
]);

describeCreates(csiDrivers, [
  ['right', { spec: {} }, []],
  [
    'values',
    { spec: { fsGroupPolicy: 'X', volumeLifecycleModes: ['Y'], nodeAllocatableUpdatePeriodSeconds: 9 } },
    [
      'spec.fsGroupPolicy: Unsupported value: "X": supported values: "File", "None", "ReadWriteOnceWithFSType"',
      'spec.volumeLifecycleModes: Unsupported value: "Y": supported values: "Persistent", "Ephemeral"',
      'spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds',
    ],
  ],
  [
    'tokens',
    { spec: { tokenRequests: [{ audience: 'a', expirationSeconds: 599 }, { audience: 'a' }, { audience: 'b', expirationSeconds: 4294967297 }] } },
    [
      'spec.tokenRequests[0].expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
      'spec.tokenRequests[1].audience: Duplicate value: "a"',
      'spec.tokenRequests[2].expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds',
    ],
  ],
  [
    'secret tokens without tokens',
    { spec: { serviceAccountTokenInSecrets: true } },
    ['spec.serviceAccountTokenInSecrets: Invalid value: true: serviceAccountTokenInSecrets is set but no tokenRequests are specified'],
  ],
]);
describeUpdates(csiDrivers, [
  [
    'what stays',
    { spec: { attachRequired: false, volumeLifecycleModes: ['Ephemeral'] } },
    { spec: {} },
    ['spec.attachedRequired: Invalid value: false: field is immutable', 'spec.volumeLifecycleModes: Invalid value: ["Ephemeral"]: field is immutable'],
  ],
]);
test('the generation of a CSIDriver counts changes of its spec', () => {
  const old = created(csiDrivers, { spec: {} });
  assert.equal(updated(csiDrivers, { spec: { requiresRepublish: true } }, old).metadata.generation, 1);
  assert.equal(updated(csiDrivers, { spec: { storageCapacity: true } }, old).metadata.generation, 1);
  assert.equal(updated(csiDrivers, { metadata: { labels: { a: 'b' } }, spec: {} }, old).metadata.generation, undefined);
});

const drivers = (...list: object[]) => ({ spec: { drivers: list } });
describeCreates(csiNodes, [
  ['right', drivers({ name: 'a', nodeID: 'i', topologyKeys: ['a/b'] }), []],
  [
    'a driver',
    drivers({ name: '', nodeID: '', allocatable: { count: -1 } }),
    [
      'spec.drivers[0].name: Required value',
      `spec.drivers[0].name: Invalid value: "": ${SUBDOMAIN}`,
      'spec.drivers[0].nodeID: Required value',
      'spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0',
    ],
  ],
  [
    'a long name',
    drivers({ name: 'a'.repeat(64), nodeID: 'i'.repeat(257) }),
    [
      'spec.drivers[0].name: Too long: may not be more than 63 bytes',
      `spec.drivers[0].nodeID: Invalid value: "${'i'.repeat(257)}": must be 256 characters or less`,
    ],
  ],
  [
    'one twice',
    drivers({ name: 'a', nodeID: 'i' }, { name: 'a', nodeID: 'i', topologyKeys: ['x', 'x', ''] }),
    [
      'spec.drivers[1].name: Duplicate value: "a"',
      'spec.drivers[1]: Duplicate value: "x"',
      'spec.drivers[1]: Required value',
      'spec.drivers[1]: Invalid value: "": name part must be non-empty',
      `spec.drivers[1]: Invalid value: "": ${NAME}`,
    ],
  ],
]);
describeUpdates(csiNodes, [
  ['another count', drivers({ name: 'a', nodeID: 'i', allocatable: { count: 2 } }), drivers({ name: 'a', nodeID: 'i' }), []],
  [
    'another id',
    drivers({ name: 'a', nodeID: 'j' }),
    drivers({ name: 'a', nodeID: 'i' }),
    ['spec.drivers: Invalid value: {"Name":"a","NodeID":"j","TopologyKeys":null,"Allocatable":null}: field is immutable'],
  ],
]);

const BAD_VALUE = { storageClassName: 'a', nodeTopology: { matchLabels: { a: '-' } } };
describeCreates(csiStorageCapacities, [
  ['right', { storageClassName: 'a', capacity: '1Gi' }, []],
  ['nothing', { capacity: '-1' }, [`storageClassName: Invalid value: "": ${SUBDOMAIN}`, 'capacity: Invalid value: "-1": must be greater than or equal to 0']],
  [
    'a selector',
    { storageClassName: 'a', nodeTopology: { matchExpressions: [{ key: 'a', operator: 'X' }] } },
    ['nodeTopology.matchExpressions[0].operator: Invalid value: "X": not a valid selector operator'],
  ],
]);
describeUpdates(csiStorageCapacities, [
  [
    'what stays',
    { storageClassName: 'b', nodeTopology: {} },
    { storageClassName: 'a' },
    ['nodeTopology: Invalid value: {}: field is immutable', 'storageClassName: Invalid value: "b": field is immutable'],
  ],
  [
    'a bad label value in an expression stays',
    { ...BAD_VALUE, nodeTopology: { matchExpressions: [{ key: 'a', operator: 'In', values: ['-'] }] } },
    { ...BAD_VALUE, nodeTopology: { matchExpressions: [{ key: 'a', operator: 'In', values: ['-'] }] } },
    [],
  ],
]);

const attachment = (spec: object = {}) => ({ spec: { attacher: 'a', nodeName: 'n', source: { persistentVolumeName: 'p' }, ...spec } });
describeCreates(volumeAttachments, [
  ['right', attachment(), []],
  [
    'nothing',
    attachment({ attacher: '', nodeName: '', source: {} }),
    [
      'spec.attacher: Required value',
      'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
      `spec.nodeName: Invalid value: "": ${SUBDOMAIN}`,
      'spec.attacher: Required value',
      `spec.attacher: Invalid value: "": ${SUBDOMAIN}`,
    ],
  ],
  [
    'may spell out the volume of a CSI driver',
    attachment({
      source: { inlineVolumeSpec: { accessModes: ['ReadWriteOnce'], csi: { driver: 'd', volumeHandle: 'h' }, persistentVolumeReclaimPolicy: 'Retain' } },
    }),
    [],
  ],
  [
    'spells out nothing that only PersistentVolumes have',
    attachment({
      source: {
        inlineVolumeSpec: {
          capacity: { storage: '1Gi' },
          claimRef: { name: 'c' },
          hostPath: { path: '/a' },
          nodeAffinity: {},
          persistentVolumeReclaimPolicy: 'Delete',
          storageClassName: 's',
          volumeMode: 'Block',
        },
      },
    }),
    [
      'claimRef: Forbidden: may not be specified in the context of inline volumes',
      'capacity: Forbidden: may not be specified in the context of inline volumes',
      'csi: Required value: has to be specified in the context of inline volumes',
      'accessModes: Required value',
      'persistentVolumeReclaimPolicy: Forbidden: may only be Retain in the context of inline volumes',
      'nodeAffinity: Forbidden: may not be specified in the context of inline volumes',
      'storageClassName: Forbidden: may not be specified in the context of inline volumes',
      'volumeMode: Forbidden: may only be Filesystem in the context of inline volumes',
    ].map((text) => `spec.source.inlineVolumeSpec.${text}`),
  ],
  [
    'two sources',
    attachment({ source: { persistentVolumeName: 'p', inlineVolumeSpec: {} } }),
    ['spec.source: Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName'],
  ],
  [
    'an empty name',
    attachment({ source: { persistentVolumeName: '' } }),
    [
      'spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName',
      `spec.source.persistentVolumeName: Invalid value: "": ${SUBDOMAIN}`,
    ],
  ],
]);
describeUpdates(volumeAttachments, [
  [
    'another node',
    attachment({ nodeName: 'm' }),
    attachment(),
    ['spec: Invalid value: {"Attacher":"a","Source":{"PersistentVolumeName":"p","InlineVolumeSpec":null},"NodeName":"m"}: field is immutable'],
  ],
]);
test('the status of a VolumeAttachment is looked at twice', () => {
  const error = { message: 'x'.repeat(1025), errorCode: -1 };
  const errors = [
    'status.attachError.message: Too long: may not be more than 262144 bytes',
    'status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive',
  ];
  assert.deepEqual(statusErrors(volumeAttachments, { ...attachment(), status: { attached: false, attachError: error } }, attachment()), [...errors, ...errors]);
});
test('labels that nodes no longer have', () => {
  const old = 'beta.kubernetes.io/os';
  assert.deepEqual(storageClasses.warnings?.(created(storageClasses, topology([{ key: 'a', values: ['x'] }], [{ key: old, values: ['x'] }])), undefined), [
    'allowedTopologies[1].matchLabelExpressions[0].key: deprecated since v1.14; use "kubernetes.io/os" instead',
  ]);
  const nodeTopology = { matchLabels: { [old]: 'x' }, matchExpressions: [{ key: old, operator: 'Exists' }] };
  assert.deepEqual(csiStorageCapacities.warnings?.(created(csiStorageCapacities, { storageClassName: 'a', nodeTopology }), undefined), [
    `nodeTopology.matchExpressions[0].key: ${old} is deprecated since v1.14; use "kubernetes.io/os" instead`,
    `nodeTopology.matchLabels.${old}: deprecated since v1.14; use "kubernetes.io/os" instead`,
  ]);
});
test('a CSIStorageCapacity is shown by its name and age alone', () => {
  assert.deepEqual(
    csiStorageCapacities.columns?.map(({ name }) => name),
    ['Name', 'Created At'],
  );
});

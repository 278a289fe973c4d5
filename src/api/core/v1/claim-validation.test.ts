import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PersistentVolumeClaim } from '#api/types/core-v1';
import { type FieldError, formatFieldError } from '../../machinery/field-error.ts';
import { validateClaim, validateClaimStatus, validateClaimUpdate } from './claim-validation.ts';
import { claimWarnings } from './claim-warnings.ts';

function claimOf(spec: object, status: object = {}, metadata: object = {}): PersistentVolumeClaim {
  const common = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  return { metadata: { name: 'c', namespace: 'n', ...metadata }, spec: { ...common, ...structuredClone(spec) }, status } as PersistentVolumeClaim;
}
/** First lines, without the explanations of names' forms, which machinery/names.ts' tests check. */
function textsOf(errors: readonly FieldError[]): string[] {
  return errors.map(
    (error) =>
      formatFieldError(error)
        .replace(/ must (?:consist of|contain only) .*/, ' …')
        .split('\n')[0] ?? '',
  );
}

void describe('a claim is refused for', () => {
  const rows: readonly (readonly [string, object, string[]])[] = [
    ['no modes', { accessModes: [] }, ['spec.accessModes: Required value: at least 1 access mode is required']],
    [
      'modes',
      { accessModes: ['X', 'ReadWriteOncePod', 'ReadOnlyMany'] },
      [
        'spec.accessModes: Unsupported value: "X": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
        'spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
      ],
    ],
    [
      'selector',
      { selector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      ["spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'"],
    ],
    ['no size', { resources: {} }, ['spec.resources[storage]: Required value']],
    ['size', { resources: { requests: { storage: '0' } } }, ['spec.resources[storage]: Invalid value: "0": must be greater than zero']],
    ['class', { storageClassName: 'A_' }, ['spec.storageClassName: Invalid value: "A_": a lowercase RFC 1123 subdomain …']],
    ['mode', { volumeMode: 'X' }, ['spec.volumeMode: Unsupported value: "X": supported values: "Block", "Filesystem"']],
    [
      'source',
      { dataSource: { kind: '', name: '' } },
      [
        'spec.dataSource.name: Required value',
        'spec.dataSource.kind: Required value',
        'spec.dataSource: Invalid value: "": must be \'PersistentVolumeClaim\' when referencing the default apiGroup',
      ],
    ],
    [
      'source group',
      { dataSource: { apiGroup: 'A_', kind: 'K', name: 'n' } },
      ['spec.dataSource.apiGroup: Invalid value: "A_": a lowercase RFC 1123 subdomain …'],
    ],
    [
      'sources differ',
      { dataSource: { kind: 'PersistentVolumeClaim', name: 'a' }, dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'b' } },
      ['spec: Invalid value: {}: must match dataSourceRef'],
    ],
    ['attributes class', { volumeAttributesClassName: 'A_' }, ['spec.volumeAttributesClassName: Invalid value: "A_": a lowercase RFC 1123 subdomain …']],
  ];
  for (const [name, spec, expected] of rows) void test(name, () => assert.deepEqual(textsOf(validateClaim(claimOf(spec))), expected));
});

void describe('a changed claim is refused for', () => {
  const rows: readonly (readonly [string, object, object, object, string[]])[] = [
    ['binding', {}, { volumeName: 'v' }, {}, []],
    [
      'rebinding',
      { volumeName: 'v' },
      { volumeName: 'w' },
      {},
      ['spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'],
    ],
    [
      'grows while unbound',
      {},
      { resources: { requests: { storage: '2Gi' } } },
      { phase: 'Pending' },
      ['spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'],
    ],
    ['grows', {}, { resources: { requests: { storage: '2Gi' } } }, { phase: 'Bound', capacity: { storage: '1Gi' } }, []],
    [
      'shrinks',
      { resources: { requests: { storage: '2Gi' } } },
      { resources: { requests: { storage: '1Gi' } } },
      { phase: 'Bound', capacity: { storage: '1Gi' } },
      ['spec.resources.requests.storage: Forbidden: field can not be less than status.capacity'],
    ],
    [
      'shrinks to what it may',
      { resources: { requests: { storage: '3Gi' } } },
      { resources: { requests: { storage: '2Gi' } } },
      { phase: 'Bound', capacity: { storage: '1Gi' } },
      [],
    ],
    [
      'mode',
      { volumeMode: 'Block' },
      { volumeMode: 'Filesystem' },
      { phase: 'Bound', capacity: { storage: '1Gi' } },
      [
        'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
        'volumeMode: Invalid value: "Filesystem": field is immutable',
      ],
    ],
    ['class comes', {}, { storageClassName: 'a' }, { phase: 'Bound', capacity: { storage: '1Gi' } }, []],
    [
      'class changes',
      { storageClassName: 'a' },
      { storageClassName: 'b' },
      { phase: 'Bound', capacity: { storage: '1Gi' } },
      ['spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'],
    ],
    ['attributes class changes', { volumeAttributesClassName: 'a' }, { volumeAttributesClassName: 'b' }, { phase: 'Bound', capacity: { storage: '1Gi' } }, []],
    ['attributes class goes', { volumeAttributesClassName: 'a' }, {}, { phase: 'Bound', capacity: { storage: '1Gi' } }, []],
    ['attributes class empty', { volumeAttributesClassName: 'a' }, { volumeAttributesClassName: '' }, { phase: 'Bound', capacity: { storage: '1Gi' } }, []],
    [
      'applied attributes class goes',
      { volumeAttributesClassName: 'a' },
      {},
      { phase: 'Bound', capacity: { storage: '1Gi' }, currentVolumeAttributesClassName: 'a' },
      ['spec.volumeAttributesClassName: Forbidden: update to nil is forbidden when status.currentVolumeAttributesClassName is not nil'],
    ],
    [
      'applied attributes class empty',
      { volumeAttributesClassName: 'a' },
      { volumeAttributesClassName: '' },
      { phase: 'Bound', capacity: { storage: '1Gi' }, currentVolumeAttributesClassName: 'a' },
      ['spec.volumeAttributesClassName: Forbidden: update to empty string is forbidden when status.currentVolumeAttributesClassName is not nil'],
    ],
    [
      'attributes class comes while unbound',
      {},
      { volumeAttributesClassName: 'a' },
      { phase: 'Pending' },
      ['spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'],
    ],
  ];
  for (const [name, old, spec, status, expected] of rows)
    void test(name, () => assert.deepEqual(textsOf(validateClaimUpdate(claimOf(spec, status), claimOf(old, status))), expected));
});

void describe("a claim's status is refused for", () => {
  const rows: readonly (readonly [string, object, string[]])[] = [
    ['capacity', { capacity: { storage: '-1' } }, ['status.capacity[storage]: Invalid value: -1: must be a valid resource quantity']],
    [
      'states',
      { allocatedResourceStatuses: { storage: 'X', 'a b': 'NodeResizePending', cpu: 'NodeResizePending' } },
      [
        'status.allocatedResourceStatus: Unsupported value: "storage": supported values: "ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizeInProgress", "NodeResizeInfeasible", "NodeResizePending"',
        'status.allocatedResourceStatus: Invalid value: "a b": name part …',
        'status.allocatedResourceStatus: Unsupported value: "cpu": supported values: "storage"',
      ],
    ],
    [
      'allocated',
      { allocatedResources: { storage: '-1', cpu: '1' } },
      [
        'status.allocatedResources[storage]: Invalid value: -1: must be a valid resource quantity',
        'status.allocatedResources: Unsupported value: "cpu": supported values: "storage"',
      ],
    ],
  ];
  for (const [name, status, expected] of rows) void test(name, () => assert.deepEqual(textsOf(validateClaimStatus(claimOf({}, status))), expected));
});

test('warnings', () => {
  const annotations = { 'volume.beta.kubernetes.io/storage-class': 'a' };
  assert.deepEqual(claimWarnings(claimOf({ resources: { requests: { storage: '1500m' }, limits: { storage: '1m' } } }, {}, { annotations })), [
    'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
    'spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer',
    'spec.resources.limits[storage]: fractional byte value "1m" is invalid, must be an integer',
  ]);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PersistentVolume } from '#api/types/core-v1';
import { type FieldError, formatFieldError } from '../../machinery/field-error.ts';
import { validateVolume, validateVolumeUpdate } from './persistent-volume-validation.ts';
import { volumeWarnings } from './volume-warnings.ts';

function volumeOf(spec: object, metadata: object = {}): PersistentVolume {
  const common = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' };
  return { metadata: { name: 'v', ...metadata }, spec: { ...common, ...structuredClone(spec) } } as PersistentVolume;
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

void describe('a PersistentVolume is refused for', () => {
  const rows: readonly (readonly [string, object, string[]])[] = [
    ['no modes', { hostPath: { path: '/d' }, accessModes: [] }, ['spec.accessModes: Required value']],
    [
      'modes',
      { hostPath: { path: '/d' }, accessModes: ['X', 'ReadWriteOncePod', 'ReadOnlyMany'] },
      [
        'spec.accessModes: Unsupported value: "X": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
        'spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
      ],
    ],
    [
      'no capacity',
      { hostPath: { path: '/d' }, capacity: {} },
      ['spec.capacity: Required value', 'spec.capacity: Unsupported value: {}: supported values: "storage"'],
    ],
    [
      'other capacity',
      { hostPath: { path: '/d' }, capacity: { storage: '-1', x: '1' } },
      [
        'spec.capacity: Unsupported value: {"storage":"-1","x":"1"}: supported values: "storage"',
        'spec.capacity[storage]: Invalid value: -1: must be a valid resource quantity',
        'spec.capacity[storage]: Invalid value: "-1": must be greater than zero',
      ],
    ],
    [
      'policy',
      { hostPath: { path: '/d' }, persistentVolumeReclaimPolicy: 'X' },
      ['spec.persistentVolumeReclaimPolicy: Unsupported value: "X": supported values: "Delete", "Recycle", "Retain"'],
    ],
    ['affinity', { hostPath: { path: '/d' }, nodeAffinity: {} }, ['spec.nodeAffinity.required: Required value: must specify required node constraints']],
    [
      'affinity terms',
      { hostPath: { path: '/d' }, nodeAffinity: { required: { nodeSelectorTerms: [] } } },
      ['spec.nodeAffinity.required.nodeSelectorTerms: Required value: must have at least one node selector term'],
    ],
    ['no source', {}, ['spec: Required value: must specify a volume type']],
    [
      'two sources',
      { hostPath: { path: '/d' }, nfs: { server: 's', path: '/p' }, cephfs: { monitors: ['m'] }, flexVolume: { driver: '' } },
      [
        'spec.nfs: Forbidden: may not specify more than 1 volume type',
        'spec.cephFS: Forbidden: may not specify more than 1 volume type',
        'spec.flexVolume.driver: Required value',
      ],
    ],
    [
      'recycled root',
      { hostPath: { path: '//' }, persistentVolumeReclaimPolicy: 'Recycle' },
      ["spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"],
    ],
    ['class', { hostPath: { path: '/d' }, storageClassName: 'A_' }, ['spec.storageClassName: Invalid value: "A_": a lowercase RFC 1123 subdomain …']],
    ['mode', { hostPath: { path: '/d' }, volumeMode: 'X' }, ['spec.volumeMode: Unsupported value: "X": supported values: "Block", "Filesystem"']],
    [
      'attributes class',
      { hostPath: { path: '/d' }, volumeAttributesClassName: '' },
      [
        'spec.volumeAttributesClassName: Required value: an empty string is disallowed',
        'spec.csi: Required value: has to be specified when using volumeAttributesClassName',
      ],
    ],
    [
      'attributes class name',
      { csi: { driver: 'd', volumeHandle: 'h' }, volumeAttributesClassName: 'A_' },
      ['spec.volumeAttributesClassName: Invalid value: "A_": a lowercase RFC 1123 subdomain …'],
    ],
    ['hostPath', { hostPath: { path: '' } }, ['spec.hostPath.path: Required value']],
    ['gcePersistentDisk', { gcePersistentDisk: { pdName: '' } }, ['spec.persistentDisk.pdName: Required value']],
    [
      'awsElasticBlockStore',
      { awsElasticBlockStore: { volumeID: '', partition: 256 } },
      ['spec.awsElasticBlockStore.volumeID: Required value', 'spec.awsElasticBlockStore.partition: Invalid value: 256: must be between 1 and 255, inclusive'],
    ],
    [
      'glusterfs',
      { glusterfs: { endpoints: '', path: '', endpointsNamespace: '' } },
      [
        'spec.glusterfs.endpoints: Required value',
        'spec.glusterfs.path: Required value',
        'spec.glusterfs.endpointsNamespace: Invalid value: "": if the endpointnamespace is set, it must be a valid namespace name',
      ],
    ],
    ['flocker', { flocker: {} }, ['spec.flocker: Required value: one of datasetName and datasetUUID is required']],
    ['nfs', { nfs: { server: '', path: 'x' } }, ['spec.nfs.server: Required value', 'spec.nfs.path: Invalid value: "x": must be an absolute path']],
    ['rbd', { rbd: { monitors: [], image: '' } }, ['spec.rbd.monitors: Required value', 'spec.rbd.image: Required value']],
    [
      'quobyte',
      { quobyte: { registry: '', volume: '' } },
      ['spec.quobyte.registry: Required value: must be a host:port pair or multiple pairs separated by commas', 'spec.quobyte.volume: Required value'],
    ],
    ['cephfs', { cephfs: { monitors: [] } }, ['spec.cephfs.monitors: Required value']],
    [
      'iscsi',
      { iscsi: { targetPortal: '', iqn: 'x', lun: 256, chapAuthSession: true, secretRef: {} } },
      [
        'spec.iscsi.targetPortal: Required value',
        'spec.iscsi.iqn: Invalid value: "x": must be valid format',
        'spec.iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive',
        'spec.iscsi.secretRef.name: Required value',
      ],
    ],
    [
      'iscsi long',
      {
        iscsi: {
          targetPortal: 'ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp',
          iqn: 'iqn.2020-01.com.example:d',
          lun: 0,
          initiatorName: 'iqn.2020-01.com.example:i',
        },
      },
      [
        'spec.iscsi.targetportal: Invalid value: "ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp": Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.',
      ],
    ],
    [
      'cinder',
      { cinder: { volumeID: '', secretRef: {} } },
      ['spec.cinder.volumeID: Required value', 'spec.cinder.secretRef.name: Required value', 'spec.cinder.secretRef.namespace: Required value'],
    ],
    ['fc', { fc: {} }, ['spec.fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both']],
    [
      'flexVolume',
      { flexVolume: { driver: '', options: { 'k8s.io/x': 'y' } } },
      [
        'spec.flexVolume.driver: Required value',
        'spec.flexVolume.options[k8s.io/x]: Invalid value: "k8s.io/x": kubernetes.io and k8s.io namespaces are reserved',
      ],
    ],
    [
      'azureFile',
      { azureFile: { secretName: '', shareName: '', secretNamespace: '' } },
      [
        'spec.azureFile.secretName: Required value',
        'spec.azureFile.shareName: Required value',
        'spec.azureFile.secretNamespace: Invalid value: "": if secretNamespace is set, it can not be empty',
      ],
    ],
    ['vsphereVolume', { vsphereVolume: { volumePath: '' } }, ['spec.vsphereVolume.volumePath: Required value']],
    ['photonPersistentDisk', { photonPersistentDisk: { pdID: '' } }, ['spec.photonPersistentDisk.pdID: Required value']],
    ['portworxVolume', { portworxVolume: { volumeID: '' } }, ['spec.portworxVolume.volumeID: Required value']],
    ['azureDisk', { azureDisk: { diskName: '', diskURI: '' } }, ['spec.azureDisk.diskName: Required value', 'spec.azureDisk.diskURI: Required value']],
    [
      'scaleIO',
      { scaleIO: { gateway: '', system: '', volumeName: '' } },
      ['spec.scaleIO.gateway: Required value', 'spec.scaleIO.system: Required value', 'spec.scaleIO.volumeName: Required value'],
    ],
    ['local', { local: { path: '' } }, ['spec.local.path: Required value', 'spec.nodeAffinity: Required value: Local volume requires node affinity']],
    [
      'local path',
      { local: { path: 'a/../b' }, nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }] } } },
      ['spec.local.path: Invalid value: "a/../b": must not contain \'..\''],
    ],
    [
      'storageos',
      { storageos: { volumeName: 'A', secretRef: {} } },
      [
        'spec.storageos.volumeName: Invalid value: "A": a lowercase RFC 1123 label …',
        'spec.storageos.secretRef.name: Required value',
        'spec.storageos.secretRef.namespace: Required value',
      ],
    ],
    [
      'csi',
      { csi: { driver: '', volumeHandle: '', nodeStageSecretRef: {}, nodePublishSecretRef: {}, controllerPublishSecretRef: { name: 'A_', namespace: 'B_' } } },
      [
        'spec.csi.driver: Required value',
        'spec.csi.driver: Invalid value: "": a lowercase RFC 1123 subdomain …',
        'spec.csi.volumeHandle: Required value',
        'spec.csi.controllerPublishSecretRef.name: Invalid value: "A_": a lowercase RFC 1123 subdomain …',
        'spec.csi.controllerPublishSecretRef.namespace: Invalid value: "B_": a lowercase RFC 1123 label …',
        'spec.csi.nodePublishSecretRef.name: Required value',
        'spec.csi.nodePublishSecretRef.namespace: Required value',
      ],
    ],
  ];
  for (const [name, spec, expected] of rows) void test(name, () => assert.deepEqual(textsOf(validateVolume(volumeOf(spec))), expected));
});

void describe('a changed PersistentVolume is refused for', () => {
  const rows: readonly (readonly [string, object, object, string[]])[] = [
    [
      'source',
      { hostPath: { path: '/d' } },
      { hostPath: { path: '/e' } },
      ['spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation'],
    ],
    ['mode', { hostPath: { path: '/d' } }, { hostPath: { path: '/d' }, volumeMode: 'Block' }, ['volumeMode: Invalid value: "Block": field is immutable']],
    [
      'affinity comes',
      { hostPath: { path: '/d' } },
      {
        hostPath: { path: '/d' },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'beta.kubernetes.io/os', operator: 'In', values: ['linux'] }] }] } },
      },
      [],
    ],
    [
      'affinity renamed',
      {
        hostPath: { path: '/d' },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'beta.kubernetes.io/os', operator: 'In', values: ['linux'] }] }] } },
      },
      {
        hostPath: { path: '/d' },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }] }] } },
      },
      [],
    ],
    [
      'affinity changed',
      {
        hostPath: { path: '/d' },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'beta.kubernetes.io/os', operator: 'In', values: ['linux'] }] }] } },
      },
      { hostPath: { path: '/d' }, nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }] } } },
      [
        'nodeAffinity: Invalid value: {"Required":{"NodeSelectorTerms":[{"MatchExpressions":[{"Key":"a","Operator":"Exists","Values":null}],"MatchFields":null}]}}: field is immutable, except for updating from beta label to GA',
      ],
    ],
    [
      'affinity gone',
      {
        hostPath: { path: '/d' },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'beta.kubernetes.io/os', operator: 'In', values: ['linux'] }] }] } },
      },
      { hostPath: { path: '/d' } },
      ['nodeAffinity: Invalid value: "null": field is immutable, except for updating from beta label to GA'],
    ],
    [
      'secret for growing',
      { csi: { driver: 'd', volumeHandle: 'h' } },
      { csi: { driver: 'd', volumeHandle: 'h', controllerExpandSecretRef: { name: 'a', namespace: 'b' } } },
      [],
    ],
    [
      'attributes class gone',
      { csi: { driver: 'd', volumeHandle: 'h' }, volumeAttributesClassName: 'a' },
      { csi: { driver: 'd', volumeHandle: 'h' } },
      ['spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden'],
    ],
    ['size', { hostPath: { path: '/d' } }, { hostPath: { path: '/d' }, capacity: { storage: '2Gi' } }, []],
  ];
  for (const [name, old, spec, expected] of rows)
    void test(name, () => assert.deepEqual(textsOf(validateVolumeUpdate(volumeOf(spec), volumeOf(old))), expected));
});

test('warnings', () => {
  const BETA = { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'beta.kubernetes.io/os', operator: 'Exists' }] }] } };
  const annotations = { 'volume.beta.kubernetes.io/storage-class': 'a', 'volume.beta.kubernetes.io/mount-options': 'b' };
  assert.deepEqual(
    volumeWarnings(
      volumeOf({ photonPersistentDisk: {}, persistentVolumeReclaimPolicy: 'Recycle', capacity: { storage: '1500m' }, nodeAffinity: BETA }, { annotations }),
    ),
    [
      'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead',
      'metadata.annotations[volume.beta.kubernetes.io/mount-options]: deprecated since v1.31; use "mountOptions" attribute instead',
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
      'spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead',
      'spec.photonPersistentDisk: deprecated in v1.11, non-functional in v1.16+',
      'spec.capacity[storage]: fractional byte value "1500m" is invalid, must be an integer',
    ],
  );
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pod } from '#api/types/core-v1';
import { formatFieldError } from '../../../machinery/field-error.ts';
import { defaultPod } from './defaults.ts';
import { validateNewPod } from './validation.ts';

// One row for each rule of pkg/apis/core/validation, with its path, text and place among others.
const one = (fields: object): object => ({ containers: [{ name: 'c', image: 'i', ...fields }] });
const volume = (source: object): object => ({ volumes: [{ name: 'v', ...source }] });

const cases: [string, object, string[]][] = [
  [
    'gitRepo',
    volume({ gitRepo: { repository: '', directory: '/x' } }),
    ['spec.volumes[0].gitRepo.repository: Required value', 'spec.volumes[0].gitRepo.directory: Invalid value: "/x": must be a relative path'],
  ],
  [
    'gitRepo with a path that is wrong twice',
    volume({ gitRepo: { repository: 'r', directory: '/x/..' } }),
    [
      'spec.volumes[0].gitRepo.directory: Invalid value: "/x/..": must be a relative path',
      'spec.volumes[0].gitRepo.directory: Invalid value: "/x/..": must not contain \'..\'',
    ],
  ],
  [
    'gcePersistentDisk',
    volume({ gcePersistentDisk: { pdName: '', partition: 256 } }),
    [
      'spec.volumes[0].persistentDisk.pdName: Required value',
      'spec.volumes[0].persistentDisk.partition: Invalid value: 256: must be between 1 and 255, inclusive',
    ],
  ],
  [
    'awsElasticBlockStore',
    volume({ awsElasticBlockStore: { volumeID: '', partition: -1 } }),
    [
      'spec.volumes[0].awsElasticBlockStore.volumeID: Required value',
      'spec.volumes[0].awsElasticBlockStore.partition: Invalid value: -1: must be between 1 and 255, inclusive',
    ],
  ],
  [
    'secret',
    volume({ secret: { items: [{ key: '', path: '..x', mode: 512 }], defaultMode: -1 } }),
    [
      'spec.volumes[0].secret.secretName: Required value',
      'spec.volumes[0].secret.defaultMode: Invalid value: -1: must be a number between 0 and 0777 (octal), both inclusive',
      'spec.volumes[0].secret.items[0].key: Required value',
      'spec.volumes[0].secret.items[0].path: Invalid value: "..x": must not start with \'..\'',
      'spec.volumes[0].secret.items[0].mode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
    ],
  ],
  [
    'configMap',
    volume({ configMap: { items: [{ key: 'k', path: '../x' }] } }),
    ['spec.volumes[0].configMap.name: Required value', 'spec.volumes[0].configMap.items[0].path: Invalid value: "../x": must not contain \'..\''],
  ],
  [
    'nfs',
    volume({ nfs: { server: '', path: 'x' } }),
    ['spec.volumes[0].nfs.server: Required value', 'spec.volumes[0].nfs.path: Invalid value: "x": must be an absolute path'],
  ],
  [
    'iscsi',
    volume({ iscsi: { targetPortal: '', iqn: 'x', lun: 256, chapAuthSession: true, initiatorName: 'iqn.x' } }),
    [
      'spec.volumes[0].iscsi.targetPortal: Required value',
      'spec.volumes[0].iscsi.iqn: Invalid value: "x": must be valid format starting with iqn, eui, or naa',
      'spec.volumes[0].iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive',
      'spec.volumes[0].iscsi.secretRef: Required value',
      'spec.volumes[0].iscsi.initiatorname: Invalid value: "iqn.x": must be valid format',
    ],
  ],
  [
    'iscsi name length',
    volume({
      iscsi: {
        targetPortal: 'ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp',
        iqn: 'iqn.2020-01.com.example:d',
        lun: 0,
        initiatorName: 'iqn.2020-01.com.example:i',
      },
    }),
    [
      'spec.volumes[0].name: Invalid value: "v": Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.',
    ],
  ],
  [
    'glusterfs',
    volume({ glusterfs: { endpoints: '', path: '' } }),
    ['spec.volumes[0].glusterfs.endpoints: Required value', 'spec.volumes[0].glusterfs.path: Required value'],
  ],
  ['flocker', volume({ flocker: {} }), ['spec.volumes[0].flocker: Required value: one of datasetName and datasetUUID is required']],
  [
    'flocker both',
    volume({ flocker: { datasetName: 'a/b', datasetUUID: 'u' } }),
    [
      'spec.volumes[0].flocker: Invalid value: "resource": datasetName and datasetUUID can not be specified simultaneously',
      'spec.volumes[0].flocker.datasetName: Invalid value: "a/b": must not contain \'/\'',
    ],
  ],
  ['claim', volume({ persistentVolumeClaim: { claimName: '' } }), ['spec.volumes[0].persistentVolumeClaim.claimName: Required value']],
  ['rbd', volume({ rbd: { monitors: [], image: '' } }), ['spec.volumes[0].rbd.monitors: Required value', 'spec.volumes[0].rbd.image: Required value']],
  [
    'cinder',
    volume({ cinder: { volumeID: '', secretRef: {} } }),
    ['spec.volumes[0].cinder.volumeID: Required value', 'spec.volumes[0].cinder.secretRef.name: Required value'],
  ],
  ['cephfs', volume({ cephfs: { monitors: [] } }), ['spec.volumes[0].cephfs.monitors: Required value']],
  ['cephfs second', volume({ emptyDir: {}, cephfs: { monitors: [] } }), ['spec.volumes[0].cephFS: Forbidden: may not specify more than 1 volume type']],
  [
    'quobyte',
    volume({ quobyte: { registry: '', volume: '' } }),
    [
      'spec.volumes[0].quobyte.registry: Required value: must be a host:port pair or multiple pairs separated by commas',
      'spec.volumes[0].quobyte.volume: Required value',
    ],
  ],
  [
    'quobyte registry',
    volume({ quobyte: { registry: 'a:1,b', volume: 'v' } }),
    ['spec.volumes[0].quobyte.registry: Invalid value: "a:1,b": must be a host:port pair or multiple pairs separated by commas'],
  ],
  [
    'quobyte tenant',
    volume({ quobyte: { registry: 'a:1', volume: 'v', tenant: 'ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt' } }),
    ['spec.volumes[0].quobyte.tenant: Required value: must be a UUID and may not exceed a length of 64 characters'],
  ],
  [
    'downwardAPI',
    volume({ downwardAPI: { defaultMode: 512, items: [{ path: '/x' }] } }),
    [
      'spec.volumes[0].downwardAPI.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
      'spec.volumes[0].downwardAPI.path: Invalid value: "/x": must be a relative path',
      'spec.volumes[0].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required',
    ],
  ],
  [
    'downwardAPI both',
    volume({ downwardAPI: { items: [{ path: 'x', fieldRef: { fieldPath: 'status.podIP' }, resourceFieldRef: { resource: 'limits.cpu' } }] } }),
    [
      'spec.volumes[0].downwardAPI.fieldRef.fieldPath: Unsupported value: "status.podIP": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"',
      'spec.volumes[0].downwardAPI: Invalid value: "resource": fieldRef and resourceFieldRef can not be specified simultaneously',
    ],
  ],
  [
    'downwardAPI resource',
    volume({ downwardAPI: { items: [{ path: 'x', resourceFieldRef: { resource: 'limits.cpu', divisor: '2' } }] } }),
    [
      'spec.volumes[0].downwardAPI.resourceFieldRef.containerName: Required value',
      'spec.volumes[0].downwardAPI.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor\'s values 1m and 1 are supported with the cpu resource',
    ],
  ],
  ['downwardAPI second', volume({ emptyDir: {}, downwardAPI: {} }), ['spec.volumes[0].downwarAPI: Forbidden: may not specify more than 1 volume type']],
  ['fc', volume({ fc: {} }), ['spec.volumes[0].fc.targetWWNs: Required value: must specify either targetWWNs or wwids, but not both']],
  [
    'fc both',
    volume({ fc: { targetWWNs: ['a'], wwids: ['b'] } }),
    [
      'spec.volumes[0].fc.targetWWNs: Invalid value: ["a"]: targetWWNs and wwids can not be specified simultaneously',
      'spec.volumes[0].fc.lun: Required value: lun is required if targetWWNs is specified',
    ],
  ],
  ['fc lun', volume({ fc: { targetWWNs: ['a'], lun: 256 } }), ['spec.volumes[0].fc.lun: Invalid value: 256: must be between 0 and 255, inclusive']],
  [
    'flexVolume',
    volume({ flexVolume: { driver: '', options: { 'kubernetes.io/x': 'y', 'a.K8S.io/b': 'c', 'example.com/x': 'y' } } }),
    [
      'spec.volumes[0].flexVolume.driver: Required value',
      'spec.volumes[0].flexVolume.options[kubernetes.io/x]: Invalid value: "kubernetes.io/x": kubernetes.io and k8s.io namespaces are reserved',
      'spec.volumes[0].flexVolume.options[a.K8S.io/b]: Invalid value: "a.K8S.io/b": kubernetes.io and k8s.io namespaces are reserved',
    ],
  ],
  [
    'azureFile',
    volume({ azureFile: { secretName: '', shareName: '' } }),
    ['spec.volumes[0].azureFile.secretName: Required value', 'spec.volumes[0].azureFile.shareName: Required value'],
  ],
  [
    'azureDisk',
    volume({ azureDisk: { diskName: '', diskURI: '', cachingMode: 'X', kind: 'Y' } }),
    [
      'spec.volumes[0].azureDisk.diskName: Required value',
      'spec.volumes[0].azureDisk.diskURI: Required value',
      'spec.volumes[0].azureDisk.cachingMode: Unsupported value: "X": supported values: "None", "ReadOnly", "ReadWrite"',
      'spec.volumes[0].azureDisk.kind: Unsupported value: "Y": supported values: "Dedicated", "Managed", "Shared"',
      'spec.volumes[0].azureDisk.diskURI: Unsupported value: "": supported values: "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"',
    ],
  ],
  [
    'azureDisk managed',
    volume({ azureDisk: { diskName: 'd', diskURI: 'https://x', kind: 'Managed' } }),
    [
      'spec.volumes[0].azureDisk.diskURI: Unsupported value: "https://x": supported values: "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"',
    ],
  ],
  ['vsphereVolume', volume({ vsphereVolume: { volumePath: '' } }), ['spec.volumes[0].vsphereVolume.volumePath: Required value']],
  ['photonPersistentDisk', volume({ photonPersistentDisk: { pdID: '' } }), ['spec.volumes[0].photonPersistentDisk.pdID: Required value']],
  ['portworxVolume', volume({ portworxVolume: { volumeID: '' } }), ['spec.volumes[0].portworxVolume.volumeID: Required value']],
  [
    'storageos',
    volume({ storageos: { volumeName: 'A', volumeNamespace: 'B', secretRef: {} } }),
    [
      "spec.volumes[0].storageos.volumeName: Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      "spec.volumes[0].storageos.volumeNamespace: Invalid value: \"B\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      'spec.volumes[0].storageos.secretRef.name: Required value',
    ],
  ],
  [
    'scaleIO',
    volume({ scaleIO: { gateway: '', system: '', volumeName: '' } }),
    ['spec.volumes[0].scaleIO.gateway: Required value', 'spec.volumes[0].scaleIO.system: Required value', 'spec.volumes[0].scaleIO.volumeName: Required value'],
  ],
  [
    'csi',
    volume({ csi: { driver: '', nodePublishSecretRef: {} } }),
    [
      'spec.volumes[0].csi.driver: Required value',
      "spec.volumes[0].csi.driver: Invalid value: \"\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'spec.volumes[0].csi.nodePublishSecretRef.name: Required value',
    ],
  ],
  [
    'csi names',
    volume({ csi: { driver: 'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd', nodePublishSecretRef: { name: 'A' } } }),
    [
      'spec.volumes[0].csi.driver: Too long: may not be more than 63 bytes',
      "spec.volumes[0].csi.name: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
  ],
  ['ephemeral', volume({ ephemeral: {} }), ['spec.volumes[0].ephemeral.volumeClaimTemplate: Required value']],
  [
    'ephemeral template',
    volume({ ephemeral: { volumeClaimTemplate: { metadata: { name: 'x', labels: { a: 'b c' } }, spec: { accessModes: ['X'], resources: {} } } } }),
    [
      "spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.labels: Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      'spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set',
      'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.accessModes: Unsupported value: "X": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value',
    ],
  ],
  [
    'image',
    volume({ image: { pullPolicy: 'X' } }),
    [
      'spec.volumes[0].image.reference: Required value',
      'spec.volumes[0].image.pullPolicy: Unsupported value: "X": supported values: "Always", "IfNotPresent", "Never"',
    ],
  ],
  ['emptyDir', volume({ emptyDir: { sizeLimit: '-1' } }), ['spec.volumes[0].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity']],
  ['hostPath', volume({ hostPath: { path: '' } }), ['spec.volumes[0].hostPath.path: Required value']],
  [
    'hostPath type',
    volume({ hostPath: { path: '/x', type: 'X' } }),
    [
      'spec.volumes[0].hostPath.type: Unsupported value: "X": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
    ],
  ],
  [
    'volume name',
    { volumes: [{ name: '', emptyDir: {} }, { name: 'A.b' }] },
    [
      'spec.volumes[0].name: Required value',
      "spec.volumes[1].name: Invalid value: \"A.b\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
  ],
  [
    'claim of an ephemeral volume',
    {
      volumes: [
        { name: 'v', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } } },
        { name: 'w', persistentVolumeClaim: { claimName: 'p-v' } },
      ],
    },
    ['spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "p-v": must not reference a PVC that gets created for an ephemeral volume'],
  ],
  [
    'projected secret',
    volume({ projected: { sources: [{ secret: { items: [{ key: 'k', path: 'a' }] } }, { configMap: { name: 'c', items: [{ key: 'k', path: 'a' }] } }] } }),
    ['spec.volumes[0].projected.sources[0].secret.name: Required value', 'spec.volumes[0].projected: Invalid value: "c": conflicting duplicate paths'],
  ],
  [
    'projected two',
    volume({ projected: { defaultMode: 512, sources: [{ secret: { name: 's' }, configMap: { name: 'c' } }] } }),
    [
      'spec.volumes[0].projected.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
      'spec.volumes[0].projected.sources[0]: Forbidden: may not specify more than 1 volume type per source',
    ],
  ],
  [
    'projected token',
    {
      serviceAccountName: 'a',
      volumes: [
        {
          name: 'v',
          projected: {
            sources: [{ serviceAccountToken: { path: '', expirationSeconds: 599 } }, { serviceAccountToken: { path: '/x', expirationSeconds: 4294967297 } }],
          },
        },
      ],
    },
    [
      'spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
      'spec.volumes[0].projected.path: Required value',
      'spec.volumes[0].projected.sources[1].serviceAccountToken.expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds',
      'spec.volumes[0].projected.path: Invalid value: "/x": must be a relative path',
    ],
  ],
  [
    'projected token without account',
    volume({ projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }),
    ['spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set'],
  ],
  [
    'projected downward',
    volume({
      projected: {
        sources: [
          {
            downwardAPI: {
              items: [
                { path: 'a', fieldRef: { fieldPath: 'metadata.name' } },
                { path: 'a', fieldRef: { fieldPath: 'metadata.uid' } },
              ],
            },
          },
        ],
      },
    }),
    ['spec.volumes[0].projected: Invalid value: "a": conflicting duplicate paths'],
  ],
  [
    'env name',
    one({ env: [{ name: '' }, { name: 'a=b' }] }),
    [
      'spec.containers[0].env[0].name: Required value',
      'spec.containers[0].env[1].name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than \'=\'',
    ],
  ],
  [
    'env no source',
    one({ env: [{ name: 'A', valueFrom: {} }] }),
    [
      'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
    ],
  ],
  [
    'env value and source',
    one({ env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] }),
    ['spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty'],
  ],
  [
    'env two sources',
    one({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' }, configMapKeyRef: { name: 'c', key: 'k' } } }] }),
    ['spec.containers[0].env[0].valueFrom: Invalid value: "": may not have more than one field specified at a time'],
  ],
  [
    'env field version',
    one({ env: [{ name: 'A', valueFrom: { fieldRef: { apiVersion: 'v2', fieldPath: 'metadata.name' } } }] }),
    ['spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "metadata.name": error converting fieldPath: unsupported pod version: v2'],
  ],
  [
    'env field unknown',
    one({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.x' } } }] }),
    ['spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.x": error converting fieldPath: field label not supported: spec.x'],
  ],
  [
    'env field not for containers',
    one({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'status.phase' } } }] }),
    [
      'spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "status.phase": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"',
    ],
  ],
  [
    'env field subscript',
    one({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: "spec['x']" } } }] }),
    [
      "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"spec['x']\": error converting fieldPath: field label does not support subscript: spec['x']",
    ],
  ],
  [
    'env label',
    one({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: "metadata.labels['a b']" } } }] }),
    [
      "spec.containers[0].env[0].valueFrom.fieldRef: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
  ],
  [
    'env resource',
    one({ env: [{ name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.x', divisor: '1' } } }] }),
    [
      'spec.containers[0].env[0].valueFrom.resourceFieldRef.resource: Unsupported value: "limits.x": supported values: "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"',
    ],
  ],
  [
    'env divisors',
    one({
      env: [
        { name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '2' } } },
        { name: 'A', valueFrom: { resourceFieldRef: { resource: 'requests.ephemeral-storage', divisor: '2' } } },
        { name: 'A', valueFrom: { resourceFieldRef: { resource: 'limits.hugepages-2Mi', divisor: '2' } } },
      ],
    }),
    [
      'spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.memory": only divisor\'s values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the memory resource',
      'spec.containers[0].env[1].valueFrom.resourceFieldRef.divisor: Invalid value: "requests.ephemeral-storage": only divisor\'s values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the local ephemeral storage resource',
      'spec.containers[0].env[2].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.hugepages-2Mi": only divisor\'s values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the hugepages resource',
    ],
  ],
  [
    'env keys',
    one({
      env: [
        { name: 'A', valueFrom: { configMapKeyRef: { name: '', key: '' } } },
        { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'a b' } } },
      ],
    }),
    [
      "spec.containers[0].env[0].valueFrom.configMapKeyRef.name: Invalid value: \"\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'spec.containers[0].env[0].valueFrom.configMapKeyRef.key: Required value',
      "spec.containers[0].env[1].valueFrom.secretKeyRef.key: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    ],
  ],
  [
    'env file',
    one({ env: [{ name: 'A', valueFrom: { fileKeyRef: { volumeName: '', path: '/x', key: '' } } }] }),
    [
      'spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Required value',
      'spec.containers[0].env[0].valueFrom.fileKeyRef.path: Invalid value: "/x": must be a relative path',
      'spec.containers[0].env[0].valueFrom.fileKeyRef.key: Required value',
    ],
  ],
  [
    'envFrom',
    one({ envFrom: [{ prefix: 'a=b' }, { configMapRef: { name: '' }, secretRef: { name: 'A' } }] }),
    [
      'spec.containers[0].envFrom[0].prefix: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than \'=\'',
      'spec.containers[0].envFrom: Invalid value: "": must specify one of: `configMapRef` or `secretRef`',
      'spec.containers[0].envFrom[1].configMapRef.name: Required value',
      "spec.containers[0].envFrom[1].secretRef.name: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'spec.containers[0].envFrom: Invalid value: "": may not have more than one field specified at a time',
    ],
  ],
  [
    'termination message policy',
    one({ terminationMessagePolicy: 'X' }),
    ['spec.containers[0].terminationMessagePolicy: Unsupported value: "X": supported values: "File", "FallbackToLogsOnError"'],
  ],
  [
    'resize policy',
    one({
      resizePolicy: [
        { resourceName: 'cpu', restartPolicy: 'X' },
        { resourceName: 'cpu', restartPolicy: 'NotRequired' },
        { resourceName: 'x', restartPolicy: 'NotRequired' },
      ],
    }),
    [
      'spec.containers[0].resizePolicy: Unsupported value: "X": supported values: "NotRequired", "RestartContainer"',
      'spec.containers[0].resizePolicy[1]: Duplicate value: "cpu"',
      'spec.containers[0].resizePolicy: Unsupported value: "x": supported values: "cpu", "memory"',
    ],
  ],
  [
    'resize policy of Never',
    { restartPolicy: 'Never', ...one({ resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] }) },
    ["spec.containers[0].resizePolicy: Invalid value: \"RestartContainer\": must be 'NotRequired' when `restartPolicy` is 'Never'"],
  ],
  [
    'restart policy of a container',
    one({ restartPolicy: 'X' }),
    ['spec.containers[0].restartPolicy: Unsupported value: "X": supported values: "Always", "Never", "OnFailure"'],
  ],
  [
    'restart rules without policy',
    one({ restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }] }),
    ['spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used'],
  ],
  [
    'restart rules',
    one({ restartPolicy: 'Never', restartPolicyRules: [{ action: 'X' }, { action: 'Restart', exitCodes: { operator: 'X', values: [] } }] }),
    [
      'spec.containers[0].restartPolicyRules[0].action: Unsupported value: "X": supported values: "Restart", "RestartAllContainers"',
      'spec.containers[0].restartPolicyRules[0].exitCodes: Required value: must be specified',
      'spec.containers[0].restartPolicyRules[1].exitCodes.operator: Unsupported value: "X": supported values: "In", "NotIn"',
      'spec.containers[0].restartPolicyRules[1].exitCodes.values: Invalid value: []: must have at least one value',
    ],
  ],
  [
    'init probe',
    { initContainers: [{ name: 'i', image: 'i', readinessProbe: { exec: { command: ['x'] } }, lifecycle: {} }] },
    [
      'spec.initContainers[0].lifecycle: Forbidden: may not be set for init containers without restartPolicy=Always',
      'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ],
  ],
  [
    'probe seconds',
    one({ readinessProbe: { exec: {}, periodSeconds: -1, terminationGracePeriodSeconds: 0 } }),
    [
      'spec.containers[0].readinessProbe.exec.command: Required value',
      'spec.containers[0].readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0',
      'spec.containers[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0',
      'spec.containers[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 0: must not be set for readinessProbes',
    ],
  ],
  [
    'probe handlers',
    one({ livenessProbe: { exec: { command: ['x'] }, tcpSocket: { port: 1 }, grpc: { port: 0 } } }),
    [
      'spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type',
      'spec.containers[0].livenessProbe.grpc: Forbidden: may not specify more than 1 handler type',
    ],
  ],
  [
    'http probe',
    one({ livenessProbe: { httpGet: { port: 'A', scheme: 'X', httpHeaders: [{ name: 'a b', value: '' }] } } }),
    [
      'spec.containers[0].livenessProbe.httpGet.port: Invalid value: "A": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      'spec.containers[0].livenessProbe.httpGet.port: Invalid value: "A": must contain at least one letter (a-z)',
      'spec.containers[0].livenessProbe.httpGet.scheme: Unsupported value: "X": supported values: "HTTP", "HTTPS"',
      "spec.containers[0].livenessProbe.httpGet.httpHeaders: Invalid value: \"a b\": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
    ],
  ],
  [
    'grpc probe',
    one({ livenessProbe: { grpc: { port: 0 } } }),
    ['spec.containers[0].livenessProbe.grpc.port: Invalid value: 0: must be between 1 and 65535, inclusive'],
  ],
  [
    'sleep',
    one({ lifecycle: { preStop: { sleep: { seconds: 31 } } } }),
    ['spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)'],
  ],
  [
    'mounts',
    {
      volumes: [{ name: 'v' }, { name: 'p', persistentVolumeClaim: { claimName: 'c' } }],
      ...one({
        volumeMounts: [
          { name: '', mountPath: '' },
          { name: 'v', mountPath: '/x', subPath: '/a', subPathExpr: '../b' },
          { name: 'v', mountPath: '/x', mountPropagation: 'X', recursiveReadOnly: 'X' },
          { name: 'p', mountPath: '/dev/x', mountPropagation: 'Bidirectional', recursiveReadOnly: 'Enabled' },
        ],
        volumeDevices: [{ name: 'p', devicePath: '/dev/x' }],
      }),
    },
    [
      'spec.containers[0].volumeMounts[0].name: Required value',
      'spec.containers[0].volumeMounts[0].name: Not found: ""',
      'spec.containers[0].volumeMounts[0].mountPath: Required value',
      'spec.containers[0].volumeMounts.subPath: Invalid value: "/a": must be a relative path',
      'spec.containers[0].volumeMounts[1].subPathExpr: Invalid value: "../b": subPathExpr and subPath are mutually exclusive',
      'spec.containers[0].volumeMounts.subPathExpr: Invalid value: "../b": must not contain \'..\'',
      'spec.containers[0].volumeMounts[2].mountPath: Invalid value: "/x": must be unique',
      'spec.containers[0].volumeMounts.mountPropagation: Unsupported value: "X": supported values: "Bidirectional", "HostToContainer", "None"',
      'spec.containers[0].volumeMounts.recursiveReadOnly: Unsupported value: "X": supported values: "Disabled", "Enabled", "IfPossible"',
      'spec.containers[0].volumeMounts[3].name: Invalid value: "p": must not already exist in volumeDevices',
      'spec.containers[0].volumeMounts[3].mountPath: Invalid value: "/dev/x": must not already exist as a path in volumeDevices',
      'spec.containers[0].volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers',
      'spec.containers[0].volumeMounts.recursiveReadOnly: Forbidden: may only be specified when readOnly is true',
      'spec.containers[0].volumeMounts.recursiveReadOnly: Forbidden: may only be specified when mountPropagation is None or not specified',
      'spec.containers[0].volumeDevices[0].name: Invalid value: "p": must not already exist in volumeMounts',
      'spec.containers[0].volumeDevices[0].devicePath: Invalid value: "/dev/x": must not already exist as a path in volumeMounts',
    ],
  ],
  [
    'devices',
    {
      volumes: [{ name: 'v' }, { name: 'p', persistentVolumeClaim: { claimName: 'c' } }],
      ...one({
        volumeDevices: [
          { name: '', devicePath: '' },
          { name: 'v', devicePath: '/../x' },
          { name: 'p', devicePath: '/y' },
          { name: 'p', devicePath: '/y' },
        ],
      }),
    },
    [
      'spec.containers[0].volumeDevices[0].name: Required value',
      'spec.containers[0].volumeDevices[0].name: Not found: ""',
      'spec.containers[0].volumeDevices[0].devicePath: Required value',
      'spec.containers[0].volumeDevices[1].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
      'spec.containers[0].volumeDevices[1].devicePath: Invalid value: "/../x": can not contain backsteps (\'..\')',
      'spec.containers[0].volumeDevices[3].name: Invalid value: "p": must be unique',
      'spec.containers[0].volumeDevices[3].devicePath: Invalid value: "/y": must be unique',
    ],
  ],
  [
    'resource names',
    one({ resources: { limits: { cpus: '1', pods: '1', 'a b': '1', 'requests.example.com/x': '1', 'example.com/gpu': '1500m' } } }),
    [
      "spec.containers[0].resources.limits[a b]: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      'spec.containers[0].resources.limits[a b]: Invalid value: "a b": must be a standard resource for containers',
      'spec.containers[0].resources.limits[cpus]: Invalid value: "cpus": must be a standard resource type or fully qualified',
      'spec.containers[0].resources.limits[cpus]: Invalid value: "cpus": must be a standard resource for containers',
      'spec.containers[0].resources.limits[example.com/gpu]: Invalid value: "1500m": must be an integer',
      'spec.containers[0].resources.limits[pods]: Invalid value: "pods": must be a standard resource for containers',
      'spec.containers[0].resources.limits[requests.example.com/x]: Invalid value: "requests.example.com/x": doesn\'t follow extended resource name standard',
      "spec.containers[0].resources.requests[a b]: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      'spec.containers[0].resources.requests[a b]: Invalid value: "a b": must be a standard resource for containers',
      'spec.containers[0].resources.requests[cpus]: Invalid value: "cpus": must be a standard resource type or fully qualified',
      'spec.containers[0].resources.requests[cpus]: Invalid value: "cpus": must be a standard resource for containers',
      'spec.containers[0].resources.requests[example.com/gpu]: Invalid value: "1500m": must be an integer',
      'spec.containers[0].resources.requests[pods]: Invalid value: "pods": must be a standard resource for containers',
      'spec.containers[0].resources.requests[requests.example.com/x]: Invalid value: "requests.example.com/x": doesn\'t follow extended resource name standard',
    ],
  ],
  [
    'negative amount',
    one({ resources: { limits: { memory: '-1' } } }),
    [
      'spec.containers[0].resources.limits[memory]: Invalid value: "-1": must be greater than or equal to 0',
      'spec.containers[0].resources.requests[memory]: Invalid value: "-1": must be greater than or equal to 0',
    ],
  ],
  [
    'extended request without limit',
    one({ resources: { requests: { 'example.com/gpu': '1' } } }),
    ['spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources'],
  ],
  [
    'extended request below limit',
    one({ resources: { requests: { 'example.com/gpu': '1' }, limits: { 'example.com/gpu': '2' } } }),
    ['spec.containers[0].resources.requests: Invalid value: "1": must be equal to example.com/gpu limit of 2'],
  ],
  [
    'huge pages',
    one({ resources: { limits: { 'hugepages-2Mi': '3Mi' } } }),
    [
      'spec.containers[0].resources.limits[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
      'spec.containers[0].resources.requests[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi',
      'spec.containers[0].resources: Forbidden: HugePages require cpu or memory',
    ],
  ],
  [
    'resource claims',
    {
      resourceClaims: [{ name: 'a', resourceClaimName: 'x' }],
      ...one({ resources: { claims: [{ name: '' }, { name: 'a', request: 'B' }, { name: 'a' }, { name: 'b' }, { name: 'b' }] } }),
    },
    [
      'spec.containers[0].resources.claims[0]: Required value',
      "spec.containers[0].resources.claims[1].request: Invalid value: \"B\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      'spec.containers[0].resources.claims[2]: Duplicate value: "a"',
      'spec.containers[0].resources.claims[3]: Not found: "b": must be one of the names in pod.spec.resourceClaims: a',
      'spec.containers[0].resources.claims[4]: Duplicate value: "b"',
      'spec.containers[0].resources.claims[4]: Not found: "b": must be one of the names in pod.spec.resourceClaims: a',
    ],
  ],
  [
    'pod claims',
    {
      resourceClaims: [
        { name: '', resourceClaimName: 'x' },
        { name: 'a', resourceClaimName: 'x', resourceClaimTemplateName: 'y' },
        { name: 'a' },
        { name: 'b', resourceClaimName: 'A' },
      ],
    },
    [
      'spec.resourceClaims[0].name: Required value',
      'spec.resourceClaims[1]: Invalid value: {"Name":"a","ResourceClaimName":"x","ResourceClaimTemplateName":"y"}: at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
      'spec.resourceClaims[2].name: Duplicate value: "a"',
      'spec.resourceClaims[2]: Invalid value: {"Name":"a","ResourceClaimName":null,"ResourceClaimTemplateName":null}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
      "spec.resourceClaims[3].resourceClaimName: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
  ],
  [
    'pod resources',
    {
      resources: { claims: [{ name: 'x' }], requests: { cpu: '1', 'example.com/x': '1' }, limits: { cpu: '1', 'example.com/x': '1' } },
      ...one({ resources: { requests: { cpu: '2' }, limits: { cpu: '3' } } }),
    },
    [
      'spec.resources.claims: Forbidden: claims cannot be set for Resources at pod-level',
      'spec.resources.limits[example.com/x]: Unsupported value: "example.com/x": supported values: "cpu", "hugepages-", "memory"',
      'spec.resources.requests[example.com/x]: Unsupported value: "example.com/x": supported values: "cpu", "hugepages-", "memory"',
      'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 2',
      'spec.resources.containers[0][cpu].limits: Invalid value: "3": must be less than or equal to pod limits of 1',
    ],
  ],
  [
    'pod resources on windows',
    { os: { name: 'windows' }, resources: { requests: { cpu: '1' } } },
    ['spec.resources: Forbidden: may not be set for a windows pod'],
  ],
  [
    'host network ports',
    { hostNetwork: true, ...one({ ports: [{ containerPort: 80, hostPort: 81 }] }) },
    ['spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when `hostNetwork` is true'],
  ],
  [
    'dns policy',
    { dnsPolicy: 'X' },
    ['spec.dnsPolicy: Unsupported value: "X": supported values: "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"'],
  ],
  [
    'dns config',
    { dnsConfig: { nameservers: ['x', '010.1.1.1', '::ffff:1.2.3.4', '1.1.1.1'], searches: ['.', 'a_b.', '-x'], options: [{}] } },
    [
      'spec.dnsConfig.nameservers: Invalid value: ["x","010.1.1.1","::ffff:1.2.3.4","1.1.1.1"]: must not have more than 3 nameservers',
      'spec.dnsConfig.nameservers[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'spec.dnsConfig.nameservers[1]: Invalid value: "010.1.1.1": must not have leading 0s',
      'spec.dnsConfig.nameservers[2]: Invalid value: "::ffff:1.2.3.4": must not be an IPv4-mapped IPv6 address',
      "spec.dnsConfig.searches[2]: Invalid value: \"-x\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')",
      'spec.dnsConfig.options[0]: Required value: must not be empty',
    ],
  ],
  [
    'host aliases',
    { hostAliases: [{ ip: 'x', hostnames: ['A'] }] },
    [
      'spec.hostAliases[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      "spec.hostAliases[0].hostnames[0]: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
  ],
  [
    'node selector',
    { nodeSelector: { 'a b': 'c d' } },
    [
      "spec.nodeSelector: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      "spec.nodeSelector: Invalid value: \"c d\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ],
  ],
  [
    'node affinity',
    {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] },
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 0,
              preference: {
                matchExpressions: [
                  { key: 'a', operator: 'In', values: [] },
                  { key: 'a', operator: 'Gt', values: ['1', '2'] },
                  { key: 'a', operator: 'X' },
                  { key: 'a', operator: 'Exists', values: ['b c'] },
                ],
              },
            },
          ],
        },
      },
    },
    [
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: Required value: must have at least one node selector term',
      'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 0: must be in the range 1-100',
      "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[1].values: Required value: must be specified single value when `operator` is 'Lt' or 'Gt'",
      'spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[2].operator: Invalid value: "X": not a valid selector operator',
      "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[3].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    ],
  ],
  [
    'node affinity values and fields',
    {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              {
                matchExpressions: [{ key: 'a', operator: 'In', values: ['b c'] }],
                matchFields: [
                  { key: 'x', operator: 'Exists' },
                  { key: 'metadata.name', operator: 'In', values: ['A', 'b'] },
                ],
              },
            ],
          },
        },
      },
    },
    [
      "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values[0]: Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].operator: Invalid value: "Exists": not a valid selector operator',
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].key: Invalid value: "x": not a valid field selector key',
      "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[1].values: Required value: must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
      "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[1].values[0]: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
  ],
  [
    'pod affinity',
    {
      affinity: {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ namespaces: ['A'], topologyKey: '', matchLabelKeys: ['a'] }],
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 101,
              podAffinityTerm: {
                topologyKey: 'z',
                labelSelector: { matchExpressions: [{ key: 'a', operator: 'X' }] },
                matchLabelKeys: ['a', 'a b'],
                mismatchLabelKeys: ['a'],
              },
            },
          ],
        },
      },
    },
    [
      "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].namespace: Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set',
      'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty',
      'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: "": name part must be non-empty',
      "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      'spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: must be in the range 1-100',
      'spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector.matchExpressions[0].operator: Invalid value: "X": not a valid selector operator',
      "spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.matchLabelKeys[1]: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      'spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.matchLabelKeys[0]: Invalid value: "a": exists in both matchLabelKeys and mismatchLabelKeys',
    ],
  ],
  [
    'match label keys twice',
    {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            {
              topologyKey: 'z',
              matchLabelKeys: ['a'],
              labelSelector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] },
            },
          ],
        },
      },
    },
    ['spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0][0]: Invalid value: "a": exists in both matchLabelKeys and labelSelector'],
  ],
  [
    'topology spread',
    {
      topologySpreadConstraints: [
        { maxSkew: 0, topologyKey: '', whenUnsatisfiable: 'X', minDomains: 0, nodeAffinityPolicy: 'X', matchLabelKeys: ['a'] },
        { maxSkew: 1, topologyKey: 'z', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} },
        { maxSkew: 1, topologyKey: 'z', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { a: 'b c' } } },
      ],
    },
    [
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty',
      'spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "X": supported values: "DoNotSchedule", "ScheduleAnyway"',
      'spec.topologySpreadConstraints[0].minDomains: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].minDomains: Invalid value: 0: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not X',
      'spec.topologySpreadConstraints[0].nodeAffinityPolicy: Unsupported value: "X": supported values: "Honor", "Ignore"',
      'spec.topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set',
      'spec.topologySpreadConstraints[1].{topologyKey, whenUnsatisfiable}: Duplicate value: "{z, DoNotSchedule}"',
      "spec.topologySpreadConstraints[2].labelSelector.matchLabels: Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ],
  ],
  [
    'tolerations',
    {
      tolerations: [
        { operator: 'Equal' },
        { key: 'a b', operator: 'Equal', value: 'b c' },
        { key: 'a', operator: 'Exists', value: 'x', effect: 'X' },
        { key: 'a', operator: 'Lt', value: '1', tolerationSeconds: 1 },
      ],
    },
    [
      'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      "spec.tolerations[1].key: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      "spec.tolerations[1].operator: Invalid value: \"b c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      'spec.tolerations[2].operator: Invalid value: "x": value must be empty when `operator` is \'Exists\'',
      'spec.tolerations[2].effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      'spec.tolerations[3].effect: Invalid value: "": effect must be \'NoExecute\' when `tolerationSeconds` is set',
      'spec.tolerations[3].operator: Unsupported value: "Lt": supported values: "Equal", "Exists"',
    ],
  ],
  [
    'gates',
    { nodeName: 'n', readinessGates: [{ conditionType: 'a b' }], schedulingGates: [{ name: 'a b' }, { name: 'g' }, { name: 'g' }] },
    [
      "spec.readinessGates[0].conditionType: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      "spec.schedulingGates[0]: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      'spec.schedulingGates[2]: Duplicate value: "g"',
      'spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared',
    ],
  ],
  [
    'security context',
    {
      hostPID: true,
      shareProcessNamespace: true,
      securityContext: { fsGroup: -1, supplementalGroups: [-1], fsGroupChangePolicy: 'X', supplementalGroupsPolicy: 'X', seLinuxChangePolicy: 'X' },
    },
    [
      'spec.securityContext.fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      'spec.securityContext.supplementalGroups[0]: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      'spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled',
      'spec.securityContext.fsGroupChangePolicy: Unsupported value: "X": supported values: "Always", "OnRootMismatch"',
      'spec.securityContext.supplementalGroupsPolicy: Unsupported value: "X": supported values: "Merge", "Strict"',
      'spec.securityContext.seLinuxChangePolicy: Unsupported value: "X": supported values: "MountOption", "Recursive"',
    ],
  ],
  [
    'sysctls',
    {
      hostNetwork: true,
      hostIPC: true,
      securityContext: {
        sysctls: [
          { name: '', value: '' },
          { name: 'A', value: '' },
          { name: 'a.b', value: '' },
          { name: 'a.b', value: '' },
          { name: 'net.x', value: '' },
          { name: 'kernel/shm_x', value: '' },
        ],
      },
    },
    [
      'spec.securityContext.sysctls[0].name: Required value',
      'spec.securityContext.sysctls[1].name: Invalid value: "A": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
      'spec.securityContext.sysctls[3].name: Duplicate value: "a.b"',
      'spec.securityContext.sysctls[4].name: Invalid value: "net.x": may not be specified when \'hostNetwork\' is true',
      'spec.securityContext.sysctls[5].name: Invalid value: "kernel/shm_x": may not be specified when \'hostIPC\' is true',
    ],
  ],
  [
    'seccomp',
    { securityContext: { seccompProfile: { type: 'Localhost' } }, ...one({ securityContext: { seccompProfile: { type: 'X', localhostProfile: 'p' } } }) },
    [
      'spec.containers[0].securityContext.seccompProfile.type: Unsupported value: "X": supported values: "Localhost", "RuntimeDefault", "Unconfined"',
      'spec.containers[0].securityContext.seccompProfile.localhostProfile: Invalid value: {"Type":"X","LocalhostProfile":"p"}: can only be set when seccomp type is Localhost',
      'spec.securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
    ],
  ],
  [
    'seccomp type',
    { securityContext: { seccompProfile: {} } },
    ['spec.securityContext.seccompProfile.type: Required value: type is required when seccompProfile is set'],
  ],
  [
    'apparmor',
    {
      securityContext: { appArmorProfile: { type: 'Localhost', localhostProfile: ' x' } },
      ...one({ securityContext: { appArmorProfile: { type: 'RuntimeDefault', localhostProfile: 'x' } } }),
    },
    [
      'spec.containers[0].securityContext.appArmorProfile.localhostProfile: Invalid value: "x": can only be set when AppArmor type is Localhost',
      'spec.securityContext.appArmorProfile.localhostProfile: Invalid value: " x": must not be padded with whitespace',
    ],
  ],
  [
    'proc mount',
    one({ securityContext: { procMount: 'Unmasked' } }),
    ['spec.containers[0].securityContext.procMount: Invalid value: "Unmasked": `hostUsers` must be false to use `Unmasked`'],
  ],
  [
    'escalation',
    one({ securityContext: { allowPrivilegeEscalation: false, privileged: true } }),
    [
      'spec.containers[0].securityContext: Invalid value: {"Capabilities":null,"Privileged":true,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    ],
  ],
  [
    'windows options',
    {
      securityContext: { windowsOptions: { gmsaCredentialSpecName: 'A', gmsaCredentialSpec: '', runAsUserName: '' } },
      ...one({ securityContext: { windowsOptions: { runAsUserName: 'a\\b\\c' } } }),
    },
    [
      'spec.containers[0].securityContext.windowsOptions.runAsUserName: Invalid value: "a\\\\b\\\\c": runAsUserName cannot contain more than one backslash',
      "spec.securityContext.windowsOptions.gmsaCredentialSpecName: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'spec.securityContext.windowsOptions.gmsaCredentialSpec: Invalid value: "": gmsaCredentialSpec cannot be an empty string',
      'spec.securityContext.windowsOptions.runAsUserName: Invalid value: "": runAsUserName cannot be an empty string',
    ],
  ],
  [
    'windows user',
    one({ securityContext: { windowsOptions: { runAsUserName: 'a*b\\..' } } }),
    [
      'spec.containers[0].securityContext.windowsOptions.runAsUserName: Invalid value: "a*b\\\\..": runAsUserName\'s Domain doesn\'t match the NetBios nor the DNS format',
      'spec.containers[0].securityContext.windowsOptions.runAsUserName: Invalid value: "a*b\\\\..": runAsUserName\'s User cannot contain only periods or spaces',
    ],
  ],
  [
    'host process',
    {
      securityContext: { windowsOptions: { hostProcess: true } },
      ...one({ securityContext: { windowsOptions: { hostProcess: false } } }),
      initContainers: [{ name: 'i', image: 'i' }],
    },
    [
      'spec.containers[0].securityContext.windowsOptions.hostProcess: Invalid value: false: pod hostProcess value must be identical if both are specified, was true',
      'spec: Invalid value: "": If pod contains any hostProcess containers then all containers must be HostProcess containers',
      'spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers',
    ],
  ],
  ['os', { os: { name: 'X' } }, ['spec.os: Unsupported value: "X": supported values: "linux", "windows"']],
  ['os without name', { os: {} }, ['spec.os.name: Required value: cannot be empty']],
  [
    'linux with windows options',
    { os: { name: 'linux' }, securityContext: { windowsOptions: {} }, ...one({ securityContext: { windowsOptions: {} } }) },
    [
      'spec.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod',
      'spec.containers[0].securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod',
    ],
  ],
  [
    'windows with linux options',
    {
      os: { name: 'windows' },
      hostUsers: true,
      hostPID: true,
      securityContext: { runAsUser: 1 },
      ...one({ securityContext: { capabilities: {}, privileged: true } }),
    },
    [
      'spec.hostUsers: Forbidden: cannot be set for a windows pod',
      'spec.hostPID: Forbidden: cannot be set for a windows pod',
      'spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod',
      'spec.containers[0].securityContext.capabilities: Forbidden: cannot be set for a windows pod',
      'spec.containers[0].securityContext.privileged: Forbidden: cannot be set for a windows pod',
    ],
  ],
  [
    'host users',
    {
      hostUsers: false,
      hostNetwork: true,
      hostPID: true,
      hostIPC: true,
      volumes: [{ name: 'p', persistentVolumeClaim: { claimName: 'c' } }],
      ...one({ volumeDevices: [{ name: 'p', devicePath: '/x' }] }),
    },
    [
      'spec.hostNetwork: Forbidden: when `hostUsers` is false',
      'spec.hostPID: Forbidden: when `hostUsers` is false',
      'spec.hostIPC: Forbidden: when `hostUsers` is false',
      'spec.containers[0].volumeDevices: Forbidden: when `hostUsers` is false',
    ],
  ],
  [
    'names',
    {
      serviceAccountName: 'A',
      nodeName: 'A',
      hostname: 'a.b',
      subdomain: 'A',
      priorityClassName: 'A',
      runtimeClassName: 'A',
      activeDeadlineSeconds: 0,
      preemptionPolicy: 'X',
    },
    [
      "spec.serviceAccountName: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      "spec.nodeName: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive',
      'spec.hostname: Invalid value: "a.b": must not contain dots',
      "spec.subdomain: Invalid value: \"A\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      "spec.priorityClassName: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      "spec.runtimeClassName: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'spec.preemptionPolicy: Unsupported value: "X": supported values: "PreemptLowerPriority", "Never"',
    ],
  ],
  [
    'hostname override',
    { hostnameOverride: 'A', setHostnameAsFQDN: true, hostNetwork: true },
    [
      "spec.hostnameOverride: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      'spec.hostnameOverride: Forbidden: may not be set when `setHostnameAsFQDN` is true',
      'spec.hostnameOverride: Forbidden: may not be set when `hostNetwork` is true',
    ],
  ],
  [
    'overhead',
    { overhead: { cpus: '1' } },
    [
      'spec.overhead.limits[cpus]: Invalid value: "cpus": must be a standard resource type or fully qualified',
      'spec.overhead.limits[cpus]: Invalid value: "cpus": must be a standard resource for containers',
    ],
  ],
];

void describe('what is wrong with a new Pod', () => {
  for (const [name, spec, expected] of cases) {
    void test(name, () => {
      const pod = { metadata: { name: 'p', namespace: 'n' }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } } as Pod;
      defaultPod(pod);
      assert.deepEqual(validateNewPod(pod).map(formatFieldError), expected);
    });
  }
});

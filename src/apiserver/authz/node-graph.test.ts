import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { persistentVolumes, pods, resourceSlices, volumeAttachments } from '#api';
import type { PersistentVolumeSpec, Pod, PodSpec } from '#api/types/core-v1';
import type { Attributes, Decision } from '../contract.ts';
import { createFakeReader, type FakeReader } from '../testing/fake-reader.ts';
import { createNodeAuthorizer } from './node.ts';
import { attributesOf } from './rbac.ts';

const UNRELATED = "no relationship found between node 'a' and this object";

interface Asked {
  readonly ask: (verb: string, resource: string, ref: Partial<Attributes>, node?: string) => Decision;
  readonly reader: FakeReader;
}

function setUp(reader = createFakeReader()): Asked {
  const authorizer = createNodeAuthorizer(reader);
  const ask: Asked['ask'] = (verb, resource, ref, node = 'a') => {
    const user = { username: `system:node:${node}`, groups: ['system:nodes', 'system:authenticated'] };
    const [plural = '', ...group] = resource.split('.');
    const [name, subresource = ''] = plural.split('/');
    const base = attributesOf(user, verb, { group: group.join('.'), version: 'v1', plural: name ?? '' }, { namespace: 'n', name: '' }, subresource);
    return authorizer.authorize({ ...base, ...ref }) as Decision;
  };
  return { ask, reader };
}

function podOf(spec: Partial<PodSpec>, rest: Partial<Pod> = {}): Pod & { metadata: object } {
  return { metadata: { name: 'p', namespace: 'n', uid: '1' }, spec: { nodeName: 'a', containers: [], ...spec }, ...rest } as Pod & { metadata: object };
}

const container = { name: 'c', image: 'i' };
/** What a pod's spec names: every way once, each with the secret or config map called `x`. */
const POD_REFERENCES: readonly [string, Partial<PodSpec>, string][] = [
  ['pull secrets', { imagePullSecrets: [{ name: 'x' }] }, 'secrets'],
  ['env of a container', { containers: [{ ...container, env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 'x', key: 'k' } } }] }] }, 'secrets'],
  ['env of an init container', { initContainers: [{ ...container, env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 'x', key: 'k' } } }] }] }, 'secrets'],
  ['envFrom', { containers: [{ ...container, envFrom: [{ secretRef: { name: 'x' } }] }] }, 'secrets'],
  ['envFrom of an ephemeral container', { ephemeralContainers: [{ ...container, envFrom: [{ configMapRef: { name: 'x' } }] }] }, 'configmaps'],
  ['env from a config map', { containers: [{ ...container, env: [{ name: 'E', valueFrom: { configMapKeyRef: { name: 'x', key: 'k' } } }] }] }, 'configmaps'],
  ['secret volume', { volumes: [{ name: 'v', secret: { secretName: 'x' } }] }, 'secrets'],
  ['config map volume', { volumes: [{ name: 'v', configMap: { name: 'x' } }] }, 'configmaps'],
  ['projected secret', { volumes: [{ name: 'v', projected: { sources: [{ secret: { name: 'x' } }] } }] }, 'secrets'],
  ['projected config map', { volumes: [{ name: 'v', projected: { sources: [{ configMap: { name: 'x' } }] } }] }, 'configmaps'],
  ['azure file', { volumes: [{ name: 'v', azureFile: { secretName: 'x', shareName: 's' } }] }, 'secrets'],
  ['csi volume', { volumes: [{ name: 'v', csi: { driver: 'd', nodePublishSecretRef: { name: 'x' } } }] }, 'secrets'],
  ['iscsi', { volumes: [{ name: 'v', iscsi: { targetPortal: 't', iqn: 'q', lun: 0, secretRef: { name: 'x' } } }] }, 'secrets'],
  ['claim', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'x' } }] }, 'persistentvolumeclaims'],
  ['resource claim', { resourceClaims: [{ name: 'r', resourceClaimName: 'x' }] }, 'resourceclaims.resource.k8s.io'],
];

/** What a volume that is bound to the claim `n/claim` is mounted with. */
const VOLUME_SECRETS: readonly [string, Partial<PersistentVolumeSpec>, string, boolean][] = [
  ['published by the node', { csi: { driver: 'd', volumeHandle: 'h', nodePublishSecretRef: { name: 'x', namespace: 'm' } } }, 'm', true],
  ['staged by the node', { csi: { driver: 'd', volumeHandle: 'h', nodeStageSecretRef: { name: 'x', namespace: 'm' } } }, 'm', true],
  ['expanded by the node', { csi: { driver: 'd', volumeHandle: 'h', nodeExpandSecretRef: { name: 'x', namespace: 'm' } } }, 'm', true],
  ['published by the controller', { csi: { driver: 'd', volumeHandle: 'h', controllerPublishSecretRef: { name: 'x', namespace: 'm' } } }, 'm', false],
  ['expanded by the controller', { csi: { driver: 'd', volumeHandle: 'h', controllerExpandSecretRef: { name: 'x', namespace: 'm' } } }, 'm', false],
  ['of the claim’s namespace', { iscsi: { targetPortal: 't', iqn: 'q', lun: 0, secretRef: { name: 'x' } } }, 'n', true],
  ['of a namespace that is said', { rbd: { monitors: [], image: 'i', secretRef: { name: 'x', namespace: 'm' } } }, 'm', true],
  ['of azure, there', { azureFile: { secretName: 'x', shareName: 's', secretNamespace: 'm' } }, 'm', true],
  ['of azure, here', { azureFile: { secretName: 'x', shareName: 's' } }, 'n', true],
  ['of cinder, which always says', { cinder: { volumeID: 'v', secretRef: { name: 'x', namespace: 'm' } } }, 'm', true],
];

describe('Node graph', () => {
  test('a node reads what the specs of its pods name', () => {
    for (const [title, spec, resource] of POD_REFERENCES) {
      const { ask, reader } = setUp();
      reader.put(pods, podOf(spec));
      assert.equal(ask('get', resource, { name: 'x' }).decision, 'allow', title);
      assert.equal(ask('get', resource, { name: 'y' }).reason, UNRELATED, title);
      assert.equal(ask('get', resource, { name: 'x', namespace: 'm' }).reason, UNRELATED, title);
      assert.equal(ask('get', resource, { name: 'x' }, 'b').reason, UNRELATED.replace("'a'", "'b'"), title);
      reader.remove(pods, { namespace: 'n', name: 'p' });
      assert.equal(ask('get', resource, { name: 'x' }).reason, UNRELATED, title);
    }
  });

  test('a node reads the secrets that it mounts volumes with', () => {
    for (const [title, source, namespace, isAllowed] of VOLUME_SECRETS) {
      const { ask, reader } = setUp();
      reader.put(pods, podOf({ volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'claim' } }] }));
      const bound = { metadata: { name: 'pv' }, spec: { claimRef: { namespace: 'n', name: 'claim' }, ...source } };
      reader.put(persistentVolumes, bound);
      assert.equal(ask('get', 'secrets', { namespace, name: 'x' }).decision === 'allow', isAllowed, title);
      assert.equal(ask('get', 'persistentvolumes', { namespace: '', name: 'pv' }).decision, 'allow', title);
      reader.put(persistentVolumes, { ...bound, spec: { ...source } });
      assert.equal(ask('get', 'secrets', { namespace, name: 'x' }).reason, UNRELATED, title);
      assert.equal(ask('get', 'persistentvolumes', { namespace: '', name: 'pv' }).reason, UNRELATED, title);
    }
  });

  test('what was there before the graph was made counts', () => {
    const reader = createFakeReader();
    reader.put(pods, podOf({ serviceAccountName: 'bot', volumes: [{ name: 'v', ephemeral: {} }] }));
    const bound = { claimRef: { namespace: 'n', name: 'p-v' }, rbd: { monitors: [], image: 'i', secretRef: { name: 'x' } } };
    reader.put(persistentVolumes, { metadata: { name: 'pv' }, spec: bound });
    const { ask } = setUp(reader);
    assert.equal(ask('create', 'serviceaccounts/token', { name: 'bot' }).decision, 'allow');
    assert.equal(ask('get', 'serviceaccounts', { name: 'bot' }).decision, 'allow');
    // The claim of an ephemeral volume is named after the pod and the volume.
    assert.equal(ask('get', 'persistentvolumeclaims', { name: 'p-v' }).decision, 'allow');
    assert.equal(ask('patch', 'persistentvolumeclaims/status', { name: 'p-v' }).decision, 'allow');
    assert.equal(ask('get', 'secrets', { name: 'x' }).decision, 'allow');
  });

  test('mirror pods lend nothing, terminated pods still do', () => {
    const { ask, reader } = setUp();
    const spec = { imagePullSecrets: [{ name: 'x' }], serviceAccountName: 'bot' };
    const metadata = { name: 'p', namespace: 'n', annotations: { 'kubernetes.io/config.mirror': '' } };
    reader.put(pods, podOf(spec, { metadata }));
    assert.equal(ask('get', 'secrets', { name: 'x' }).reason, UNRELATED);
    assert.equal(ask('create', 'serviceaccounts/token', { name: 'bot' }).reason, UNRELATED);
    assert.equal(ask('get', 'pods', { name: 'p' }).decision, 'allow');
    reader.remove(pods, { namespace: 'n', name: 'p' });
    reader.put(pods, podOf(spec, { status: { phase: 'Succeeded' } }));
    assert.equal(ask('get', 'secrets', { name: 'x' }).decision, 'allow');
  });

  test('changes of a pod are followed as far as they matter', () => {
    const { ask, reader } = setUp();
    const claim = (name: string): Decision => ask('get', 'resourceclaims.resource.k8s.io', { name });
    reader.put(pods, podOf({ nodeName: undefined, imagePullSecrets: [{ name: 'x' }] }));
    assert.equal(ask('get', 'secrets', { name: 'x' }).reason, UNRELATED, 'not bound');
    const spec: Partial<PodSpec> = { imagePullSecrets: [{ name: 'x' }], resourceClaims: [{ name: 'r', resourceClaimTemplateName: 't' }] };
    reader.put(pods, podOf(spec));
    assert.equal(ask('get', 'secrets', { name: 'x' }).decision, 'allow', 'bound');
    assert.equal(claim('made').reason, UNRELATED);
    const statuses = [
      { name: 'r', resourceClaimName: 'made' },
      { name: 'unknown', resourceClaimName: 'other' },
    ];
    reader.put(
      pods,
      podOf(spec, { status: { resourceClaimStatuses: statuses, extendedResourceClaimStatus: { requestMappings: [], resourceClaimName: 'extended' } } }),
    );
    assert.deepEqual([claim('made').decision, claim('extended').decision, claim('other').decision], ['allow', 'allow', 'no-opinion']);
    const debug = { ephemeralContainers: [{ ...container, envFrom: [{ secretRef: { name: 'debug' } }] }] };
    reader.put(pods, podOf({ ...spec, ...debug }));
    assert.equal(ask('get', 'secrets', { name: 'debug' }).decision, 'allow', 'ephemeral containers come later');
    assert.equal(claim('made').reason, UNRELATED);
    reader.put(pods, podOf({ imagePullSecrets: [{ name: 'y' }] }, { metadata: { name: 'p', namespace: 'n', uid: '2' } }));
    assert.deepEqual([ask('get', 'secrets', { name: 'x' }).decision, ask('get', 'secrets', { name: 'y' }).decision], ['no-opinion', 'allow'], 'made anew');
  });

  test('two pods that name the same thing are counted', () => {
    const { ask, reader } = setUp();
    for (const name of ['p', 'q']) reader.put(pods, podOf({ imagePullSecrets: [{ name: 'x' }] }, { metadata: { name, namespace: 'n' } }));
    reader.remove(pods, { namespace: 'n', name: 'p' });
    assert.equal(ask('get', 'secrets', { name: 'x' }).decision, 'allow');
    reader.remove(pods, { namespace: 'n', name: 'q' });
    assert.equal(ask('get', 'secrets', { name: 'x' }).reason, UNRELATED);
  });
});

const SELF = { namespace: '', name: 'a' };
const OTHER = { namespace: '', name: 'b' };
const ALL = { namespace: '', name: '' };
const LEASE = 'leases.coordination.k8s.io';
const CSI_NODE = 'csinodes.storage.k8s.io';
const SLICE = 'resourceslices.resource.k8s.io';
const LEASES = { namespace: 'kube-node-lease' };
/** What is asked; the answer is the reason of a refusal, or `allow`. */
const DECISIONS: readonly [verb: string, resource: string, ref: Partial<Attributes>, answer: string][] = [
  ['list', 'secrets', { name: '' }, 'No Object name found'],
  ['watch', 'secrets', { name: 'x' }, 'allow'],
  ['update', 'secrets', { name: 'x' }, 'can only read resources of this type'],
  ['get', 'secrets/status', { name: 'x' }, 'cannot read subresource'],
  ['list', 'secrets', { namespace: '', name: 'x' }, 'can only read namespaced object of this type'],
  ['list', 'persistentvolumes', { namespace: '', name: 'pv' }, 'can only get individual resources of this type'],
  ['get', 'persistentvolumes/status', { namespace: '', name: 'pv' }, 'cannot get subresource'],
  ['get', 'persistentvolumeclaims/status', { name: 'claim' }, 'can only get/update/patch this type'],
  ['update', 'persistentvolumeclaims/status', { name: 'other' }, UNRELATED],
  ['create', 'serviceaccounts', { name: 'bot' }, 'can only create token subresource of serviceaccount'],
  ['create', 'serviceaccounts/token', { name: '' }, 'can only create tokens for individual service accounts'],
  ['update', 'serviceaccounts/token', { name: 'bot' }, 'can only create tokens for individual service accounts'],
  ['create', 'serviceaccounts/token', { name: 'other' }, UNRELATED],
  ['get', 'volumeattachments.storage.k8s.io', { namespace: '', name: 'own' }, 'allow'],
  ['get', 'volumeattachments.storage.k8s.io', { namespace: '', name: 'foreign' }, UNRELATED],
  ['create', LEASE, { ...LEASES, name: '' }, 'allow'],
  ['get', LEASE, { ...LEASES, name: 'a' }, 'allow'],
  ['get', LEASE, { ...LEASES, name: 'b' }, 'can only access node lease with the same name as the requesting node'],
  ['get', LEASE, { namespace: 'n', name: 'a' }, 'can only access leases in the "kube-node-lease" system namespace'],
  ['list', LEASE, LEASES, 'can only get, create, update, patch, or delete a node lease'],
  ['update', CSI_NODE, SELF, 'allow'],
  ['update', CSI_NODE, OTHER, 'can only access CSINode with the same name as the requesting node'],
  ['get', `csinodes/status.storage.k8s.io`, SELF, 'cannot authorize CSINode subresources'],
  ['watch', CSI_NODE, ALL, 'can only get, create, update, patch, or delete a CSINode'],
  ['create', SLICE, ALL, 'allow'],
  ['delete', SLICE, { namespace: '', name: 'own' }, 'allow'],
  ['delete', SLICE, { namespace: '', name: 'foreign' }, UNRELATED],
  ['list', SLICE, { ...ALL, fieldSelector: 'spec.nodeName=a' }, 'allow'],
  ['list', SLICE, { ...ALL, fieldSelector: 'nodeName=a' }, 'can only list/watch/deletecollection resourceslices with nodeName field selector'],
  ['deletecollection', SLICE, ALL, 'can only list/watch/deletecollection resourceslices with nodeName field selector'],
  ['get', 'resourceslices/status.resource.k8s.io', { namespace: '', name: 'own' }, 'cannot authorize ResourceSlice subresources'],
  [
    'proxy',
    SLICE,
    { namespace: '', name: 'own' },
    'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
  ],
  ['get', 'nodes', SELF, 'allow'],
  ['watch', 'nodes', SELF, 'allow'],
  ['get', 'nodes', OTHER, "node 'a' cannot read 'b', only its own Node object"],
  ['list', 'nodes', ALL, "node 'a' cannot read all nodes, only its own Node object"],
  ['create', 'nodes', ALL, 'allow'],
  ['patch', 'nodes/status', OTHER, 'allow'],
  ['delete', 'nodes', SELF, ''],
  ['get', 'nodes/proxy', SELF, ''],
  ['get', 'pods', { name: 'p' }, 'allow'],
  ['get', 'pods', { name: 'other' }, UNRELATED],
  ['list', 'pods', { ...ALL, fieldSelector: 'spec.nodeName==a' }, 'allow'],
  ['list', 'pods', { ...ALL, fieldSelector: 'status.phase=Running,spec.nodeName=a' }, 'allow'],
  ['list', 'pods', { ...ALL, fieldSelector: 'spec.nodeName=b' }, 'can only list/watch pods with spec.nodeName field selector'],
  ['list', 'pods', { ...ALL, fieldSelector: 'spec.nodeName!=a' }, 'can only list/watch pods with spec.nodeName field selector'],
  // An escaped comma is part of a value.
  ['list', 'pods', { ...ALL, fieldSelector: 'metadata.name!=x\\,spec.nodeName=a' }, 'can only list/watch pods with spec.nodeName field selector'],
  ['list', 'pods', { ...ALL, fieldSelector: 'nonsense' }, 'can only list/watch pods with spec.nodeName field selector'],
  ['list', 'pods', ALL, 'can only list/watch pods with spec.nodeName field selector'],
  ['watch', 'pods', { name: 'p' }, 'allow'],
  ['watch', 'pods', { name: 'other' }, UNRELATED],
  ['create', 'pods/eviction', { name: 'other' }, 'allow'],
  ['update', 'pods/status', { name: 'other' }, 'allow'],
  ['get', 'pods/log', { name: 'p' }, ''],
  ['update', 'pods', { name: 'p' }, ''],
  ['list', 'services', ALL, 'allow'],
  ['delete', 'services', { name: 'x' }, ''],
  ['get', 'constructor', { name: 'x' }, ''],
];

test('every question has upstream’s answer', () => {
  const { ask, reader } = setUp();
  const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'claim' } }];
  reader.put(pods, podOf({ serviceAccountName: 'bot', imagePullSecrets: [{ name: 'x' }], volumes }));
  for (const [name, nodeName] of [['own', 'a'] as const, ['foreign', 'b'] as const]) {
    reader.put(volumeAttachments, { metadata: { name }, spec: { attacher: 'd', nodeName, source: {} } });
    reader.put(resourceSlices, { metadata: { name }, spec: { driver: 'd', nodeName, pool: { name: 'p', generation: 1, resourceSliceCount: 1 } } });
  }
  for (const [verb, resource, ref, answer] of DECISIONS) {
    const { decision, reason } = ask(verb, resource, ref);
    assert.equal(decision === 'allow' ? 'allow' : reason, answer, `${verb} ${resource} ${JSON.stringify(ref)}`);
  }
});

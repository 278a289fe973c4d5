import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  allResources,
  type KubeObject,
  namespaces,
  nodes,
  persistentVolumeClaims,
  pods,
  priorityClasses,
  type ResourceDefinition,
  resourceQuotas,
  serviceAccounts,
  type StatusError,
  storageClasses,
} from '#api';
import type { Node, PersistentVolumeClaim, Pod } from '#api/types/core-v1';
import { FakeClock, seededRandom } from '#lib';
import { createAuthorization } from '../authz/index.ts';
import type { AdmissionRequest } from '../contract.ts';
import { createFakeReader } from '../testing/fake-reader.ts';
import { createAdmission, type PluginSelection } from './index.ts';

function setUp(selection?: PluginSelection) {
  const reader = createFakeReader();
  const clock = new FakeClock();
  const plugins = createAdmission({
    reader,
    authorization: createAuthorization(reader),
    clock,
    random: seededRandom(1),
    updateQuota: async (quota) => reader.put(resourceQuotas, quota),
    createNamespace: async (name) => reader.put(namespaces, { metadata: { name }, spec: {} }),
    isServed: () => true,
    kinds: () => allResources,
    selection,
  });
  reader.put(namespaces, { metadata: { name: 'n' }, spec: {}, status: { phase: 'Active' } });
  reader.put(serviceAccounts, { metadata: { name: 'default', namespace: 'n', uid: '1' } });
  const admit = async (resource: ResourceDefinition, change: Partial<AdmissionRequest>): Promise<void> => {
    const request: AdmissionRequest = {
      operation: 'CREATE',
      resource,
      subresource: '',
      namespace: resource.namespaced ? 'n' : '',
      name: change.object?.metadata.name ?? '',
      user: { username: 'u', groups: ['system:masters'] },
      isDryRun: false,
      warn: () => {},
      ...change,
    };
    for (const plugin of plugins) await plugin.admit?.(request);
    for (const plugin of plugins) await plugin.validate?.(request);
  };
  const refusal = async (resource: ResourceDefinition, change: Partial<AdmissionRequest>): Promise<StatusError> => {
    try {
      await admit(resource, change);
    } catch (error) {
      return error as StatusError;
    }
    throw new Error('admitted');
  };
  return { reader, clock, admit, refusal };
}

function pod(spec: object = {}, metadata: object = {}): Pod & KubeObject {
  return { metadata: { name: 'p', namespace: 'n', ...metadata }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } } as Pod;
}

describe('NamespaceLifecycle', () => {
  test('objects need a namespace that stays', async () => {
    const { refusal, reader } = setUp();
    assert.equal((await refusal(pods, { object: pod(), namespace: 'gone' })).message, 'namespaces "gone" not found');
    reader.put(namespaces, { metadata: { name: 'n' }, spec: {}, status: { phase: 'Terminating' } });
    const error = await refusal(pods, { object: pod() });
    assert.equal(error.message, 'pods "p" is forbidden: unable to create new content in namespace n because it is being terminated');
    assert.deepEqual(error.details, {
      name: 'p',
      kind: 'pods',
      causes: [{ reason: 'NamespaceTerminating', message: 'namespace n is being terminated', field: 'metadata.namespace' }],
    });
  });

  test('the system namespaces stay', async () => {
    const { refusal, admit } = setUp();
    const error = await refusal(namespaces, { operation: 'DELETE', name: 'kube-system' });
    assert.equal(error.message, 'namespaces "kube-system" is forbidden: this namespace may not be deleted');
    await admit(namespaces, { operation: 'DELETE', name: 'kube-node-lease' });
  });
});

describe('Pods', () => {
  test('get account, token, priority and tolerations', async () => {
    const { admit } = setUp();
    const object = pod({ initContainers: [{ name: 'i' }] });
    await admit(pods, { object });
    const { spec } = object;
    assert.equal(spec.serviceAccountName, 'default');
    const name = spec.volumes?.[0]?.name ?? '';
    assert.match(name, /^kube-api-access-[a-z0-9]{5}$/);
    assert.deepEqual(spec.volumes, [
      {
        name,
        projected: {
          sources: [
            { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
            { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
          ],
          defaultMode: 420,
        },
      },
    ]);
    const mount = { name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
    assert.deepEqual([spec.containers[0]?.volumeMounts, spec.initContainers?.[0]?.volumeMounts], [[mount], [mount]]);
    assert.deepEqual([spec.priority, spec.preemptionPolicy], [0, 'PreemptLowerPriority']);
    assert.deepEqual(
      spec.tolerations?.map(({ key, tolerationSeconds }) => [key, tolerationSeconds]),
      [
        ['node.kubernetes.io/not-ready', 300],
        ['node.kubernetes.io/unreachable', 300],
      ],
    );
  });

  test('decide themselves about the token, and bring their own tolerations', async () => {
    const { admit } = setUp();
    const object = pod({ automountServiceAccountToken: false, tolerations: [{ operator: 'Exists' }] });
    await admit(pods, { object });
    assert.equal(object.spec.volumes, undefined);
    assert.equal(object.spec.tolerations?.length, 1);
  });

  test('wait for the default account of a new namespace, not for others', async () => {
    const { admit, refusal, reader, clock } = setUp();
    reader.put(namespaces, { metadata: { name: 'new' }, spec: {} });
    const waiting = admit(pods, { object: pod(), namespace: 'new' });
    await clock.advance(100);
    reader.put(serviceAccounts, { metadata: { name: 'default', namespace: 'new' } });
    await waiting;
    const error = await refusal(pods, { object: pod({ serviceAccountName: 'x' }) });
    assert.equal(error.message, 'pods "p" is forbidden: error looking up service account n/x: serviceaccount "x" not found');
    reader.remove(serviceAccounts, { namespace: 'n', name: 'default' });
    const late = refusal(pods, { object: pod() });
    // The first lets the plugin begin to wait.
    await clock.advance(0);
    await clock.advance(3000);
    assert.match((await late).message, /serviceaccount "default" not found$/);
  });

  test('with an account that enforces mountable secrets use only those', async () => {
    const { refusal, reader } = setUp();
    reader.put(serviceAccounts, {
      metadata: { name: 'default', namespace: 'n', annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } },
      secrets: [{ name: 'ok' }],
    });
    const volume = (secretName: string) => ({ name: 'v', secret: { secretName } });
    assert.equal(
      (await refusal(pods, { object: pod({ volumes: [volume('ok'), volume('bad')] }) })).message,
      'pods "p" is forbidden: volume with secret.secretName="bad" is not allowed because service account default does not reference that secret',
    );
  });

  test('take their priority from its class only', async () => {
    const { admit, refusal, reader } = setUp();
    reader.put(priorityClasses, { metadata: { name: 'high' }, value: 100, preemptionPolicy: 'Never' });
    reader.put(priorityClasses, { metadata: { name: 'usual' }, value: 5, globalDefault: true });
    const high = pod({ priorityClassName: 'high' });
    await admit(pods, { object: high });
    assert.deepEqual([high.spec.priority, high.spec.preemptionPolicy], [100, 'Never']);
    const usual = pod();
    await admit(pods, { object: usual });
    assert.deepEqual([usual.spec.priorityClassName, usual.spec.priority], ['usual', 5]);
    assert.equal((await refusal(pods, { object: pod({ priorityClassName: 'x' }) })).message, 'pods "p" is forbidden: no PriorityClass with name x was found');
    assert.match((await refusal(pods, { object: pod({ priority: 7 }) })).message, /the integer value of priority \(7\) must not be provided in pod spec/);
  });
});

describe('PriorityClasses', () => {
  test('there is one default', async () => {
    const { refusal, admit, reader } = setUp();
    const create = (name: string, value: number, globalDefault = false) => ({ object: { metadata: { name }, value, globalDefault } as KubeObject });
    await admit(priorityClasses, create('system-node-critical', 2_000_001_000));
    reader.put(priorityClasses, { metadata: { name: 'a' }, value: 1, globalDefault: true });
    assert.match((await refusal(priorityClasses, create('b', 1, true))).message, /PriorityClass a is already marked as default. Only one default can exist$/);
    await admit(priorityClasses, { operation: 'UPDATE', ...create('a', 1, true) });
    await admit(priorityClasses, create('c', 1));
  });
});

describe('other plugins', () => {
  test('new nodes start tainted; claims get the newest default class', async () => {
    const { admit, reader } = setUp();
    const node: Node = { metadata: { name: 'a' } } as Node;
    await admit(nodes, { object: node });
    assert.deepEqual(node.spec?.taints, [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }]);
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    reader.put(storageClasses, { metadata: { name: 'old', annotations, creationTimestamp: '2025-01-01T00:00:00Z' }, provisioner: 'x' });
    reader.put(storageClasses, { metadata: { name: 'new', annotations, creationTimestamp: '2026-01-01T00:00:00Z' }, provisioner: 'x' });
    const claim = { metadata: { name: 'c' }, spec: {} } as PersistentVolumeClaim;
    await admit(persistentVolumeClaims, { object: claim });
    assert.equal(claim.spec.storageClassName, 'new');
  });

  test('NodeRestriction keeps a kubelet to its own node and pods', async () => {
    const { admit, refusal } = setUp();
    const user = { username: 'system:node:a', groups: ['system:nodes'] };
    const node = (name: string, labels: Record<string, string> = {}) => ({ metadata: { name, labels } }) as Node;
    await admit(nodes, { user, object: node('a', { 'kubernetes.io/hostname': 'a', own: 'x' }) });
    assert.equal((await refusal(nodes, { user, object: node('b') })).message, 'nodes "b" is forbidden: node "a" is not allowed to modify node "b"');
    assert.match(
      (
        await refusal(nodes, {
          user,
          object: node('a', { 'node-role.kubernetes.io/x': '', 'failure-domain.kubernetes.io/zone': '', 'kubelet.kubernetes.io/y': '' }),
        })
      ).message,
      /is not allowed to set the following labels: failure-domain.kubernetes.io\/zone, node-role.kubernetes.io\/x$/,
    );
    assert.match(
      (await refusal(pods, { user, object: pod() })).message,
      /does not have "kubernetes.io\/config.mirror" annotation, node "a" can only create mirror pods$/,
    );
    const other = pod({ nodeName: 'b' });
    assert.match(
      (await refusal(pods, { user, operation: 'DELETE', oldObject: other, name: 'p' })).message,
      /can only delete pods with spec.nodeName set to itself$/,
    );
    assert.match(
      (await refusal(pods, { user, operation: 'UPDATE', subresource: 'status', object: other, oldObject: other })).message,
      /can only update pod status/,
    );
  });
});

describe('tokens for nodes', () => {
  test('are bound to a pod that runs there', async () => {
    const { admit, refusal, reader } = setUp();
    const user = { username: 'system:node:a', groups: ['system:nodes'] };
    const ask = (boundObjectRef?: object, ...audiences: string[]) => ({
      user,
      subresource: 'token',
      name: 'default',
      object: { metadata: {}, spec: { boundObjectRef, audiences } } as KubeObject,
    });
    const ref = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: '7' };
    assert.match((await refusal(serviceAccounts, ask())).message, /node requested token not bound to a pod$/);
    assert.equal((await refusal(serviceAccounts, ask(ref))).message, 'pods "p" not found');
    reader.put(pods, pod({ nodeName: 'b' }, { uid: '7' }));
    assert.match((await refusal(serviceAccounts, ask(ref))).message, /node requested token bound to a pod scheduled on a different node$/);
    const tokenOf = (name: string, source: object) => ({ name, projected: { sources: [{ serviceAccountToken: { path: 't', ...source } }] } });
    reader.put(pods, pod({ nodeName: 'a', volumes: [tokenOf('own', {}), tokenOf('vault', { audience: 'vault' })] }, { uid: '7' }));
    await admit(serviceAccounts, ask(ref));
    await admit(serviceAccounts, ask(ref, 'vault'));
    assert.match(
      (await refusal(serviceAccounts, ask(ref, 'x'))).message,
      /: audience "x" not found in pod spec volume, system:node:a is not authorized to request tokens for this audience$/,
    );
    assert.match((await refusal(serviceAccounts, ask(ref, 'vault', 'x'))).message, /: node may only request 0 or 1 audiences$/);
    assert.match((await refusal(serviceAccounts, ask({ ...ref, uid: '8' }))).message, /: the UID in the bound object reference \(8\) does not match/);
  });
});

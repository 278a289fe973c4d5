import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  allResources,
  certificateSigningRequests,
  clusterRoleBindings,
  clusterRoles,
  csiDrivers,
  deployments,
  events,
  type KubeObject,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  type ResourceDefinition,
  replicaSets,
  resourceQuotas,
  resourceSlices,
  serviceAccounts,
  services,
  storageClasses,
  volumeAttributesClasses,
} from '#api';
import type { CertificateSigningRequest } from '#api/types/certificates-v1';
import type { Pod } from '#api/types/core-v1';
import { FakeClock, seededRandom } from '#lib';
import { createAuthorization } from '../authz/index.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../contract.ts';
import { createFakeReader } from '../testing/fake-reader.ts';
import { type AdmissionConfiguration, type AdmissionObserver, createAdmission, parseAdmissionConfiguration } from './index.ts';
import { mergeTolerations } from './optional/pod-toleration-restriction.ts';

function setUp(enable: string[] = [], configuration: AdmissionConfiguration = {}, observer?: AdmissionObserver) {
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
    selection: { enable: ['NodeRestriction', ...enable] },
    configuration,
    observer,
  });
  reader.put(namespaces, { metadata: { name: 'n' }, spec: {}, status: { phase: 'Active' } });
  reader.put(serviceAccounts, { metadata: { name: 'default', namespace: 'n', uid: '1' }, automountServiceAccountToken: false });
  const ask = async (resource: ResourceDefinition, object: KubeObject | undefined, change: Partial<AdmissionRequest> = {}): Promise<string> => {
    const request: AdmissionRequest = {
      operation: 'CREATE',
      resource,
      subresource: '',
      namespace: resource.namespaced ? 'n' : '',
      name: object?.metadata.name ?? '',
      user: { username: 'u', groups: ['system:authenticated'] },
      isDryRun: false,
      warn: () => {},
      object,
      ...change,
    };
    try {
      for (const plugin of plugins) await plugin.admit?.(request);
      for (const plugin of plugins) await plugin.validate?.(request);
      return 'ok';
    } catch (error) {
      return (error as Error).message.replace(/^.* is forbidden: /, '');
    }
  };
  const allow = (verb: string, apiGroup: string, resource: string, ...resourceNames: string[]): void => {
    const rules = [{ verbs: [verb], apiGroups: [apiGroup], resources: [resource], resourceNames }];
    reader.put(clusterRoles, { metadata: { name: 'r' }, rules });
    const subjects = [{ kind: 'User', name: 'u', apiGroup: 'rbac.authorization.k8s.io' }];
    reader.put(clusterRoleBindings, { metadata: { name: 'b' }, roleRef: { kind: 'ClusterRole', name: 'r', apiGroup: 'rbac.authorization.k8s.io' }, subjects });
  };
  return { reader, clock, plugins, ask, allow };
}
function pod(spec: object = {}, metadata: object = {}): Pod & KubeObject {
  return { metadata: { name: 'p', namespace: 'n', ...metadata }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } } as Pod & KubeObject;
}
function namesOf(plugins: readonly AdmissionPlugin[]): string {
  return plugins.map(({ name }) => name).join();
}

/** A PKCS#10 request, made by hand: organizations and a common name, signed with a new key. */
async function csr(signerName: string, commonName: string, ...organizations: string[]): Promise<CertificateSigningRequest & KubeObject> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const { sign } = await import('node:crypto');
  const der = (tag: number, ...parts: Buffer[]): Buffer => {
    const content = Buffer.concat(parts);
    const length = content.length < 0x80 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff];
    return Buffer.concat([Buffer.from([tag, ...length]), content]);
  };
  const attribute = (oid: number, text: string): Buffer => der(0x31, der(0x30, der(0x06, Buffer.from([0x55, 0x04, oid])), der(0x0c, Buffer.from(text))));
  const subject = der(0x30, ...organizations.map((each) => attribute(0x0a, each)), attribute(0x03, commonName));
  const info = der(0x30, der(0x02, Buffer.from([0])), subject, publicKey.export({ type: 'spki', format: 'der' }), der(0xa0));
  const algorithm = der(0x30, der(0x06, Buffer.from([0x2b, 0x65, 0x70])));
  const bytes = der(0x30, info, algorithm, der(0x03, Buffer.from([0]), sign(null, info, privateKey)));
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
  return { metadata: { name: 'c' }, spec: { signerName, request: Buffer.from(pem).toString('base64'), usages: ['client auth'] } };
}

describe('the selection', () => {
  const create = (selection: object) => {
    const reader = createFakeReader();
    return createAdmission({
      reader,
      authorization: createAuthorization(reader),
      clock: new FakeClock(),
      random: seededRandom(1),
      updateQuota: async (quota) => quota,
      createNamespace: async () => {},
      isServed: () => true,
      kinds: () => allResources,
      ...selection,
    });
  };
  test("is k3s' own by default, in upstream's order", () => {
    assert.equal(
      namesOf(create({})),
      'PolicyParams,ClaimAccess,NamespaceLifecycle,LimitRanger,ServiceAccount,NodeRestriction,TaintNodesByCondition,PodSecurity,Priority,DefaultTolerationSeconds,' +
        'DefaultStorageClass,StorageObjectInUseProtection,PersistentVolumeClaimResize,RuntimeClass,CertificateApproval,CertificateSigning,' +
        'CertificateSubjectRestriction,DefaultIngressClass,PodTopologyLabels,PodResizeValidator,ResourceQuota,RBACEscalation',
    );
  });
  test('adds and takes away', () => {
    const names = namesOf(create({ selection: { enable: ['AlwaysPullImages', 'ImagePolicyWebhook'], disable: ['LimitRanger'] } }));
    assert.match(names, /TaintNodesByCondition,AlwaysPullImages,PodSecurity/);
    assert.doesNotMatch(names, /LimitRanger|NodeRestriction|Webhook/);
  });
  test('is refused when it makes no sense', () => {
    const both = { enable: ['Nope', 'LimitRanger', 'PodSecurity'], disable: ['Never', 'PodSecurity', 'LimitRanger'] };
    assert.throws(() => create({ selection: both }), {
      message:
        '[enable-admission-plugins plugin "Nope" is unknown, disable-admission-plugins plugin "Never" is unknown, ' +
        '[LimitRanger PodSecurity] in enable-admission-plugins and disable-admission-plugins overlapped]',
    });
  });
  test('is configured by a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'k3ts-admission-'));
    try {
      const file = join(folder, 'admission.yaml');
      writeFileSync(
        join(folder, 'events.yaml'),
        'apiVersion: eventratelimit.admission.k8s.io/v1alpha1\nkind: Configuration\nlimits: [{type: Server, qps: 50, burst: 100}]\n',
      );
      writeFileSync(
        file,
        'apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n- name: PodSecurity\n  configuration:\n    apiVersion: pod-security.admission.config.k8s.io/v1\n' +
          '    kind: PodSecurityConfiguration\n    defaults: {enforce: baseline, enforce-version: v1.30, warn: restricted}\n    exemptions: {namespaces: [kube-system]}\n- name: EventRateLimit\n  path: events.yaml\n',
      );
      const { podSecurity, eventLimits } = parseAdmissionConfiguration(file);
      assert.deepEqual(podSecurity?.defaults, {
        enforce: { level: 'baseline', version: 30 },
        audit: { level: 'privileged', version: 'latest' },
        warn: { level: 'restricted', version: 'latest' },
      });
      assert.deepEqual([podSecurity?.exemptions?.namespaces, eventLimits], [['kube-system'], [{ type: 'Server', qps: 50, burst: 100 }]]);
      writeFileSync(file, 'kind: AdmissionConfiguration\nplugins: [{name: PodSecurity, configuration: {defaults: {enforce: strict}}}]');
      assert.throws(() => parseAdmissionConfiguration(file), /defaults.enforce "strict" is none of/);
      assert.throws(() => parseAdmissionConfiguration(join(folder, 'missing')), /Cannot read admission configuration/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
  test('can be watched', async () => {
    const seen: string[] = [];
    const { ask } = setUp(
      [],
      {},
      {
        plugin: (name, type, operation, _seconds, isRejected) => seen.push(`${name} ${type} ${operation} ${isRejected}`),
        step: (type, _operation, _seconds, isRejected) => seen.push(`step ${type} ${isRejected}`),
      },
    );
    await ask(pods, pod({ priorityClassName: 'none' }));
    assert.deepEqual(seen.slice(-2), ['Priority admit CREATE true', 'step admit true']);
  });
});

describe('storage', () => {
  test('volumes and claims are protected from the first moment', async () => {
    const { ask } = setUp();
    const [volume, claim] = [{ metadata: { name: 'v' } } as KubeObject, { metadata: { name: 'c', finalizers: ['x'] }, spec: {} } as KubeObject];
    await ask(persistentVolumes, volume);
    await ask(persistentVolumeClaims, claim);
    assert.deepEqual([volume.metadata.finalizers, claim.metadata.finalizers], [['kubernetes.io/pv-protection'], ['x', 'kubernetes.io/pvc-protection']]);
    const attributes = { metadata: { name: 'a' }, driverName: 'd' } as KubeObject;
    await ask(volumeAttributesClasses, attributes);
    assert.deepEqual(attributes.metadata.finalizers, ['kubernetes.io/vac-protection']);
  });
  test('claims grow where their class lets them', async () => {
    const { ask, reader } = setUp();
    reader.put(storageClasses, { metadata: { name: 'grows' }, provisioner: 'p', allowVolumeExpansion: true });
    reader.put(storageClasses, { metadata: { name: 'stays' }, provisioner: 'p' });
    const claim = (storageClassName: string, storage: string, phase = 'Bound') =>
      ({ metadata: { name: 'c' }, spec: { storageClassName, resources: { requests: { storage } } }, status: { phase } }) as KubeObject;
    const grow = (name: string, to = '2Gi', phase = 'Bound') =>
      ask(persistentVolumeClaims, claim(name, to, phase), { operation: 'UPDATE', oldObject: claim(name, '1Gi', phase) });
    assert.equal(await grow('grows'), 'ok');
    assert.equal(await grow('stays', '1Gi'), 'ok');
    assert.equal(await grow('stays'), 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize');
    assert.equal(await grow('grows', '2Gi', 'Pending'), 'Only bound persistent volume claims can be expanded');
  });
});

describe('certificates', () => {
  const client = 'kubernetes.io/kube-apiserver-client';
  test('nobody asks for system:masters', async () => {
    const { ask } = setUp();
    assert.equal(await ask(certificateSigningRequests, await csr(client, 'joe', 'dev')), 'ok');
    assert.equal(
      await ask(certificateSigningRequests, await csr(client, 'joe', 'dev', 'system:masters')),
      `use of ${client} signer with system:masters group is not allowed`,
    );
    assert.equal(await ask(certificateSigningRequests, await csr('example.com/other', 'joe', 'system:masters')), 'ok');
    const broken = { ...(await csr(client, 'joe')), spec: { signerName: client, request: 'eA==' } } as KubeObject;
    assert.match(await ask(certificateSigningRequests, broken), /^failed to parse CSR: /);
  });
  test('approving and signing are rights on the signer, or on its domain', async () => {
    const old = await csr('example.com/a', 'joe');
    const update = (subresource: string) => ({ operation: 'UPDATE', subresource, oldObject: old }) as const;
    const signed = { ...old, status: { certificate: 'x' } } as KubeObject;
    const { ask, allow } = setUp();
    assert.equal(await ask(certificateSigningRequests, old, update('approval')), 'user not permitted to approve requests with signerName "example.com/a"');
    assert.equal(await ask(certificateSigningRequests, signed, update('status')), 'user not permitted to sign requests with signerName "example.com/a"');
    // Nothing is signed.
    assert.equal(await ask(certificateSigningRequests, old, update('status')), 'ok');
    allow('approve', 'certificates.k8s.io', 'signers', 'example.com/a');
    assert.equal(await ask(certificateSigningRequests, old, update('approval')), 'ok');
    allow('sign', 'certificates.k8s.io', 'signers', 'example.com/*');
    assert.equal(await ask(certificateSigningRequests, signed, update('status')), 'ok');
    assert.match(await ask(certificateSigningRequests, old, update('approval')), /not permitted to approve/);
  });
});

describe('nodes', () => {
  const user = { username: 'system:node:a', groups: ['system:nodes', 'system:authenticated'] };
  test('ask for certificates for themselves only', async () => {
    const { ask } = setUp();
    const signer = 'kubernetes.io/kubelet-serving';
    assert.equal(await ask(certificateSigningRequests, await csr(signer, 'system:node:a', 'system:nodes'), { user }), 'ok');
    assert.equal(
      await ask(certificateSigningRequests, await csr(signer, 'system:node:b', 'system:nodes'), { user }),
      'can only create a node CSR with CN=system:node:a',
    );
  });
  test('make mirror Pods that are theirs', async () => {
    const { ask, reader } = setUp();
    reader.put(nodes, { metadata: { name: 'a', uid: '7' }, spec: {} });
    const owner = { apiVersion: 'v1', kind: 'Node', name: 'a', uid: '7', controller: true };
    const mirror = (ownerReferences: object[], spec: object = {}) =>
      ask(pods, pod({ nodeName: 'a', ...spec }, { annotations: { 'kubernetes.io/config.mirror': '' }, ownerReferences }), { user });
    assert.equal(await mirror([owner]), 'ok');
    assert.match(await mirror([]), /can only create pods with an owner reference set to itself$/);
    assert.match(await mirror([owner, owner]), /with a single owner reference set to itself$/);
    assert.match(await mirror([{ ...owner, controller: false }]), /with a controller owner reference set to itself$/);
    assert.match(await mirror([{ ...owner, blockOwnerDeletion: true }]), /must not set blockOwnerDeletion on an owner reference$/);
    assert.equal(await mirror([{ ...owner, uid: '8' }]), 'node a UID mismatch: expected 8 got 7');
    const bundle = [{ name: 'v', projected: { sources: [{ clusterTrustBundle: { path: 'x' } }] } }];
    assert.match(await mirror([owner], { volumes: bundle }), /can not create pods that reference clustertrustbundles$/);
    assert.match(await mirror([owner], { resourceClaims: [{ name: 'r', resourceClaimName: 'x' }] }), /reference resourceclaims$/);
  });
  test('write of Pods and claims only what is theirs', async () => {
    const { ask } = setUp();
    const old = pod({ nodeName: 'a' });
    const status = (object: KubeObject) => ask(pods, object, { user, operation: 'UPDATE', subresource: 'status', oldObject: old });
    assert.equal(await status({ ...old, status: { phase: 'Running' } } as KubeObject), 'ok');
    assert.equal(await status({ ...old, status: { resourceClaimStatuses: [{ name: 'x' }] } } as KubeObject), 'node "a" cannot update resource claim statues');
    assert.match(
      await ask(pods, old, { user, operation: 'UPDATE', subresource: 'resize', oldObject: old }),
      /^unexpected pod subresource "resize", only 'status' and 'eviction'/,
    );
    const claim = { metadata: { name: 'c', resourceVersion: '1' }, spec: {}, status: { phase: 'Bound' } } as KubeObject;
    const ofClaim = (object: KubeObject, subresource = 'status') =>
      ask(persistentVolumeClaims, object, { user, operation: 'UPDATE', subresource, oldObject: claim });
    assert.equal(await ofClaim({ ...claim, status: { phase: 'Bound', capacity: { storage: '2Gi' } } } as KubeObject), 'ok');
    assert.match(await ofClaim({ ...claim, status: { phase: 'Lost' } } as KubeObject), /is not allowed to update fields other than/);
    assert.equal(await ofClaim(claim, ''), 'may only update PVC status');
  });
  test('publish their own devices', async () => {
    const { ask } = setUp();
    const slice = (nodeName: string) => ({ metadata: { name: 's' }, spec: { nodeName } }) as KubeObject;
    assert.equal(await ask(resourceSlices, slice('a'), { user }), 'ok');
    assert.equal(await ask(resourceSlices, slice('b'), { user }), 'can only create ResourceSlice with the same NodeName as the requesting node');
    assert.match(await ask(resourceSlices, undefined, { user, operation: 'DELETE', oldObject: slice('b') }), /^can only delete ResourceSlice/);
  });
  test('get tokens for the audiences of CSI drivers, and those they are granted', async () => {
    const { ask, reader } = setUp();
    reader.put(csiDrivers, { metadata: { name: 'd' }, spec: { tokenRequests: [{ audience: 'store' }] } });
    reader.put(pods, pod({ nodeName: 'a', volumes: [{ name: 'v', csi: { driver: 'd' } }] }, { uid: '7' }));
    const token = (audience: string) => {
      const body = { metadata: {}, spec: { audiences: [audience], boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: '7' } } } as KubeObject;
      return ask(serviceAccounts, body, { user, subresource: 'token', name: 'default' });
    };
    assert.equal(await token('store'), 'ok');
    assert.match(await token('registry'), /^audience "registry" not found in pod spec volume, system:node:a is not authorized/);
    reader.put(clusterRoles, {
      metadata: { name: 'r' },
      rules: [{ verbs: ['request-serviceaccounts-token-audience'], apiGroups: [''], resources: ['registry'] }],
    });
    const roleRef = { kind: 'ClusterRole', name: 'r', apiGroup: 'rbac.authorization.k8s.io' };
    reader.put(clusterRoleBindings, {
      metadata: { name: 'b' },
      roleRef,
      subjects: [{ kind: 'Group', name: 'system:nodes', apiGroup: 'rbac.authorization.k8s.io' }],
    });
    assert.equal(await token('registry'), 'ok');
  });
});

describe('Pods', () => {
  test('learn the zone of their node when they are bound', async () => {
    const { ask, reader } = setUp();
    reader.put(nodes, { metadata: { name: 'a', labels: { 'topology.kubernetes.io/zone': 'z', 'topology.kubernetes.io/region': 'r', other: 'o' } }, spec: {} });
    const binding = { metadata: { name: 'p', labels: { 'topology.kubernetes.io/region': 'own' } }, target: { kind: 'Node', name: 'a' } } as KubeObject;
    await ask(pods, binding, { subresource: 'binding' });
    assert.deepEqual(binding.metadata.labels, { 'topology.kubernetes.io/zone': 'z', 'topology.kubernetes.io/region': 'r' });
    const bound = pod({ nodeName: 'a' });
    await ask(pods, bound);
    assert.deepEqual(bound.metadata.labels, { 'topology.kubernetes.io/zone': 'z', 'topology.kubernetes.io/region': 'r' });
  });
  test('cannot grow beyond their node', async () => {
    const { ask, reader } = setUp();
    reader.put(nodes, { metadata: { name: 'a', labels: { 'kubernetes.io/os': 'linux' } }, spec: {}, status: { allocatable: { cpu: '2', memory: '1Gi' } } });
    const sized = (cpu: string, memory: string, generation: number) =>
      pod({ nodeName: 'a', containers: [{ name: 'c', resources: { requests: { cpu, memory } } }] }, { generation });
    const resize = (to: KubeObject) => ask(pods, to, { operation: 'UPDATE', subresource: 'resize', oldObject: sized('1', '1Mi', 1) });
    assert.equal(await resize(sized('2', '1Gi', 2)), 'ok');
    assert.equal(
      await resize(sized('2500m', '2Gi', 2)),
      "Node didn't have enough allocatable resources: cpu, requested: 2500, allocatable: 2000; memory, requested: 2147483648, allocatable: 1073741824",
    );
    assert.equal(await resize(sized('9', '1Mi', 1)), 'ok');
  });
});

describe('ServiceAccount', () => {
  test('containers for debugging mount what the account may mount', async () => {
    const { ask, reader } = setUp();
    const annotations = { 'kubernetes.io/enforce-mountable-secrets': 'true' };
    const old = pod({ serviceAccountName: 'default' });
    const env = [{ name: 'E', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }];
    const debugged = { ...old, spec: { ...old.spec, ephemeralContainers: [{ name: 'd', image: 'i', env }] } } as KubeObject;
    const debug = () => ask(pods, debugged, { operation: 'UPDATE', subresource: 'ephemeralcontainers', oldObject: old });
    assert.equal(await debug(), 'ok');
    reader.put(serviceAccounts, { metadata: { name: 'default', namespace: 'n', annotations } });
    assert.equal(
      await debug(),
      'ephemeral container d with envVar E referencing secret.secretName="s" is not allowed because service account default does not reference that secret',
    );
  });
  test('tolerations last as long as the arguments say', async () => {
    const { ask } = setUp([], { tolerationSeconds: { notReady: 30 } });
    const object = pod();
    await ask(pods, object);
    assert.deepEqual(
      object.spec.tolerations?.map(({ tolerationSeconds }) => tolerationSeconds),
      [30, 300],
    );
  });
});

describe('plugins that are off until named', () => {
  test('AlwaysPullImages', async () => {
    const { ask } = setUp(['AlwaysPullImages']);
    const object = pod({ initContainers: [{ name: 'i', image: 'x' }], volumes: [{ name: 'v', image: { reference: 'r', pullPolicy: 'Never' } }] });
    await ask(pods, object);
    assert.deepEqual(
      [object.spec.containers[0]?.imagePullPolicy, object.spec.initContainers?.[0]?.imagePullPolicy, object.spec.volumes?.[0]?.image?.pullPolicy],
      ['Always', 'Always', 'Always'],
    );
    const old = pod({ containers: [{ name: 'c', image: 'i', imagePullPolicy: 'Never' }] });
    await ask(pods, old, { operation: 'UPDATE', oldObject: old });
    assert.equal(old.spec.containers[0]?.imagePullPolicy, 'Never');
  });
  test('AlwaysDeny, AlwaysAdmit', async () => {
    assert.equal(await setUp(['AlwaysDeny', 'AlwaysAdmit']).ask(pods, pod()), 'admission control is denying all modifications');
  });
  test('DenyServiceExternalIPs', async () => {
    const { ask } = setUp(['DenyServiceExternalIPs']);
    const service = (...externalIPs: string[]) => ({ metadata: { name: 's' }, spec: { externalIPs } }) as KubeObject;
    assert.equal(await ask(services, service('1.2.3.4')), 'Use of external IPs is denied by admission control');
    assert.equal(await ask(services, service('1.2.3.4'), { operation: 'UPDATE', oldObject: service('1.2.3.4', '4.3.2.1') }), 'ok');
  });
  test('ExtendedResourceToleration', async () => {
    const { ask } = setUp(['ExtendedResourceToleration']);
    const object = pod({
      containers: [{ name: 'c', resources: { requests: { 'example.com/gpu': '1', cpu: '1', 'kubernetes.io/x': '1' } } }],
      tolerations: [{ operator: 'Exists' }],
    });
    await ask(pods, object);
    assert.deepEqual(
      object.spec.tolerations?.filter(({ effect }) => effect === 'NoSchedule'),
      [{ key: 'example.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
    );
  });
  test('LimitPodHardAntiAffinityTopology', async () => {
    const { ask } = setUp(['LimitPodHardAntiAffinityTopology']);
    const object = (topologyKey: string) => pod({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey }] } } });
    assert.equal(await ask(pods, object('kubernetes.io/hostname')), 'ok');
    assert.match(await ask(pods, object('zone')), /has TopologyKey zone but only key kubernetes.io\/hostname is allowed$/);
  });
  test('NamespaceAutoProvision and NamespaceExists', async () => {
    const { ask, reader } = setUp(['NamespaceAutoProvision']);
    assert.equal(await ask(deployments, { metadata: { name: 'd' } }, { namespace: 'new' }), 'ok');
    assert.ok(reader.get(namespaces, { name: 'new' }));
    assert.equal(await ask(deployments, { metadata: { name: 'd' } }, { namespace: 'dry', isDryRun: true }), 'namespaces "dry" not found');
    const exists = setUp(['NamespaceExists']);
    const deletion = { operation: 'DELETE', namespace: 'gone', name: 'd' } as const;
    assert.equal(await exists.ask(deployments, undefined, deletion), 'namespaces "gone" not found');
    assert.equal(await setUp().ask(deployments, undefined, deletion), 'ok');
  });
  test('OwnerReferencesPermissionEnforcement', async () => {
    const { ask } = setUp(['OwnerReferencesPermissionEnforcement']);
    const owned = (blockOwnerDeletion: boolean, kind = 'ReplicaSet') =>
      pod({}, { ownerReferences: [{ apiVersion: 'apps/v1', kind, name: 'o', uid: '1', blockOwnerDeletion }] });
    assert.equal(await ask(pods, pod()), 'ok');
    assert.match(await ask(pods, owned(false)), /^cannot set an ownerRef on a resource you can't delete: /);
    const all = { verbs: ['*'], apiGroups: [''], resources: ['pods'] };
    const { ask: asked, reader } = setUp(['OwnerReferencesPermissionEnforcement']);
    const bind = (...rules: object[]) => {
      reader.put(clusterRoles, { metadata: { name: 'r' }, rules: rules as never });
      const subjects = [{ kind: 'User', name: 'u', apiGroup: 'rbac.authorization.k8s.io' }];
      reader.put(clusterRoleBindings, {
        metadata: { name: 'b' },
        roleRef: { kind: 'ClusterRole', name: 'r', apiGroup: 'rbac.authorization.k8s.io' },
        subjects,
      });
    };
    bind(all);
    assert.equal(await asked(pods, owned(false)), 'ok');
    assert.match(await asked(pods, owned(true)), /^cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: /);
    assert.match(await asked(pods, owned(true, 'Nothing')), /cannot find RESTMapping for APIVersion apps\/v1 Kind Nothing/);
    bind(all, { verbs: ['update'], apiGroups: ['apps'], resources: [`${replicaSets.plural}/finalizers`] });
    assert.equal(await asked(pods, owned(true)), 'ok');
  });
  test('PodNodeSelector', async () => {
    const { ask, reader } = setUp(['PodNodeSelector'], { podNodeSelector: { clusterDefaultNodeSelector: 'pool=default', n: 'pool=a,disk=ssd' } });
    const object = pod({ nodeSelector: { disk: 'ssd' } });
    assert.equal(await ask(pods, object), 'pod node label selector labels conflict with its namespace whitelist');
    reader.put(namespaces, { metadata: { name: 'n', annotations: { 'scheduler.alpha.kubernetes.io/node-selector': 'pool=a' } }, spec: {} });
    const right = pod({ nodeSelector: { disk: 'ssd' } });
    assert.equal(await ask(pods, right), 'ok');
    assert.deepEqual(right.spec.nodeSelector, { pool: 'a', disk: 'ssd' });
    assert.equal(await ask(pods, pod({ nodeSelector: { pool: 'b' } })), 'pod node label selector conflicts with its namespace node label selector');
  });
  test('PodTolerationRestriction', async () => {
    const { ask, reader } = setUp(['PodTolerationRestriction']);
    const annotations = {
      'scheduler.alpha.kubernetes.io/defaultTolerations': '[{"key":"team","operator":"Exists"}]',
      'scheduler.alpha.kubernetes.io/tolerationsWhitelist': '[{"key":"team","operator":"Exists"},{"operator":"Exists","effect":"NoExecute"}]',
    };
    reader.put(namespaces, { metadata: { name: 'n', annotations }, spec: {} });
    const object = pod({ tolerations: [{ key: 'team', operator: 'Equal', value: 'x', effect: 'NoSchedule' }] });
    assert.equal(await ask(pods, object), 'ok');
    assert.deepEqual(
      object.spec.tolerations?.find(({ key }) => key === 'team'),
      { key: 'team', operator: 'Exists' },
    );
    assert.match(await ask(pods, pod({ tolerations: [{ key: 'other', operator: 'Exists' }] })), /conflict with its namespace whitelist$/);
    const narrow = { key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 } as const;
    assert.deepEqual(mergeTolerations([narrow, { ...narrow, tolerationSeconds: 10 }, { key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' }]), [
      { ...narrow, tolerationSeconds: 10 },
      { key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' },
    ]);
  });
  test('EventRateLimit', async () => {
    const { ask, clock } = setUp(['EventRateLimit'], { eventLimits: [{ type: 'Namespace', qps: 1, burst: 2, cacheSize: 1 }] });
    const event = { metadata: { name: 'e' } } as KubeObject;
    assert.deepEqual([await ask(events, event), await ask(events, event), await ask(events, event)], ['ok', 'ok', 'limit reached on type Namespace for key n']);
    await clock.advance(1000);
    assert.equal(await ask(events, event), 'ok');
  });
});

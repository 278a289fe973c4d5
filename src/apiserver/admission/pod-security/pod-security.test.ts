import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deployments, isStatus, type KubeObject, namespaces, pods, type ResourceDefinition } from '#api';
import type { Pod } from '#api/types/core-v1';
import { FakeClock } from '#lib';
import type { AdmissionRequest } from '../../contract.ts';
import { createFakeReader } from '../../testing/fake-reader.ts';
import { ALL_CHECKS, detailsOf, violationsOf } from './evaluate.ts';
import { createPodSecurity, type PodSecurityOptions } from './pod-security.ts';
import { type Level, policyOf, DEFAULT_POLICY } from './policy.ts';

const SAFE = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

/** A Pod that every version allows at every level, changed. */
function safePod(spec: object = {}, container: object = {}, metadata: object = {}): Pod & KubeObject {
  const { securityContext, ...rest } = container as { securityContext?: object };
  const first = { name: 'c', image: 'i', securityContext: { ...SAFE, ...securityContext }, ...rest };
  return { metadata: { name: 'p', namespace: 'n', ...metadata }, spec: { containers: [first], ...spec } } as Pod & KubeObject;
}
function problems(level: Level, version: number | 'latest', pod: Pod): string {
  return detailsOf(violationsOf({ level, version }, pod));
}

/** id, a pod that is refused, the text, and the first version that says so (by default the check's first); `until` is the last one. */
const ROWS: readonly { id: string; pod: Pod; text: string; since?: number; until?: number }[] = [
  {
    id: 'allowPrivilegeEscalation',
    pod: safePod({}, { securityContext: { allowPrivilegeEscalation: undefined } }),
    text: 'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false)',
  },
  {
    id: 'appArmorProfile',
    pod: safePod({ securityContext: { appArmorProfile: { type: 'Unconfined' } } }),
    text: 'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
  },
  {
    id: 'appArmorProfile',
    pod: safePod(
      {},
      { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
      { annotations: { 'container.apparmor.security.beta.kubernetes.io/c': 'bogus' } },
    ),
    text: 'forbidden AppArmor profiles (container "c" and annotation must not set AppArmor profile type to "Unconfined", "container.apparmor.security.beta.kubernetes.io/c="bogus"")',
  },
  {
    id: 'capabilities_baseline',
    pod: safePod({}, { securityContext: { capabilities: { drop: ['ALL'], add: ['NET_RAW', 'CHOWN', 'BPF'] } } }),
    text: 'non-default capabilities (container "c" must not include "BPF", "NET_RAW" in securityContext.capabilities.add)',
    until: 21,
  },
  {
    id: 'capabilities_restricted',
    pod: safePod({}, { securityContext: { capabilities: { add: ['CHOWN'] } } }),
    text: 'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]; container "c" must not include "CHOWN" in securityContext.capabilities.add)',
  },
  {
    id: 'hostNamespaces',
    pod: safePod({ hostIPC: true, hostNetwork: true }),
    text: 'host namespaces (hostNetwork=true, hostIPC=true)',
  },
  {
    id: 'restrictedVolumes',
    pod: safePod({
      volumes: [
        { name: 'a', hostPath: { path: '/' } },
        { name: 'b', nfs: {} },
        { name: 'c', emptyDir: {} },
      ],
    }),
    text: 'restricted volume types (volumes "a", "b" use restricted volume types "hostPath", "nfs")',
  },
  {
    id: 'hostPorts',
    pod: safePod(
      {},
      {
        ports: [
          { containerPort: 1, hostPort: 8080 },
          { containerPort: 2, hostPort: 443 },
        ],
      },
    ),
    text: 'hostPort (container "c" uses hostPorts 443, 8080)',
  },
  {
    id: 'hostProbesAndHostLifecycle',
    pod: safePod({}, { livenessProbe: { httpGet: { host: '10.0.0.1' } }, lifecycle: { preStop: { tcpSocket: { host: 'x' } } } }),
    text: 'probe or lifecycle host (container "c" uses probe or lifecycle hosts "10.0.0.1", "x")',
  },
  {
    id: 'privileged',
    pod: safePod({ initContainers: [{ name: 'i', securityContext: { ...SAFE, privileged: true } }] }),
    text: 'privileged (container "i" must not set securityContext.privileged=true)',
  },
  {
    id: 'procMount',
    pod: safePod({}, { securityContext: { procMount: 'Unmasked' } }),
    text: 'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
  },
  {
    id: 'procMount_restricted',
    pod: safePod({ hostUsers: false }, { securityContext: { procMount: 'Unmasked' } }),
    text: 'procMount (container "c" must not set securityContext.procMount to "Unmasked")',
    since: 0,
  },
  {
    id: 'runAsNonRoot',
    pod: safePod({}, { securityContext: { runAsNonRoot: undefined } }),
    text: 'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
  },
  {
    id: 'runAsNonRoot',
    pod: safePod({ securityContext: { runAsNonRoot: false } }, { securityContext: { runAsNonRoot: false } }),
    text: 'runAsNonRoot != true (pod and container "c" must not set securityContext.runAsNonRoot=false)',
  },
  {
    id: 'runAsNonRoot',
    pod: safePod({ hostUsers: false }, { securityContext: { runAsNonRoot: undefined } }),
    text: 'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
    until: 34,
  },
  { id: 'runAsUser', pod: safePod({}, { securityContext: { runAsUser: 0 } }), text: 'runAsUser=0 (container "c" must not set runAsUser=0)' },
  {
    id: 'seLinuxOptions',
    pod: safePod({}, { securityContext: { seLinuxOptions: { type: 'x_t', user: 'u', role: 'r' } } }),
    text: 'seLinuxOptions (container "c" set forbidden securityContext.seLinuxOptions: type "x_t"; user may not be set; role may not be set)',
  },
  {
    id: 'seLinuxOptions',
    pod: safePod({ securityContext: { seLinuxOptions: { type: 'container_engine_t' } } }),
    text: 'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "container_engine_t")',
    until: 30,
  },
  {
    id: 'seccompProfile_baseline',
    pod: safePod({}, {}, { annotations: { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' } }),
    text: 'seccompProfile (forbidden annotation seccomp.security.alpha.kubernetes.io/pod="unconfined")',
    until: 18,
  },
  {
    id: 'seccompProfile_restricted',
    pod: safePod({}, { securityContext: { seccompProfile: undefined } }),
    text: 'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  },
  {
    id: 'seccompProfile_restricted',
    pod: safePod({}, { securityContext: { seccompProfile: { type: 'Unconfined' } } }),
    text: 'seccompProfile (container "c" must not set securityContext.seccompProfile.type to "Unconfined")',
  },
  {
    id: 'sysctls',
    pod: safePod({
      securityContext: {
        sysctls: [
          { name: 'net.core.somaxconn', value: '1' },
          { name: 'net.ipv4.tcp_syncookies', value: '1' },
        ],
      },
    }),
    text: 'forbidden sysctls (net.core.somaxconn)',
  },
  ...(
    [
      ['net.ipv4.ip_local_reserved_ports', 26],
      ['net.ipv4.tcp_fin_timeout', 28],
      ['net.ipv4.tcp_wmem', 31],
    ] as const
  ).map(([name, until]) => ({
    id: 'sysctls',
    pod: safePod({ securityContext: { sysctls: [{ name, value: '1' }] } }),
    text: `forbidden sysctls (${name})`,
    until,
  })),
  {
    id: 'windowsHostProcess',
    pod: safePod({ securityContext: { windowsOptions: { hostProcess: true } } }),
    text: 'hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)',
  },
];

describe('the checks', () => {
  test('a careful Pod is allowed by every version of every level', () => {
    for (let version = 0; version <= 40; version++) assert.equal(problems('restricted', version, safePod()), '', `v1.${version}`);
    assert.equal(problems('restricted', 'latest', safePod()), '');
  });

  for (const { id, pod, text, since, until = 99 } of ROWS) {
    const check = ALL_CHECKS.find((each) => each.id === id);
    test(`${id}: ${text.slice(0, 60)}`, () => {
      const first = since ?? check?.versions[0]?.since ?? 0;
      for (let version = 0; version <= 37; version++) {
        const expected = version >= first && version <= until;
        assert.equal(problems('restricted', version, pod).includes(text), expected, `restricted:v1.${version} says ${problems('restricted', version, pod)}`);
        if (check?.level === 'baseline' && version >= 35)
          assert.equal(problems('baseline', version, pod), expected || id.startsWith('capabilities') ? text : '', `baseline:v1.${version}`);
      }
      assert.equal(problems('privileged', 'latest', pod), '');
    });
  }

  test('restricted checks replace the baseline ones that say less', () => {
    const pod = safePod({ volumes: [{ name: 'a', hostPath: {} }] }, { securityContext: { capabilities: { add: ['NET_RAW'] } } });
    assert.deepEqual(
      violationsOf({ level: 'baseline', version: 36 }, pod).map(({ reason }) => reason),
      ['non-default capabilities', 'hostPath volumes'],
    );
    assert.deepEqual(
      violationsOf({ level: 'restricted', version: 36 }, pod).map(({ reason }) => reason),
      ['unrestricted capabilities', 'restricted volume types'],
    );
  });

  test('Windows is not asked for what only Linux knows', () => {
    const pod = { metadata: {}, spec: { os: { name: 'windows' }, containers: [{ name: 'c', securityContext: { runAsNonRoot: true } }] } } as Pod;
    assert.equal(problems('restricted', 25, pod), '');
    assert.match(problems('restricted', 24, pod), /^allowPrivilegeEscalation != false .*, unrestricted capabilities .*, seccompProfile /);
  });

  test('several containers are named in their order', () => {
    const bad = { ...SAFE, allowPrivilegeEscalation: true };
    const spec = { initContainers: [{ name: 'i', securityContext: bad }], ephemeralContainers: [{ name: 'e', securityContext: bad }] };
    assert.match(problems('restricted', 'latest', safePod(spec)), /containers "i", "e" must set/);
  });
});

function setUp(labels: Record<string, string>, options: PodSecurityOptions = {}) {
  const reader = createFakeReader();
  reader.put(namespaces, { metadata: { name: 'n', labels }, spec: {} });
  const plugin = createPodSecurity(reader, new FakeClock(), options);
  const ask = (resource: ResourceDefinition, change: Partial<AdmissionRequest>): string[] => {
    const warnings: string[] = [];
    const request: AdmissionRequest = {
      operation: 'CREATE',
      resource,
      subresource: '',
      namespace: 'n',
      name: change.object?.metadata.name ?? '',
      user: { username: 'u' },
      isDryRun: false,
      warn: (text) => warnings.push(text),
      ...change,
    };
    void plugin.validate?.(request);
    return warnings;
  };
  return { reader, ask };
}
const BAD = safePod({ hostPID: true }, { securityContext: { runAsNonRoot: undefined } });
const DETAIL = 'host namespaces (hostPID=true), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)';
const ENFORCE = 'pod-security.kubernetes.io/enforce';

describe('PodSecurity', () => {
  test('enforce refuses Pods with all reasons, and only warns of workloads', () => {
    const { ask } = setUp({ [ENFORCE]: 'restricted', 'pod-security.kubernetes.io/warn': 'restricted', 'pod-security.kubernetes.io/warn-version': 'v1.25' });
    assert.throws(
      () => ask(pods, { object: BAD }),
      (error) => isStatus(error, 'Forbidden') && error.message === `pods "p" is forbidden: violates PodSecurity "restricted:latest": ${DETAIL}`,
    );
    const deployment = { metadata: { name: 'd' }, spec: { template: { metadata: {}, spec: BAD.spec } } } as KubeObject;
    assert.deepEqual(ask(deployments, { object: deployment }), [`would violate PodSecurity "restricted:v1.25": ${DETAIL}`]);
    assert.deepEqual(ask(deployments, { object: deployment, subresource: 'scale' }), []);
  });

  test('namespaces without labels allow everything, or what the defaults say', () => {
    assert.deepEqual(setUp({}).ask(pods, { object: BAD }), []);
    const defaults = { ...DEFAULT_POLICY, enforce: { level: 'baseline', version: 'latest' } } as const;
    assert.throws(() => setUp({}, { defaults }).ask(pods, { object: BAD }), /violates PodSecurity "baseline:latest": host namespaces \(hostPID=true\)$/);
  });

  test('exemptions', () => {
    const labels = { [ENFORCE]: 'restricted' };
    assert.deepEqual(setUp(labels, { exemptions: { usernames: ['u'] } }).ask(pods, { object: BAD }), []);
    assert.deepEqual(setUp(labels, { exemptions: { namespaces: ['n'] } }).ask(pods, { object: BAD }), []);
    const exempt = { ...BAD, spec: { ...BAD.spec, runtimeClassName: 'vm' } };
    assert.deepEqual(setUp(labels, { exemptions: { runtimeClasses: ['vm'] } }).ask(pods, { object: exempt }), []);
    const { ask } = setUp(labels, { exemptions: { namespaces: ['n'] } });
    assert.deepEqual(ask(namespaces, { object: { metadata: { name: 'n', labels } } }), [
      'namespace "n" is exempt from Pod Security, and the policy (enforce=restricted:latest) will be ignored',
    ]);
  });

  test('updates count when an image or a container changes', () => {
    const { ask } = setUp({ [ENFORCE]: 'restricted' });
    const labelled = { ...BAD, metadata: { ...BAD.metadata, labels: { a: 'b' } } };
    assert.deepEqual(ask(pods, { operation: 'UPDATE', object: labelled, oldObject: BAD }), []);
    assert.deepEqual(ask(pods, { operation: 'UPDATE', object: BAD, oldObject: BAD, subresource: 'status' }), []);
    assert.deepEqual(ask(pods, { operation: 'UPDATE', object: BAD, oldObject: BAD, subresource: 'resize' }), []);
    const debugged = { ...BAD, spec: { ...BAD.spec, ephemeralContainers: [{ name: 'e', image: 'i' }] } };
    assert.throws(() => ask(pods, { operation: 'UPDATE', object: debugged, oldObject: BAD, subresource: 'ephemeralcontainers' }), /violates PodSecurity/);
    const other = safePod({ hostPID: true, containers: [{ name: 'c', image: 'other' }] });
    assert.throws(() => ask(pods, { operation: 'UPDATE', object: other, oldObject: BAD }), /violates PodSecurity/);
  });

  test('labels must make sense; what was wrong before may stay', () => {
    const { ask } = setUp({});
    const labels = { [ENFORCE]: 'strict', 'pod-security.kubernetes.io/warn-version': '1.2' };
    const namespace = { metadata: { name: 'x', labels } };
    assert.throws(
      () => ask(namespaces, { object: namespace }),
      (error) =>
        isStatus(error, 'Invalid') &&
        error.message ===
          'Namespace "x" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted, ' +
            'metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1.2": must be "latest" or "v1.x"]',
    );
    assert.deepEqual(ask(namespaces, { operation: 'UPDATE', object: namespace, oldObject: namespace }), []);
    assert.deepEqual(policyOf(labels, DEFAULT_POLICY).policy.enforce, { level: 'restricted', version: 'latest' });
  });

  test('a stricter namespace tells which of its Pods would not be admitted', () => {
    const { reader, ask } = setUp({});
    for (const name of ['b', 'a', 'c']) reader.put(pods, { ...BAD, metadata: { name, namespace: 'n' } });
    reader.put(pods, safePod({ hostNetwork: true }, {}, { name: 'd' }));
    reader.put(pods, safePod({}, {}, { name: 'fine' }));
    const change = (level: string) =>
      ({ operation: 'UPDATE', object: { metadata: { name: 'n', labels: { [ENFORCE]: level } } }, oldObject: { metadata: { name: 'n' } } }) as const;
    assert.deepEqual(ask(namespaces, change('restricted')), [
      'existing pods in namespace "n" violate the new PodSecurity enforce level "restricted:latest"',
      'a (and 2 other pods): host namespaces, runAsNonRoot != true',
      'd: host namespaces',
    ]);
    assert.deepEqual(ask(namespaces, change('privileged')), []);
  });

  test('of many Pods only the first are looked at', () => {
    const { reader, ask } = setUp({});
    for (let i = 0; i < 3001; i++) reader.put(pods, safePod({}, {}, { name: `p${i}` }));
    const object = { metadata: { name: 'n', labels: { [ENFORCE]: 'baseline' } } };
    assert.deepEqual(ask(namespaces, { operation: 'UPDATE', object, oldObject: { metadata: { name: 'n' } } }), [
      'new PodSecurity enforce level only checked against the first 3000 of 3001 existing pods',
    ]);
  });
});

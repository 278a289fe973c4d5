import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeClock } from '#lib';
import type { Pod } from '#api/types/core-v1';
import { formatFieldError } from '../../../machinery/field-error.ts';
import { defaultPod } from './defaults.ts';
import { pods } from './definition.ts';
import { prepareEphemeralContainers, validateEphemeralContainersUpdate } from './ephemeral.ts';
import { prepareResize, validateResize } from './resize.ts';
import { validatePodStatus } from './status-validation.ts';
import { preparePod, preparePodStatus } from './strategy.ts';
import { validatePodUpdate } from './update-validation.ts';
import { validateNewPod } from './validation.ts';

const CONTEXT = { user: { username: 'u' }, clock: new FakeClock(), isDryRun: false, subresource: '' };

function podOf(spec: object, rest: { metadata?: object; status?: object } = {}): Pod {
  const pod = {
    metadata: { name: 'p', namespace: 'n', generation: 1, ...rest.metadata },
    spec: { containers: [{ name: 'c', image: 'i' }], ...structuredClone(spec) },
    ...(rest.status ? { status: rest.status } : {}),
  } as Pod;
  defaultPod(pod);
  return pod;
}
const one = (fields: object): object => ({ containers: [{ name: 'c', image: 'i', ...fields }] });
const firstLines = (errors: readonly { field: string; message: string }[]): string[] =>
  errors.map((error) => formatFieldError(error as never).split('\n')[0] ?? '');

void describe('updates', () => {
  const term = (...keys: string[]): object => ({ matchExpressions: keys.map((key) => ({ key, operator: 'Exists' })) });
  const wanted = (...terms: object[]): object => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } },
  });
  const gate = { schedulingGates: [{ name: 'g' }] };
  const path = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  const cases: [string, object, object, string[]][] = [
    ['a gate goes', gate, {}, []],
    ['a gate comes', {}, gate, ["spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'g'"]],
    ['grace from negative to one', { terminationGracePeriodSeconds: -1 }, { terminationGracePeriodSeconds: 1 }, []],
    [
      'deadline taken away',
      { activeDeadlineSeconds: 5 },
      {},
      ['spec.activeDeadlineSeconds: Invalid value: "null": must not update from a positive integer to nil value'],
    ],
    [
      'toleration changed',
      { tolerations: [{ key: 'a', operator: 'Exists' }] },
      { tolerations: [{ key: 'b', operator: 'Exists' }] },
      ['spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds'],
    ],
    ['gated: selector added', gate, { ...gate, nodeSelector: { a: 'b' } }, []],
    [
      'gated: selector changed',
      { ...gate, nodeSelector: { a: 'b' } },
      { ...gate, nodeSelector: { a: 'c' } },
      ['spec.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)'],
    ],
    ['gated: affinity added', gate, { ...gate, ...wanted(term('a')) }, []],
    ['gated: requirement added', { ...gate, ...wanted(term('a')) }, { ...gate, ...wanted(term('a', 'b')) }, []],
    [
      'gated: term added',
      { ...gate, ...wanted(term('a')) },
      { ...gate, ...wanted(term('a'), term('b')) },
      [
        `${path}: Invalid value: [{"MatchExpressions":[{"Key":"a","Operator":"Exists","Values":null}],"MatchFields":null},{"MatchExpressions":[{"Key":"b","Operator":"Exists","Values":null}],"MatchFields":null}]: no additions/deletions to non-empty NodeSelectorTerms list are allowed`,
      ],
    ],
    [
      'gated: requirement changed',
      { ...gate, ...wanted(term('a')) },
      { ...gate, ...wanted(term('b')) },
      [
        `${path}[0]: Invalid value: {"MatchExpressions":[{"Key":"b","Operator":"Exists","Values":null}],"MatchFields":null}: only additions are allowed (no mutations or deletions)`,
      ],
    ],
    [
      'not gated: selector added',
      {},
      { nodeSelector: { a: 'b' } },
      [
        'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
      ],
    ],
  ];
  for (const [name, old, now, expected] of cases) void test(name, () => assert.deepEqual(firstLines(validatePodUpdate(podOf(now), podOf(old))), expected));

  void test('what is stored and wrong may stay', () => {
    const old = podOf({
      affinity: {
        podAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey: 'z', labelSelector: { matchExpressions: [{ key: 'a', operator: 'In', values: ['b c'] }] } },
          ],
        },
      },
    });
    assert.equal(validateNewPod(structuredClone(old)).length, 1);
    assert.deepEqual(validatePodUpdate(structuredClone(old), old), []);
  });

  const annotated = (annotations: object): Pod => podOf({ nodeName: 'n' }, { metadata: { annotations } });
  void test('annotations of mirrors and of AppArmor stay as they are', () => {
    const armor = 'container.apparmor.security.beta.kubernetes.io/c';
    const old = annotated({ 'kubernetes.io/config.mirror': 'a', [armor]: 'unconfined' });
    assert.deepEqual(firstLines(validatePodUpdate(annotated({}), old)), [
      'metadata.annotations[kubernetes.io/config.mirror]: Forbidden: may not remove or update mirror pod annotation',
      `metadata.annotations[${armor}]: Forbidden: may not remove or update AppArmor annotations`,
    ]);
    assert.deepEqual(firstLines(validatePodUpdate(old, annotated({}))), [
      'metadata.annotations[kubernetes.io/config.mirror]: Forbidden: may not add mirror pod annotation',
      `metadata.annotations[${armor}]: Forbidden: may not add AppArmor annotations`,
    ]);
  });
});

void describe('annotations', () => {
  const errors = (annotations: object, spec: object = {}): string[] => firstLines(validateNewPod(podOf(spec, { metadata: { annotations } })));
  const cases: [string, object, object, string[]][] = [
    [
      'mirror without node',
      { 'kubernetes.io/config.mirror': 'm' },
      {},
      ['metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "m": must set spec.nodeName if mirror pod annotation is set'],
    ],
    [
      'deletion cost',
      { 'controller.kubernetes.io/pod-deletion-cost': '+1' },
      {},
      ['metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "+1": must be a 32bit integer'],
    ],
    [
      'seccomp',
      { 'seccomp.security.alpha.kubernetes.io/pod': 'x' },
      {},
      ['metadata.annotations.seccomp.security.alpha.kubernetes.io/pod: Invalid value: "x": must be a valid seccomp profile'],
    ],
    [
      'AppArmor',
      { 'container.apparmor.security.beta.kubernetes.io/x': 'y' },
      {},
      [
        'metadata.annotations[container.apparmor.security.beta.kubernetes.io/x]: Invalid value: "x": container not found',
        'metadata.annotations[container.apparmor.security.beta.kubernetes.io/x]: Invalid value: "y": invalid AppArmor profile name: "y"',
      ],
    ],
    [
      'seccomp says other than the field',
      { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' },
      { securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
      ['spec.securityContext.seccompProfile.type: Forbidden: seccomp type in annotation and field must match'],
    ],
    [
      'AppArmor says other than the field',
      { 'container.apparmor.security.beta.kubernetes.io/c': 'localhost/a' },
      one({ securityContext: { appArmorProfile: { type: 'Localhost', localhostProfile: 'b' } } }),
      ['spec.containers[0].securityContext.appArmorProfile.localhostProfile: Forbidden: apparmor profile in annotation and field must match'],
    ],
  ];
  for (const [name, annotations, spec, expected] of cases) void test(name, () => assert.deepEqual(errors(annotations, spec), expected));

  void test('an AppArmor annotation becomes a field, with a warning', () => {
    const pod = podOf({}, { metadata: { annotations: { 'container.apparmor.security.beta.kubernetes.io/c': 'localhost/a' } } });
    preparePod(pod);
    assert.deepEqual(pod.spec.containers[0]?.securityContext, { appArmorProfile: { type: 'Localhost', localhostProfile: 'a' } });
    assert.deepEqual(pods.warnings?.(pod, undefined), [
      'metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: deprecated since v1.30; use the "appArmorProfile" field instead',
    ]);
  });
});

void describe('fields of features that are off', () => {
  void test('go, unless what is stored has them', () => {
    const spec = { os: { name: 'linux' }, ...one({ lifecycle: { stopSignal: 'SIGUSR1' } }), schedulingGroup: { podGroupName: 'g' } };
    const pod = podOf(spec);
    preparePod(pod);
    assert.equal(pod.spec.containers[0]?.lifecycle, undefined);
    assert.equal(pod.spec.schedulingGroup, undefined);
    const kept = podOf(spec);
    pods.prepareForUpdate?.(kept, podOf(spec), CONTEXT);
    assert.deepEqual(kept.spec.containers[0]?.lifecycle, { stopSignal: 'SIGUSR1' });
  });
});

void describe('status', () => {
  const terminated = { name: 'c', state: { terminated: { exitCode: 1 } } };
  const running = { name: 'c', state: { running: {} } };
  const cases: [string, object, object, object, string[]][] = [
    ['right', {}, { conditions: [{ type: 'Ready', status: 'True' }], podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }] }, {}, []],
    ['condition', {}, { conditions: [{ type: 'a b' }] }, {}, ['metadata.conditions[0].Type: Invalid value: "a b": name part must consist of']],
    ['nominated node', {}, { nominatedNodeName: 'A' }, {}, ['status.nominatedNodeName: Invalid value: "A": a lowercase RFC 1123 subdomain']],
    ['quality of service', {}, { qosClass: 'Burstable' }, { qosClass: 'BestEffort' }, ['status.qosClass: Invalid value: "Burstable": field is immutable']],
    [
      'revived',
      { restartPolicy: 'Never' },
      { containerStatuses: [running] },
      { containerStatuses: [terminated] },
      ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state'],
    ],
    ['restarted', { restartPolicy: 'OnFailure' }, { containerStatuses: [running] }, { containerStatuses: [terminated] }, []],
    [
      'restarted by its own policy',
      { restartPolicy: 'Never', ...one({ restartPolicy: 'Always' }) },
      { containerStatuses: [running] },
      { containerStatuses: [terminated] },
      [],
    ],
    [
      'ephemeral revived',
      {},
      { ephemeralContainerStatuses: [running] },
      { ephemeralContainerStatuses: [terminated] },
      ['status.ephemeralContainerStatuses[0].state: Forbidden: may not be transitioned'],
    ],
    [
      'claim',
      {},
      { resourceClaimStatuses: [{ name: 'x' }] },
      {},
      ['status.resourceClaimStatuses[0].name: Invalid value: "x": must match the name of an entry in `spec.resourceClaims`'],
    ],
    ['address', {}, { podIPs: [{ ip: 'x' }] }, {}, ['status.podIPs[0]: Invalid value: "x": must be a valid IP address']],
    [
      'two of a family',
      {},
      { podIPs: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] },
      {},
      ['status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.2"}]: may specify no more than one IP for each IP family'],
    ],
    [
      'host address',
      {},
      { hostIP: '10.0.0.2', hostIPs: [{ ip: '10.0.0.1' }] },
      {},
      ['status.hostIPs[0].ip: Invalid value: "10.0.0.1": must be equal to `hostIP`'],
    ],
    [
      'user',
      {},
      { containerStatuses: [{ name: 'c', user: { linux: { uid: -1, gid: 0 } } }] },
      {},
      ['status.containerStatuses[0].linux.uid: Invalid value: -1: must be between 0 and 2147483647, inclusive'],
    ],
    [
      'allocated',
      {},
      { containerStatuses: [{ name: 'c', allocatedResourcesStatus: [{ name: 'a/b', resources: [{ resourceID: 'r', health: 'X' }] }] }] },
      {},
      [
        'status.containerStatuses[0].allocatedResourcesStatus[0].name: Invalid value: "a/b": must match one of the container\'s resource requests',
        'status.containerStatuses[0].allocatedResourcesStatus[0].resources[0].health: Unsupported value: "X": supported values: "Healthy", "Unhealthy", "Unknown"',
      ],
    ],
  ];
  for (const [name, spec, status, old, expected] of cases) {
    void test(name, () => {
      const errors = firstLines(validatePodStatus(podOf(spec, { status }), podOf(spec, { status: old })));
      assert.deepEqual(
        errors.map((error, i) => error.slice(0, expected[i]?.length)),
        expected,
      );
    });
  }
  void test('seen generations are not forgotten', () => {
    const old = podOf({}, { status: { observedGeneration: 3, conditions: [{ type: 'Ready', status: 'True', observedGeneration: 2 }] } });
    const pod = podOf({}, { status: { conditions: [{ type: 'Ready', status: 'False' }] } });
    preparePodStatus(pod, old);
    assert.equal(pod.status?.observedGeneration, 3);
    assert.equal(pod.status?.conditions?.[0]?.observedGeneration, 2);
  });
});

void describe('ephemeral containers', () => {
  const ephemeral = (...containers: object[]): Pod => podOf({ ephemeralContainers: containers });
  const debug = { name: 'd', image: 'i' };
  const cases: [string, Pod, Pod, string[]][] = [
    ['added', ephemeral(debug), ephemeral(), []],
    ['removed', ephemeral(), ephemeral(debug), ['spec.ephemeralContainers: Forbidden: existing ephemeral containers "d" may not be removed']],
    [
      'changed',
      ephemeral({ ...debug, image: 'j' }),
      ephemeral(debug),
      ['spec.ephemeralContainers: Forbidden: existing ephemeral containers "d" may not be changed'],
    ],
    ['name of a container', ephemeral({ ...debug, name: 'c' }), ephemeral(), ['spec.ephemeralContainers[0].name: Duplicate value: "c"']],
    ['target', ephemeral({ ...debug, targetContainerName: 'x' }), ephemeral(), ['spec.ephemeralContainers[0].targetContainerName: Not found: "x"']],
    [
      'ports',
      ephemeral({ ...debug, ports: [{ containerPort: 1 }] }),
      ephemeral(),
      ['spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container'],
    ],
    [
      'sub path',
      podOf({ volumes: [{ name: 'v' }], ephemeralContainers: [{ ...debug, volumeMounts: [{ name: 'v', mountPath: '/x', subPath: 'a' }] }] }),
      podOf({ volumes: [{ name: 'v' }] }),
      ['spec.ephemeralContainers[0].volumeMounts[0].subPath: Forbidden: cannot be set for an Ephemeral Container'],
    ],
    [
      'mirror',
      ephemeral(debug),
      podOf({}, { metadata: { annotations: { 'kubernetes.io/config.mirror': 'm' } } }),
      ['[]: Forbidden: static pods do not support ephemeral containers'],
    ],
  ];
  for (const [name, pod, old, expected] of cases) {
    void test(name, () => {
      prepareEphemeralContainers(pod, old);
      assert.deepEqual(firstLines(validateEphemeralContainersUpdate(pod, old)), expected);
    });
  }
  void test('count as a change of the spec', () => {
    const [pod, old] = [ephemeral(debug), ephemeral()];
    pod.spec.nodeName = 'ignored';
    prepareEphemeralContainers(pod, old);
    assert.equal(pod.metadata.generation, 2);
    assert.equal(pod.spec.nodeName, undefined);
  });
});

void describe('resize', () => {
  const sized = (requests: object, limits: object = {}, more: object = {}): Pod => podOf(one({ resources: { requests, limits }, ...more }));
  const burst = { cpu: '1', memory: '1Gi' };
  const inits = (container: object): Pod => podOf({ ...one({ resources: { requests: burst } }), initContainers: [{ name: 'a', image: 'i', ...container }] });
  const cases: [string, Pod, Pod, string[]][] = [
    ['more', sized({ cpu: '2', memory: '2Gi' }), sized(burst), []],
    ['a limit added', sized(burst, { cpu: '4' }), sized(burst), []],
    ['a limit made smaller', sized(burst, { memory: '2Gi' }), sized(burst, { memory: '3Gi' }), []],
    ['a request gone', sized({ cpu: '1' }), sized(burst), ['spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed']],
    ['another quality of service', sized(burst, burst), sized(burst), ['spec: Invalid value: "": Pod QOS Class may not change as a result of resizing']],
    ['another resource', sized({ ...burst, 'ephemeral-storage': '1Gi' }), sized(burst), ['spec: Forbidden: only cpu and memory resources are mutable']],
    ['an init container', inits({ resources: { requests: { cpu: '2' } } }), inits({ resources: { requests: { cpu: '1' } } }), []],
    [
      'an init container that would restart',
      inits({ resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }], resources: { requests: { cpu: '2' } } }),
      inits({ resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }], resources: { requests: { cpu: '1' } } }),
      ['spec.initContainers[0]: Forbidden: non-sidecar init containers with a resize policy of RestartContainer cannot be resized'],
    ],
    [
      'renamed',
      podOf({ containers: [{ name: 'x', image: 'i' }] }),
      podOf({}),
      ['spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize'],
    ],
    [
      'added',
      podOf({
        containers: [
          { name: 'c', image: 'i' },
          { name: 'd', image: 'i' },
        ],
      }),
      podOf({}),
      ['spec.containers: Forbidden: containers may not be added or removed on resize'],
    ],
    ['the whole Pod', podOf({ resources: { requests: { cpu: '2' } } }), podOf({ resources: { requests: { cpu: '1' } } }), []],
    [
      'the whole Pod no more',
      podOf({}),
      podOf({ resources: { requests: { cpu: '1' } } }),
      ['spec: Invalid value: "": Pod QOS Class may not change as a result of resizing', 'spec.resources: Forbidden: pod-level resources cannot be removed'],
    ],
    ['windows', podOf({}), podOf({ os: { name: 'windows' } }), ['[]: Forbidden: windows pods cannot be resized']],
    ['mirror', podOf({}), podOf({}, { metadata: { annotations: { 'kubernetes.io/config.mirror': 'm' } } }), ['[]: Forbidden: static pods cannot be resized']],
    [
      'a node that cannot',
      sized({ cpu: '2', memory: '1Gi' }),
      podOf(one({ resources: { requests: burst } }), { status: { containerStatuses: [{ name: 'c', state: { running: {} } }] } }),
      ['spec: Forbidden: Pod running on node without support for resize'],
    ],
  ];
  for (const [name, pod, old, expected] of cases) {
    void test(name, () => {
      prepareResize(pod, old);
      assert.deepEqual(firstLines(validateResize(pod, old)), expected);
    });
  }
  void test('changes nothing else, and is counted', () => {
    const [pod, old] = [sized({ cpu: '2', memory: '1Gi' }), sized(burst)];
    pod.spec.nodeName = 'x';
    prepareResize(pod, old);
    assert.equal(pod.spec.nodeName, undefined);
    assert.equal(pod.spec.containers[0]?.resources?.requests?.['cpu'], '2');
    assert.equal(pod.metadata.generation, 2);
  });
});

void describe('warnings', () => {
  const told = (spec: object, metadata: object = {}): string[] => pods.warnings?.(podOf(spec, { metadata }), undefined) ?? [];
  const cases: [string, object, string[]][] = [
    ['none', {}, []],
    [
      'old label',
      { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } },
      ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
    ],
    [
      'spread',
      { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'z', whenUnsatisfiable: 'DoNotSchedule' }] },
      ['spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod'],
    ],
    ['volume', { volumes: [{ name: 'v', gitRepo: { repository: 'r' } }] }, ['spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+']],
    [
      'files in one place',
      {
        volumes: [
          {
            name: 'c',
            configMap: {
              name: 'm',
              items: [
                { key: 'a', path: 'x' },
                { key: 'b', path: 'x/y' },
              ],
            },
          },
          {
            name: 's',
            secret: {
              secretName: 't',
              items: [
                { key: 'a', path: 'x/y' },
                { key: 'b', path: 'x/' },
              ],
            },
          },
          { name: 'd', downwardAPI: { items: ['x', 'x'].map((path) => ({ path, fieldRef: { fieldPath: 'metadata.name' } })) } },
        ],
      },
      [
        'volume "c" (ConfigMap "m"): overlapping paths: "x/y" with "x"',
        'volume "s" (Secret "t"): overlapping paths: "x" with "x/y"',
        'volume "d" (DownwardAPI): overlapping paths: "x" with "x"',
      ],
    ],
    [
      'files of several sources in one place',
      {
        volumes: [
          {
            name: 'p',
            projected: {
              sources: [
                { secret: { name: 's', items: [{ key: 'a', path: 'x' }] } },
                { configMap: { name: 'm' } },
                { configMap: { name: 'm', items: [{ key: 'a', path: 'x/y' }] } },
                { downwardAPI: { items: [{ path: 'z', fieldRef: { fieldPath: 'metadata.name' } }] } },
                { serviceAccountToken: { path: 'z/t' } },
                {},
                { clusterTrustBundle: { signerName: 'n', path: 'xy' } },
                { podCertificate: { signerName: 'n', keyType: 'ED25519', certificateChainPath: 'x', keyPath: 'z' } },
              ],
            },
          },
        ],
      },
      [
        'volume "p" (Projected): overlapping paths: "x/y" (ConfigMap "m") with "x" (Secret "s")',
        'volume "p" (Projected): overlapping paths: "z/t" (ServiceAccountToken) with "z" (DownwardAPI)',
        'volume "p" (Projected) has no sources provided',
        'volume "p" (Projected): overlapping paths: "x" (PodCertificate chain) with "x" (Secret "s")',
        'volume "p" (Projected): overlapping paths: "x" (PodCertificate chain) with "x/y" (ConfigMap "m")',
        'volume "p" (Projected): overlapping paths: "z" (PodCertificate key) with "z" (DownwardAPI)',
        'volume "p" (Projected): overlapping paths: "z" (PodCertificate key) with "z/t" (ServiceAccountToken)',
      ],
    ],
    ['host aliases', { hostAliases: [{ ip: '1.1.1.1' }, { ip: '1.1.1.1' }] }, ['spec.hostAliases[1].ip: duplicate ip "1.1.1.1"']],
    [
      'odd addresses',
      { dnsConfig: { nameservers: ['1.2.3.4', '05.06.07.08'] }, hostAliases: [{ ip: '::ffff:1.2.3.4' }, { ip: 'FD00::1' }] },
      [
        'spec.dnsConfig.nameservers[1]: non-standard IP address "05.06.07.08" will be considered invalid in a future Kubernetes release: use "5.6.7.8"',
        'spec.hostAliases[0].ip: non-standard IP address "::ffff:1.2.3.4" will be considered invalid in a future Kubernetes release: use "1.2.3.4"',
        'spec.hostAliases[1].ip: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")',
      ],
    ],
    [
      'a name of two ports',
      {
        initContainers: [{ name: 'i', image: 'i', restartPolicy: 'Always', ports: [{ containerPort: 80, protocol: 'UDP', name: 'test' }] }],
        ...one({ ports: [{ containerPort: 8090, protocol: 'TCP', name: 'test' }] }),
      },
      [
        'spec.containers[0].ports[0]: duplicate port name "test" with spec.initContainers[0].ports[0], services and probes that select ports by name will use spec.initContainers[0].ports[0]',
      ],
    ],
    [
      'a label that no node has',
      {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 10, preference: { matchExpressions: [{ key: 'foo', operator: 'In', values: ['-1'] }] } },
            ],
          },
        },
      },
      [
        "spec.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference.matchExpressions[0].values[0]: -1 is invalid, a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      ],
    ],
    [
      'pull secrets',
      { imagePullSecrets: [{ name: 'a' }, { name: 'a' }, {}] },
      ['spec.imagePullSecrets[1].name: duplicate name "a"', 'spec.imagePullSecrets[2].name: invalid empty name ""'],
    ],
    [
      'fraction',
      one({ resources: { requests: { memory: '100m' } } }),
      ['spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer'],
    ],
    [
      'env',
      one({
        env: [
          { name: 'A', value: 'x' },
          { name: 'A', value: '$(A)y' },
          { name: 'A', value: 'z' },
        ],
      }),
      ['spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply'],
    ],
    [
      'ports',
      one({ ports: [{ containerPort: 80 }, { containerPort: 80 }, { containerPort: 80, hostPort: 1 }, { containerPort: 81, hostIP: '1.1.1.1' }] }),
      [
        'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
        'spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[0]',
        'spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[1]',
        'spec.containers[0].ports[3]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:81 Protocol:TCP HostIP:1.1.1.1}',
      ],
    ],
    [
      'grace',
      { terminationGracePeriodSeconds: -1 },
      ['spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1'],
    ],
    [
      'affinity',
      { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'z' }] } } },
      ['spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector: a null labelSelector results in matching no pod'],
    ],
  ];
  for (const [name, spec, expected] of cases) void test(name, () => assert.deepEqual(told(spec), expected));
  void test('a name that is no label', () => {
    assert.deepEqual(told({}, { name: 'a.b' }), [
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
    ]);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ContainerStatus, Pod } from '#api/types/core-v1';
import { formatFieldError } from '../../../machinery/field-error.ts';
import { podColumns } from './columns.ts';
import { defaultPod } from './defaults.ts';
import { pullPolicyFor } from './image-name.ts';
import { qosClassOf } from './resources.ts';
import { podGracePeriod, preparePod } from './strategy.ts';
import { validatePodUpdate } from './update-validation.ts';
import { validateNewPod } from './validation.ts';

const CREATED = '2026-01-01T00:00:00Z';
const NOW = Date.parse('2026-01-01T00:05:00Z');

function podOf(spec: object, status: object = {}): Pod {
  return { metadata: { name: 'p', namespace: 'n', creationTimestamp: CREATED }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec }, status } as Pod;
}
function defaulted(spec: object): Pod {
  const pod = podOf(spec);
  defaultPod(pod);
  return pod;
}

void describe('columns', () => {
  const row = (pod: Pod) => podColumns.slice(1, 4).map((column) => column.value(pod, NOW));
  const container = (status: object): ContainerStatus => ({ name: 'c', image: 'i', imageID: '', ready: false, restartCount: 0, ...status });
  const cases: [string, object, object, unknown[]][] = [
    ['pending', {}, { phase: 'Pending' }, ['0/1', 'Pending', '0']],
    ['gated', {}, { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] }, ['0/1', 'SchedulingGated', '0']],
    ['running', {}, { phase: 'Running', containerStatuses: [container({ ready: true, state: { running: {} } })] }, ['1/1', 'Running', '0']],
    [
      'crashing',
      {},
      {
        phase: 'Running',
        containerStatuses: [
          container({
            restartCount: 3,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:00:00Z' } },
          }),
        ],
      },
      ['0/1', 'CrashLoopBackOff', '3 (5m ago)'],
    ],
    ['killed', {}, { phase: 'Failed', containerStatuses: [container({ state: { terminated: { exitCode: 137, signal: 9 } } })] }, ['0/1', 'Signal:9', '0']],
    ['exited', {}, { phase: 'Failed', containerStatuses: [container({ state: { terminated: { exitCode: 2 } } })] }, ['0/1', 'ExitCode:2', '0']],
    [
      'initializing',
      { initContainers: [{ name: 'a' }, { name: 'b' }] },
      {
        phase: 'Pending',
        initContainerStatuses: [container({ name: 'a', state: { terminated: { exitCode: 0 } } }), container({ name: 'b', state: { running: {} } })],
      },
      ['0/1', 'Init:1/2', '0'],
    ],
    [
      'init failed',
      { initContainers: [{ name: 'a' }] },
      { phase: 'Pending', initContainerStatuses: [container({ name: 'a', restartCount: 1, state: { terminated: { exitCode: 1, reason: 'Error' } } })] },
      ['0/1', 'Init:Error', '1'],
    ],
    [
      'sidecar',
      { initContainers: [{ name: 'a', restartPolicy: 'Always' }] },
      {
        phase: 'Running',
        initContainerStatuses: [container({ name: 'a', started: true, ready: true, restartCount: 2, state: { running: {} } })],
        containerStatuses: [container({ ready: true, state: { running: {} } })],
      },
      ['2/2', 'Running', '2'],
    ],
    ['lost node', {}, { phase: 'Running', reason: 'NodeLost' }, ['0/1', 'NodeLost', '0']],
  ];
  for (const [name, spec, status, expected] of cases) void test(name, () => assert.deepEqual(row(podOf(spec, status)), expected));

  void test('terminating, but not where it is over', () => {
    const pod = podOf({}, { phase: 'Running' });
    pod.metadata.deletionTimestamp = CREATED;
    assert.equal(row(pod)[1], 'Terminating');
    const done = podOf({}, { phase: 'Succeeded', containerStatuses: [container({ state: { terminated: { exitCode: 0, reason: 'Completed' } } })] });
    done.metadata.deletionTimestamp = CREATED;
    assert.equal(row(done)[1], 'Completed');
  });
});

void describe('defaults', () => {
  void test('what a minimal Pod becomes', () => {
    assert.deepEqual(defaulted({}).spec, {
      containers: [
        { name: 'c', image: 'i', resources: {}, terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File', imagePullPolicy: 'Always' },
      ],
      enableServiceLinks: true,
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
    });
  });

  const volumes: [object, object][] = [
    [{}, { emptyDir: {} }],
    [{ secret: { secretName: 's' } }, { secret: { secretName: 's', defaultMode: 420 } }],
    [{ hostPath: { path: '/x' } }, { hostPath: { path: '/x', type: '' } }],
    [
      { projected: { sources: [{ serviceAccountToken: { path: 't' } }] } },
      { projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 3600 } }], defaultMode: 420 } },
    ],
    [
      { downwardAPI: { items: [{ path: 'x', fieldRef: { fieldPath: 'metadata.labels' } }] } },
      { downwardAPI: { items: [{ path: 'x', fieldRef: { fieldPath: 'metadata.labels', apiVersion: 'v1' } }], defaultMode: 420 } },
    ],
  ];
  for (const [given, expected] of volumes) {
    void test(`volume ${JSON.stringify(given)}`, () =>
      assert.deepEqual(defaulted({ volumes: [{ name: 'v', ...given }] }).spec.volumes, [{ name: 'v', ...expected }]));
  }

  void test('requests follow limits, host ports follow container ports', () => {
    const container = { name: 'c', image: 'i', resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } }, ports: [{ containerPort: 80 }] };
    const { spec } = defaulted({ hostNetwork: true, containers: [container] });
    assert.deepEqual(spec.containers[0]?.resources?.requests, { cpu: '500m', memory: '1Gi' });
    assert.deepEqual(spec.containers[0]?.ports, [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }]);
  });

  const images: [string, string][] = [
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1.27', 'IfNotPresent'],
    ['registry.test:5000/a/b', 'Always'],
    ['registry.test:5000/a/b:v1', 'IfNotPresent'],
    [`img@sha256:${'a'.repeat(64)}`, 'IfNotPresent'],
    ['Not An Image', 'IfNotPresent'],
  ];
  for (const [image, policy] of images) void test(`pull policy of ${image.slice(0, 30)}`, () => assert.equal(pullPolicyFor(image), policy));
});

void describe('strategy', () => {
  void test('a new Pod is pending with its quality of service', () => {
    const pod = defaulted({ containers: [{ name: 'c', image: 'i', resources: { limits: { cpu: '1', memory: '1Gi' } } }] });
    pod.status = { phase: 'Running' };
    preparePod(pod);
    assert.deepEqual(pod.status, { phase: 'Pending', qosClass: 'Guaranteed' });
    assert.equal(qosClassOf(defaulted({ containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '1' } } }] })), 'Burstable');
    assert.equal(qosClassOf(defaulted({})), 'BestEffort');
  });

  const grace: [string, object, object, number | undefined, number][] = [
    ['its own', { nodeName: 'x', terminationGracePeriodSeconds: 30 }, {}, undefined, 30],
    ['the asked for', { nodeName: 'x', terminationGracePeriodSeconds: 30 }, {}, 5, 5],
    ['at once while unscheduled', { terminationGracePeriodSeconds: 30 }, {}, undefined, 0],
    ['at once when over', { nodeName: 'x', terminationGracePeriodSeconds: 30 }, { phase: 'Failed' }, undefined, 0],
    ['negative means one', { nodeName: 'x', terminationGracePeriodSeconds: -5 }, {}, undefined, 1],
  ];
  for (const [name, spec, status, asked, expected] of grace) {
    void test(`grace period: ${name}`, () =>
      assert.equal(podGracePeriod(podOf(spec, status), asked === undefined ? {} : { gracePeriodSeconds: asked }), expected));
  }
});

// From recorded answers of upstream.
void describe('validation', () => {
  const one = (fields: object) => ({ containers: [{ name: 'c', image: 'i', ...fields }] });
  const cases: [string, object, string[]][] = [
    ['right', {}, []],
    ['no containers', { containers: [] }, ['spec.containers: Required value']],
    ['no image', { containers: [{ name: 'c' }] }, ['spec.containers[0].image: Required value']],
    [
      'name twice',
      {
        containers: [
          { name: 'c', image: 'i' },
          { name: 'c', image: 'j' },
        ],
      },
      ['spec.containers[1].name: Duplicate value: "c"'],
    ],
    ['init name twice', { initContainers: [{ name: 'c', image: 'i' }] }, ['spec.initContainers[0].name: Duplicate value: "c"']],
    ['spaces', one({ image: ' x ' }), ['spec.containers[0].image: Invalid value: " x ": must not have leading or trailing whitespace']],
    [
      'pull policy',
      one({ imagePullPolicy: 'X' }),
      ['spec.containers[0].imagePullPolicy: Unsupported value: "X": supported values: "Always", "IfNotPresent", "Never"'],
    ],
    ['no port', one({ ports: [{ containerPort: 0 }] }), ['spec.containers[0].ports[0].containerPort: Required value']],
    [
      'large port',
      one({ ports: [{ containerPort: 65536 }] }),
      ['spec.containers[0].ports[0].containerPort: Invalid value: 65536: must be between 1 and 65535, inclusive'],
    ],
    [
      'host port twice',
      one({
        ports: [
          { containerPort: 1, hostPort: 5 },
          { containerPort: 2, hostPort: 5 },
        ],
      }),
      ['spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//5"'],
    ],
    ['no handler', one({ lifecycle: { postStart: {} } }), ['spec.containers[0].lifecycle.postStart: Required value: must specify a handler type']],
    [
      'liveness success',
      one({ livenessProbe: { tcpSocket: { port: 80 }, successThreshold: 2 } }),
      ['spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1'],
    ],
    [
      'request over limit',
      one({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
      ['spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
    ],
    ['unknown mount', one({ volumeMounts: [{ name: 'no', mountPath: '/x' }] }), ['spec.containers[0].volumeMounts[0].name: Not found: "no"']],
    ['volume twice', { volumes: [{ name: 'a' }, { name: 'a' }] }, ['spec.volumes[1].name: Duplicate value: "a"']],
    [
      'two sources',
      { volumes: [{ name: 'a', emptyDir: {}, hostPath: { path: '/x' } }] },
      ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
    ],
    [
      'backsteps',
      { volumes: [{ name: 'a', hostPath: { path: '/x/../y' } }] },
      ['spec.volumes[0].hostPath.path: Invalid value: "/x/../y": must not contain \'..\''],
    ],
    ['user', { securityContext: { runAsUser: -1 } }, ['spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive']],
    ['restart policy', { restartPolicy: 'X' }, ['spec.restartPolicy: Unsupported value: "X": supported values: "Always", "OnFailure", "Never"']],
    ['dns', { dnsPolicy: 'None' }, ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None']],
    ['ephemeral', { ephemeralContainers: [{ name: 'e', image: 'i' }] }, ['spec.ephemeralContainers: Forbidden: cannot be set on create']],
  ];
  for (const [name, spec, expected] of cases) {
    void test(name, () => assert.deepEqual(validateNewPod(defaulted(spec)).map(formatFieldError), expected));
  }
});

void describe('update validation', () => {
  const change = (spec: object, old: object = {}) => validatePodUpdate(defaulted(spec), defaulted(old)).map(formatFieldError);
  void test('images, deadlines and more tolerations may change', () => {
    assert.deepEqual(change({ containers: [{ name: 'c', image: 'j:1', imagePullPolicy: 'Always' }] }), []);
    assert.deepEqual(change({ activeDeadlineSeconds: 5 }, { activeDeadlineSeconds: 9 }), []);
    assert.deepEqual(change({ tolerations: [{ key: 'a', operator: 'Exists' }] }), []);
  });
  void test('nothing else may', () => {
    const [error = ''] = change({ nodeName: 'x' });
    assert.match(error, /^spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`,.*negative\)\n/);
    assert.match(error, /\n- "NodeName": "",\n\+ "NodeName": "x",\n  "SecurityContext": \{\n/);
    assert.deepEqual(
      change({
        containers: [
          { name: 'c', image: 'i' },
          { name: 'd', image: 'i' },
        ],
      }),
      ['spec.containers: Forbidden: pod updates may not add or remove containers'],
    );
    assert.deepEqual(change({ activeDeadlineSeconds: 9 }, { activeDeadlineSeconds: 5 }), [
      'spec.activeDeadlineSeconds: Invalid value: 9: must be less than or equal to previous value',
    ]);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '#api/types/apps-v1';
import type { ResourceDefinition } from '../../machinery/resource.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { daemonSets } from './daemon-sets.ts';
import { deployments } from './deployments.ts';
import { replicaSets } from './replica-sets.ts';
import { statefulSets } from './stateful-sets.ts';
import * as rules from './validation.ts';
import { type FieldError, formatFieldError } from '../../machinery/field-error.ts';

/** First lines, without the explanations of names' forms, which machinery/names.ts' tests check, and without large values. */
function textsOf(errors: readonly FieldError[]): string[] {
  return errors.map(
    (error) =>
      formatFieldError(error)
        .replace(/ must (?:consist of|contain only) .*/, ' …')
        .replace(/value: \{.{60,}\}: /, 'value: …: ')
        .split('\n')[0] ?? '',
  );
}
const POD = { containers: [{ name: 'c', image: 'i' }] };

function made<T extends KubeObject>(definition: ResourceDefinition<T>, spec: object, status?: object): T {
  const template = { metadata: { labels: { a: 'b' } }, spec: POD };
  const whole = structuredClone({ selector: { matchLabels: { a: 'b' } }, template, ...spec });
  const object = { metadata: { name: 'w', namespace: 'n' }, spec: whole, ...(status ? { status } : {}) } as unknown as T;
  definition.defaults?.(object);
  return object;
}
const deployment = (spec: object, status?: object): Deployment => made(deployments, spec, status);
const replicaSet = (spec: object, status?: object): ReplicaSet => made(replicaSets, spec, status);
const statefulSet = (spec: object, status?: object): StatefulSet => made(statefulSets, { serviceName: 's', ...spec }, status);
const daemonSet = (spec: object, status?: object): DaemonSet => made(daemonSets, spec, status);

void describe('a Deployment', () => {
  const rows: readonly (readonly [string, object, string[]])[] = [
    ['replicas', { replicas: -1 }, ['spec.replicas: Invalid value: -1: must be greater than or equal to 0']],
    ['empty selector', { selector: {} }, ['spec.selector: Invalid value: {}: empty selector is invalid for deployment']],
    [
      'selector',
      { selector: { matchExpressions: [{ key: 'a', operator: 'X' }] } },
      [
        'spec.selector.matchExpressions[0].operator: Invalid value: "X": not a valid selector operator',
        'spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"X"}]}: invalid label selector',
      ],
    ],
    [
      'labels',
      { selector: { matchLabels: { a: 'c' } } },
      ['spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`'],
    ],
    ['no labels', { template: { spec: POD } }, ['spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`']],
    [
      'labels out of order',
      { selector: { matchLabels: { a: 'c' } }, template: { metadata: { labels: { b: 'c', a: 'b' } }, spec: POD } },
      ['spec.template.metadata.labels: Invalid value: {"a":"b","b":"c"}: `selector` does not match template `labels`'],
    ],
    [
      'a surge that is no number beside none to stop',
      { strategy: { rollingUpdate: { maxSurge: 'x', maxUnavailable: 0 } } },
      [
        "spec.strategy.rollingUpdate.maxSurge: Invalid value: \"x\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
      ],
    ],
    [
      'restart policy',
      { template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }], restartPolicy: 'Never', activeDeadlineSeconds: 1 } } },
      [
        'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
        'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
      ],
    ],
    [
      'strategy',
      { strategy: { type: 'X' } },
      ['spec.strategy: Unsupported value: {"Type":"X","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"'],
    ],
    [
      'recreate',
      { strategy: { type: 'Recreate', rollingUpdate: {} } },
      ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    ],
    [
      'rollout',
      { strategy: { rollingUpdate: { maxUnavailable: '101%', maxSurge: -1 } } },
      [
        'spec.strategy.rollingUpdate.maxSurge: Invalid value: -1: must be greater than or equal to 0',
        'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
      ],
    ],
    [
      'stuck rollout',
      { strategy: { rollingUpdate: { maxUnavailable: '0%', maxSurge: 0 } } },
      ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0'],
    ],
    [
      'percentage',
      { strategy: { rollingUpdate: { maxUnavailable: 'x' } } },
      [
        "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: \"x\": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      ],
    ],
    [
      'numbers',
      { minReadySeconds: -1, revisionHistoryLimit: -1, progressDeadlineSeconds: -1 },
      [
        'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
        'spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
        'spec.progressDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0',
        'spec.progressDeadlineSeconds: Invalid value: -1: must be greater than minReadySeconds',
      ],
    ],
    ['deadline', { minReadySeconds: 600 }, ['spec.progressDeadlineSeconds: Invalid value: 600: must be greater than minReadySeconds']],
  ];
  for (const [name, spec, expected] of rows) void test(name, () => assert.deepEqual(textsOf(rules.validateDeployment(deployment(spec))), expected));
});

void describe('a changed Deployment', () => {
  const rows: readonly (readonly [string, object, object, string[]])[] = [
    [
      'selector',
      {},
      {
        selector: { matchLabels: { a: 'b', c: 'd' } },
        template: { metadata: { labels: { a: 'b', c: 'd' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
      ['spec.selector: Invalid value: {"matchLabels":{"a":"b","c":"d"}}: field is immutable'],
    ],
    ['replicas', {}, { replicas: -1 }, ['spec.replicas: Invalid value: -1: must be greater than or equal to 0']],
  ];
  for (const [name, old, spec, expected] of rows)
    void test(name, () => assert.deepEqual(textsOf(rules.validateDeploymentUpdate(deployment(spec), deployment(old))), expected));
});

void describe('the status of a Deployment', () => {
  const rows: readonly (readonly [string, object, object, string[]])[] = [
    [
      'negative',
      {},
      { replicas: -1, updatedReplicas: -1, readyReplicas: -1, availableReplicas: -1, unavailableReplicas: -1, observedGeneration: -1, collisionCount: -1 },
      [
        'status.observedGeneration: Invalid value: -1: must be greater than or equal to 0',
        'status.replicas: Invalid value: -1: must be greater than or equal to 0',
        'status.updatedReplicas: Invalid value: -1: must be greater than or equal to 0',
        'status.readyReplicas: Invalid value: -1: must be greater than or equal to 0',
        'status.availableReplicas: Invalid value: -1: must be greater than or equal to 0',
        'status.unavailableReplicas: Invalid value: -1: must be greater than or equal to 0',
        'status.collisionCount: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    [
      'too many',
      {},
      { replicas: 1, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 3 },
      [
        'status.updatedReplicas: Invalid value: 2: cannot be greater than status.replicas',
        'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
        'status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas',
        'status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas',
      ],
    ],
    [
      'collisions',
      { collisionCount: 2 },
      { replicas: 1, readyReplicas: 1, collisionCount: 1 },
      ['status.collisionCount: Invalid value: 1: cannot be decremented'],
    ],
  ];
  for (const [name, old, status, expected] of rows)
    void test(name, () => assert.deepEqual(textsOf(rules.validateDeploymentStatus(deployment({}, status), deployment({}, old))), expected));
});

void describe('a ReplicaSet', () => {
  const rows: readonly (readonly [string, object, string[]])[] = [
    [
      'numbers',
      { replicas: -1, minReadySeconds: -1 },
      ['spec.replicas: Invalid value: -1: must be greater than or equal to 0', 'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0'],
    ],
    ['empty selector', { selector: {} }, ['spec.selector: Invalid value: {}: empty selector is invalid for deployment']],
    [
      'labels',
      { selector: { matchLabels: { a: 'c' } } },
      ['spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`'],
    ],
  ];
  for (const [name, spec, expected] of rows) void test(name, () => assert.deepEqual(textsOf(rules.validateReplicaSet(replicaSet(spec))), expected));
});

void describe('a changed ReplicaSet', () => {
  const rows: readonly (readonly [string, object, object, string[]])[] = [
    [
      'counted twice',
      {},
      { replicas: -1 },
      ['spec.replicas: Invalid value: -1: must be greater than or equal to 0', 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'selector',
      {},
      { selector: { matchLabels: { c: 'd' } }, template: { metadata: { labels: { a: 'b', c: 'd' } }, spec: { containers: [{ name: 'c', image: 'i' }] } } },
      ['spec.selector: Invalid value: {"matchLabels":{"c":"d"}}: field is immutable'],
    ],
  ];
  for (const [name, old, spec, expected] of rows)
    void test(name, () => assert.deepEqual(textsOf(rules.validateReplicaSetUpdate(replicaSet(spec), replicaSet(old))), expected));
});

void describe('the status of a ReplicaSet', () => {
  const rows: readonly (readonly [string, object, string[]])[] = [
    [
      'negative',
      { replicas: -1, fullyLabeledReplicas: -1, readyReplicas: -1, availableReplicas: -1, observedGeneration: -1 },
      [
        'status.replicas: Invalid value: -1: must be greater than or equal to 0',
        'status.fullyLabeledReplicas: Invalid value: -1: must be greater than or equal to 0',
        'status.readyReplicas: Invalid value: -1: must be greater than or equal to 0',
        'status.availableReplicas: Invalid value: -1: must be greater than or equal to 0',
        'status.observedGeneration: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    [
      'too many',
      { replicas: 1, fullyLabeledReplicas: 2, readyReplicas: 2, availableReplicas: 3 },
      [
        'status.fullyLabeledReplicas: Invalid value: 2: cannot be greater than status.replicas',
        'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
        'status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas',
        'status.availableReplicas: Invalid value: 3: cannot be greater than readyReplicas',
      ],
    ],
  ];
  for (const [name, status, expected] of rows)
    void test(name, () => assert.deepEqual(textsOf(rules.validateReplicaSetStatus(replicaSet({}, status))), expected));
});

void describe('a StatefulSet', () => {
  const rows: readonly (readonly [string, object, string[]])[] = [
    [
      'claims are volumes',
      {
        volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }],
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'data', mountPath: '/d' }] }], volumes: [{ name: 'data', emptyDir: {} }] },
        },
      },
      [],
    ],
    [
      'claims',
      { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: [], resources: {} } }] },
      [
        'spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required',
        'spec.volumeClaimTemplates[0].spec.resources[storage]: Required value',
      ],
    ],
    ['pod management', { podManagementPolicy: 'X' }, ["spec.podManagementPolicy: Invalid value: \"X\": must be 'OrderedReady' or 'Parallel'"]],
    [
      'strategy',
      { updateStrategy: { type: 'X' } },
      ['spec.updateStrategy: Invalid value: {"Type":"X","RollingUpdate":null}: must be \'RollingUpdate\' or \'OnDelete\''],
    ],
    [
      'on delete',
      { updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } },
      ['spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy \'RollingUpdate\''],
    ],
    [
      'partition',
      { updateStrategy: { rollingUpdate: { partition: -1, maxUnavailable: 0 } } },
      [
        'spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0',
        'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0',
      ],
    ],
    [
      'missing',
      { updateStrategy: { rollingUpdate: { maxUnavailable: '101%' } } },
      ['spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
    ],
    [
      'retention',
      { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'X', whenScaled: 'Y' } },
      [
        'spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "X": supported values: "Retain", "Delete"',
        'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Y": supported values: "Retain", "Delete"',
      ],
    ],
    [
      'numbers',
      { replicas: -1, minReadySeconds: -1, ordinals: { start: -1 } },
      [
        'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
        'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
        'spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    ['service', { serviceName: 'A_' }, ['spec.serviceName: Invalid value: "A_": a lowercase RFC 1123 label …']],
    ['empty selector', { selector: {} }, ['spec.selector: Invalid value: {}: empty selector is invalid for statefulset']],
    [
      'unreadable selector',
      { selector: { matchExpressions: [{ key: 'a', operator: 'X' }] } },
      [
        'spec.selector.matchExpressions[0].operator: Invalid value: "X": not a valid selector operator',
        'spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"X"}]}',
      ],
    ],
    [
      'template',
      { template: { metadata: { labels: { a: 'b' } }, spec: { containers: [], restartPolicy: 'Never', activeDeadlineSeconds: 1 } } },
      [
        'spec.template.spec.containers: Required value',
        'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
        'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported',
      ],
    ],
  ];
  for (const [name, spec, expected] of rows) void test(name, () => assert.deepEqual(textsOf(rules.validateStatefulSet(statefulSet(spec))), expected));
});

void describe('a changed StatefulSet', () => {
  const rows: readonly (readonly [string, object, object, string[]])[] = [
    [
      'allowed',
      {},
      {
        replicas: 2,
        minReadySeconds: 1,
        ordinals: { start: 1 },
        revisionHistoryLimit: 1,
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }], hostNetwork: true } },
        updateStrategy: { type: 'OnDelete' },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' },
      },
      [],
    ],
    [
      'service',
      {},
      { serviceName: 'other' },
      [
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ],
    ],
    [
      'claims',
      {},
      { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }] },
      [
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ],
    ],
    ['old service name', { serviceName: 'A_' }, { serviceName: 'A_', replicas: 2 }, []],
    [
      'old template',
      { template: { metadata: { labels: { a: 'b' } }, spec: { containers: [] } } },
      { template: { metadata: { labels: { a: 'b' } }, spec: { containers: [] } } },
      [],
    ],
    ['template', {}, { template: { metadata: { labels: { a: 'b' } }, spec: { containers: [] } } }, ['spec.template.spec.containers: Required value']],
  ];
  for (const [name, old, spec, expected] of rows)
    void test(name, () => assert.deepEqual(textsOf(rules.validateStatefulSetUpdate(statefulSet(spec), statefulSet(old))), expected));
});

void describe('the status of a StatefulSet', () => {
  const rows: readonly (readonly [string, object, object, string[]])[] = [
    [
      'negative',
      {},
      { replicas: -1, readyReplicas: -1, currentReplicas: -1, updatedReplicas: -1, availableReplicas: -1, observedGeneration: -1, collisionCount: -1 },
      [
        'status.replicas: Invalid value: -1: must be greater than or equal to 0',
        'status.readyReplicas: Invalid value: -1: must be greater than or equal to 0',
        'status.currentReplicas: Invalid value: -1: must be greater than or equal to 0',
        'status.updatedReplicas: Invalid value: -1: must be greater than or equal to 0',
        'status.availableReplicas: Invalid value: -1: must be greater than or equal to 0',
        'status.observedGeneration: Invalid value: -1: must be greater than or equal to 0',
        'status.collisionCount: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    [
      'too many',
      {},
      { replicas: 1, readyReplicas: 2, currentReplicas: 2, updatedReplicas: 2, availableReplicas: 3 },
      [
        'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
        'status.currentReplicas: Invalid value: 2: cannot be greater than status.replicas',
        'status.updatedReplicas: Invalid value: 2: cannot be greater than status.replicas',
        'status.availableReplicas: Invalid value: 3: cannot be greater than status.replicas',
        'status.availableReplicas: Invalid value: 3: cannot be greater than status.readyReplicas',
      ],
    ],
    ['collisions', { collisionCount: 2 }, { replicas: 1, readyReplicas: 1 }, ['status.collisionCount: Invalid value: 0: cannot be decremented']],
  ];
  for (const [name, old, status, expected] of rows)
    void test(name, () => assert.deepEqual(textsOf(rules.validateStatefulSetStatus(statefulSet({}, status), statefulSet({}, old))), expected));
});

void describe('a DaemonSet', () => {
  const rows: readonly (readonly [string, object, string[]])[] = [
    ['empty selector', { selector: {} }, ['spec.selector: Invalid value: {}: empty selector is invalid for daemonset']],
    [
      'labels',
      { selector: { matchLabels: { a: 'c' } } },
      ['spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`'],
    ],
    [
      'template',
      {
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }], restartPolicy: 'OnFailure', activeDeadlineSeconds: 1 } },
      },
      [
        'spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"',
        'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported',
      ],
    ],
    [
      'numbers',
      { minReadySeconds: -1, revisionHistoryLimit: -1 },
      [
        'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
        'spec.revisionHistoryLimit: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    [
      'strategy',
      { updateStrategy: { type: 'X' } },
      ['spec.updateStrategy: Unsupported value: {"Type":"X","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"'],
    ],
    [
      'rollout',
      { updateStrategy: { rollingUpdate: { maxUnavailable: '101%', maxSurge: '102%' } } },
      [
        'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
        'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: "102%": must not be greater than 100%',
        'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: "102%": may not be set when maxUnavailable is non-zero',
      ],
    ],
    [
      'stuck rollout',
      { updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } },
      ['spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0'],
    ],
  ];
  for (const [name, spec, expected] of rows) void test(name, () => assert.deepEqual(textsOf(rules.validateDaemonSet(daemonSet(spec))), expected));
});

void describe('a changed DaemonSet', () => {
  const rows: readonly (readonly [string, object, object, string[]])[] = [
    [
      'counted twice',
      {},
      { minReadySeconds: -1 },
      [
        'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
        'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
  ];
  for (const [name, old, spec, expected] of rows)
    void test(name, () => assert.deepEqual(textsOf(rules.validateDaemonSetUpdate(daemonSet(spec), daemonSet(old))), expected));
});

void describe('the status of a DaemonSet', () => {
  const rows: readonly (readonly [string, object, object, string[]])[] = [
    [
      'negative',
      {},
      {
        currentNumberScheduled: -1,
        numberMisscheduled: -1,
        desiredNumberScheduled: -1,
        numberReady: -1,
        observedGeneration: -1,
        updatedNumberScheduled: -1,
        numberAvailable: -1,
        numberUnavailable: -1,
        collisionCount: -1,
      },
      [
        'status.currentNumberScheduled: Invalid value: -1: must be greater than or equal to 0',
        'status.numberMisscheduled: Invalid value: -1: must be greater than or equal to 0',
        'status.desiredNumberScheduled: Invalid value: -1: must be greater than or equal to 0',
        'status.numberReady: Invalid value: -1: must be greater than or equal to 0',
        'status.observedGeneration: Invalid value: -1: must be greater than or equal to 0',
        'status.updatedNumberScheduled: Invalid value: -1: must be greater than or equal to 0',
        'status.numberAvailable: Invalid value: -1: must be greater than or equal to 0',
        'status.numberUnavailable: Invalid value: -1: must be greater than or equal to 0',
        'status.collisionCount: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    ['collisions', { collisionCount: 1 }, {}, ['status.collisionCount: Invalid value: 0: cannot be decremented']],
  ];
  for (const [name, old, status, expected] of rows)
    void test(name, () => assert.deepEqual(textsOf(rules.validateDaemonSetStatus(daemonSet({}, status), daemonSet({}, old))), expected));
});

void test('a ControllerRevision has data, which stay', () => {
  const revision = (data: object | undefined, number = 1) => ({ metadata: { name: 'r' }, ...(data ? { data } : {}), revision: number }) as never;
  assert.deepEqual(textsOf(rules.validateControllerRevision(revision(undefined, -1))), [
    'data: Required value: data is mandatory',
    'revision: Invalid value: -1: must be greater than or equal to 0',
  ]);
  assert.deepEqual(textsOf(rules.validateControllerRevisionUpdate(revision({ a: 1 }), revision({ a: 2 }))), [
    'data: Invalid value: {"a":1}: field is immutable',
  ]);
});

void test('how many may be missing of a StatefulSet is off in 1.36', () => {
  const object = statefulSet({ updateStrategy: { rollingUpdate: { maxUnavailable: 1 } } });
  statefulSets.prepareForCreate?.(object, {} as never);
  assert.deepEqual(object.spec.updateStrategy?.rollingUpdate, { partition: 0 });
});

void test('warnings', () => {
  const named = deployment({ template: { metadata: { labels: { a: 'b' } }, spec: { ...POD, nodeSelector: { 'beta.kubernetes.io/os': 'linux' } } } });
  named.metadata.name = 'a.b';
  const [ofName, ofTemplate] = deployments.warnings?.(named, undefined) ?? [];
  assert.match(ofName ?? '', /^metadata.name: this is used in Pod names and hostnames/);
  assert.equal(ofTemplate, 'spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead');
  assert.deepEqual(deployments.warnings?.(named, named), []);
  assert.deepEqual(statefulSets.warnings?.(statefulSet({ revisionHistoryLimit: -1 }), undefined), [
    'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
  ]);
});

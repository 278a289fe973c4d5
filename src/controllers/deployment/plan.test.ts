import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Deployment, ReplicaSet } from '#api/types/apps-v1';
import type { Pod } from '#api/types/core-v1';
import { type DeploymentPlan, planDeployment } from './plan.ts';

// Scenarios: "given a Deployment and its ReplicaSets, these are the writes". Sets are written `name@revision size/available`.

const NOW = Date.UTC(2026, 0, 1, 12);

interface Given {
  replicas?: number;
  image?: string;
  spec?: Partial<Deployment['spec']>;
  status?: Deployment['status'];
  sets?: ReplicaSet[];
  pods?: Record<string, Pod[]>;
}

function template(image: string): Deployment['spec']['template'] {
  return { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image }] } };
}

function given({ replicas = 3, image = 'app:1', spec = {}, status = {}, sets = [], pods = {} }: Given): DeploymentPlan {
  const deployment: Deployment = {
    metadata: { name: 'web', namespace: 'default', uid: 'd', generation: 1 },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: template(image),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...spec,
    },
    status: { observedGeneration: 1, ...status },
  };
  return planDeployment({ deployment, replicaSets: sets, podsOf: (rs) => pods[rs.metadata.name ?? ''] ?? [], nowMs: NOW });
}

interface SetOptions {
  revision?: number;
  available?: number;
  desired?: number;
  max?: number;
  annotations?: Record<string, string>;
}
let created = 0;
function set(image: string, size: number, { revision = 1, available = size, desired = 3, max = desired + 1, annotations = {} }: SetOptions = {}): ReplicaSet {
  const name = `web-${image.replace(':', '')}`;
  return {
    metadata: {
      name,
      namespace: 'default',
      uid: name,
      generation: 1,
      creationTimestamp: new Date(Date.UTC(2026, 0, 1) + 1000 * created++).toISOString(),
      labels: { app: 'web', 'pod-template-hash': image },
      annotations: {
        'deployment.kubernetes.io/revision': String(revision),
        'deployment.kubernetes.io/desired-replicas': String(desired),
        'deployment.kubernetes.io/max-replicas': String(max),
        ...annotations,
      },
    },
    spec: {
      replicas: size,
      minReadySeconds: 0,
      selector: { matchLabels: { app: 'web', 'pod-template-hash': image } },
      template: { ...template(image), metadata: { labels: { app: 'web', 'pod-template-hash': image } } },
    },
    status: { replicas: size, readyReplicas: available, availableReplicas: available, terminatingReplicas: 0, observedGeneration: 1 },
  };
}

/** `create web-… 3`, `scale web-app1 3→2`, `delete web-app1`. */
function writes(plan: DeploymentPlan): string[] {
  const lines: string[] = [];
  if (plan.create) lines.push(`create ${plan.create.replicaSet.spec.replicas}`);
  for (const { replicaSet } of plan.change) lines.push(`set ${replicaSet.metadata.name} ${replicaSet.spec.replicas}`);
  for (const rs of plan.remove) lines.push(`delete ${rs.metadata.name}`);
  return lines;
}
function events(plan: DeploymentPlan): string[] {
  return [...(plan.create?.events ?? []), ...plan.change.flatMap((c) => c.events)];
}
function condition(plan: DeploymentPlan, type: string): string {
  const found = plan.deployment?.status?.conditions?.find((c) => c.type === type);
  return found ? `${found.status} ${found.reason} ${found.message}` : 'none';
}

const PROGRESSED = { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', lastUpdateTime: '2026-01-01T00:00:00Z' } as const;

describe('rolling update', () => {
  test('a new deployment gets a replica set of full size, at revision 1', () => {
    const plan = given({});
    assert.deepEqual(writes(plan), ['create 3']);
    const rs = plan.create?.replicaSet;
    const hash = rs?.metadata.labels?.['pod-template-hash'];
    assert.match(hash ?? '', /^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
    assert.equal(rs?.metadata.name, `web-${hash}`);
    assert.deepEqual(rs?.metadata.annotations, {
      'deployment.kubernetes.io/desired-replicas': '3',
      'deployment.kubernetes.io/max-replicas': '4',
      'deployment.kubernetes.io/revision': '1',
    });
    assert.deepEqual(rs?.spec.selector, { matchLabels: { app: 'web', 'pod-template-hash': hash } });
    assert.deepEqual(rs?.metadata.ownerReferences, [
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'd', controller: true, blockOwnerDeletion: true },
    ]);
    assert.deepEqual(events(plan), [`Scaled up replica set web-${hash} from 0 to 3`]);
    assert.equal(plan.deployment?.metadata.annotations?.['deployment.kubernetes.io/revision'], '1');
    assert.equal(condition(plan, 'Progressing'), `True NewReplicaSetCreated Created new replica set "web-${hash}"`);
    assert.equal(condition(plan, 'Available'), 'False MinimumReplicasUnavailable Deployment does not have minimum availability.');
  });

  test('nothing is written when all is as it should be', () => {
    const conditions = [
      { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' },
      { ...PROGRESSED, message: 'ReplicaSet "web-app1" has successfully progressed.' },
    ] as const;
    const counts = { replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3, terminatingReplicas: 0 };
    const deployment: Deployment = {
      metadata: { name: 'web', namespace: 'default', uid: 'd', generation: 1, annotations: { 'deployment.kubernetes.io/revision': '1' } },
      spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: template('app:1'), progressDeadlineSeconds: 600 },
      status: { observedGeneration: 1, ...counts, conditions: [...conditions] },
    };
    const plan = planDeployment({ deployment, replicaSets: [set('app:1', 3)], podsOf: () => [], nowMs: NOW });
    assert.deepEqual(plan, { create: undefined, change: [], remove: [], deployment: undefined, requeueAfterMs: undefined });
  });

  const table: { name: string; given: Given; writes: string[]; events?: string[] }[] = [
    { name: 'a new template begins with the surge', given: { image: 'app:2', sets: [set('app:1', 3)] }, writes: ['create 1'] },
    {
      name: 'an old pod goes when a new one is available',
      given: { image: 'app:2', sets: [set('app:1', 3), set('app:2', 1, { revision: 2 })] },
      writes: ['set web-app1 2'],
      events: ['Scaled down replica set web-app1 from 3 to 2'],
    },
    {
      name: 'nothing moves while the new pod is not available',
      given: { image: 'app:2', sets: [set('app:1', 3), set('app:2', 1, { revision: 2, available: 0 })] },
      writes: [],
    },
    {
      name: 'the next new pod fills the room',
      given: { image: 'app:2', sets: [set('app:1', 2), set('app:2', 1, { revision: 2 })] },
      writes: ['set web-app2 2'],
      events: ['Scaled up replica set web-app2 from 1 to 2'],
    },
    {
      name: 'old pods that are not available go first, from the oldest set',
      given: {
        image: 'app:3',
        sets: [set('app:1', 2, { available: 0 }), set('app:2', 2), set('app:3', 1, { revision: 3, available: 1 })],
      },
      writes: ['set web-app1 0'],
      events: ['Scaled down replica set web-app1 from 2 to 0'],
    },
    {
      name: 'maxUnavailable lets old pods go before new ones are there',
      given: {
        image: 'app:2',
        spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } },
        sets: [set('app:1', 3, { max: 3 })],
      },
      writes: ['create 0', 'set web-app1 2'],
    },
  ];
  for (const row of table) {
    test(row.name, () => {
      const plan = given(row.given);
      assert.deepEqual(writes(plan), row.writes);
      if (row.events) assert.deepEqual(events(plan), row.events);
    });
  }

  test('going back to an old template uses its replica set again and gives it the next revision', () => {
    const plan = given({ image: 'app:1', sets: [set('app:1', 0, { revision: 1 }), set('app:2', 3, { revision: 2 })] });
    assert.deepEqual(writes(plan), ['set web-app1 1']);
    const { annotations } = plan.change[0]?.replicaSet.metadata ?? {};
    assert.equal(annotations?.['deployment.kubernetes.io/revision'], '3');
    assert.equal(annotations?.['deployment.kubernetes.io/revision-history'], '1');
    assert.equal(plan.deployment?.metadata.annotations?.['deployment.kubernetes.io/revision'], '3');
  });
});

describe('scaling', () => {
  test('a new size goes to the only active set', () => {
    const plan = given({ replicas: 5, sets: [set('app:1', 3)] });
    assert.deepEqual(writes(plan), ['set web-app1 5']);
    assert.deepEqual(events(plan), ['Scaled up replica set web-app1 from 3 to 5']);
  });
  test('a new size during a rollout is shared in proportion', () => {
    // 10 replicas with surge 3: 8 old and 5 new. Twice as many: 23 in all.
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } as const;
    const sets = [set('app:1', 8, { desired: 10, max: 13 }), set('app:2', 5, { desired: 10, max: 13, revision: 2, available: 0 })];
    const plan = given({ replicas: 20, image: 'app:2', spec: { strategy }, sets });
    assert.deepEqual(writes(plan), ['set web-app1 14', 'set web-app2 9']);
  });
  test('zero takes everything down', () => {
    const plan = given({ replicas: 0, image: 'app:2', sets: [set('app:1', 2), set('app:2', 2, { revision: 2 })] });
    assert.deepEqual(writes(plan), ['set web-app1 0', 'set web-app2 0']);
  });
});

describe('recreate', () => {
  const spec = { strategy: { type: 'Recreate' as const } };
  test('all old pods are told to end first', () => {
    assert.deepEqual(writes(given({ image: 'app:2', spec, sets: [set('app:1', 3, { max: 3 })] })), ['set web-app1 0']);
  });
  test('no new pod is made while an old one still ends', () => {
    const old = set('app:1', 0, { max: 3 });
    const plan = given({ image: 'app:2', spec, sets: [old], pods: { 'web-app1': [{ metadata: { deletionTimestamp: 'x' }, spec: { containers: [] } }] } });
    assert.deepEqual(writes(plan), []);
  });
  test('then all new ones come at once', () => {
    assert.deepEqual(writes(given({ image: 'app:2', spec, sets: [set('app:1', 0, { max: 3 })] })), ['create 3']);
  });
});

describe('pausing', () => {
  test('a paused deployment makes no new replica set and says so', () => {
    const plan = given({ image: 'app:2', spec: { paused: true }, sets: [set('app:1', 3)] });
    assert.deepEqual(writes(plan), []);
    assert.equal(condition(plan, 'Progressing'), 'Unknown DeploymentPaused Deployment is paused');
  });
  test('a paused deployment is still scaled', () => {
    assert.deepEqual(writes(given({ replicas: 4, image: 'app:2', spec: { paused: true }, sets: [set('app:1', 3)] })), ['set web-app1 4']);
  });
  test('resuming starts the progress clock anew', () => {
    const paused = { type: 'Progressing', status: 'Unknown', reason: 'DeploymentPaused', lastUpdateTime: '2020-01-01T00:00:00Z' } as const;
    const plan = given({ sets: [set('app:1', 3, { available: 0 })], status: { replicas: 3, updatedReplicas: 3, conditions: [paused] } });
    assert.equal(condition(plan, 'Progressing'), 'Unknown DeploymentResumed Deployment is resumed');
    assert.equal(plan.requeueAfterMs, 601_000);
  });
});

describe('progress', () => {
  const sets = [set('app:1', 3, { available: 2 })];
  const progressing = (reason: string, lastUpdateTime: string) => ({ type: 'Progressing', status: 'True' as const, reason, lastUpdateTime });
  test('every step forward moves the deadline', () => {
    const status = { replicas: 3, updatedReplicas: 3, availableReplicas: 1, conditions: [progressing('NewReplicaSetCreated', '2026-01-01T11:55:00Z')] };
    const plan = given({ sets, status });
    assert.equal(condition(plan, 'Progressing'), 'True ReplicaSetUpdated ReplicaSet "web-app1" is progressing.');
    assert.equal(plan.requeueAfterMs, 601_000);
  });
  test('standing still past the deadline is a failure', () => {
    const counts = { replicas: 3, updatedReplicas: 3, readyReplicas: 2, availableReplicas: 2 };
    const plan = given({ sets, status: { ...counts, conditions: [progressing('ReplicaSetUpdated', '2026-01-01T11:49:59Z')] } });
    assert.equal(condition(plan, 'Progressing'), 'False ProgressDeadlineExceeded ReplicaSet "web-app1" has timed out progressing.');
    assert.equal(plan.requeueAfterMs, undefined);
  });
  test('standing still before the deadline asks to be looked at after it', () => {
    const counts = { replicas: 3, updatedReplicas: 3, readyReplicas: 2, availableReplicas: 2 };
    const plan = given({ sets, status: { ...counts, conditions: [progressing('ReplicaSetUpdated', '2026-01-01T11:55:00Z')] } });
    assert.equal(plan.requeueAfterMs, 301_000);
  });
  test('a complete rollout says so', () => {
    const plan = given({ sets: [set('app:1', 3)], status: { replicas: 3, updatedReplicas: 3, availableReplicas: 3, conditions: [] } });
    assert.equal(condition(plan, 'Progressing'), 'True NewReplicaSetAvailable ReplicaSet "web-app1" has successfully progressed.');
  });
  test("a replica set's failure is the deployment's", () => {
    const failing = set('app:1', 3, { available: 0 });
    const failure = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'quota' } as const;
    const plan = given({ sets: [{ ...failing, status: { replicas: 0, conditions: [failure] } }] });
    assert.equal(condition(plan, 'ReplicaFailure'), 'True FailedCreate quota');
  });
});

test('old replica sets beyond the history limit go when the rollout is complete, the oldest revision first', () => {
  const counts = { replicas: 3, updatedReplicas: 3, availableReplicas: 3, readyReplicas: 3 };
  const sets = [set('app:1', 0, { revision: 4 }), set('app:2', 0, { revision: 2 }), set('app:3', 0, { revision: 3 }), set('app:4', 3, { revision: 5 })];
  const plan = given({ image: 'app:4', spec: { revisionHistoryLimit: 1 }, sets, status: counts });
  assert.deepEqual(writes(plan), ['delete web-app2', 'delete web-app3']);
});

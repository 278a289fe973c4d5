import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configMaps, deployments, events, pods, replicaSets } from '#api';
import type { Deployment } from '#api/types/apps-v1';
import { startTestCluster, type TestCluster } from '../testing/test-cluster.ts';

// Over a real API server in memory; only the kubelet pretends.

const REVISION = 'deployment.kubernetes.io/revision';

async function setImage(cluster: TestCluster, name: string, image: string): Promise<void> {
  const patch = { spec: { template: { spec: { containers: [{ name: 'app', image, ports: [{ name: 'http', containerPort: 8080 }] }] } } } };
  await cluster.client.patch(deployments, { namespace: 'default', name }, patch, { type: 'merge' });
}
async function imagesOf(cluster: TestCluster): Promise<string[]> {
  return (await cluster.list(pods, 'default')).map((pod) => pod.spec?.containers[0]?.image ?? '').sort();
}
function conditionsOf(deployment: Deployment): string[] {
  return (deployment.status?.conditions ?? []).map((c) => `${c.type}=${c.status} ${c.reason}`).sort();
}

describe('a deployment', () => {
  test('rolls out, tells how far it has come, and then rests', async () => {
    await using cluster = await startTestCluster();
    await cluster.deployment('web', 3);
    const deployment = await cluster.rolledOut('web');
    assert.equal(deployment.metadata.annotations?.[REVISION], '1');
    await cluster.idle();
    assert.deepEqual(conditionsOf(await cluster.get(deployments, 'web')), [
      'Available=True MinimumReplicasAvailable',
      'Progressing=True NewReplicaSetAvailable',
    ]);
    const [set] = await cluster.replicaSetsOf('web');
    const name = set?.metadata.name ?? '';
    const told = await cluster.eventually(
      'the events',
      () => cluster.list(events, 'default'),
      (all) => all.length >= 4,
    );
    const texts = told.map((e) => `${e.type} ${e.reason} ${e.source?.component} ${e.involvedObject.kind}/${e.involvedObject.name} ${e.message}`);
    assert.ok(texts.includes(`Normal ScalingReplicaSet deployment-controller Deployment/web Scaled up replica set ${name} from 0 to 3`), texts.join('\n'));
    const created = texts.filter((t) => t.startsWith(`Normal SuccessfulCreate replicaset-controller ReplicaSet/${name} Created pod: ${name}-`));
    assert.equal(created.length, 3, texts.join('\n'));
  });

  test('rolls a new template out and back again', async () => {
    await using cluster = await startTestCluster();
    await cluster.deployment('web', 3);
    await cluster.rolledOut('web');
    await setImage(cluster, 'web', 'app:2');
    await cluster.rolledOut('web');
    await cluster.idle();
    assert.deepEqual(await imagesOf(cluster), ['app:2', 'app:2', 'app:2']);
    assert.equal((await cluster.replicaSetsOf('web')).length, 2);
    // What `kubectl rollout undo` does: the old template is put back.
    await setImage(cluster, 'web', 'app:1');
    const undone = await cluster.rolledOut('web');
    await cluster.idle();
    assert.equal(undone.metadata.annotations?.[REVISION], '3');
    assert.deepEqual(await imagesOf(cluster), ['app:1', 'app:1', 'app:1']);
    const sets = await cluster.replicaSetsOf('web');
    assert.deepEqual(sets.map((rs) => `${rs.spec.template?.spec?.containers[0]?.image} r${rs.metadata.annotations?.[REVISION]} ${rs.spec.replicas}`).sort(), [
      'app:1 r3 3',
      'app:2 r2 0',
    ]);
  });

  test('keeps what serves while new pods do not become ready', async () => {
    await using cluster = await startTestCluster();
    await cluster.deployment('web', 4);
    await cluster.rolledOut('web');
    cluster.kubelet.becomesReady = (pod) => pod.spec?.containers[0]?.image !== 'app:2';
    await setImage(cluster, 'web', 'app:2');
    // 25 % of 4: one more, one less.
    const stuck = (images: string[]): boolean => images.join() === 'app:1,app:1,app:1,app:2,app:2';
    await cluster.eventually('the rollout to get stuck', () => imagesOf(cluster), stuck);
    cluster.kubelet.becomesReady = () => true;
    cluster.kubelet.look();
    await cluster.rolledOut('web');
    await cluster.idle();
    assert.deepEqual(await imagesOf(cluster), ['app:2', 'app:2', 'app:2', 'app:2']);
  });

  test('scales up and down', async () => {
    await using cluster = await startTestCluster();
    await cluster.deployment('web', 1);
    await cluster.rolledOut('web');
    for (const replicas of [20, 2, 0]) {
      await cluster.client.patch(deployments, { namespace: 'default', name: 'web' }, { spec: { replicas } }, { type: 'merge' });
      await cluster.rolledOut('web');
      await cluster.eventually(
        `${replicas} pods`,
        () => cluster.list(pods, 'default'),
        (all) => all.length === replicas,
      );
    }
  });

  test('that recreates never has pods of two templates', async () => {
    await using cluster = await startTestCluster();
    await cluster.deployment('web', 3, { strategy: { type: 'Recreate' } });
    await cluster.rolledOut('web');
    cluster.kubelet.ends = () => false;
    await setImage(cluster, 'web', 'app:2');
    const allEnding = (all: { metadata: { deletionTimestamp?: string | undefined } }[]): boolean =>
      all.every((p) => p.metadata.deletionTimestamp !== undefined);
    await cluster.eventually('the old pods to be ending', () => cluster.list(pods, 'default'), allEnding);
    await cluster.idle();
    assert.deepEqual(await imagesOf(cluster), ['app:1', 'app:1', 'app:1']);
    cluster.kubelet.ends = () => true;
    cluster.kubelet.look();
    await cluster.rolledOut('web');
    assert.deepEqual(await imagesOf(cluster), ['app:2', 'app:2', 'app:2']);
  });

  test('that is paused rolls out when it is resumed', async () => {
    await using cluster = await startTestCluster();
    await cluster.deployment('web', 2);
    await cluster.rolledOut('web');
    await cluster.client.patch(deployments, { namespace: 'default', name: 'web' }, { spec: { paused: true } }, { type: 'merge' });
    await setImage(cluster, 'web', 'app:2');
    const isPaused = (d: Deployment): boolean => conditionsOf(d).includes('Progressing=Unknown DeploymentPaused');
    await cluster.eventually('the pause', () => cluster.get(deployments, 'web'), isPaused);
    await cluster.idle();
    assert.deepEqual(await imagesOf(cluster), ['app:1', 'app:1']);
    await cluster.client.patch(deployments, { namespace: 'default', name: 'web' }, { spec: { paused: false } }, { type: 'merge' });
    await cluster.eventually(
      'the new pods',
      () => imagesOf(cluster),
      (images) => images.join() === 'app:2,app:2',
    );
  });

  test('keeps as much history as asked', async () => {
    await using cluster = await startTestCluster();
    await cluster.deployment('web', 1, { revisionHistoryLimit: 1 });
    await cluster.rolledOut('web');
    for (const image of ['app:2', 'app:3', 'app:4']) {
      await setImage(cluster, 'web', image);
      await cluster.rolledOut('web');
    }
    await cluster.idle();
    const images = (await cluster.replicaSetsOf('web')).map((rs) => rs.spec.template?.spec?.containers[0]?.image ?? '').sort();
    assert.deepEqual(images, ['app:3', 'app:4']);
  });

  test('goes on where it was when the controllers stop and start again, and no pod is made twice', async () => {
    await using cluster = await startTestCluster();
    let most = 0;
    const count = async (): Promise<number> => {
      const { length } = await cluster.list(pods, 'default');
      most = Math.max(most, length);
      return length;
    };
    await cluster.deployment('web', 20);
    for (const threshold of [1, 5, 15]) {
      await cluster.eventually(`${threshold} pods`, count, (n) => n >= threshold);
      await cluster.controllers.stop();
      await cluster.controllers.start();
    }
    await cluster.rolledOut('web');
    await cluster.idle();
    assert.deepEqual([await count(), most], [20, 20]);
  });

  test('takes another name for its replica set when the first is taken', async () => {
    await using cluster = await startTestCluster();
    await cluster.deployment('web', 1);
    await cluster.rolledOut('web');
    const [set] = await cluster.replicaSetsOf('web');
    const name = set?.metadata.name ?? '';
    await cluster.client.delete(deployments, { namespace: 'default', name: 'web' }, { propagationPolicy: 'Background' });
    await cluster.gone(replicaSets, name);
    const labels = { other: 'x' };
    const taken = {
      metadata: { name, namespace: 'default' },
      spec: { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: set?.spec.template?.spec } },
    };
    await cluster.client.create(replicaSets, taken);
    await cluster.deployment('web', 1);
    const { status } = await cluster.rolledOut('web');
    assert.equal(status?.collisionCount, 1);
    assert.notEqual((await cluster.replicaSetsOf('web'))[0]?.metadata.name, name);
  });
});

describe('deleting a deployment', () => {
  async function deleted(propagationPolicy: string): Promise<TestCluster> {
    const cluster = await startTestCluster();
    await cluster.deployment('web', 2);
    await cluster.rolledOut('web');
    await cluster.client.create(configMaps, { metadata: { name: 'unrelated', namespace: 'default' } });
    await cluster.client.delete(deployments, { namespace: 'default', name: 'web' }, { propagationPolicy });
    await cluster.gone(deployments, 'web');
    return cluster;
  }
  const count = async (cluster: TestCluster): Promise<string> =>
    `${(await cluster.list(replicaSets, 'default')).length} sets, ${(await cluster.list(pods, 'default')).length} pods`;

  test('in the background takes everything that it owned, and nothing else', async () => {
    await using cluster = await deleted('Background');
    await cluster.eventually(
      'all to go',
      () => count(cluster),
      (c) => c === '0 sets, 0 pods',
    );
    await cluster.get(configMaps, 'unrelated');
  });
  test('in the foreground takes everything that it owned before itself', async () => {
    await using cluster = await deleted('Foreground');
    assert.equal(await count(cluster), '0 sets, 0 pods');
  });
  test('orphaning leaves what it owned, without an owner', async () => {
    await using cluster = await deleted('Orphan');
    await cluster.idle();
    assert.equal(await count(cluster), '1 sets, 2 pods');
    const [set] = await cluster.list(replicaSets, 'default');
    assert.equal(set?.metadata.ownerReferences, undefined);
    // And it is adopted by a deployment that comes back.
    await cluster.deployment('web', 2);
    await cluster.rolledOut('web');
    assert.equal(await count(cluster), '1 sets, 2 pods');
    assert.equal((await cluster.replicaSetsOf('web')).length, 1);
  });
});

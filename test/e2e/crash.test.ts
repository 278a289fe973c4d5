/** k3ts and its containerd are killed at random moments while Pods are being deployed: nothing acknowledged is lost, nothing runs twice. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom, waitFor } from '#lib';
import { IMAGE, useCluster } from './cluster.ts';

/** `K3TS_CRASH_ROUNDS=10` for a release; three find what is plainly broken within a minute and a half. */
const ROUNDS = Number(process.env['K3TS_CRASH_ROUNDS'] ?? 3);
const PODS = 30;
const cluster = useCluster({ name: 'crash', isManual: true });
const random = seededRandom(20261121);

const deployment = (round: string, replicas: number) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: "${round}"}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {round: "${round}"}}
  template:
    metadata: {labels: {round: "${round}"}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: main, image: "${IMAGE}", command: [sleep, "86400"]}]
`;

const CTR = ['ctr', '-a', '/run/k3s/containerd/containerd.sock', '-n', 'k8s.io'];

/** Container ids that run now, by pod and container name: what containerd itself says. */
async function runningContainers(): Promise<Map<string, string[]>> {
  const { stdout } = await cluster.machine.run([...CTR, 'containers', 'list', '-q']);
  const { stdout: tasks } = await cluster.machine.run([...CTR, 'tasks', 'list']);
  const running = new Set(
    tasks
      .split('\n')
      .filter((line) => / RUNNING/.test(line))
      .map((line) => line.split(/\s+/)[0]),
  );
  const found = new Map<string, string[]>();
  for (const id of stdout.split('\n').filter((line) => running.has(line))) {
    // What is gone by now (the sandbox of an attempt that was cut off) runs no more.
    const { code, stdout: json } = await cluster.machine.run([...CTR, 'containers', 'info', id], { mayFail: true });
    if (code !== 0) continue;
    const info = JSON.parse(json) as { Labels: Record<string, string> };
    const labels = info.Labels;
    if (labels['io.cri-containerd.kind'] !== 'container') continue;
    const name = `${labels['io.kubernetes.pod.name']}/${labels['io.kubernetes.container.name']}`;
    found.set(name, [...(found.get(name) ?? []), id]);
  }
  return found;
}

async function assertRunsOnce(pods: number): Promise<Map<string, string[]>> {
  const containers = await runningContainers();
  for (const [name, ids] of containers) assert.equal(ids.length, 1, `${name} runs ${ids.length} times`);
  assert.equal(containers.size, pods);
  return containers;
}

/** Normally seconds; a call that hung inside a killed runtime's successor is given up after two to four minutes, as upstream's kubelet does. */
const CONVERGED_MS = 270_000;

async function converged(round: string): Promise<void> {
  await cluster.becomes(`deployment ${round}`, '{.status.readyReplicas}', String(PODS), CONVERGED_MS);
  await cluster.becomes(`pods -l round=${round}`, '{.items[*].status.phase}', Array(PODS).fill('Running').join(' '));
}

/** Creates ConfigMaps until told to stop; the names whose creation was acknowledged. */
function writeSteadily(round: string): { stop(): Promise<string[]> } {
  const acknowledged: string[] = [];
  let isStopped = false;
  const work = (async () => {
    for (let i = 0; !isStopped; i++) {
      const name = `${round}-${i}`;
      const { code } = await cluster.node.runKubectl(['create', 'configmap', name], { mayFail: true });
      if (code === 0) acknowledged.push(name);
    }
  })();
  return {
    async stop() {
      isStopped = true;
      await work;
      return acknowledged;
    },
  };
}

async function removeRound(round: string): Promise<void> {
  await cluster.kubectl('delete', 'deployment', round, '--wait=true');
  await cluster.becomes(`pods -l round=${round}`, '{.items[*].metadata.name}', '', 90_000);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('k3ts killed while 30 Pods are being deployed', async () => {
  await cluster.node.start();
  await cluster.node.waitReady();
  await cluster.node.waitNodeReady();
  await cluster.apply(deployment('steady', 1));
  await cluster.becomes('deployment steady', '{.status.readyReplicas}', '1');
  const [steady] = [...(await assertRunsOnce(1)).values()];
  const acknowledged: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const name = `kill-${round}`;
    const writer = writeSteadily(name);
    await cluster.apply(deployment(name, PODS));
    await pause(random.number() * 4000); // the moment is the point of the test, nothing is waited for
    await cluster.node.stop('SIGKILL');
    acknowledged.push(...(await writer.stop()));
    await cluster.node.start();
    await cluster.node.waitReady();
    await converged(name);
    const containers = await assertRunsOnce(PODS + 1);
    assert.ok(
      [...containers.values()].some((ids) => ids[0] === steady?.[0]),
      'the container that ran before was restarted',
    );
    await removeRound(name);
  }
  const stored = new Set((await cluster.kubectl('get', 'configmaps', '-o', 'name')).split('\n'));
  assert.ok(acknowledged.length > 0);
  assert.deepEqual(
    acknowledged.filter((name) => !stored.has(`configmap/${name}`)),
    [],
  );
});

test('containerd killed while 30 Pods are being deployed', async () => {
  const [steady] = [...(await assertRunsOnce(1)).values()];
  for (let round = 0; round < ROUNDS; round++) {
    const name = `runtime-${round}`;
    await cluster.apply(deployment(name, PODS));
    await pause(random.number() * 4000);
    const pid = containerdPid();
    process.kill(pid, 'SIGKILL');
    await waitFor('another containerd', () => containerdPid() !== pid && containerdPid() !== 0);
    await converged(name);
    const containers = await assertRunsOnce(PODS + 1);
    assert.ok(
      [...containers.values()].some((ids) => ids[0] === steady?.[0]),
      'the container that ran before was restarted',
    );
    await removeRound(name);
  }
});

test('the datastore is whole after all that', async () => {
  await cluster.node.stop();
  const file = join(cluster.machine.dir, 'var/lib/rancher/k3s/server/db/state.db');
  assert.equal((await cluster.machine.run(['sqlite3', file, 'PRAGMA integrity_check'])).stdout, 'ok\n');
});

/** The machine's containerd: 0 while there is none. */
function containerdPid(): number {
  for (const pid of cluster.machine.processes()) {
    const file = `/proc/${pid}/cmdline`;
    const [program = ''] = existsSync(file) ? readFileSync(file, 'utf8').split('\0') : [];
    if (program.endsWith('/containerd') || program === 'containerd') return pid;
  }
  return 0;
}

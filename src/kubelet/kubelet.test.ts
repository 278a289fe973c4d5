import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { configMaps, events, nodes, pods, secrets, services } from '#api';
import type { ConfigMap, Container, Pod, Secret, Service } from '#api/types/core-v1';
import { waitFor } from '#lib';
import { createCriClient } from './cri/cri-client.ts';
import { listPinnedImages } from './images/image-import.ts';
import { runIsolated } from './testing/isolation.ts';
import { type NodeFixture, shell, startNode } from './testing/node-fixture.ts';
import { buildTestImage, TEST_IMAGE } from './testing/test-image.ts';

// Real containers run in namespaces of their own: this file runs itself there.
if (process.env['K3TS_ISOLATED'] === '1') defineTests();
else {
  test('the kubelet runs pods on a real containerd', { timeout: 120_000 }, async () => {
    const { code, output } = await runIsolated(import.meta.filename);
    assert.equal(code, 0, output);
  });
}

function defineTests(): void {
  let node: NodeFixture;
  // Timers of the program do not keep a process alive; a server would.
  const alive = setInterval(() => undefined, 1000);
  before(async () => {
    node = await startNode('kubelet');
  });
  after(async () => {
    await node[Symbol.asyncDispose]();
    clearInterval(alive);
  });
  const statusOf = (pod: Pod, name = 'main') =>
    [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find((status) => status.name === name);
  const isRunning = (pod: Pod) =>
    pod.status?.phase === 'Running' && (pod.status.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
  const eventsOf = async (name: string) =>
    (await node.client.list(events, { namespace: 'default' })).items
      .filter((event) => event.involvedObject.name === name)
      .map((event) => `${event.type ?? ''} ${event.reason ?? ''}: ${event.message ?? ''}`);
  const logOf = (pod: Pod, container = 'main', instance = 0) =>
    readFileSync(join(node.machine.podLogsDir, `default_${pod.metadata.name ?? ''}_${pod.metadata.uid ?? ''}`, container, `${instance}.log`), 'utf8')
      .split('\n')
      .map((line) => line.split(' ').slice(3).join(' '))
      .join('\n');
  const exec = async (pod: Pod, ...command: string[]) => {
    const found = node.kubelet.backend.findContainer('default', pod.metadata.name ?? '', 'main');
    assert.equal(found.found, 'container');
    const result = await node.kubelet.backend.execSync(found.target.containerId ?? '', command, 5000);
    return Buffer.concat([result.stdout, result.stderr]).toString().trim();
  };
  const remove = async (name: string, gracePeriodSeconds?: number) => {
    await node.client.delete(pods, { namespace: 'default', name }, gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds });
    await node.untilGone(name);
  };

  test('a pod runs, has an address, and goes away when deleted', async () => {
    await node.run('plain', {});
    const pod = await node.until('plain', isRunning);
    assert.match(pod.status?.podIP ?? '', /^10\.42\.0\.\d+$/);
    assert.equal(pod.status?.hostIP, '10.42.0.1');
    assert.equal(pod.status?.qosClass, 'BestEffort');
    assert.equal(pod.status?.observedGeneration, 1);
    assert.deepEqual(
      pod.status?.conditions?.map(({ type, status }) => [type, status].join('=')),
      ['PodReadyToStartContainers=True', 'Initialized=True', 'Ready=True', 'ContainersReady=True', 'PodScheduled=True'],
    );
    assert.equal(await exec(pod, 'hostname'), 'plain');
    await remove('plain');
    await waitFor(
      'its leftovers to go',
      () => !existsSync(join(node.machine.rootDir, 'pods', pod.metadata.uid ?? '')) && node.kubelet.backend.pods().length === 0,
    );
    await waitFor('its events', async () => (await eventsOf('plain')).length >= 4);
    assert.deepEqual(await eventsOf('plain'), [
      `Normal Pulled: Container image "${TEST_IMAGE}" already present on machine`,
      'Normal Created: Container created',
      'Normal Started: Container started',
      'Normal Killing: Stopping container main',
    ]);
  });

  test('init containers run in order before the others, a sidecar beside them', async () => {
    const init = (name: string, script: string, more: Partial<Container> = {}): Container => ({
      ...shell(script),
      name,
      imagePullPolicy: 'IfNotPresent',
      ...more,
    });
    const volumeMounts = [{ name: 'shared', mountPath: '/shared' }];
    await node.run('inits', {
      volumes: [{ name: 'shared', emptyDir: {} }],
      initContainers: [
        init('first', 'echo first >> /shared/order', { volumeMounts }),
        init('side', 'echo side >> /shared/order; sleep 1000 & wait', { volumeMounts, restartPolicy: 'Always' }),
        init('second', 'echo second >> /shared/order', { volumeMounts }),
      ],
      containers: [shell('echo main >> /shared/order; sleep 1000 & wait', { volumeMounts })],
    });
    const pod = await node.until('inits', isRunning);
    assert.equal(await exec(pod, 'cat', '/shared/order'), 'first\nside\nsecond\nmain');
    assert.equal(statusOf(pod, 'first')?.state?.terminated?.reason, 'Completed');
    assert.equal(statusOf(pod, 'first')?.ready, true);
    assert.ok(statusOf(pod, 'side')?.state?.running);
    await remove('inits');
  });

  test('a failing container restarts, then backs off; the log before stays', async () => {
    await node.run('crash', { containers: [shell('echo try; echo because > /dev/termination-log; exit 3')] });
    const pod = await node.until('crash', (candidate) => statusOf(candidate)?.state?.waiting?.reason === 'CrashLoopBackOff');
    const status = statusOf(pod);
    assert.equal(status?.restartCount, 1);
    assert.equal(status?.lastState?.terminated?.exitCode, 3);
    assert.equal(status?.lastState?.terminated?.reason, 'Error');
    assert.equal(status?.lastState?.terminated?.message, 'because\n');
    assert.equal(status?.state?.waiting?.message, `back-off 10s restarting failed container=main pod=crash_default(${pod.metadata.uid})`);
    assert.equal(pod.status?.phase, 'Running');
    const found = node.kubelet.backend.findContainer('default', 'crash', 'main');
    assert.ok(found.found === 'container' && found.target.previousLogPath?.endsWith('/main/0.log'));
    await remove('crash');
  });

  test('pods that end keep their verdict', async () => {
    await node.run('good', { restartPolicy: 'Never', containers: [shell('echo done')] });
    await node.run('bad', { restartPolicy: 'Never', containers: [shell('exit 7')] });
    await node.run('again', {
      restartPolicy: 'OnFailure',
      containers: [shell('test -f /data/x && exit 0; touch /data/x; exit 1', { volumeMounts: [{ name: 'd', mountPath: '/data' }] })],
      volumes: [{ name: 'd', emptyDir: {} }],
    });
    const good = await node.until('good', (pod) => pod.status?.phase === 'Succeeded');
    assert.equal(good.status?.conditions?.find(({ type }) => type === 'Ready')?.reason, 'PodCompleted');
    assert.equal(logOf(good).trim(), 'done');
    const bad = await node.until('bad', (pod) => pod.status?.phase === 'Failed');
    assert.equal(statusOf(bad)?.state?.terminated?.exitCode, 7);
    const again = await node.until('again', (pod) => pod.status?.phase === 'Succeeded');
    assert.equal(statusOf(again)?.restartCount, 1);
    await Promise.all([remove('good'), remove('bad'), remove('again')]);
  });

  test('environment comes from values, fields, config maps, secrets and services', async () => {
    const make = { apiVersion: 'v1', metadata: { namespace: 'default', name: 'settings' } };
    await node.client.create(configMaps, { ...make, kind: 'ConfigMap', data: { color: 'blue', size: 'big' } } as ConfigMap);
    await node.client.create(secrets, { ...make, kind: 'Secret', data: { password: Buffer.from('s3cret').toString('base64') } } as Secret);
    await node.client.create(services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'default', name: 'my-db' },
      spec: { clusterIP: '10.43.7.7', ports: [{ name: 'sql', port: 5432 }] },
    } as Service);
    await node.run('env', {
      containers: [
        shell('env; sleep 1000 & wait', {
          envFrom: [{ prefix: 'CM_', configMapRef: { name: 'settings' } }],
          resources: { limits: { memory: '64Mi', cpu: '500m' } },
          env: [
            { name: 'PLAIN', value: 'x' },
            { name: 'COMPOSED', value: '$(PLAIN)-$(UNKNOWN)-$$(PLAIN)' },
            { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
            { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'settings', key: 'password' } } },
            { name: 'OPTIONAL', valueFrom: { secretKeyRef: { name: 'nothing', key: 'none', optional: true } } },
          ],
        }),
      ],
    });
    const pod = await node.until('env', isRunning);
    const env = Object.fromEntries((await exec(pod, 'env')).split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2)));
    assert.equal(env['COMPOSED'], 'x-$(UNKNOWN)-$(PLAIN)');
    assert.equal(env['POD'], 'env');
    assert.equal(env['IP'], pod.status?.podIP);
    assert.equal(env['MEMORY'], '64');
    assert.equal(env['PASSWORD'], 's3cret');
    assert.equal(env['CM_color'], 'blue');
    assert.equal(env['OPTIONAL'], undefined);
    assert.equal(env['MY_DB_SERVICE_HOST'], '10.43.7.7');
    assert.equal(env['MY_DB_PORT_5432_TCP'], 'tcp://10.43.7.7:5432');
    assert.equal(pod.status?.qosClass, 'Guaranteed');
    const memory = join('/sys/fs/cgroup/memory', node.machine.cgroupRoot, 'kubepods', `pod${pod.metadata.uid}`, 'memory.limit_in_bytes');
    if (existsSync('/sys/fs/cgroup/memory')) assert.equal(readFileSync(memory, 'utf8').trim(), String(64 * 1024 * 1024));
    await remove('env');
  });

  test('volumes show config maps, secrets, fields and tokens, and follow changes', async () => {
    await node.run(
      'volumes',
      {
        securityContext: { fsGroup: 2000 },
        volumes: [
          { name: 'config', configMap: { name: 'settings', items: [{ key: 'color', path: 'sub/color', mode: 0o440 }] } },
          { name: 'secret', secret: { secretName: 'settings' } },
          { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
          {
            name: 'all',
            projected: {
              sources: [
                { configMap: { name: 'settings' } },
                { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
                { serviceAccountToken: { path: 'token' } },
              ],
            },
          },
        ],
        containers: [
          shell('sleep 1000 & wait', {
            volumeMounts: [
              { name: 'config', mountPath: '/config' },
              { name: 'secret', mountPath: '/secret', readOnly: true },
              { name: 'memory', mountPath: '/memory' },
              { name: 'memory', mountPath: '/part', subPath: 'deep/part' },
              { name: 'all', mountPath: '/all' },
            ],
          }),
        ],
      },
      { labels: { app: 'test' } },
    );
    const pod = await node.until('volumes', isRunning);
    assert.equal(await exec(pod, 'cat', '/config/sub/color'), 'blue');
    assert.equal(await exec(pod, 'cat', '/secret/password'), 's3cret');
    assert.equal(await exec(pod, 'cat', '/all/labels'), 'app="test"');
    assert.match(await exec(pod, 'cat', '/all/token'), /^eyJ/);
    assert.match(await exec(pod, 'mount'), /tmpfs on \/memory/);
    assert.equal(await exec(pod, 'sh', '-c', 'touch /part/x; ls /memory/deep/part; stat -c %g /memory'), 'x\n2000');
    await node.client.patch(configMaps, { namespace: 'default', name: 'settings' }, { data: { color: 'green' } }, { type: 'merge' });
    await waitFor('the volume to follow', async () => (await exec(pod, 'cat', '/config/sub/color')) === 'green');
    await remove('volumes');
  });

  test('a missing config map keeps the container waiting until it is there', async () => {
    await node.run('missing', { containers: [shell('sleep 1000 & wait', { envFrom: [{ configMapRef: { name: 'late' } }] })] });
    const waiting = await node.until('missing', (pod) => statusOf(pod)?.state?.waiting?.reason === 'CreateContainerConfigError');
    assert.equal(statusOf(waiting)?.state?.waiting?.message, 'configmap "late" not found');
    await node.client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name: 'late' } } as ConfigMap);
    await node.until('missing', isRunning);
    await remove('missing');
  });

  test('probes decide readiness and restarts', async () => {
    await node.run('probes', {
      containers: [
        shell('touch /tmp/alive; sleep 1000 & wait', {
          startupProbe: { exec: { command: ['test', '-f', '/tmp/alive'] }, periodSeconds: 1 },
          livenessProbe: { exec: { command: ['cat', '/tmp/alive'] }, periodSeconds: 1, failureThreshold: 1 },
          readinessProbe: { exec: { command: ['test', '!', '-f', '/tmp/busy'] }, periodSeconds: 1, failureThreshold: 1 },
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
        }),
      ],
      volumes: [{ name: 'tmp', emptyDir: {} }],
    });
    const pod = await node.until('probes', isRunning);
    await exec(pod, 'touch', '/tmp/busy');
    const busy = await node.until('probes', (candidate) => statusOf(candidate)?.ready === false);
    assert.equal(busy.status?.conditions?.find(({ type }) => type === 'Ready')?.message, 'containers with unready status: [main]');
    await exec(pod, 'rm', '/tmp/busy', '/tmp/alive');
    await node.until('probes', (candidate) => statusOf(candidate)?.restartCount === 1 && isRunning(candidate));
    const told = await eventsOf('probes');
    assert.ok(
      told.some((text) => text.startsWith("Warning Unhealthy: Liveness probe failed: cat: can't open '/tmp/alive'")),
      told.join('\n'),
    );
    assert.ok(told.includes('Normal Killing: Container main failed liveness probe, will be restarted'));
    await remove('probes');
  });

  test('hooks run after the start and before the end, within the grace period', async () => {
    const mounts = { volumeMounts: [{ name: 'out', mountPath: '/out' }] };
    const dir = join(node.machine.dir, 'out');
    await node.run('hooks', {
      terminationGracePeriodSeconds: 5,
      volumes: [{ name: 'out', hostPath: { path: dir, type: 'DirectoryOrCreate' } }],
      containers: [
        shell('sleep 1000 & wait', {
          ...mounts,
          lifecycle: { postStart: { exec: { command: ['touch', '/out/started'] } }, preStop: { exec: { command: ['touch', '/out/stopped'] } } },
        }),
      ],
    });
    await node.until('hooks', isRunning);
    await waitFor('postStart', () => existsSync(join(dir, 'started')));
    await remove('hooks');
    assert.ok(existsSync(join(dir, 'stopped')));
  });

  test('images that cannot be had are told apart', async () => {
    await node.run('never', { containers: [shell('true', { image: 'k3ts.test/none:1', imagePullPolicy: 'Never' })] });
    await node.run('invalid', { containers: [shell('true', { image: 'Upper' })] });
    await node.run('absent', { containers: [shell('true', { image: '127.0.0.1:1/none:1' })] });
    const never = await node.until('never', (pod) => statusOf(pod)?.state?.waiting?.reason === 'ErrImageNeverPull');
    assert.equal(statusOf(never)?.state?.waiting?.message, 'Container image "k3ts.test/none:1" is not present with pull policy of Never');
    await node.until('invalid', (pod) => statusOf(pod)?.state?.waiting?.reason === 'InvalidImageName');
    await node.until('absent', (pod) => statusOf(pod)?.state?.waiting?.reason === 'ErrImagePull');
    await node.until('absent', (pod) => statusOf(pod)?.state?.waiting?.reason === 'ImagePullBackOff');
    await Promise.all([remove('never'), remove('invalid'), remove('absent')]);
  });

  test('image files are imported when they appear, and stay pinned', async () => {
    const image = 'k3ts.test/file:1';
    await node.run('from-file', { containers: [shell('sleep 1000 & wait', { image, imagePullPolicy: 'Never' })] });
    await node.until('from-file', (pod) => statusOf(pod)?.state?.waiting?.reason === 'ErrImageNeverPull');
    writeFileSync(join(node.machine.dataDir, 'agent/images/one.tar.zst'), zstdCompressSync(buildTestImage(image)));
    await node.until('from-file', isRunning);
    const cri = createCriClient(node.containerd.socketPath);
    await waitFor('its pin', async () => (await listPinnedImages(cri.channel)).has(image));
    cri.close();
    await remove('from-file');
  });

  test('an active deadline ends the pod', async () => {
    await node.run('deadline', { activeDeadlineSeconds: 1 });
    const pod = await node.until('deadline', (candidate) => candidate.status?.phase === 'Failed');
    assert.equal(pod.status?.reason, 'DeadlineExceeded');
    assert.equal(pod.status?.message, 'Pod was active on the node longer than the specified deadline');
    await remove('deadline');
  });

  test('running containers survive a restart of the kubelet, and of containerd', async () => {
    await node.run('survivor', {});
    await node.run('orphan', {});
    const before = await node.until('survivor', isRunning);
    const orphan = await node.until('orphan', isRunning);
    await node.kubelet.stop();
    await node.client.delete(pods, { namespace: 'default', name: 'orphan' }, { gracePeriodSeconds: 0 });
    await node.restartKubelet();
    const pidFile = join(node.machine.stateDir, 'containerd.pid');
    const pid = (JSON.parse(readFileSync(pidFile, 'utf8')) as { pid: number }).pid;
    process.kill(pid, 'SIGKILL');
    await waitFor(
      'containerd to be replaced',
      () => (JSON.parse(readFileSync(pidFile, 'utf8')) as { pid: number }).pid !== pid && node.containerd.health() === undefined,
    );
    await node.run('later', {});
    await node.until('later', isRunning);
    const now = await node.until('survivor', isRunning);
    assert.equal(statusOf(now)?.containerID, statusOf(before)?.containerID);
    assert.equal(statusOf(now)?.restartCount, 0);
    await waitFor('the orphan to be removed', () => !existsSync(join(node.machine.rootDir, 'pods', orphan.metadata.uid ?? '')));
    await Promise.all([remove('survivor'), remove('later')]);
  });

  test('a mistake of a container is told, and a pod without end is killed in time', async () => {
    await node.run('typo', { containers: [{ name: 'main', image: TEST_IMAGE, command: ['/no-such-program'] }] });
    const typo = await node.until('typo', (pod) => ['RunContainerError', 'CrashLoopBackOff'].includes(statusOf(pod)?.state?.waiting?.reason ?? ''));
    assert.match(statusOf(typo)?.lastState?.terminated?.message ?? statusOf(typo)?.state?.waiting?.message ?? '', /no-such-program/);
    await node.run('stubborn', {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: TEST_IMAGE, command: ['sh', '-c', "trap '' TERM; while true; do sleep 1; done"] }],
    });
    await node.until('stubborn', isRunning);
    await Promise.all([remove('typo'), remove('stubborn')]);
  });

  test('the node tells what it is', async () => {
    const found = await node.client.get(nodes, { name: 'test-node' });
    assert.match(found.status?.nodeInfo?.containerRuntimeVersion ?? '', /^containerd:\/\//);
    assert.equal(found.status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True');
    assert.deepEqual(readdirSync(join(node.machine.rootDir, 'pods')), []);
  });
}

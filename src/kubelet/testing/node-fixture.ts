/** A whole node for tests: a real API server in memory, a real containerd, the kubelet, in an isolated machine. */
import { namespaces, pods, serviceAccounts } from '#api';
import type { Namespace, Pod, PodSpec, ServiceAccount } from '#api/types/core-v1';
import { type Client, createLocalClient } from '#client';
import { waitFor } from '#lib';
import { startTestServer, type TestServer } from '../../apiserver/testing/test-server.ts';
import { type Containerd, createContainerd } from '../containerd/containerd.ts';
import { importArchive } from '../images/image-import.ts';
import { createKubelet, type Kubelet } from '../kubelet.ts';
import type { KubeletOptions } from '../options.ts';
import { createTestNode, type TestNode } from './isolation.ts';
import { buildTestImage, TEST_IMAGE } from './test-image.ts';

export interface NodeFixture extends AsyncDisposable {
  readonly machine: TestNode;
  readonly api: TestServer;
  readonly client: Client;
  readonly containerd: Containerd;
  kubelet: Kubelet;
  /** Stops the kubelet and starts another on what it left. */
  restartKubelet(overrides?: Partial<KubeletOptions>): Promise<void>;
  /** Creates a pod that is already bound to the node. */
  run(name: string, spec: Partial<PodSpec>, metadata?: Pod['metadata']): Promise<Pod>;
  get(name: string): Promise<Pod | undefined>;
  /** Waits until the pod is as `check` wants it, and returns it. */
  until(name: string, check: (pod: Pod) => boolean, timeoutMs?: number): Promise<Pod>;
  untilGone(name: string, timeoutMs?: number): Promise<void>;
}

const NODE = 'test-node';

export async function startNode(name: string, overrides: Partial<KubeletOptions> = {}): Promise<NodeFixture> {
  const machine = createTestNode(name);
  const api = await startTestServer();
  const client = createLocalClient(api.server.local, { username: 'system:admin', groups: ['system:masters'] });
  await prepareNamespace(client);
  const containerd = createContainerd({ dataDir: machine.dataDir, stateDir: machine.stateDir, registriesFile: '/nonexistent' });
  await containerd.start();
  await importArchive(containerd.socketPath, buildTestImage());
  const makeKubelet = (more: Partial<KubeletOptions> = {}) =>
    createKubelet({
      client,
      nodeName: NODE,
      nodeIps: ['10.42.0.1'],
      dataDir: machine.dataDir,
      rootDir: machine.rootDir,
      podLogsDir: machine.podLogsDir,
      containerdSocket: containerd.socketPath,
      cgroupRoot: machine.cgroupRoot,
      clusterDns: ['10.43.0.10'],
      ...overrides,
      ...more,
    });
  const fixture: NodeFixture = {
    machine,
    api,
    client,
    containerd,
    kubelet: makeKubelet(),
    async restartKubelet(more) {
      await fixture.kubelet.stop();
      fixture.kubelet = makeKubelet(more);
      await fixture.kubelet.start();
    },
    run: (podName, spec, metadata = {}) => client.create(pods, podOf(podName, spec, metadata)),
    get: (podName) => client.get(pods, { namespace: 'default', name: podName }).catch(() => undefined),
    until: (podName, check, timeoutMs = 20_000) => until(fixture, podName, check, timeoutMs),
    async untilGone(podName, timeoutMs = 20_000) {
      await waitFor(`pod ${podName} to be gone`, async () => (await fixture.get(podName)) === undefined, { timeoutMs });
    },
    async [Symbol.asyncDispose]() {
      await fixture.kubelet.stop();
      await containerd.stop();
      await api[Symbol.asyncDispose]();
      await machine.dispose();
    },
  };
  await fixture.kubelet.start();
  return fixture;
}

async function until(fixture: NodeFixture, name: string, check: (pod: Pod) => boolean, timeoutMs: number): Promise<Pod> {
  let last: Pod | undefined;
  try {
    return await waitFor(
      `pod ${name}`,
      async () => {
        last = await fixture.get(name);
        return last && check(last) ? last : undefined;
      },
      { timeoutMs },
    );
  } catch (error) {
    throw new Error(`${(error as Error).message}; its status is ${JSON.stringify(last?.status, undefined, 1)}`, { cause: error });
  }
}

async function prepareNamespace(client: Client): Promise<void> {
  const ignore = () => undefined;
  for (const name of ['default', 'kube-node-lease'])
    await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } as Namespace).catch(ignore);
  const account: ServiceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'default', name: 'default' } };
  await client.create(serviceAccounts, account).catch(ignore);
}

function podOf(name: string, spec: Partial<PodSpec>, metadata: Pod['metadata']): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'default', name, ...metadata },
    spec: {
      nodeName: NODE,
      terminationGracePeriodSeconds: 1,
      automountServiceAccountToken: false,
      ...spec,
      containers: (spec.containers ?? [shell('sleep 1000 & wait')]).map((container) => ({ imagePullPolicy: 'IfNotPresent', ...container })),
    },
  };
}

/** A container that runs a shell script in the test image; SIGTERM ends it at once. */
export function shell(script: string, more: object = {}): PodSpec['containers'][number] {
  return { name: 'main', image: TEST_IMAGE, command: ['sh', '-c', `trap 'exit 0' TERM; ${script}`], ...more };
}

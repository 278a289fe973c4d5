import { deployments, isStatus, keyOf, type KubeObject, namespaces, nodes, type ObjectRef, pods, refOf, replicaSets, type ResourceType } from '#api';
import type { Deployment, ReplicaSet } from '#api/types/apps-v1';
import type { Node, Pod, PodCondition } from '#api/types/core-v1';
import { type Client, createInformer, createLocalClient } from '#client';
import { rfc3339, waitFor } from '#lib';
import { startTestServer, type TestServer } from '../../apiserver/testing/test-server.ts';
import { type Controllers, type ControllersOptions, createControllers } from '../index.ts';
import type { Pass } from '../runner.ts';

/** A real API server over memory with all controllers, each with no more than its own rights, and a kubelet that only pretends; `await using` stops it. */
export interface TestCluster extends AsyncDisposable {
  readonly client: Client;
  readonly api: TestServer;
  readonly controllers: Controllers;
  readonly kubelet: FakeKubelet;
  /** Every pass of every controller so far. */
  readonly passes: readonly Pass[];
  /** Waits until what `read` returns satisfies `holds`, and returns it. */
  eventually<T>(what: string, read: () => Promise<T>, holds: (value: T) => boolean): Promise<T>;
  get<T extends KubeObject>(type: ResourceType<T>, name: string, namespace?: string): Promise<T>;
  list<T extends KubeObject>(type: ResourceType<T>, namespace?: string): Promise<T[]>;
  gone(type: ResourceType, name: string, namespace?: string): Promise<void>;
  deployment(name: string, replicas: number, options?: Partial<Deployment['spec']> & { image?: string }): Promise<Deployment>;
  /** Waits until the Deployment has rolled out fully. */
  rolledOut(name: string): Promise<Deployment>;
  replicaSetsOf(name: string): Promise<ReplicaSet[]>;
  /** Waits until no controller has anything to do. */
  idle(): Promise<void>;
}

/** What the pretended kubelet does with Pods. */
export interface FakeKubelet {
  /** Whether new Pods become ready; default all do. */
  becomesReady: (pod: Pod) => boolean;
  /** Whether Pods that are deleted end; default all do. */
  ends: (pod: Pod) => boolean;
  /** Looks at all Pods again, after the rules above changed. */
  look(): void;
}

/** Starts one, with the namespace `default` and the node `node-1`. The wrappers change what the controllers' caches read, and what they write through. */
export async function startTestCluster(
  options: Partial<ControllersOptions> = {},
  wrapReader: (client: Client) => Client = (client) => client,
  wrapWriter: (client: Client) => Client = (client) => client,
): Promise<TestCluster> {
  const api = await startTestServer();
  const clientAs = (username: string, ...groups: string[]): Client =>
    createLocalClient(api.server.local, { username, groups: [...groups, 'system:authenticated'] });
  const client = clientAs('admin', 'system:masters');
  await client.create(namespaces, { metadata: { name: 'default' }, spec: {} }).catch(ifNotExisting);
  const passes: Pass[] = [];
  const controllers = createControllers({
    clientFor: (name) => wrapWriter(clientAs(`system:serviceaccount:kube-system:${name}`, 'system:serviceaccounts', 'system:serviceaccounts:kube-system')),
    ownClient: wrapReader(clientAs('system:kube-controller-manager')),
    rootCaPem: 'root ca',
    clusterCidr: '10.42.0.0/16',
    onPass: (pass) => passes.push(pass),
    ...options,
  });
  await controllers.start();
  await client.create(nodes, newNode('node-1'));
  const ended = new AbortController();
  const kubelet = startFakeKubelet(client, ended.signal);
  const cluster: TestCluster = {
    client,
    api,
    controllers,
    kubelet,
    passes,
    eventually: (what, read, holds) => eventually(what, read, holds),
    get: (type, name, namespace = 'default') => client.get(type, refIn(type, name, namespace)),
    list: async (type, namespace) => (await client.list(type, { namespace })).items,
    async gone(type, name, namespace = 'default') {
      await eventually(
        `${type.plural} ${name} to go`,
        () => exists(client, type, refIn(type, name, namespace)),
        (isThere) => !isThere,
      );
    },
    deployment: (name, replicas, { image = 'app:1', ...spec } = {}) => client.create(deployments, newDeployment(name, replicas, image, spec)),
    rolledOut: (name) => eventually(`deployment ${name} to roll out`, () => client.get(deployments, { namespace: 'default', name }), isRolledOut),
    async replicaSetsOf(name) {
      const { items } = await client.list(replicaSets, { namespace: 'default' });
      return items.filter((rs) => rs.metadata.ownerReferences?.some((o) => o.name === name));
    },
    async idle() {
      // An event may be on its way from the server: idle is who stays so for some looks.
      let seen = -1;
      let looks = 0;
      const look = async (): Promise<number> => {
        looks = controllers.isIdle && passes.length === seen ? looks + 1 : 0;
        seen = passes.length;
        return looks;
      };
      await eventually('the controllers to be idle', look, (count) => count >= 3);
    },
    async [Symbol.asyncDispose]() {
      ended.abort();
      await controllers.stop();
      await api[Symbol.asyncDispose]();
    },
  };
  return cluster;
}

async function eventually<T>(what: string, read: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  let last: T | undefined;
  const found = await waitFor(what, async () => {
    last = await read();
    return holds(last) ? { value: last } : undefined;
  }).catch((error: unknown) => {
    throw new Error(`${what}; last seen: ${JSON.stringify(last)}`, { cause: error });
  });
  return found.value;
}

function refIn(type: ResourceType, name: string, namespace: string): ObjectRef {
  return type.namespaced ? { namespace, name } : { name };
}
async function exists(client: Client, type: ResourceType, ref: ObjectRef): Promise<boolean> {
  try {
    await client.get(type, ref);
    return true;
  } catch (error) {
    if (isStatus(error, 'NotFound')) return false;
    throw error;
  }
}
function ifNotExisting(error: unknown): void {
  if (!isStatus(error, 'AlreadyExists')) throw error;
}

function isRolledOut({ metadata, spec, status }: Deployment): boolean {
  const wanted = spec.replicas ?? 1;
  const counts = [status?.replicas ?? 0, status?.updatedReplicas ?? 0, status?.availableReplicas ?? 0];
  return status?.observedGeneration === metadata.generation && counts.every((n) => n === wanted);
}

/** A Deployment with the label `app: <name>`. */
export function newDeployment(name: string, replicas: number, image: string, spec: Partial<Deployment['spec']> = {}): Deployment {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default', labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image, ports: [{ name: 'http', containerPort: 8080 }] }] } },
      ...spec,
    },
  };
}

/** A Node that is ready. */
export function newNode(name: string): Node {
  const now = rfc3339(Date.now());
  const conditions = [{ type: 'Ready', status: 'True' as const, reason: 'KubeletReady', message: '', lastHeartbeatTime: now, lastTransitionTime: now }];
  return { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {}, status: { conditions } };
}

/** Binds every Pod to a node, makes it run, and lets it go when it is deleted. */
function startFakeKubelet(client: Client, signal: AbortSignal): FakeKubelet {
  let nextIp = 1;
  const informer = createInformer(client, pods, { signal });
  const kubelet: FakeKubelet = {
    becomesReady: () => true,
    ends: () => true,
    look: () => informer.store.list().forEach((pod) => void handle(pod)),
  };
  const handle = async (pod: Pod): Promise<void> => {
    try {
      await step(pod);
    } catch (error) {
      if (!isStatus(error, 'NotFound', 'Conflict') && !signal.aborted) throw error;
    }
  };
  const step = async (pod: Pod): Promise<void> => {
    const ref = refOf(keyOf(pod));
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (kubelet.ends(pod)) await client.delete(pods, ref, { gracePeriodSeconds: 0 });
    } else if (!pod.spec?.nodeName) {
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: ref, target: { kind: 'Node', name: 'node-1' } };
      await client.createSubresource(pods, ref, 'binding', binding as KubeObject);
    } else if (!pod.status?.podIP || (isUnready(pod) && kubelet.becomesReady(pod))) {
      const podIP = pod.status?.podIP ?? `10.42.0.${nextIp++}`;
      const ready = kubelet.becomesReady(pod) ? 'True' : 'False';
      const conditions: PodCondition[] = [{ type: 'Ready', status: ready, lastTransitionTime: rfc3339(Date.now()) }];
      const status: Pod['status'] = { ...pod.status, phase: 'Running', podIP, podIPs: [{ ip: podIP }], conditions };
      await client.update(pods, { ...pod, status }, { subresource: 'status' });
    }
  };
  informer.on({ added: (pod) => void handle(pod), updated: (pod) => void handle(pod) });
  return kubelet;
}
function isUnready(pod: Pod): boolean {
  return !pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True');
}

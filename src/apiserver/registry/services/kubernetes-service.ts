import { endpointSlices, endpoints, isStatus, jsonEqual, type JsonValue, type KubeObject, type ResourceType, services } from '#api';
import type { Endpoints, Service } from '#api/types/core-v1';
import type { EndpointSlice } from '#api/types/discovery-v1';
import { type Clock, type Log, Reconciler } from '#lib';
import { APISERVER_USER } from '../../bootstrap/index.ts';
import type { ObjectReader } from '../../contract.ts';
import type { LocalServer } from '../../endpoints/local.ts';

export interface KubernetesServiceOptions {
  readonly local: LocalServer;
  readonly reader: ObjectReader;
  readonly clock: Clock;
  readonly log: Log;
  /** The first address of the service range. */
  readonly clusterIp: string;
  /** Where this server is reached; absent: the Service leads nowhere yet. */
  readonly endpoint: { readonly ip: string; readonly port: number } | undefined;
}

/** As often as upstream looks after them. */
const RETRY_MS = 10_000;
const REF = { namespace: 'default', name: 'kubernetes' };

/**
 * Keeps the Service `kubernetes`, its Endpoints and EndpointSlice in `default` as they must be, so that Pods find the API.
 * `start` resolves when they are there; whoever changes or deletes them sees them come back.
 */
export class KubernetesService {
  readonly #options: KubernetesServiceOptions;
  #unsubscribe: (() => void)[] = [];
  readonly #reconciler: Reconciler;

  constructor(options: KubernetesServiceOptions) {
    this.#options = options;
    const { clock, log } = options;
    const failed = (err: unknown): void => log.warning('Cannot keep the kubernetes service', { err });
    this.#reconciler = new Reconciler({ reconcile: () => this.#reconcile(), failed, retryMs: RETRY_MS, clock });
  }

  async start(): Promise<void> {
    const touched = ({ metadata }: KubeObject): void => {
      if (metadata.name === REF.name && metadata.namespace === REF.namespace) void this.#reconciler.trigger();
    };
    await this.#reconciler.trigger();
    for (const type of [services, endpoints, endpointSlices] as readonly ResourceType[]) {
      this.#unsubscribe.push(this.#options.reader.onChange(type, (object) => touched(object)));
    }
  }
  async stop(): Promise<void> {
    for (const end of this.#unsubscribe) end();
    this.#unsubscribe = [];
    await this.#reconciler.stop();
  }

  async #reconcile(): Promise<void> {
    try {
      await this.#ensureAll();
    } catch (error) {
      // Someone else wrote at the same time; that change starts this again.
      if (!isStatus(error, 'Conflict', 'AlreadyExists', 'NotFound')) throw error;
    }
  }

  async #ensureAll(): Promise<void> {
    const { clusterIp, endpoint } = this.#options;
    await this.#ensure<Service>(services, kubernetesService(clusterIp, endpoint?.port ?? 6443), (live, wanted) => ({
      ...live,
      spec: { ...live.spec, ports: wanted.spec.ports, type: wanted.spec.type },
    }));
    if (!endpoint) return;
    await this.#ensure<Endpoints>(endpoints, kubernetesEndpoints(endpoint), (live, wanted) => ({ ...live, subsets: wanted.subsets }));
    await this.#ensure<EndpointSlice>(endpointSlices, kubernetesSlice(endpoint), (live, wanted) => ({
      ...live,
      endpoints: wanted.endpoints,
      ports: wanted.ports,
    }));
  }

  async #ensure<T extends KubeObject>(resource: ResourceType<T>, wanted: T, corrected: (live: T, wanted: T) => T): Promise<void> {
    const { local, reader } = this.#options;
    await reader.settled(resource);
    const live = reader.get(resource, REF);
    if (!live) {
      await local.request({ verb: 'create', resource, user: APISERVER_USER, namespace: REF.namespace, body: wanted });
      return;
    }
    const labels = { ...live.metadata.labels, ...wanted.metadata.labels };
    const body = corrected({ ...live, metadata: { ...live.metadata, labels } }, wanted);
    if (jsonEqual(body as unknown as JsonValue, live as unknown as JsonValue)) return;
    await local.request({ verb: 'update', resource, user: APISERVER_USER, ref: REF, body });
  }
}

function kubernetesService(clusterIp: string, port: number): Service {
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { ...REF, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: clusterIp,
      clusterIPs: [clusterIp],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      sessionAffinity: 'None',
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port }],
    },
  };
}
function kubernetesEndpoints({ ip, port }: { ip: string; port: number }): Endpoints {
  return {
    kind: 'Endpoints',
    apiVersion: 'v1',
    metadata: { ...REF, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip }], ports: [{ name: 'https', port, protocol: 'TCP' }] }],
  };
}
function kubernetesSlice({ ip, port }: { ip: string; port: number }): EndpointSlice {
  return {
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    metadata: { ...REF, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: ip.includes(':') ? 'IPv6' : 'IPv4',
    endpoints: [{ addresses: [ip], conditions: { ready: true } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  };
}

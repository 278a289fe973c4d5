import { endpointSlices, endpoints, isStatus, jsonEqual, type JsonValue, type KubeObject, type ResourceType, services } from '#api';
import type { Endpoints, Service } from '#api/types/core-v1';
import type { EndpointSlice } from '#api/types/discovery-v1';
import type { Clock, Log, Timer } from '#lib';
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
  #running: Promise<void> | undefined;
  #isDirty = false;
  #isStopped = false;
  #retry: Timer | undefined;

  constructor(options: KubernetesServiceOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const touched = ({ metadata }: KubeObject): void => {
      if (metadata.name === REF.name && metadata.namespace === REF.namespace) void this.#trigger();
    };
    await this.#trigger();
    for (const type of [services, endpoints, endpointSlices] as readonly ResourceType[]) {
      this.#unsubscribe.push(this.#options.reader.onChange(type, (object) => touched(object)));
    }
  }
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const end of this.#unsubscribe) end();
    this.#unsubscribe = [];
    await this.#running;
    this.#retry?.cancel();
  }

  /** Runs once more after what is running, however often it is called. */
  #trigger(): Promise<void> {
    this.#isDirty = true;
    this.#running ??= this.#reconcileWhileDirty().finally(() => (this.#running = undefined));
    return this.#running;
  }
  async #reconcileWhileDirty(): Promise<void> {
    while (this.#isDirty && !this.#isStopped) {
      this.#isDirty = false;
      try {
        await this.#reconcile();
      } catch (error) {
        // Someone else wrote at the same time; that change starts this again.
        if (!isStatus(error, 'Conflict', 'AlreadyExists', 'NotFound')) {
          this.#options.log.warning('Cannot keep the kubernetes service', { err: error });
          this.#retryLater();
          return;
        }
      }
    }
  }

  #retryLater(): void {
    this.#retry?.cancel();
    this.#retry = this.#options.clock.setTimer(RETRY_MS, () => void this.#trigger());
  }

  async #reconcile(): Promise<void> {
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

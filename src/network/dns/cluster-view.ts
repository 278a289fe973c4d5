import { endpointSlices, type KubeObject, keyOf, namespaces, nodes, type ResourceType, services } from '#api';
import type { Node, Service } from '#api/types/core-v1';
import type { EndpointSlice } from '#api/types/discovery-v1';
import type { InformerFactory } from '#client';
import { canonicalIpv6, type ClusterView, type NamedEndpoint, type NamedPort, type NamedService } from './records.ts';

const NO_ENDPOINTS: readonly NamedEndpoint[] = [];

/** What DNS knows of the cluster, kept current by informers. It holds only what answers need, not the objects. */
export class LiveClusterView implements ClusterView {
  serial = Math.floor(Date.UTC(2026, 0) / 1000);
  readonly #services = new Map<string, NamedService>();
  readonly #serviceByAddress = new Map<string, string>();
  /** Service key → slice key → its ready endpoints. */
  readonly #slices = new Map<string, Map<string, readonly NamedEndpoint[]>>();
  readonly #sliceOwners = new Map<string, string>();
  readonly #ownersByAddress = new Map<string, Set<string>>();
  readonly #namespaces = new Set<string>();
  /** Namespace → how many services it has. */
  readonly #servicesIn = new Map<string, number>();
  readonly #nodes = new Map<string, readonly string[]>();
  readonly #nodeByAddress = new Map<string, string>();
  readonly #merged = new Map<string, readonly NamedEndpoint[]>();
  readonly #handlers: (() => void)[] = [];

  /** Starts to follow; resolves when everything that exists is known. */
  async follow(informers: InformerFactory): Promise<void> {
    const helpful = [
      this.#follow(informers, namespaces, (key, namespace) => (namespace ? this.#namespaces.add(key) : this.#namespaces.delete(key))),
      this.#follow(informers, nodes, (key, node) => this.setNode(key, node)),
    ];
    // Empty namespaces and node names are no reason to keep the names of services waiting.
    for (const synced of helpful) synced.catch(() => undefined);
    await Promise.all([
      this.#follow(informers, services, (key, service) => this.setService(key, service)),
      this.#follow(informers, endpointSlices, (key, slice) => this.setSlice(key, slice)),
    ]);
  }
  close(): void {
    for (const forget of this.#handlers.splice(0)) forget();
  }

  service(namespace: string, name: string): NamedService | undefined {
    return this.#services.get(`${namespace}/${name}`);
  }
  endpoints(namespace: string, name: string): readonly NamedEndpoint[] {
    const key = `${namespace}/${name}`;
    const slices = this.#slices.get(key);
    if (!slices) return NO_ENDPOINTS;
    let merged = this.#merged.get(key);
    if (!merged) this.#merged.set(key, (merged = [...slices.values()].flat()));
    return merged;
  }
  hasNamespace(namespace: string): boolean {
    return this.#namespaces.has(namespace) || this.#servicesIn.has(namespace);
  }
  serviceAt(address: string): NamedService | undefined {
    return this.#services.get(this.#serviceByAddress.get(address) ?? '');
  }
  endpointsAt(address: string): readonly { service: NamedService; endpoint: NamedEndpoint }[] {
    return [...(this.#ownersByAddress.get(address) ?? [])].flatMap((key) => {
      const service = this.#services.get(key);
      const endpoint = service && this.endpoints(service.namespace, service.name).find((candidate) => candidate.address === address);
      return service && endpoint ? [{ service, endpoint }] : [];
    });
  }
  nodeAddresses(name: string): readonly string[] {
    return this.#nodes.get(name) ?? [];
  }
  nodeAt(address: string): string | undefined {
    return this.#nodeByAddress.get(address);
  }

  setService(key: string, service: Service | undefined): void {
    this.serial += 1;
    const known = this.#services.get(key);
    for (const address of known?.clusterIps ?? []) this.#serviceByAddress.delete(address);
    if (known && !service) this.#countService(known.namespace, -1);
    if (!known && service) this.#countService(service.metadata.namespace ?? '', 1);
    if (!service) return void this.#services.delete(key);
    const { type, externalName, clusterIP, clusterIPs, ports } = service.spec;
    const all = type === 'ExternalName' ? [] : clusterIPs?.length ? clusterIPs : [clusterIP ?? ''];
    const named: NamedService = {
      namespace: service.metadata.namespace ?? '',
      name: service.metadata.name ?? '',
      clusterIps: all.filter((address) => address !== '' && address !== 'None').map(canonicalIpv6),
      externalName: type === 'ExternalName' ? externalName : undefined,
      ports: (ports ?? []).map(({ name, protocol, port }) => ({ name: name ?? '', protocol: (protocol ?? 'TCP').toLowerCase(), port })),
    };
    this.#services.set(key, named);
    for (const address of named.clusterIps) this.#serviceByAddress.set(address, key);
  }

  #countService(namespace: string, change: number): void {
    const count = (this.#servicesIn.get(namespace) ?? 0) + change;
    if (count > 0) this.#servicesIn.set(namespace, count);
    else this.#servicesIn.delete(namespace);
  }

  setSlice(key: string, slice: EndpointSlice | undefined): void {
    this.serial += 1;
    const before = this.#sliceOwners.get(key);
    if (before !== undefined) this.#dropSlice(before, key);
    const name = slice?.metadata.labels?.['kubernetes.io/service-name'];
    if (!slice || !name) return;
    const owner = `${slice.metadata.namespace}/${name}`;
    const endpoints = readyEndpoints(slice);
    let slices = this.#slices.get(owner);
    if (!slices) this.#slices.set(owner, (slices = new Map()));
    slices.set(key, endpoints);
    this.#sliceOwners.set(key, owner);
    this.#merged.delete(owner);
    for (const { address } of endpoints) {
      const owners = this.#ownersByAddress.get(address);
      if (owners) owners.add(owner);
      else this.#ownersByAddress.set(address, new Set([owner]));
    }
  }
  #dropSlice(owner: string, key: string): void {
    const slices = this.#slices.get(owner);
    const endpoints = slices?.get(key) ?? [];
    slices?.delete(key);
    if (slices?.size === 0) this.#slices.delete(owner);
    this.#sliceOwners.delete(key);
    this.#merged.delete(owner);
    const remaining = new Set([...(slices?.values() ?? [])].flat().map(({ address }) => address));
    for (const { address } of endpoints) {
      if (remaining.has(address)) continue;
      const owners = this.#ownersByAddress.get(address);
      owners?.delete(owner);
      if (owners?.size === 0) this.#ownersByAddress.delete(address);
    }
  }

  setNode(key: string, node: Node | undefined): void {
    const before = this.#nodes.get(key.toLowerCase()) ?? [];
    const after = (node?.status?.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => canonicalIpv6(address));
    if (before.join() === after.join()) return; // a heartbeat
    for (const address of before) this.#nodeByAddress.delete(address);
    if (after.length === 0) return void this.#nodes.delete(key.toLowerCase());
    this.#nodes.set(key.toLowerCase(), after);
    for (const address of after) this.#nodeByAddress.set(address, key);
  }

  #follow<T extends KubeObject>(informers: InformerFactory, type: ResourceType<T>, set: (key: string, object: T | undefined) => void): Promise<void> {
    const informer = informers.informer(type);
    const put = (object: T) => set(keyOf(object), object);
    this.#handlers.push(informer.on({ added: put, updated: put, deleted: (object) => set(keyOf(object), undefined) }));
    return informer.synced;
  }
}

function readyEndpoints(slice: EndpointSlice): NamedEndpoint[] {
  if (slice.addressType === 'FQDN') return [];
  const ports: NamedPort[] = (slice.ports ?? []).flatMap(({ name, protocol, port }) =>
    port ? [{ name: name ?? '', protocol: (protocol ?? 'TCP').toLowerCase(), port }] : [],
  );
  return (slice.endpoints ?? [])
    .filter((endpoint) => endpoint.conditions?.ready ?? true)
    .flatMap((endpoint) => endpoint.addresses.map((address) => ({ address: canonicalIpv6(address), hostname: endpoint.hostname?.toLowerCase(), ports })));
}

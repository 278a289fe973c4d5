import { endpointSlices, keyOf, type KubeObject, pods, type ResourceType, services } from '#api';
import type { Pod, Service } from '#api/types/core-v1';
import type { EndpointSlice } from '#api/types/discovery-v1';
import { type Client, createInformerFactory, type InformerFactory } from '#client';
import { type Clock, createLog, describeError, type Log, systemClock, type Timer } from '#lib';
import { baseRules } from './base-rules.ts';
import { HealthCheckServers } from './health-check-servers.ts';
import { allowLocalNodePorts, applyRules, forgetFlows, readLeftovers, routeServices } from './host.ts';
import { type Family, type OwnedRules, type PlanContext, planHealthCheck, planHostPorts, planService } from './plan.ts';
import { Ruleset } from './ruleset.ts';
import { abandonedFlows, readTranslatedFlows, type StaleFlow, staleFlows } from './udp-flows.ts';

export interface ServiceProxyOptions {
  readonly client: Client;
  /** Informers to share with others; default: own ones. */
  readonly informers?: InformerFactory | undefined;
  /** For the Pods of this node, whose host ports are served here: the node's own client. Default `client`, which then must be allowed to list Pods. */
  readonly podClient?: Client | undefined;
  readonly nodeName: string;
  readonly nodeIps: readonly string[];
  /** One network, or an IPv4 and an IPv6 one with a comma between. */
  readonly clusterCidr: string;
  readonly serviceCidr: string;
  /** Networks whose addresses of this host take node ports; default: every address of the host. */
  readonly nodePortAddresses?: readonly string[] | undefined;
  /** Service addresses that this host serves itself: those of cluster DNS. */
  readonly ownAddresses?: readonly string[] | undefined;
  /** For topology hints: the node's `topology.kubernetes.io/zone`. */
  readonly zone?: string | undefined;
  readonly log?: Log | undefined;
  readonly clock?: Clock | undefined;
}

/** Makes service addresses, node ports and host ports of this node lead to pods. */
export interface ServiceProxy {
  readonly name: string;
  /** Resolves when no packet for an unknown service address can leave the host; rules of services follow when the API has been read. */
  start(): Promise<void>;
  /** The rules stay: services go on to work while nobody watches. */
  stop(): Promise<void>;
  health(): string | undefined;
  /** Resolves when the rules of everything that existed at the start are in the kernel. */
  readonly synced: Promise<void>;
}

/** Changes that arrive within this time go into one transaction. */
const COALESCE_MS = 3;
const RETRY_MS = 1000;
/** How long the first rules wait for the node's Pods. */
const POD_WAIT_MS = 2000;

/**
 * Follows Services, EndpointSlices and this node's Pods, plans the rules of what changed (`plan.ts`) and gives nft the difference
 * (`ruleset.ts`), one transaction at a time. A restart adopts the table that is there: connections and affinities survive.
 */
export function createServiceProxy(options: ServiceProxyOptions): ServiceProxy {
  return new NftServiceProxy(options);
}

class NftServiceProxy implements ServiceProxy {
  readonly name = 'service-proxy';
  readonly synced: Promise<void>;
  readonly #options: ServiceProxyOptions;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #serviceCidrs: readonly string[];
  readonly #families: readonly { readonly context: PlanContext; readonly ruleset: Ruleset; readonly base: string }[];
  readonly #services = new Map<string, Service>();
  /** Service key → slice key → slice. */
  readonly #slices = new Map<string, Map<string, EndpointSlice>>();
  readonly #sliceOwners = new Map<string, string>();
  readonly #pods = new Map<string, Pod>();
  /** Owners to plan anew: `service ns/name` and `pod ns/name`. */
  #dirty = new Set<string>();
  #isSynced = false;
  readonly #healthChecks: HealthCheckServers;
  readonly #resolveSynced: () => void;
  readonly #handlers: (() => void)[] = [];
  readonly #stop = new AbortController();
  #timer: Timer | undefined;
  #flushing: Promise<void> | undefined;
  #isStopped = false;
  /** The kernel may not hold what the rulesets say: the next flush rebuilds all. */
  #mustRebuild = true;
  #problem: string | undefined;
  #hasLookedForFlows = false;

  constructor(options: ServiceProxyOptions) {
    this.#options = options;
    this.#log = options.log ?? createLog('network');
    this.#clock = options.clock ?? systemClock;
    this.#serviceCidrs = split(options.serviceCidr);
    this.#families = familiesOf(options).map((context) => {
      const ofFamily = (networks: readonly string[]) => networks.filter((network) => network.includes(':') === (context.family === 'ip6'));
      const base = {
        family: context.family,
        serviceCidrs: ofFamily(this.#serviceCidrs),
        nodePortAddresses: ofFamily(options.nodePortAddresses ?? []),
      };
      return { context, ruleset: new Ruleset(base), base: baseRules(base) };
    });
    this.#healthChecks = new HealthCheckServers(this.#log);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.synced = promise;
    this.#resolveSynced = resolve;
  }

  async start(): Promise<void> {
    for (const { base, context } of this.#families) await this.#applyBase(base, context.family);
    await Promise.all([routeServices(this.#serviceCidrs, this.#options.nodeIps), allowLocalNodePorts(this.#log)]);
    const informersOf = (client: Client) => createInformerFactory(client, { signal: this.#stop.signal, log: this.#log, clock: this.#clock });
    const { client, podClient } = this.#options;
    const informers = this.#options.informers ?? informersOf(client);
    const ownPods = { fieldSelector: `spec.nodeName=${this.#options.nodeName}` };
    const podsSynced = this.#follow(podClient ? informersOf(podClient) : informers, {
      type: pods,
      selection: ownPods,
      changed: (key, pod) => this.#onPod(key, pod),
    });
    const synced = [
      this.#follow(informers, { type: services, changed: (key, service) => this.#onService(key, service) }),
      this.#follow(informers, { type: endpointSlices, changed: (key, slice) => this.#onSlice(key, slice) }),
      // Host ports that cannot be known must not keep services from working.
      Promise.race([podsSynced, this.#clock.sleep(POD_WAIT_MS, this.#stop.signal)]),
    ];
    // Stopped before everything was known: then there is nothing to write.
    Promise.all(synced).then(
      () => this.#onSynced(),
      () => undefined,
    );
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    for (const forget of this.#handlers.splice(0)) forget();
    this.#stop.abort();
    await this.#flushing;
    await this.#healthChecks.close();
  }

  health(): string | undefined {
    return this.#problem;
  }

  #follow<T extends KubeObject>(
    informers: InformerFactory,
    { type, selection, changed }: { type: ResourceType<T>; selection?: { fieldSelector: string }; changed: (key: string, object: T | undefined) => void },
  ): Promise<void> {
    const informer = informers.informer(type, selection);
    const put = (object: T) => changed(keyOf(object), object);
    this.#handlers.push(informer.on({ added: put, updated: put, deleted: (object) => changed(keyOf(object), undefined) }));
    return informer.synced;
  }

  /** A table that another version left with other maps is replaced, in one transaction. */
  async #applyBase(base: string, family: Family): Promise<void> {
    try {
      await applyRules(base);
    } catch (error) {
      this.#log.warning('Replacing service rules that another version left', { family, err: error });
      await applyRules(`add table ${family} k3ts-proxy\ndelete table ${family} k3ts-proxy\n${base}`);
    }
  }

  #onService(key: string, service: Service | undefined): void {
    if (service) this.#services.set(key, service);
    else this.#services.delete(key);
    this.#touch(`service ${key}`);
  }

  #onSlice(key: string, slice: EndpointSlice | undefined): void {
    const before = this.#sliceOwners.get(key);
    const name = slice?.metadata.labels?.['kubernetes.io/service-name'];
    const owner = name ? `${slice?.metadata.namespace}/${name}` : undefined;
    if (before !== undefined && before !== owner) {
      const slices = this.#slices.get(before);
      slices?.delete(key);
      if (slices?.size === 0) this.#slices.delete(before);
      this.#sliceOwners.delete(key);
      this.#touch(`service ${before}`);
    }
    if (!slice || !owner) return;
    let slices = this.#slices.get(owner);
    if (!slices) this.#slices.set(owner, (slices = new Map()));
    slices.set(key, slice);
    this.#sliceOwners.set(key, owner);
    this.#touch(`service ${owner}`);
  }

  #onPod(key: string, pod: Pod | undefined): void {
    const hasHostPorts =
      pod && [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].some((container) => container.ports?.some((port) => port.hostPort));
    if (!hasHostPorts && !this.#pods.has(key)) return;
    if (pod && hasHostPorts) this.#pods.set(key, pod);
    else this.#pods.delete(key);
    this.#touch(`pod ${key}`);
  }

  #onSynced(): void {
    this.#isSynced = true;
    this.#schedule(0);
  }

  #touch(owner: string): void {
    this.#dirty.add(owner);
    this.#schedule(COALESCE_MS);
  }

  /** Before everything is known nothing is written: half a picture would take away what an earlier start left. */
  #schedule(delayMs: number): void {
    if (!this.#isSynced || this.#timer || this.#flushing || this.#isStopped) return;
    this.#timer = this.#clock.setTimer(delayMs, () => {
      this.#timer = undefined;
      this.#flushing = this.#flush().finally(() => {
        this.#flushing = undefined;
        if (this.#dirty.size > 0 || this.#mustRebuild) this.#schedule(this.#mustRebuild ? RETRY_MS : COALESCE_MS);
      });
    });
  }

  async #flush(): Promise<void> {
    const owners = this.#dirty;
    this.#dirty = new Set();
    const stale: StaleFlow[] = [];
    try {
      for (const { context, ruleset } of this.#families) {
        const changes = new Map<string, OwnedRules | undefined>();
        for (const owner of owners) {
          const next = this.#plan(owner, context);
          stale.push(...staleFlows(ruleset.rulesOf(owner), next));
          changes.set(owner, next);
        }
        const script = ruleset.change(changes);
        if (this.#mustRebuild) await applyRules(ruleset.rebuild((await readLeftovers(context.family)) ?? { chains: [], sets: [] }));
        else if (script) await applyRules(script);
      }
      this.#mustRebuild = false;
      this.#problem = undefined;
    } catch (error) {
      this.#mustRebuild = true;
      this.#problem = `service rules are not up to date: ${describeError(error)}`;
      this.#log.error('Cannot apply service rules, rebuilding them', { err: error });
      return;
    }
    this.#updateHealthChecks(owners);
    if (!this.#hasLookedForFlows) stale.push(...(await this.#flowsOfEarlierStart()));
    if (stale.length > 0) await forgetFlows(stale, this.#log);
    this.#resolveSynced();
  }

  /** What went while nobody looked. */
  async #flowsOfEarlierStart(): Promise<StaleFlow[]> {
    this.#hasLookedForFlows = true;
    const found = this.#families.map(async ({ context, ruleset }) => {
      const flows = await readTranslatedFlows(context.family);
      return abandonedFlows(flows, { owned: ruleset.all(), serviceCidrs: this.#serviceCidrs, clusterCidrs: context.clusterCidrs });
    });
    return (await Promise.all(found)).flat();
  }

  #plan(owner: string, context: PlanContext): OwnedRules | undefined {
    const [kind, key = ''] = owner.split(' ');
    if (kind === 'pod') {
      const pod = this.#pods.get(key);
      return pod && planHostPorts(pod, context.family);
    }
    const service = this.#services.get(key);
    return service && planService(service, this.#slicesOf(key), context);
  }

  #slicesOf(key: string): readonly EndpointSlice[] {
    return [...(this.#slices.get(key)?.values() ?? [])];
  }

  #updateHealthChecks(owners: ReadonlySet<string>): void {
    const context = this.#families[0]?.context;
    for (const owner of owners) {
      const [kind, key = ''] = owner.split(' ');
      if (kind !== 'service' || !context) continue;
      const service = this.#services.get(key);
      this.#healthChecks.set(key, service && planHealthCheck(service, this.#slicesOf(key), context));
    }
  }
}

function familiesOf(options: ServiceProxyOptions): PlanContext[] {
  const clusterCidrs = split(options.clusterCidr);
  const families: Family[] = ['ip', 'ip6'];
  return families.flatMap((family) => {
    const own = clusterCidrs.filter((cidr) => cidr.includes(':') === (family === 'ip6'));
    if (own.length === 0) return [];
    return [{ family, clusterCidrs: own, nodeName: options.nodeName, zone: options.zone, ownAddresses: new Set(options.ownAddresses ?? []) }];
  });
}

function split(list: string): string[] {
  return list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

import { ipAddresses, isStatus, type KubeObject, serviceCidrs, services } from '#api';
import type { Service } from '#api/types/core-v1';
import type { IPAddress, ServiceCIDR } from '#api/types/networking-v1';
import type { Log } from '#lib';
import { APISERVER_USER } from '../../bootstrap/index.ts';
import type { ObjectReader } from '../../contract.ts';
import type { LocalServer } from '../../endpoints/local.ts';
import type { IpFamily } from './ip-range.ts';
import { type AddressBook, addressesOf, type ServiceAddresses } from './service-addresses.ts';

const MANAGER = 'ipallocator.k8s.io';
const MANAGED_BY = 'ipaddress.kubernetes.io/managed-by';
const FAMILY = 'ipaddress.kubernetes.io/ip-family';

export interface IpAddressKeeperOptions {
  readonly local: LocalServer;
  readonly reader: ObjectReader;
  readonly addresses: ServiceAddresses;
  readonly log: Log;
}

/**
 * Writes an IPAddress for each address of a Service before the Service has it, and takes it away after. What a crash left behind or somebody deleted is mended:
 * at the start and on each change. Also serves the ranges that ServiceCIDRs add.
 */
export class IpAddressKeeper implements AddressBook {
  readonly #options: IpAddressKeeperOptions;
  readonly #pending = new Set<Promise<void>>();
  /** Whose IPAddress goes away on purpose. */
  readonly #releasing = new Set<string>();
  #unsubscribe: (() => void)[] = [];

  constructor(options: IpAddressKeeperOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { reader } = this.#options;
    await Promise.all([reader.settled(services), reader.settled(ipAddresses), reader.settled(serviceCidrs)]);
    this.#unsubscribe = [
      reader.onChange(serviceCidrs, () => this.#readRanges()),
      reader.onChange(ipAddresses, ({ metadata }) => this.#schedule(metadata.name ?? '')),
    ];
    this.#readRanges();
    const holders = new Map([...this.#held()].map(({ ip, service }) => [ip, service]));
    const names = new Set([...holders.keys(), ...[...reader.list(ipAddresses)].map(({ metadata }) => metadata.name ?? '')]);
    for (const name of names) await this.#mend(name, holders);
  }
  async stop(): Promise<void> {
    for (const end of this.#unsubscribe) end();
    await Promise.all(this.#pending);
  }

  async claim(ip: string, family: IpFamily, { metadata }: KubeObject): Promise<boolean> {
    const { namespace = '', name = '' } = metadata;
    const body: IPAddress = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IPAddress',
      metadata: { name: ip, labels: { [FAMILY]: family, [MANAGED_BY]: MANAGER } },
      spec: { parentRef: { group: '', resource: 'services', namespace, name } },
    };
    try {
      await this.#options.local.request({ verb: 'create', resource: ipAddresses, user: APISERVER_USER, body: body as KubeObject });
      return true;
    } catch (error) {
      if (isStatus(error, 'AlreadyExists')) return false;
      throw error;
    }
  }

  async release(ip: string): Promise<void> {
    this.#releasing.add(ip);
    try {
      await this.#options.local.request({ verb: 'delete', resource: ipAddresses, user: APISERVER_USER, ref: { name: ip } });
    } catch (error) {
      // The Service is changed already; what stays is mended at the next start.
      if (!isStatus(error, 'NotFound')) this.#options.log.warning('Cannot delete the IPAddress of a Service', { ip, err: error });
    } finally {
      this.#releasing.delete(ip);
    }
  }

  #readRanges(): void {
    const cidrs = [...this.#options.reader.list<ServiceCIDR>(serviceCidrs)].flatMap((each) => (isReady(each) ? (each.spec?.cidrs ?? []) : []));
    try {
      this.#options.addresses.setExtraRanges(
        cidrs,
        [...this.#held()].map(({ ip }) => ip),
      );
    } catch (error) {
      this.#options.log.warning('Cannot use a ServiceCIDR', { err: error });
    }
  }

  #schedule(ip: string): void {
    if (!this.#isWrong(ip, undefined)) return;
    const running = this.#mend(ip).finally(() => this.#pending.delete(running));
    this.#pending.add(running);
  }

  async #mend(ip: string, holders?: ReadonlyMap<string, Service>): Promise<void> {
    const { local, reader, log } = this.#options;
    try {
      await Promise.all([reader.settled(services), reader.settled(ipAddresses)]);
      const wrong = this.#isWrong(ip, holders);
      if (!wrong) return;
      if (wrong.service) await this.claim(ip, ip.includes(':') ? 'IPv6' : 'IPv4', wrong.service);
      else await local.request({ verb: 'delete', resource: ipAddresses, user: APISERVER_USER, ref: { name: ip } });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) log.warning('Cannot mend the IPAddress of a Service', { ip, err: error });
    }
  }

  /** Whether the IPAddress lacks (then `service` says whose it is) or is there without reason. */
  #isWrong(ip: string, holders: ReadonlyMap<string, Service> | undefined): { readonly service?: Service } | undefined {
    const { reader, addresses } = this.#options;
    const object = reader.get<IPAddress>(ipAddresses, { name: ip });
    if (!object) {
      if (this.#releasing.has(ip) || !addresses.has(ip)) return undefined;
      const service = holders ? holders.get(ip) : [...this.#held()].find((each) => each.ip === ip)?.service;
      return service && { service };
    }
    if (object.metadata.labels?.[MANAGED_BY] !== MANAGER || object.metadata.deletionTimestamp) return undefined;
    const parent = object.spec?.parentRef;
    const owner = parent && reader.get<Service>(services, { namespace: parent.namespace ?? '', name: parent.name });
    if (owner && addressesOf(owner.spec).includes(ip)) return undefined;
    // The write of the Service that is to have it may be under way.
    return addresses.has(ip) && !holders?.has(ip) ? undefined : {};
  }

  *#held(): Generator<{ readonly ip: string; readonly service: Service }, void, void> {
    for (const service of this.#options.reader.list<Service>(services)) for (const ip of addressesOf(service.spec)) yield { ip, service };
  }
}

/** As upstream's allocator sees it: one that nobody judged is ready. */
function isReady({ metadata, status }: ServiceCIDR): boolean {
  if (metadata.deletionTimestamp) return false;
  return (status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'True') === 'True';
}

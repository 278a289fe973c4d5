import { type FieldError, invalid, type KubeObject, newInvalid } from '#api';
import type { Service, ServiceSpec } from '#api/types/core-v1';
import type { Random } from '#lib';
import type { Call } from '../call.ts';
import type { StorageHook, Undo } from '../registry.ts';
import { fillIpFamilies, isSettled } from './ip-families.ts';
import type { IpFamily } from './ip-range.ts';
import { NodePorts, nodePortsOf, PortOperation, type PortRange } from './node-ports.ts';
import { addressesOf, ServiceAddresses } from './service-addresses.ts';

export interface ServiceAllocationOptions {
  readonly serviceCidr: string;
  readonly nodePortRange: PortRange;
  readonly random: Random;
}

/** Addresses and node ports of Services: given at create and update, taken back at delete, found again from what is stored at the start. */
export class ServiceAllocations implements StorageHook {
  readonly addresses: ServiceAddresses;
  readonly #ports: NodePorts;

  constructor({ serviceCidr, nodePortRange, random }: ServiceAllocationOptions) {
    this.addresses = new ServiceAddresses(serviceCidr, random);
    this.#ports = new NodePorts(nodePortRange, random);
  }

  /** Takes what existing Services hold. */
  repair(services: Iterable<KubeObject>): void {
    for (const service of services) {
      const { spec } = service as Service;
      for (const ip of addressesOf(spec)) this.addresses.take(ip);
      for (const port of nodePortsOf(spec)) this.#ports.allocate(port);
    }
  }

  beforeCreate(object: KubeObject, call: Call): Promise<Undo> {
    const service = object as Service;
    service.spec ??= {} as ServiceSpec;
    return this.#allocate(service, undefined, call);
  }

  beforeUpdate(object: KubeObject, old: KubeObject, call: Call): Promise<Undo> {
    const service = object as Service;
    service.spec = { ...service.spec };
    if (service.spec.ports) service.spec.ports = service.spec.ports.map((port) => ({ ...port }));
    return this.#allocate(service, (old as Service).spec, call);
  }

  /** What the new form no longer holds is free again. */
  async afterUpdate(object: KubeObject, old: KubeObject): Promise<void> {
    const { spec } = object as Service;
    const [ips, ports] = [new Set(addressesOf(spec)), new Set(nodePortsOf(spec))];
    await this.#release((old as Service).spec, ips, ports);
  }

  async afterDelete(object: KubeObject): Promise<void> {
    await this.#release((object as Service).spec, new Set(), new Set());
  }

  async #release(spec: ServiceSpec, keptIps: ReadonlySet<string>, keptPorts: ReadonlySet<number>): Promise<void> {
    for (const port of nodePortsOf(spec)) if (!keptPorts.has(port)) this.#ports.release(port);
    for (const ip of addressesOf(spec)) if (!keptIps.has(ip)) await this.addresses.release(ip);
  }

  /** Allocates what `service` lacks or asks for beyond `old`; all or nothing. Returns what undoes it. */
  async #allocate(service: Service, old: ServiceSpec | undefined, call: Call): Promise<Undo> {
    const ips: string[] = [];
    const refuse = (error: FieldError) => refused(service, [error]);
    const operation = new PortOperation(this.#ports, refuse);
    const undo = async (): Promise<void> => {
      operation.revert();
      for (const ip of ips) await this.addresses.release(ip);
    };
    try {
      const errors = fillIpFamilies(service.spec, old, this.addresses.families);
      if (errors.length) throw refused(service, errors);
      if (needsAddresses(service.spec, old)) await this.#allocateIps(service, old, call.isDryRun, ips);
      if (old) operation.forUpdate(service.spec, old);
      else operation.forNew(service.spec);
    } catch (error) {
      await undo();
      throw error;
    }
    return undo;
  }

  async #allocateIps(service: Service, old: ServiceSpec | undefined, isDryRun: boolean, taken: string[]): Promise<void> {
    const { spec } = service;
    const list = [...(spec.clusterIPs ?? [])];
    const first = old && old.type !== 'ExternalName' ? 1 : 0;
    for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
      if (i < first) continue;
      const wanted = list[i];
      if (wanted) {
        const failure = await this.addresses.allocate(wanted, family as IpFamily, service, isDryRun);
        if (failure) throw refused(service, [invalid('spec.clusterIPs', list, `failed to allocate IP ${wanted}: ${failure}`)]);
      }
      const ip = wanted || (await this.addresses.allocateNext(family as IpFamily, service, isDryRun));
      if (!isDryRun) taken.push(ip);
      list[i] = ip;
    }
    spec.clusterIPs = list;
    spec.clusterIP = list[0] ?? '';
  }
}

/** Whether a write gives a Service its first addresses, or a second one. */
function needsAddresses(spec: ServiceSpec, old: ServiceSpec | undefined): boolean {
  if (spec.type === 'ExternalName' || isSettled(spec, old)) return false;
  if (!old || old.type === 'ExternalName') return spec.clusterIPs?.[0] !== 'None';
  if (old.clusterIPs?.[0] === 'None') return false;
  return old.ipFamilies?.length === 1 && spec.ipFamilies?.length === 2;
}

function refused({ metadata }: Service, errors: FieldError[]): Error {
  return newInvalid({ group: '', kind: 'Service' }, metadata.name ?? '', errors);
}

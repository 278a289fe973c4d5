import { type FieldError, invalid, type KubeObject, newInternalError, newInvalid } from '#api';
import type { Service, ServiceSpec } from '#api/types/core-v1';
import type { Random } from '#lib';
import type { Call } from '../call.ts';
import type { StorageHook } from '../registry.ts';
import { BandAllocator } from './band-allocator.ts';
import { IpRange } from './ip-range.ts';

export interface ServiceAllocationOptions {
  readonly serviceCidr: string;
  readonly nodePortRange: { readonly from: number; readonly to: number };
  readonly random: Random;
}

/** Addresses and node ports of Services: given at create and update, taken back at delete, found again from what is stored at the start. */
export class ServiceAllocations implements StorageHook {
  readonly ips: IpRange;
  readonly #from: number;
  readonly #to: number;
  readonly #ports: BandAllocator;

  constructor({ serviceCidr, nodePortRange, random }: ServiceAllocationOptions) {
    this.ips = new IpRange(serviceCidr, random);
    this.#from = nodePortRange.from;
    this.#to = nodePortRange.to;
    const size = nodePortRange.to - nodePortRange.from + 1;
    this.#ports = new BandAllocator(size, Math.min(Math.max(16, Math.floor(size / 32)), 128), random);
  }

  /** Takes what existing Services hold. */
  repair(services: Iterable<KubeObject>): void {
    for (const service of services) {
      const { spec } = service as Service;
      for (const ip of ownIps(spec)) this.ips.allocate(ip);
      for (const port of nodePortsOf(spec)) this.#ports.allocate(port - this.#from);
    }
  }

  beforeCreate(object: KubeObject, call: Call): () => void {
    const service = object as Service;
    service.spec ??= {} as ServiceSpec;
    return this.#transaction(call, service, undefined);
  }

  beforeUpdate(object: KubeObject, old: KubeObject, call: Call): () => void {
    const service = object as Service;
    service.spec = { ...service.spec };
    return this.#transaction(call, service, (old as Service).spec);
  }

  /** What the new form no longer holds is free again. */
  afterUpdate(object: KubeObject, old: KubeObject): void {
    const { spec } = object as Service;
    const { spec: before } = old as Service;
    const ips = new Set(ownIps(spec));
    const ports = new Set(nodePortsOf(spec));
    for (const ip of ownIps(before)) if (!ips.has(ip)) this.ips.release(ip);
    for (const port of nodePortsOf(before)) if (!ports.has(port)) this.#ports.release(port - this.#from);
  }

  afterDelete(object: KubeObject): void {
    const { spec } = object as Service;
    for (const ip of ownIps(spec)) this.ips.release(ip);
    for (const port of nodePortsOf(spec)) this.#ports.release(port - this.#from);
  }

  /** Allocates what `service` lacks or asks for beyond `before`; all or nothing. Returns what undoes it. */
  #transaction(call: Call, service: Service, before: ServiceSpec | undefined): () => void {
    const undo: (() => void)[] = [];
    const undoAll = (): void => {
      for (const run of undo) run();
    };
    try {
      this.#fillFamilies(call, service);
      this.#allocateIp(call, service, before, undo);
      this.#allocatePorts(call, service, before, undo);
    } catch (error) {
      undoAll();
      throw error;
    }
    return undoAll;
  }

  #fillFamilies(call: Call, service: Service): void {
    const { spec } = service;
    if (spec.type === 'ExternalName') {
      for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const) delete spec[field];
      return;
    }
    const isHeadless = spec.clusterIP === 'None';
    const isSelectorless = Object.keys(spec.selector ?? {}).length === 0;
    if (isHeadless && isSelectorless) {
      // Nobody knows what the endpoints will be: both families are possible.
      spec.ipFamilyPolicy ??= 'RequireDualStack';
      spec.ipFamilies ??= spec.ipFamilyPolicy === 'SingleStack' ? ['IPv4'] : ['IPv4', 'IPv6'];
      return;
    }
    const errors: FieldError[] = [];
    if (spec.ipFamilyPolicy === 'RequireDualStack')
      errors.push(invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, 'this cluster is not configured for dual-stack services'));
    const wrong = spec.ipFamilies?.findIndex((family) => family !== 'IPv4') ?? -1;
    if (wrong >= 0) errors.push(invalid(`spec.ipFamilies[${wrong}]`, spec.ipFamilies?.[wrong], 'not configured on this cluster'));
    for (const [i, ip] of (spec.clusterIPs ?? []).entries()) {
      if (ip.includes(':')) errors.push(invalid(`spec.clusterIPs[${i}]`, spec.clusterIPs, 'IPv6 is not configured on this cluster'));
    }
    if (errors.length > 0) throw serviceInvalid(call, service, errors);
    spec.ipFamilyPolicy ??= 'SingleStack';
    spec.ipFamilies ??= ['IPv4'];
  }

  #allocateIp(call: Call, service: Service, before: ServiceSpec | undefined, undo: (() => void)[]): void {
    const { spec } = service;
    if (spec.type === 'ExternalName') return;
    if (spec.clusterIP === 'None') {
      spec.clusterIPs = ['None'];
      return;
    }
    const wanted = spec.clusterIP || spec.clusterIPs?.[0];
    if (wanted && before && ownIps(before).includes(wanted)) return;
    const ip = wanted || this.ips.allocateNext();
    if (ip === undefined) throw newInternalError(new Error('failed to allocate a serviceIP: range is full'));
    const failure = wanted ? this.ips.allocate(wanted) : undefined;
    if (failure) {
      const cause =
        failure === 'allocated'
          ? 'provided IP is already allocated'
          : `the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${this.ips.cidr}`;
      throw serviceInvalid(call, service, [invalid('spec.clusterIPs', spec.clusterIPs ?? [ip], `failed to allocate IP ${ip}: ${cause}`)]);
    }
    undo.push(() => this.ips.release(ip));
    spec.clusterIP = ip;
    spec.clusterIPs = [ip];
  }

  #allocatePorts(call: Call, service: Service, before: ServiceSpec | undefined, undo: (() => void)[]): void {
    const { spec } = service;
    if (!needsNodePorts(spec)) return;
    const held = new Set(before ? nodePortsOf(before) : []);
    const take = (wanted: number | undefined, field: string): number => {
      if (wanted && held.has(wanted)) return wanted;
      const port = wanted || this.#nextPort();
      const failure = wanted ? this.#ports.allocate(wanted - this.#from) : undefined;
      if (failure) {
        const cause =
          failure === 'allocated'
            ? 'provided port is already allocated'
            : `provided port is not in the valid range. The range of valid ports is ${this.#from}-${this.#to}`;
        throw serviceInvalid(call, service, [invalid(field, wanted, cause)]);
      }
      undo.push(() => this.#ports.release(port - this.#from));
      held.add(port);
      return port;
    };
    // A port number may serve two protocols: the second takes what the first has.
    const byNumber = new Map<number, number>();
    const asked = (spec.ports ?? []).map((port, i) => ({ ...port, i }));
    // Those who ask for a number come first, lest a free choice takes it.
    for (const port of [...asked.filter(({ nodePort }) => nodePort), ...asked.filter(({ nodePort }) => !nodePort)]) {
      const sibling = port.nodePort ? undefined : asked.find((each) => each.port === port.port && each.protocol !== port.protocol && each.nodePort)?.nodePort;
      const wanted = port.nodePort || sibling;
      if (wanted && held.has(wanted)) port.nodePort = wanted;
      else if (wanted || needsPortFor(spec)) port.nodePort = take(wanted, `spec.ports[${port.i}].nodePort`);
      if (port.nodePort) byNumber.set(port.i, port.nodePort);
      const target = asked[port.i];
      if (target && port.nodePort) target.nodePort = port.nodePort;
    }
    if (spec.ports) {
      spec.ports = spec.ports.map((port, i) => {
        const nodePort = byNumber.get(i);
        return nodePort ? { ...port, nodePort } : port;
      });
    }
    if (spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local')
      spec.healthCheckNodePort = take(spec.healthCheckNodePort, 'spec.healthCheckNodePort');
  }

  #nextPort(): number {
    const offset = this.#ports.allocateNext();
    if (offset === undefined) throw newInternalError(new Error('failed to allocate a nodePort: range is full'));
    return this.#from + offset;
  }
}

function needsNodePorts({ type }: ServiceSpec): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}
/** Load balancers may do without, except for ports that are asked for. */
function needsPortFor(spec: ServiceSpec): boolean {
  return spec.type === 'NodePort' || spec.allocateLoadBalancerNodePorts !== false;
}
function ownIps({ type, clusterIPs, clusterIP }: ServiceSpec): string[] {
  if (type === 'ExternalName') return [];
  return (clusterIPs ?? (clusterIP ? [clusterIP] : [])).filter((ip) => ip !== '' && ip !== 'None');
}
function nodePortsOf({ ports, healthCheckNodePort }: ServiceSpec): number[] {
  const numbers = (ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : []));
  return healthCheckNodePort ? [...numbers, healthCheckNodePort] : numbers;
}
function serviceInvalid(call: Call, service: Service, errors: FieldError[]): Error {
  return newInvalid({ group: '', kind: call.definition.kind }, service.metadata.name ?? '', errors);
}

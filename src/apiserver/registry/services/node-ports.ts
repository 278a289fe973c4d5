import { type FieldError, invalid, needsHealthCheckPort, newInternalError, StatusError } from '#api';
import type { ServicePort, ServiceSpec } from '#api/types/core-v1';
import type { Random } from '#lib';
import { BandAllocator } from './band-allocator.ts';

const BAND_STEP = 32;
const MIN_LOWER_BAND = 16;
const MAX_LOWER_BAND = 128;

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** The ports that every node keeps for Services. */
export class NodePorts {
  readonly range: PortRange;
  readonly #ports: BandAllocator;

  constructor(range: PortRange, random: Random) {
    this.range = range;
    const size = range.to - range.from + 1;
    const band = size <= MIN_LOWER_BAND ? 0 : Math.min(Math.max(MIN_LOWER_BAND, Math.floor(size / BAND_STEP)), MAX_LOWER_BAND);
    this.#ports = new BandAllocator(size, band, random);
  }

  /** Takes a certain port; returns why it cannot be had. */
  allocate(port: number): string | undefined {
    const { from, to } = this.range;
    switch (this.#ports.allocate(port - from)) {
      case undefined:
        return undefined;
      case 'out-of-range':
        return `provided port is not in the valid range. The range of valid ports is ${from}-${to}`;
      default:
        return 'provided port is already allocated';
    }
  }
  allocateNext(): number | undefined {
    const offset = this.#ports.allocateNext();
    return offset === undefined ? undefined : this.range.from + offset;
  }
  release(port: number): void {
    this.#ports.release(port - this.range.from);
  }
}

/** What one write takes of the node ports; follows pkg/registry/core/service/storage/alloc.go. */
export class PortOperation {
  readonly taken: number[] = [];
  readonly #ports: NodePorts;
  /** Turns what is wrong with a field into the answer. */
  readonly #refuse: (error: FieldError) => Error;

  constructor(ports: NodePorts, refuse: (error: FieldError) => Error) {
    this.#ports = ports;
    this.#refuse = refuse;
  }

  revert(): void {
    for (const port of this.taken) this.#ports.release(port);
  }

  forNew(spec: ServiceSpec): void {
    if (hasNodePorts(spec)) this.#forNewPorts(spec);
    if (needsHealthCheckPort(spec)) this.#healthCheck(spec);
  }

  forUpdate(spec: ServiceSpec, old: ServiceSpec): void {
    if (hasNodePorts(spec)) this.#forUpdatedPorts(spec, old);
    if (!needsHealthCheckPort(spec)) {
      if (needsHealthCheckPort(old)) delete spec.healthCheckNodePort;
    } else if (!needsHealthCheckPort(old)) this.#healthCheck(spec);
  }

  /** Ports of one number share a node port, whatever their protocols are. */
  #forNewPorts(spec: ServiceSpec): void {
    const ports = spec.ports ?? [];
    const given = new Map<number, number>();
    for (const [i, port] of ports.entries()) {
      if (!port.nodePort && !givesPorts(spec)) continue;
      const shared = given.get(port.port);
      if (shared === undefined) {
        // Those behind may ask for a certain one.
        const wanted = ports.find((each) => each.port === port.port && each.nodePort)?.nodePort;
        port.nodePort = wanted ? this.#certain(wanted, i) : this.#any();
        given.set(port.port, port.nodePort);
      } else if (!port.nodePort) port.nodePort = shared;
      else if (port.nodePort !== shared) this.#certain(port.nodePort, i);
    }
  }

  #forUpdatedPorts(spec: ServiceSpec, old: ServiceSpec): void {
    const held = new Set((old.ports ?? []).map(({ nodePort }) => nodePort));
    const seen = new Set<string>();
    for (const [i, port] of (spec.ports ?? []).entries()) {
      if (!port.nodePort && !givesPorts(spec)) continue;
      if (!port.nodePort) port.nodePort = this.#any();
      else if (!held.has(port.nodePort)) {
        this.#certain(port.nodePort, i);
        held.add(port.nodePort);
      }
      const name = nameOf(port);
      // Upstream answers with an error that has no reason.
      if (seen.has(name)) throw new StatusError('Unknown', `duplicate nodePort: ${name}`);
      seen.add(name);
    }
  }

  #healthCheck(spec: ServiceSpec): void {
    const wanted = spec.healthCheckNodePort;
    if (!wanted) {
      const port = this.#next();
      if (port === undefined) throw newInternalError(new Error('failed to allocate a HealthCheck NodePort 0: range is full'));
      spec.healthCheckNodePort = port;
      return;
    }
    const failure = this.#take(wanted);
    if (failure) throw newInternalError(new Error(`failed to allocate requested HealthCheck NodePort ${wanted}: ${failure}`));
  }

  #certain(port: number, i: number): number {
    const failure = this.#take(port);
    if (failure) throw this.#refuse(invalid(`spec.ports[${i}].nodePort`, port, failure));
    return port;
  }
  #any(): number {
    const port = this.#next();
    if (port === undefined) throw newInternalError(new Error('failed to allocate a nodePort: range is full'));
    return port;
  }
  #take(port: number): string | undefined {
    const failure = this.#ports.allocate(port);
    if (!failure) this.taken.push(port);
    return failure;
  }
  #next(): number | undefined {
    const port = this.#ports.allocateNext();
    if (port !== undefined) this.taken.push(port);
    return port;
  }
}

/** As Go prints the struct. */
function nameOf({ protocol, nodePort }: ServicePort): string {
  return `{${protocol} ${nodePort}}`;
}

function hasNodePorts({ type }: ServiceSpec): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}
/** Load balancers may do without, except for ports that are asked for. */
function givesPorts({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean {
  return type === 'NodePort' || (type === 'LoadBalancer' && (allocateLoadBalancerNodePorts ?? true));
}

/** The node ports that a Service has, with that of its health check. */
export function nodePortsOf({ ports, healthCheckNodePort }: ServiceSpec): number[] {
  const numbers = (ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : []));
  return healthCheckNodePort ? [...numbers, healthCheckNodePort] : numbers;
}

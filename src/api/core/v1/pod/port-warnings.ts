import type { ContainerPort, PodSpec } from '#api/types/core-v1';
import { child, index } from '../../../machinery/field-error.ts';
import { goQuote } from '../../../machinery/go-text.ts';
import { visitContainers } from './windows.ts';

/** What is said of ports that collide, and of names that two ports have; `at` is the spec's path. */
export function portWarnings(spec: PodSpec, at: string): string[] {
  const warnings: string[] = [];
  const ofNames: string[] = [];
  const known = new Map<string, { path: string; port: ContainerPort }[]>();
  const names = new Map<string, string>();
  visitContainers(spec, at, ({ ports }, where) => {
    for (const [i, port] of (ports ?? []).entries()) {
      const path = index(child(where, 'ports'), i);
      const { name = '', containerPort, protocol, hostPort = 0, hostIP = '' } = port;
      if (hostIP && !hostPort)
        warnings.push(`${path}: hostIP set without hostPort: {Name:${name} HostPort:0 ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`);
      const id = `${containerPort}/${protocol}`;
      const others = known.get(id) ?? [];
      for (const other of others) {
        const text = portOverlap(port, other.port);
        if (text) warnings.push(`${path}: ${text} port definition with ${other.path}`);
      }
      known.set(id, [...others, { path, port }]);
      const first = names.get(name);
      if (first) ofNames.push(`${path}: duplicate port name ${goQuote(name)} with ${first}, services and probes that select ports by name will use ${first}`);
      else if (name) names.set(name, path);
    }
  });
  return [...warnings, ...ofNames];
}
function portOverlap({ hostIP = '', hostPort = 0 }: ContainerPort, { hostIP: otherIp = '', hostPort: otherPort = 0 }: ContainerPort): string {
  if (hostIP === otherIp && hostPort === otherPort) return 'duplicate';
  if (hostPort === 0 || otherPort === 0) return 'overlapping';
  return hostPort === otherPort && (hostIP === '') !== (otherIp === '') ? 'dangerously ambiguous' : '';
}

import { keyOf } from '#api';
import type { Pod } from '#api/types/core-v1';
import type { HostPort, PodInfo } from './framework.ts';
import { podRequests } from './resources.ts';

/** What the scheduler needs to know of a pod, computed once for each of its versions. */
export function podInfoOf(pod: Pod): PodInfo {
  return {
    key: keyOf(pod),
    pod,
    priority: pod.spec?.priority ?? 0,
    requests: podRequests(pod, { assumesDefaults: false }),
    nonZeroRequests: podRequests(pod, { assumesDefaults: true }),
    hostPorts: hostPortsOf(pod),
  };
}

function hostPortsOf(pod: Pod): HostPort[] {
  // Sidecars keep their ports while the containers run.
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  const ports = [...(pod.spec?.containers ?? []), ...sidecars].flatMap((container) => container.ports ?? []);
  return ports
    .filter((port) => (port.hostPort ?? 0) > 0)
    .map(({ hostIP, protocol, hostPort }) => ({ ip: hostIP || '0.0.0.0', protocol: protocol || 'TCP', port: hostPort ?? 0 }));
}

/** Whether the pod still occupies its node. */
export function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

import { isStatus, services } from '#api';
import type { Service } from '#api/types/core-v1';
import type { Client } from '#client';

/**
 * Makes the Service `kube-system/kube-dns` on the cluster DNS address where it is missing. It has no selector: every node's agent answers on
 * that address itself, and the proxy leaves it alone.
 */
export async function ensureClusterDnsService(client: Client, clusterDns: string): Promise<void> {
  const port = (name: string, number: number, protocol: 'TCP' | 'UDP') => ({ name, port: number, protocol, targetPort: number });
  const service: Service = {
    metadata: {
      name: 'kube-dns',
      namespace: 'kube-system',
      labels: { 'k8s-app': 'kube-dns', 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
    },
    spec: { clusterIP: clusterDns, ports: [port('dns', 53, 'UDP'), port('dns-tcp', 53, 'TCP')] },
  };
  try {
    await client.get(services, { namespace: 'kube-system', name: 'kube-dns' });
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
    await client.create(services, service);
  }
}

import { clusterRoleBindings, clusterRoles, isStatus, type KubeObject, type ResourceType, serviceAccounts, services } from '#api';
import type { Client } from '#client';

/** Whom the agent's DNS acts as; its rights are those of k3s' packaged coredns. */
export const DNS_USER = 'system:serviceaccount:kube-system:coredns';

const NAMESPACE = 'kube-system';

/** The objects by which clusters know their DNS, under the names that k3s' coredns.yaml gives them. */
function objectsOf(clusterDns: string): [ResourceType, KubeObject & Record<string, unknown>][] {
  const port = (name: string, protocol: 'TCP' | 'UDP') => ({ name, port: 53, protocol, targetPort: 53 });
  const role = 'system:coredns';
  const read = ['list', 'watch'];
  return [
    [serviceAccounts, { metadata: { name: 'coredns', namespace: NAMESPACE } }],
    [
      clusterRoles,
      {
        metadata: { name: role, labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } },
        rules: [
          { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces', 'nodes'], verbs: read },
          { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: read },
        ],
      },
    ],
    [
      clusterRoleBindings,
      {
        metadata: { name: role, labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
        subjects: [{ kind: 'ServiceAccount', name: 'coredns', namespace: NAMESPACE }],
      },
    ],
    [
      // Without a selector: every node's agent answers on this address itself, and the proxy leaves it alone.
      services,
      {
        metadata: {
          name: 'kube-dns',
          namespace: NAMESPACE,
          labels: { 'k8s-app': 'kube-dns', 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
        },
        spec: { clusterIP: clusterDns, ports: [port('dns', 'UDP'), port('dns-tcp', 'TCP')] },
      },
    ],
  ];
}

/** Makes what is missing; what is there is left as its owner wants it. */
export async function ensureClusterDns(client: Client, clusterDns: string): Promise<void> {
  await Promise.all(objectsOf(clusterDns).map(([type, object]) => ensure(client, type, object)));
}

async function ensure(client: Client, type: ResourceType, object: KubeObject): Promise<void> {
  const { namespace, name = '' } = object.metadata;
  try {
    await client.get(type, { namespace, name });
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
    await client.create(type, object);
  }
}

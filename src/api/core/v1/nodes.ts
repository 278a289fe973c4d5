import type { Node } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn, wideColumn } from '../../printing/columns.ts';
import { defaultResourceList } from './resource-list.ts';
import { nodeWarnings, validateNode, validateNodeChange, validateNodeUpdate } from './node-validation.ts';

/** The definition of Node. */
export const nodes: ResourceDefinition<Node> = defineResource<Node>({
  group: '',
  version: 'v1',
  plural: 'nodes',
  singular: 'node',
  kind: 'Node',
  listKind: 'NodeList',
  namespaced: false,
  shortNames: ['no'],
  verbs: ALL_VERBS,
  storage: 'minions',
  schema: { groupVersion: 'core/v1', struct: 'Node' },
  hasGeneration: false,
  selectableFields: {
    'spec.unschedulable': ({ spec }) => String(spec?.unschedulable ?? false),
  },
  // Kubelets register with their status.
  prepareForCreate: () => {},
  prepareForUpdate: (node, old) => {
    node.status = old.status;
  },
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  validatesUpdatesWhole: true,
  revalidatesMetadata: true,
  warnings: nodeWarnings,
  columns: [
    nameColumn(),
    column('Status', 'string', { text: 'The status of the node' }, statusText),
    column('Roles', 'string', { text: 'The roles of the node' }, (node) => rolesOf(node).join(',') || '<none>'),
    ageColumn(),
    column('Version', 'string', 'NodeSystemInfo.kubeletVersion', (node) => node.status?.nodeInfo?.kubeletVersion ?? ''),
    wideColumn('Internal-IP', 'string', 'NodeStatus.addresses', (node) => addressOf(node, 'InternalIP')),
    wideColumn('External-IP', 'string', 'NodeStatus.addresses', (node) => addressOf(node, 'ExternalIP')),
    wideColumn('OS-Image', 'string', 'NodeSystemInfo.osImage', (node) => node.status?.nodeInfo?.osImage || '<unknown>'),
    wideColumn('Kernel-Version', 'string', 'NodeSystemInfo.kernelVersion', (node) => node.status?.nodeInfo?.kernelVersion || '<unknown>'),
    wideColumn(
      'Container-Runtime',
      'string',
      'NodeSystemInfo.containerRuntimeVersion',
      (node) => node.status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
    ),
  ],
  defaults: (node) => {
    node.spec ??= {};
    // The first of the list stands alone as well, for old clients; who gives only one means both, and where they differ the single one counts.
    const { spec } = node;
    if (spec.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
    else if (spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
    if (!node.status?.capacity) return;
    node.status.allocatable ??= { ...node.status.capacity };
    for (const list of [node.status.capacity, node.status.allocatable]) defaultResourceList(list);
  },
  subresources: {
    status: { validateUpdate: validateNodeChange },
    special: {
      proxy: { kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    },
  },
});

function statusText(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  const text = !ready ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec?.unschedulable ? `${text},SchedulingDisabled` : text;
}

const ROLE_PREFIX = 'node-role.kubernetes.io/';
function rolesOf(node: Node): string[] {
  const roles = Object.entries(node.metadata.labels ?? {}).map(([label, value]) => {
    if (label.startsWith(ROLE_PREFIX)) return label.slice(ROLE_PREFIX.length);
    return label === 'kubernetes.io/role' ? value : '';
  });
  return [...new Set(roles.filter(Boolean))].sort();
}

function addressOf(node: Node, type: string): string {
  return node.status?.addresses?.find((address) => address.type === type)?.address ?? '<none>';
}

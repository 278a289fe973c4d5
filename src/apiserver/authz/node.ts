import { parseFieldSelector, pods, resourceSlices, volumeAttachments } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import type { ResourceSlice } from '#api/types/resource-v1';
import type { VolumeAttachment } from '#api/types/storage-v1';
import { nodeRules } from '../bootstrap/cluster-roles.ts';
import type { Attributes, Authorizer, Decision, ObjectReader } from '../contract.ts';
import { NodeGraph, type Referenced } from './node-graph.ts';
import { rulesAllow } from './rules.ts';

const ALLOW: Decision = Object.freeze({ decision: 'allow', reason: '' });
const NO_OPINION: Decision = Object.freeze({ decision: 'no-opinion', reason: '' });
const NODE_LEASES = 'kube-node-lease';
const OWN_VERBS = ['get', 'create', 'update', 'patch', 'delete'];

/** The node that a user is: `''` when it is of `system:nodes` but names none; undefined when it is no node. */
export function nodeNameOf(user: UserInfo): string | undefined {
  if (!user.groups?.includes('system:nodes')) return undefined;
  return user.username?.startsWith('system:node:') ? user.username.slice('system:node:'.length) : undefined;
}

/**
 * What kubelets may do: read what the pods bound to their node need, and write their own node, lease and status.
 * Follows plugin/pkg/auth/authorizer/node/node_authorizer.go.
 */
export function createNodeAuthorizer(reader: ObjectReader): Authorizer {
  const graph: Graph = { pods: new NodeGraph(reader), reader };
  const rules = nodeRules();
  return {
    name: 'Node',
    authorize(attributes) {
      const node = nodeNameOf(attributes.user);
      if (node === undefined) return NO_OPINION;
      if (node === '') return refuse(`unknown node for user ${JSON.stringify(attributes.user.username ?? '')}`);
      const decide = attributes.isResourceRequest ? DECIDERS.get(groupResource(attributes)) : undefined;
      return decide?.(node, attributes, graph) ?? (rulesAllow(attributes, rules) ? ALLOW : NO_OPINION);
    },
    rulesFor(user) {
      const none = { resourceRules: [], nonResourceRules: [] };
      return nodeNameOf(user) === undefined ? none : { ...none, isIncomplete: true, evaluationError: 'node authorizer does not support user rule resolution' };
    },
  };
}

/** What relates objects to nodes. */
interface Graph {
  readonly pods: NodeGraph;
  readonly reader: ObjectReader;
}
type Decider = (node: string, attributes: Attributes, graph: Graph) => Decision | undefined;
type Relation = (node: string, attributes: Attributes, graph: Graph) => boolean;

function refuse(reason: string): Decision {
  return { decision: 'no-opinion', reason };
}
function groupResource(attributes: Attributes): string {
  return attributes.apiGroup ? `${attributes.resource}.${attributes.apiGroup}` : attributes.resource;
}

/** Resources whose access is divided between nodes; all others follow the rules of the role `system:node`. A Map: clients name resources as they like. */
const DECIDERS: ReadonlyMap<string, Decider> = new Map(
  Object.entries({
    secrets: (node, attributes, graph) => decideRead(node, attributes, graph, isSecretOfNode),
    configmaps: (node, attributes, graph) => decideRead(node, attributes, graph, isNamed('configMap')),
    persistentvolumeclaims: (node, attributes, graph) =>
      attributes.subresource === 'status'
        ? decideStatusUpdate(node, attributes, graph, isNamed('claim'))
        : decideGet(node, attributes, graph, isNamed('claim')),
    persistentvolumes: (node, attributes, graph) => decideGet(node, attributes, graph, isVolumeOfNode),
    'resourceclaims.resource.k8s.io': (node, attributes, graph) => decideGet(node, attributes, graph, isNamed('resourceClaim')),
    'volumeattachments.storage.k8s.io': (node, attributes, graph) => decideGet(node, attributes, graph, isAttachmentOfNode),
    serviceaccounts: decideServiceAccount,
    'leases.coordination.k8s.io': decideLease,
    'csinodes.storage.k8s.io': decideCsiNode,
    'resourceslices.resource.k8s.io': decideResourceSlice,
    nodes: decideNode,
    pods: decidePod,
  } satisfies Record<string, Decider>),
);

function related(node: string, attributes: Attributes, graph: Graph, isRelated: Relation): Decision {
  if (!attributes.name) return refuse('No Object name found');
  return isRelated(node, attributes, graph) ? ALLOW : refuse(`no relationship found between node '${node}' and this object`);
}

function decideRead(node: string, attributes: Attributes, graph: Graph, isRelated: Relation): Decision {
  if (!['get', 'list', 'watch'].includes(attributes.verb)) return refuse('can only read resources of this type');
  if (attributes.subresource) return refuse('cannot read subresource');
  if (!attributes.namespace) return refuse('can only read namespaced object of this type');
  return related(node, attributes, graph, isRelated);
}

function decideGet(node: string, attributes: Attributes, graph: Graph, isRelated: Relation): Decision {
  if (attributes.verb !== 'get') return refuse('can only get individual resources of this type');
  if (attributes.subresource) return refuse('cannot get subresource');
  return related(node, attributes, graph, isRelated);
}

function decideStatusUpdate(node: string, attributes: Attributes, graph: Graph, isRelated: Relation): Decision {
  if (attributes.verb !== 'update' && attributes.verb !== 'patch') return refuse('can only get/update/patch this type');
  return related(node, attributes, graph, isRelated);
}

function decideServiceAccount(node: string, attributes: Attributes, graph: Graph): Decision {
  // Kubelets read an account to ask a credential provider for its images.
  if (attributes.verb === 'get' && !attributes.subresource) return related(node, attributes, graph, isNamed('serviceAccount'));
  if (attributes.verb !== 'create' || !attributes.name) return refuse('can only create tokens for individual service accounts');
  if (attributes.subresource !== 'token') return refuse('can only create token subresource of serviceaccount');
  return related(node, attributes, graph, isNamed('serviceAccount'));
}

function decideLease(node: string, attributes: Attributes): Decision {
  if (!OWN_VERBS.includes(attributes.verb)) return refuse('can only get, create, update, patch, or delete a node lease');
  if (attributes.namespace !== NODE_LEASES) return refuse(`can only access leases in the "${NODE_LEASES}" system namespace`);
  // The name is not known on create; the NodeRestriction admission plugin looks then.
  if (attributes.verb !== 'create' && attributes.name !== node) return refuse('can only access node lease with the same name as the requesting node');
  return ALLOW;
}

function decideCsiNode(node: string, attributes: Attributes): Decision {
  if (!OWN_VERBS.includes(attributes.verb)) return refuse('can only get, create, update, patch, or delete a CSINode');
  if (attributes.subresource) return refuse('cannot authorize CSINode subresources');
  if (attributes.verb !== 'create' && attributes.name !== node) return refuse('can only access CSINode with the same name as the requesting node');
  return ALLOW;
}

function decideResourceSlice(node: string, attributes: Attributes, graph: Graph): Decision {
  if (attributes.subresource) return refuse('cannot authorize ResourceSlice subresources');
  switch (attributes.verb) {
    case 'create':
      return ALLOW;
    case 'get':
    case 'update':
    case 'patch':
    case 'delete':
      return related(node, attributes, graph, isSliceOfNode);
    case 'watch':
    case 'list':
    case 'deletecollection':
      return selects(attributes, 'spec.nodeName', node) ? ALLOW : refuse('can only list/watch/deletecollection resourceslices with nodeName field selector');
    default:
      return refuse('only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection');
  }
}

function decideNode(node: string, { verb, subresource, name }: Attributes): Decision {
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? ALLOW : NO_OPINION;
  if (subresource) return NO_OPINION;
  if (verb === 'create' || verb === 'update' || verb === 'patch') return ALLOW;
  if (verb !== 'get' && verb !== 'list' && verb !== 'watch') return NO_OPINION;
  if (name === node) return ALLOW;
  return refuse(name ? `node '${node}' cannot read '${name}', only its own Node object` : `node '${node}' cannot read all nodes, only its own Node object`);
}

function decidePod(node: string, attributes: Attributes, graph: Graph): Decision {
  const { verb, subresource, name } = attributes;
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? ALLOW : NO_OPINION;
  if (subresource === 'eviction') return verb === 'create' ? ALLOW : NO_OPINION;
  if (subresource) return NO_OPINION;
  if (verb === 'get') return decideGet(node, attributes, graph, isPodOfNode);
  if (verb === 'create' || verb === 'delete') return ALLOW;
  if (verb !== 'list' && verb !== 'watch') return NO_OPINION;
  if (selects(attributes, 'spec.nodeName', node)) return ALLOW;
  return name ? related(node, attributes, graph, isPodOfNode) : refuse('can only list/watch pods with spec.nodeName field selector');
}

/** Whether the request is limited to `field=value`; read by the parser that also chooses what is listed. */
function selects({ fieldSelector }: Attributes, field: string, value: string): boolean {
  if (!fieldSelector) return false;
  try {
    const { requirements } = parseFieldSelector(fieldSelector);
    return requirements.some((each) => each.field === field && each.operator === '=' && each.value === value);
  } catch {
    return false;
  }
}

function isNamed(kind: Referenced): Relation {
  return (node, { namespace, name }, graph) => graph.pods.isNamed(node, kind, namespace, name);
}
const isSecretOfNode: Relation = (node, { namespace, name }, graph) => graph.pods.isSecretNeeded(node, namespace, name);
const isVolumeOfNode: Relation = (node, { name }, graph) => graph.pods.isVolumeNeeded(node, name);

const isPodOfNode: Relation = (node, { namespace, name }, { reader }) => reader.get(pods, { namespace, name })?.spec?.nodeName === node;

const isAttachmentOfNode: Relation = (node, { name }, { reader }) => {
  const attachment: VolumeAttachment | undefined = reader.get(volumeAttachments, { name });
  return attachment?.spec?.nodeName === node;
};

const isSliceOfNode: Relation = (node, { name }, { reader }) => {
  const slice: ResourceSlice | undefined = reader.get(resourceSlices, { name });
  return slice?.spec?.nodeName === node;
};

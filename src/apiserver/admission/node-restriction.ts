import { type KubeObject, newConflict, newNotFound, pods } from '#api';
import type { TokenRequest } from '#api/types/authentication-v1';
import type { Node, Pod } from '#api/types/core-v1';
import { nodeNameOf } from '../authz/node.ts';
import { podReferences } from '../authz/pod-references.ts';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../contract.ts';
import { refuse } from './refuse.ts';

const MIRROR = 'kubernetes.io/config.mirror';
const NODE_LEASES = 'kube-node-lease';

/** Kubernetes' own labels that a kubelet may set on its node; all others in these domains belong to the cluster. */
const KUBELET_LABELS: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.kubernetes.io/region',
  'failure-domain.kubernetes.io/zone',
  'node.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
]);
const KUBELET_LABEL_DOMAINS = ['kubelet.kubernetes.io', 'node.kubernetes.io'];

type Check = (request: AdmissionRequest, node: string, reader: ObjectReader) => string | undefined;

/** Keeps a kubelet to its own node and its own Pods; follows plugin/pkg/admission/noderestriction/admission.go. */
export function createNodeRestriction(reader: ObjectReader): AdmissionPlugin {
  return {
    name: 'NodeRestriction',
    admit(request) {
      const node = nodeNameOf(request.user);
      if (node === undefined) return;
      const { group, plural } = request.resource;
      const check = CHECKS[`${plural}${request.subresource ? `/${request.subresource}` : ''}${group ? `.${group}` : ''}`];
      if (!check) return;
      if (!node) throw refuse(request, `could not determine node from user ${JSON.stringify(request.user.username ?? '')}`);
      const problem = check(request, node, reader);
      if (problem) throw refuse(request, problem);
    },
  };
}

const CHECKS: Readonly<Record<string, Check>> = {
  pods: checkPod,
  'pods/status': checkPodStatus,
  'pods/eviction': checkEviction,
  nodes: checkNode,
  'nodes/status': checkNode,
  'serviceaccounts/token': checkToken,
  'leases.coordination.k8s.io': checkLease,
  'csinodes.storage.k8s.io': (request, node) => (nameOf(request) === node ? undefined : 'can only access CSINode with the same name as the requesting node'),
};

function quote(text: string): string {
  return JSON.stringify(text);
}
function nameOf({ name, object }: AdmissionRequest): string {
  return name || (object?.metadata.name ?? '');
}

function checkPod(request: AdmissionRequest, node: string): string | undefined {
  const pod = (request.object ?? request.oldObject) as Pod | undefined;
  if (request.operation === 'DELETE') {
    return (request.oldObject as Pod | undefined)?.spec.nodeName === node
      ? undefined
      : `node ${quote(node)} can only delete pods with spec.nodeName set to itself`;
  }
  if (request.operation !== 'CREATE' || !pod)
    return `unexpected operation ${quote(request.operation)}, node ${quote(node)} can only create and delete mirror pods`;
  if (pod.metadata.annotations?.[MIRROR] === undefined) {
    return `pod does not have ${quote(MIRROR)} annotation, node ${quote(node)} can only create mirror pods`;
  }
  if (pod.spec.nodeName !== node) return `node ${quote(node)} can only create pods with spec.nodeName set to itself`;
  const [owner, ...others] = pod.metadata.ownerReferences ?? [];
  const isOwned = owner && others.length === 0 && owner.apiVersion === 'v1' && owner.kind === 'Node' && owner.name === node;
  if (!isOwned) return `node ${quote(node)} can only create pods with an owner reference set to itself`;
  const references = podReferences(pod);
  if (references.serviceAccount.length > 0) return `node ${quote(node)} can not create pods that reference a service account`;
  if (references.secret.length > 0) return `node ${quote(node)} can not create pods that reference secrets`;
  if (references.configMap.length > 0) return `node ${quote(node)} can not create pods that reference configmaps`;
  if (references.claim.length > 0) return `node ${quote(node)} can not create pods that reference persistentvolumeclaims`;
  if (references.resourceClaim.length > 0) return `node ${quote(node)} can not create pods that reference resourceclaims`;
  return undefined;
}

function checkPodStatus(request: AdmissionRequest, node: string): string | undefined {
  if (request.operation !== 'UPDATE') return `unexpected operation ${quote(request.operation)}`;
  const [pod, old] = [request.object, request.oldObject] as [Pod | undefined, Pod | undefined];
  if (old?.spec.nodeName !== node) return `node ${quote(node)} can only update pod status for pods with spec.nodeName set to itself`;
  if (!isSameMap(pod?.metadata.labels, old.metadata.labels)) return `node ${quote(node)} cannot update labels through pod status`;
  return undefined;
}

function checkEviction(request: AdmissionRequest, node: string, reader: ObjectReader): string | undefined {
  const pod = reader.get(pods, { namespace: request.namespace, name: nameOf(request) });
  // A Pod that is gone is for the endpoint to tell.
  return !pod || pod.spec.nodeName === node ? undefined : `node ${node} can only evict pods with spec.nodeName set to itself`;
}

function checkNode(request: AdmissionRequest, node: string): string | undefined {
  const name = nameOf(request);
  if (name !== node) return `node ${quote(node)} is not allowed to modify node ${quote(name)}`;
  const [object, old] = [request.object, request.oldObject] as [Node | undefined, Node | undefined];
  if (request.operation === 'CREATE') {
    const labels = forbiddenLabels(object?.metadata.labels, {});
    return labels.length > 0 ? `node ${quote(node)} is not allowed to set the following labels: ${labels.join(', ')}` : undefined;
  }
  if (request.operation !== 'UPDATE' || !object || !old) return undefined;
  if (JSON.stringify(object.spec?.taints ?? []) !== JSON.stringify(old.spec?.taints ?? [])) return `node ${quote(node)} is not allowed to modify taints`;
  if (JSON.stringify(object.metadata.ownerReferences ?? []) !== JSON.stringify(old.metadata.ownerReferences ?? [])) {
    return `node ${quote(node)} is not allowed to modify ownerReferences`;
  }
  const labels = forbiddenLabels(object.metadata.labels, old.metadata.labels ?? {});
  return labels.length > 0 ? `is not allowed to modify labels: ${labels.join(', ')}` : undefined;
}

type Labels = Readonly<Record<string, string>>;

function forbiddenLabels(labels: Labels = {}, old: Labels): string[] {
  const changed = [...new Set([...Object.keys(labels), ...Object.keys(old)])].filter((key) => labels[key] !== old[key]);
  return changed.filter((key) => isKubernetesLabel(key) && !isKubeletLabel(key)).sort();
}

function domainOf(label: string): string {
  return label.includes('/') ? label.slice(0, label.indexOf('/')) : '';
}
function isIn(domain: string, parent: string): boolean {
  return domain === parent || domain.endsWith(`.${parent}`);
}
function isKubernetesLabel(label: string): boolean {
  const domain = domainOf(label);
  return isIn(domain, 'kubernetes.io') || isIn(domain, 'k8s.io');
}
function isKubeletLabel(label: string): boolean {
  return KUBELET_LABELS.has(label) || KUBELET_LABEL_DOMAINS.some((domain) => isIn(domainOf(label), domain));
}

function isSameMap(a: Labels = {}, b: Labels = {}): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

function checkLease(request: AdmissionRequest, node: string): string | undefined {
  if (request.namespace !== NODE_LEASES) return `can only access leases in the ${quote(NODE_LEASES)} system namespace`;
  return nameOf(request) === node ? undefined : 'can only access node lease with the same name as the requesting node';
}

function checkToken(request: AdmissionRequest, node: string, reader: ObjectReader): string | undefined {
  const ref = (request.object as (TokenRequest & KubeObject) | undefined)?.spec?.boundObjectRef;
  if (ref?.apiVersion !== 'v1' || ref.kind !== 'Pod' || !ref.name) return 'node requested token not bound to a pod';
  if (!ref.uid) return 'node requested token with a pod binding without a uid';
  const pod = reader.get(pods, { namespace: request.namespace, name: ref.name });
  if (!pod) throw newNotFound(pods, ref.name);
  if (pod.metadata.uid !== ref.uid) {
    const cause = `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw newConflict({ group: '', plural: 'Pod' }, ref.name, cause);
  }
  return pod.spec.nodeName === node ? undefined : 'node requested token bound to a pod scheduled on a different node';
}

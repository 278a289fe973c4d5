import { jsonEqual, type JsonValue, newNotFound, nodes, pods } from '#api';
import type { OwnerReference } from '#api/types/meta-v1';
import type { Pod } from '#api/types/core-v1';
import { podReferences } from '../../authz/pod-references.ts';
import type { AdmissionRequest, ObjectReader } from '../../contract.ts';
import { type CheckContext, nameOf, quote } from './check.ts';

const MIRROR = 'kubernetes.io/config.mirror';

/** Kubelets make mirror Pods only, and delete only what runs on their node. */
export function checkPod(request: AdmissionRequest, node: string, { reader }: CheckContext): string | undefined {
  if (request.operation === 'DELETE') {
    return (request.oldObject as Pod | undefined)?.spec.nodeName === node
      ? undefined
      : `node ${quote(node)} can only delete pods with spec.nodeName set to itself`;
  }
  const pod = request.object as Pod | undefined;
  if (request.operation !== 'CREATE' || !pod)
    return `unexpected operation ${quote(request.operation)}, node ${quote(node)} can only create and delete mirror pods`;
  if (pod.metadata.annotations?.[MIRROR] === undefined) {
    return `pod does not have ${quote(MIRROR)} annotation, node ${quote(node)} can only create mirror pods`;
  }
  if (pod.spec.nodeName !== node) return `node ${quote(node)} can only create pods with spec.nodeName set to itself`;
  return ownerProblem(pod.metadata.ownerReferences ?? [], node, reader) ?? referenceProblem(pod, node);
}

/** A mirror Pod is its node's, and goes with it. */
function ownerProblem([owner, ...others]: readonly OwnerReference[], node: string, reader: ObjectReader): string | undefined {
  const says = (text: string): string => `node ${quote(node)} ${text}`;
  if (others.length > 0) return says('can only create pods with a single owner reference set to itself');
  if (!owner || owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) {
    return says('can only create pods with an owner reference set to itself');
  }
  if (!owner.controller) return says('can only create pods with a controller owner reference set to itself');
  if (owner.blockOwnerDeletion) return says('must not set blockOwnerDeletion on an owner reference');
  const uid = reader.get(nodes, { name: node })?.metadata.uid;
  if (uid === undefined) throw newNotFound(nodes, node);
  return owner.uid === uid ? undefined : `node ${node} UID mismatch: expected ${owner.uid} got ${uid}`;
}

/** A node must not reach other objects through Pods that it makes. */
function referenceProblem(pod: Pod, node: string): string | undefined {
  const says = (what: string): string => `node ${quote(node)} can not create pods that reference ${what}`;
  const references = podReferences(pod);
  if (references.serviceAccount.length > 0) return says('a service account');
  if (references.secret.length > 0) return says('secrets');
  if (references.configMap.length > 0) return says('configmaps');
  const sources = (pod.spec.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? []);
  if (sources.some(({ clusterTrustBundle }) => clusterTrustBundle)) return says('clustertrustbundles');
  if (references.claim.length > 0) return says('persistentvolumeclaims');
  return references.resourceClaim.length > 0 || (pod.spec.resourceClaims?.length ?? 0) > 0 ? says('resourceclaims') : undefined;
}

/** The status of a Pod is its kubelet's, but not its labels, nor which claims were made for it. */
export function checkPodStatus(request: AdmissionRequest, node: string): string | undefined {
  if (request.operation !== 'UPDATE') return `unexpected operation ${quote(request.operation)}`;
  const [pod, old] = [request.object, request.oldObject] as [Pod | undefined, Pod | undefined];
  if (old?.spec.nodeName !== node) return `node ${quote(node)} can only update pod status for pods with spec.nodeName set to itself`;
  if (!isSame(pod?.metadata.labels ?? {}, old.metadata.labels ?? {})) return `node ${quote(node)} cannot update labels through pod status`;
  // Upstream's word.
  if (!isSame(pod?.status?.resourceClaimStatuses ?? [], old.status?.resourceClaimStatuses ?? [])) {
    return `node ${quote(node)} cannot update resource claim statues`;
  }
  if (!isSame(pod?.status?.extendedResourceClaimStatus ?? {}, old.status?.extendedResourceClaimStatus ?? {})) {
    return `node ${quote(node)} cannot update extended resource claim status`;
  }
  return undefined;
}

export function checkEviction(request: AdmissionRequest, node: string, { reader }: CheckContext): string | undefined {
  if (request.operation !== 'CREATE') return `unexpected operation ${request.operation}`;
  const name = nameOf(request);
  if (!name) return 'could not determine pod from request data';
  const pod = reader.get(pods, { namespace: request.namespace, name });
  if (!pod) throw newNotFound(pods, name);
  return pod.spec.nodeName === node ? undefined : `node ${node} can only evict pods with spec.nodeName set to itself`;
}

function isSame(a: unknown, b: unknown): boolean {
  return jsonEqual(a as JsonValue, b as JsonValue);
}

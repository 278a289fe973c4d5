import { CertificateRequestError, jsonEqual, type JsonValue, parseCertificateRequest } from '#api';
import type { CertificateSigningRequest } from '#api/types/certificates-v1';
import type { Node, PersistentVolumeClaim } from '#api/types/core-v1';
import type { ResourceSlice } from '#api/types/resource-v1';
import type { Authorization } from '../../authz/index.ts';
import { nodeNameOf } from '../../authz/node.ts';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../../contract.ts';
import { refuse } from '../refuse.ts';
import { type Check, type CheckContext, nameOf, quote } from './check.ts';
import { forbiddenLabels } from './labels.ts';
import { checkEviction, checkPod, checkPodStatus } from './pods.ts';
import { checkToken } from './tokens.ts';

const NODE_LEASES = 'kube-node-lease';

/** Keeps a kubelet to its own node and its own Pods; follows plugin/pkg/admission/noderestriction/admission.go. */
export function createNodeRestriction(reader: ObjectReader, authorization: Authorization): AdmissionPlugin {
  return {
    name: 'NodeRestriction',
    admit(request) {
      const node = nodeNameOf(request.user);
      return node === undefined || request.operation === 'CONNECT' ? undefined : restrict(request, node, { reader, authorization });
    },
  };
}

async function restrict(request: AdmissionRequest, node: string, context: CheckContext): Promise<void> {
  if (!node) throw refuse(request, `could not determine node from user ${quote(request.user.username ?? '')}`);
  const { group, plural } = request.resource;
  const check = CHECKS[`${plural}${request.subresource ? `/${request.subresource}` : ''}${group ? `.${group}` : ''}`] ?? ELSEWHERE[`${plural}.${group}`];
  const problem = await check?.(request, node, context);
  if (problem) throw refuse(request, problem);
}

const CHECKS: Readonly<Record<string, Check>> = {
  pods: checkPod,
  'pods/status': checkPodStatus,
  'pods/eviction': checkEviction,
  nodes: checkNode,
  'nodes/status': checkNode,
  'persistentvolumeclaims/status': checkClaimStatus,
  serviceaccounts: () => undefined,
  'serviceaccounts/token': checkToken,
  'leases.coordination.k8s.io': checkLease,
  'csinodes.storage.k8s.io': (request, node) => (nameOf(request) === node ? undefined : 'can only access CSINode with the same name as the requesting node'),
  'resourceslices.resource.k8s.io': checkResourceSlice,
  'certificatesigningrequests.certificates.k8s.io': checkSigningRequest,
};
/** What else there is of a kind. */
const ELSEWHERE: Readonly<Record<string, Check>> = {
  'pods.': ({ subresource }) => `unexpected pod subresource ${quote(subresource)}, only 'status' and 'eviction' are allowed`,
  'persistentvolumeclaims.': () => 'may only update PVC status',
};

function checkNode(request: AdmissionRequest, node: string): string | undefined {
  const name = nameOf(request);
  if (name !== node) return `node ${quote(node)} is not allowed to modify node ${quote(name)}`;
  const [object, old] = [request.object, request.oldObject] as [Node | undefined, Node | undefined];
  if (request.operation === 'CREATE') {
    if (object?.spec?.configSource) return `node ${quote(node)} is not allowed to create pods with a non-nil configSource`;
    const labels = forbiddenLabels(object?.metadata.labels, {});
    return labels.length > 0 ? `node ${quote(node)} is not allowed to set the following labels: ${labels.join(', ')}` : undefined;
  }
  if (request.operation !== 'UPDATE' || !object || !old) return undefined;
  if (object.spec?.configSource && !isSame(object.spec.configSource, old.spec?.configSource)) {
    return `node ${quote(node)} is not allowed to update configSource to a new non-nil configSource`;
  }
  if (!isSame(object.spec?.taints ?? [], old.spec?.taints ?? [])) return `node ${quote(node)} is not allowed to modify taints`;
  if (!isSame(object.metadata.ownerReferences ?? [], old.metadata.ownerReferences ?? [])) {
    return `node ${quote(node)} is not allowed to modify ownerReferences`;
  }
  const labels = forbiddenLabels(object.metadata.labels, old.metadata.labels ?? {});
  return labels.length > 0 ? `is not allowed to modify labels: ${labels.join(', ')}` : undefined;
}

/** Kubelets that expand volumes tell so in the status; nothing else of a claim is theirs. */
function checkClaimStatus(request: AdmissionRequest, node: string): string | undefined {
  if (request.operation !== 'UPDATE') return `unexpected operation ${quote(request.operation)}`;
  const bare = (claim: PersistentVolumeClaim): unknown => {
    const { capacity: _c, conditions: _o, allocatedResourceStatuses: _s, allocatedResources: _r, ...status } = claim.status ?? {};
    return { ...claim, metadata: { ...claim.metadata, resourceVersion: undefined, managedFields: undefined }, status };
  };
  const [claim, old] = [request.object, request.oldObject].map((each) => bare(each as PersistentVolumeClaim));
  return isSame(claim, old) ? undefined : `node ${quote(node)} is not allowed to update fields other than status.quantity and status.conditions`;
}

function checkLease(request: AdmissionRequest, node: string): string | undefined {
  if (request.namespace !== NODE_LEASES) return `can only access leases in the ${quote(NODE_LEASES)} system namespace`;
  return nameOf(request) === node ? undefined : 'can only access node lease with the same name as the requesting node';
}

/** The authorizer does not know what a new slice says, nor what a collection that is deleted holds. */
function checkResourceSlice({ operation, object, oldObject }: AdmissionRequest, node: string): string | undefined {
  const isOwn = (slice: unknown): boolean => (slice as ResourceSlice | undefined)?.spec?.nodeName === node;
  if (operation === 'CREATE' && !isOwn(object)) return 'can only create ResourceSlice with the same NodeName as the requesting node';
  if (operation === 'DELETE' && !isOwn(oldObject)) return 'can only delete ResourceSlice with the same NodeName as the requesting node';
  return undefined;
}

const NODE_SIGNERS = ['kubernetes.io/kubelet-serving', 'kubernetes.io/kube-apiserver-client-kubelet'];

function checkSigningRequest({ operation, object }: AdmissionRequest, node: string): string | undefined {
  const { spec } = object as CertificateSigningRequest;
  if (operation !== 'CREATE' || !NODE_SIGNERS.includes(spec.signerName)) return undefined;
  try {
    const { commonName } = parseCertificateRequest(Buffer.from(spec.request, 'base64').toString());
    return commonName === `system:node:${node}` ? undefined : `can only create a node CSR with CN=system:node:${node}`;
  } catch (error) {
    if (!(error instanceof CertificateRequestError)) throw error;
    return `unable to parse csr: ${error.message}`;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return jsonEqual(a as JsonValue, b as JsonValue);
}

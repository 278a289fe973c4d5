import { newBadRequest, newInternalError, newNotFound, nodes, StatusError } from '#api';
import type { Node, Pod } from '#api/types/core-v1';
import type { ObjectReader } from '../contract.ts';

/** Where a node's kubelet listens. */
export interface KubeletAddress {
  readonly host: string;
  readonly port: number;
}

// Upstream's --kubelet-preferred-address-types, as k3s sets it.
const PREFERRED = ['InternalIP', 'ExternalIP', 'Hostname', 'InternalDNS', 'ExternalDNS'];
const DEFAULT_PORT = 10250;

/** The kubelet of a node; throws StatusError when there is no such node or no address. */
export function kubeletOf(reader: ObjectReader, nodeName: string): KubeletAddress {
  const node = reader.get<Node>(nodes, { name: nodeName });
  if (!node) throw newNotFound({ group: '', plural: 'nodes' }, nodeName);
  const addresses = node.status?.addresses ?? [];
  const address = PREFERRED.map((type) => addresses.find((each) => each.type === type)).find((each) => each !== undefined)?.address;
  if (!address) throw newInternalError(new Error(`no preferred addresses found; known addresses: []`));
  return { host: address, port: node.status?.daemonEndpoints?.kubeletEndpoint?.Port || DEFAULT_PORT };
}

/** The container that a request means; throws BadRequest with upstream's texts. */
export function containerOf(pod: Pod, wanted: string, options: { allowsDefault?: boolean } = {}): string {
  const { name = '' } = pod.metadata;
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  if (wanted) {
    const isKnown = [...containers, ...initContainers, ...ephemeralContainers].some((each) => each.name === wanted);
    if (!isKnown) throw newBadRequest(`container ${wanted} is not valid for pod ${name}`);
    return wanted;
  }
  const byAnnotation = options.allowsDefault === false ? undefined : pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  if (byAnnotation && containers.some((each) => each.name === byAnnotation)) return byAnnotation;
  if (containers.length === 1) return containers[0]?.name ?? '';
  if (containers.length === 0) throw newBadRequest(`a container name must be specified for pod ${name}`);
  let message = `a container name must be specified for pod ${name}, choose one of: ${list(containers)}`;
  if (initContainers.length > 0) message += ` or one of the init containers: ${list(initContainers)}`;
  if (ephemeralContainers.length > 0) message += ` or one of the ephemeral containers: ${list(ephemeralContainers)}`;
  throw newBadRequest(message);
}
function list(containers: readonly { readonly name: string }[]): string {
  return `[${containers.map(({ name }) => name).join(' ')}]`;
}

/** The node a Pod runs on; throws BadRequest while it has none. */
export function nodeOf(pod: Pod): string {
  const { nodeName } = pod.spec;
  if (!nodeName) throw newBadRequest(`pod ${pod.metadata.name ?? ''} does not have a host assigned`);
  return nodeName;
}

/** The answer when what stands behind a proxy cannot be reached. */
export function unreachable(cause: Error): StatusError {
  return new StatusError('InternalError', cause.message, { cause });
}

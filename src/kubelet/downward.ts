/** Fields of a pod that it may see itself: in variables (fieldRef, resourceFieldRef) and downward API volumes. */
import type { ObjectFieldSelector, Pod, ResourceFieldSelector } from '#api/types/core-v1';
import { quantityMilliValue, quantityValue } from '#api';
import type { AnyContainer } from './pod-worker/labels.ts';

/** What the pod's object does not say by itself. */
export interface DownwardSource {
  readonly pod: Pod;
  readonly hostIps: readonly string[];
  readonly podIps: readonly string[];
  readonly nodeAllocatable: Readonly<Record<string, string>>;
}

/** The text of a field; throws an Error with upstream's message when the path is not supported. */
export function fieldText(source: DownwardSource, selector: ObjectFieldSelector): string {
  const { pod, hostIps, podIps } = source;
  const path = selector.fieldPath;
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (subscript) return (subscript[1] === 'labels' ? pod.metadata.labels : pod.metadata.annotations)?.[subscript[2] ?? ''] ?? '';
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name ?? '';
    case 'metadata.namespace':
      return pod.metadata.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata.uid ?? '';
    case 'metadata.labels':
      return formatMap(pod.metadata.labels);
    case 'metadata.annotations':
      return formatMap(pod.metadata.annotations);
    case 'spec.nodeName':
      return pod.spec?.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec?.serviceAccountName ?? '';
    case 'status.hostIP':
      return hostIps[0] ?? '';
    case 'status.hostIPs':
      return hostIps.join(',');
    case 'status.podIP':
      return podIps[0] ?? '';
    case 'status.podIPs':
      return podIps.join(',');
    default:
      throw new Error(`unsupported fieldPath: ${path}`);
  }
}

/** Upstream's form: one `key="value"` a line, sorted, without a newline at the end. */
function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(map ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

/** The text of a container's request or limit in units of the divisor, rounded up; a missing limit is what the node can give. */
export function resourceText(source: DownwardSource, container: AnyContainer, selector: ResourceFieldSelector): string {
  const dot = selector.resource.indexOf('.');
  const kind = selector.resource.slice(0, dot);
  const name = selector.resource.slice(dot + 1);
  if (kind !== 'limits' && kind !== 'requests') throw new Error(`unsupported container resource : ${selector.resource}`);
  const own = container.resources?.[kind]?.[name];
  const amount = own ?? (kind === 'limits' ? source.nodeAllocatable[name] : container.resources?.limits?.[name]) ?? '0';
  const divisor = selector.divisor === undefined || selector.divisor === '' || selector.divisor === '0' ? '1' : selector.divisor;
  if (name === 'cpu') return String(Math.ceil(quantityMilliValue(amount) / quantityMilliValue(divisor)));
  return String(Math.ceil(quantityValue(amount) / quantityValue(divisor)));
}

/** The container that a volume's resourceFieldRef names. */
export function containerNamed(pod: Pod, name: string | undefined): AnyContainer {
  const all = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const found = all.find((container) => container.name === name);
  if (!found) throw new Error(`container ${name} not found`);
  return found;
}

import { isIPv6 } from 'node:net';
import type { Container, ContainerStatus, Pod, PodSpec } from '#api/types/core-v1';
import { child, duplicate, type FieldError, forbidden, index, invalid, notSupported } from '../../../machinery/field-error.ts';
import { validateLegacyIp } from '../../../machinery/ip-address.ts';
import { isDns1123Subdomain, isQualifiedName } from '../../../machinery/names.ts';
import { validateImmutable } from '../../../machinery/object-meta.ts';
import { validatePodAnnotationUpdate } from './annotations.ts';
import { invalidEach, userId } from './checks.ts';

const SYSTEM_CONDITIONS = ['PodScheduled', 'Ready', 'Initialized'];
const LISTS = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const;

/** What a new status of a Pod says that cannot be. */
export function validatePodStatus(pod: Pod, old: Pod): FieldError[] {
  const errors = validatePodAnnotationUpdate(pod.metadata, old.metadata, pod.spec, 'metadata.annotations');
  const [status, before] = [pod.status ?? {}, old.status ?? {}];
  for (const [i, { type }] of (status.conditions ?? []).entries()) {
    // Upstream's path begins at the metadata.
    if (!SYSTEM_CONDITIONS.includes(type)) errors.push(...invalidEach(child(index('metadata.conditions', i), 'Type'), type, isQualifiedName(type)));
  }
  const nominated = status.nominatedNodeName;
  if (nominated && nominated !== before.nominatedNodeName) errors.push(...invalidEach('status.nominatedNodeName', nominated, isDns1123Subdomain(nominated)));
  errors.push(...validateImmutable(status.qosClass ?? '', before.qosClass ?? '', 'status.qosClass'));
  for (const list of LISTS) errors.push(...revivals(status[list], before[list], child('status', list), list, old.spec));
  errors.push(...claimErrors(pod), ...addressErrors(pod, old));
  for (const list of LISTS) for (const [i, each] of (status[list] ?? []).entries()) errors.push(...userErrors(each, pod.spec, index(child('status', list), i)));
  errors.push(...allocatedErrors(status.containerStatuses, pod.spec.containers, 'status.containerStatuses'));
  errors.push(...allocatedErrors(status.initContainerStatuses, pod.spec.initContainers, 'status.initContainerStatuses'));
  for (const [i, each] of (status.ephemeralContainerStatuses ?? []).entries()) {
    const at = child(index('status.ephemeralContainerStatuses', i), 'allocatedResourcesStatus');
    if (each.allocatedResourcesStatus?.length) errors.push(forbidden(at, 'must not be specified in container status'));
  }
  return errors;
}

/** Containers that ended for good and now are said to run. */
function revivals(
  statuses: readonly ContainerStatus[] | undefined,
  old: readonly ContainerStatus[] | undefined,
  path: string,
  list: (typeof LISTS)[number],
  { restartPolicy: ofPod, containers, initContainers = [] }: PodSpec,
): FieldError[] {
  // Ephemeral containers are never started again.
  const policy = list === 'ephemeralContainerStatuses' ? 'Never' : ofPod;
  if (policy === 'Always') return [];
  return (old ?? []).flatMap(({ name, state }, i) => {
    if (!state?.terminated || (state.terminated.exitCode !== 0 && policy === 'OnFailure')) return [];
    const container = (list === 'initContainerStatuses' ? initContainers : containers).find((each) => each.name === name);
    // Containers with a policy of their own may restart as that says.
    if (list !== 'ephemeralContainerStatuses' && mayRestart(container, state.terminated.exitCode)) return [];
    return (statuses ?? [])
      .filter((each) => each.name === name && !each.state?.terminated)
      .map(() => forbidden(child(index(path, i), 'state'), 'may not be transitioned to non-terminated state'));
  });
}
function mayRestart(container: Container | undefined, exitCode: number): boolean {
  const { restartPolicy, restartPolicyRules } = container ?? {};
  return restartPolicy === 'Always' || Boolean(restartPolicyRules?.length) || (restartPolicy === 'OnFailure' && exitCode !== 0);
}

function claimErrors({ spec, status }: Pod): FieldError[] {
  const seen = new Set<string>();
  return (status?.resourceClaimStatuses ?? []).flatMap(({ name, resourceClaimName }, i) => {
    const at = child(index('status.resourceClaimStatuses', i), 'name');
    const errors: FieldError[] = [];
    if (!spec.resourceClaims?.some((claim) => claim.name === name)) errors.push(invalid(at, name, 'must match the name of an entry in `spec.resourceClaims`'));
    if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
    if (resourceClaimName !== undefined) errors.push(...invalidEach(at, resourceClaimName, isDns1123Subdomain(resourceClaimName)));
    return errors;
  });
}

function addressErrors({ status }: Pod, { status: old }: Pod): FieldError[] {
  const errors: FieldError[] = [];
  const hostIPs = status?.hostIPs ?? [];
  errors.push(...listErrors(status?.podIPs ?? [], old?.podIPs, 'status.podIPs'));
  if (hostIPs[0] && status?.hostIP !== hostIPs[0].ip) errors.push(invalid('status.hostIPs[0].ip', hostIPs[0].ip, 'must be equal to `hostIP`'));
  return [...errors, ...listErrors(hostIPs, old?.hostIPs, 'status.hostIPs')];
}
function listErrors(list: readonly { ip: string }[], old: readonly { ip: string }[] | undefined, path: string): FieldError[] {
  const known = old?.map(({ ip }) => ip);
  const errors = list.flatMap(({ ip }, i) => validateLegacyIp(index(path, i), ip, known));
  if (list.length < 2) return errors;
  const isDualStack = list.some(({ ip }) => isIPv6(ip)) && list.some(({ ip }) => !isIPv6(ip));
  const twice = list.flatMap(({ ip }, i) => (list.findIndex((each) => each.ip === ip) < i ? [duplicate(index(path, i), { IP: ip })] : []));
  const mixed =
    !isDualStack || list.length > 2
      ? [
          invalid(
            path,
            list.map(({ ip }) => ({ IP: ip })),
            'may specify no more than one IP for each IP family',
          ),
        ]
      : [];
  return path === 'status.podIPs' ? [...errors, ...mixed, ...twice] : [...errors, ...twice, ...mixed];
}

function userErrors({ user }: ContainerStatus, { os }: PodSpec, path: string): FieldError[] {
  if (!user?.linux) return [];
  const at = child(path, 'linux');
  if (os?.name === 'windows') return [forbidden(at, 'cannot be set for a windows pod')];
  const { uid, gid, supplementalGroups } = user.linux;
  return [
    ...userId(child(at, 'uid'), uid),
    ...userId(child(at, 'gid'), gid),
    ...(supplementalGroups ?? []).flatMap((group, i) => userId(index(child(at, 'supplementalGroups'), i), group)),
  ];
}

const HEALTH = ['Healthy', 'Unhealthy', 'Unknown'];
function allocatedErrors(statuses: readonly ContainerStatus[] | undefined, containers: readonly Container[] | undefined, path: string): FieldError[] {
  return (statuses ?? []).flatMap(({ name, allocatedResourcesStatus }, i) => {
    const container = containers?.find((each) => each.name === name);
    return (allocatedResourcesStatus ?? []).flatMap((allocated, j) => {
      const at = index(child(index(path, i), 'allocatedResourcesStatus'), j);
      const errors = container ? allocatedNameErrors(allocated.name, container, child(at, 'name')) : [];
      const ids = new Set<string>();
      for (const [k, { health, resourceID }] of (allocated.resources ?? []).entries()) {
        const of = index(child(at, 'resources'), k);
        if (!HEALTH.includes(health ?? '')) errors.push(notSupported(child(of, 'health'), health ?? '', HEALTH));
        if (ids.has(resourceID)) errors.push(duplicate(child(of, 'resourceID'), resourceID));
        ids.add(resourceID);
      }
      return errors;
    });
  });
}
function allocatedNameErrors(name: string, { resources }: Container, path: string): FieldError[] {
  if (!name.startsWith('claim:'))
    return resources?.requests?.[name] === undefined ? [invalid(path, name, "must match one of the container's resource requests")] : [];
  const isThere = resources?.claims?.some((claim) => name === `claim:${claim.name}${claim.request ? `/${claim.request}` : ''}`);
  const text = "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty";
  return isThere ? [] : [invalid(path, name, text)];
}

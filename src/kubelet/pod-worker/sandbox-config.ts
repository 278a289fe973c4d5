import type { Container, Pod, SeccompProfile } from '#api/types/core-v1';
import { type NamespaceOption, NAMESPACE_MODE, type PodSandboxConfig, PROFILE_TYPE, PROTOCOL, type SecurityProfile } from '../cri/messages.ts';
import { CONFIG_ANNOTATION, podLabels, podUidOf } from './labels.ts';
import { type DnsSettings, dnsConfigOf } from './dns.ts';

export interface SandboxRequest {
  readonly pod: Pod;
  readonly attempt: number;
  readonly logDirectory: string;
  readonly cgroupParent: string;
  readonly nodeName: string;
  readonly dns: DnsSettings;
  readonly seccompRoot: string;
}

/** The sandbox that CRI shall make for a pod; follows generatePodSandboxConfig of pkg/kubelet/kuberuntime. */
export function sandboxConfigOf(request: SandboxRequest): PodSandboxConfig {
  const { pod } = request;
  const spec = pod.spec;
  const security = spec?.securityContext;
  const isHostNetwork = spec?.hostNetwork === true;
  return {
    metadata: { name: pod.metadata.name ?? '', namespace: pod.metadata.namespace ?? '', uid: podUidOf(pod), attempt: request.attempt },
    ...(isHostNetwork ? {} : { hostname: hostnameOf(pod) }),
    logDirectory: request.logDirectory,
    dnsConfig: dnsConfigOf(pod, request.dns),
    portMappings: isHostNetwork ? [] : portMappingsOf(pod),
    labels: { ...pod.metadata.labels, ...podLabels(pod) },
    annotations: { [CONFIG_ANNOTATION.source]: 'api', ...pod.metadata.annotations },
    linux: {
      cgroupParent: request.cgroupParent,
      sysctls: Object.fromEntries((security?.sysctls ?? []).map(({ name, value }) => [name.replaceAll('/', '.'), value])),
      securityContext: {
        privileged: hasPrivileged(pod),
        namespaceOptions: namespaceOptionsOf(pod),
        seccomp: seccompOf(security?.seccompProfile, request.seccompRoot) ?? { profileType: PROFILE_TYPE.RuntimeDefault },
        ...(security?.runAsUser === undefined ? {} : { runAsUser: { value: security.runAsUser } }),
        ...(security?.runAsUser !== undefined && security.runAsGroup !== undefined ? { runAsGroup: { value: security.runAsGroup } } : {}),
        supplementalGroups: [...(security?.fsGroup === undefined ? [] : [security.fsGroup]), ...(security?.supplementalGroups ?? [])],
        ...(security?.seLinuxOptions ? { selinuxOptions: security.seLinuxOptions } : {}),
      },
    },
  };
}

const MAX_HOSTNAME = 63;

/** The pod's name or `spec.hostname`, cut to what the kernel takes; the full name where setHostnameAsFQDN says so. */
export function hostnameOf(pod: Pod): string {
  const spec = pod.spec;
  if (spec?.hostnameOverride) return spec.hostnameOverride;
  const short = spec?.hostname || (pod.metadata.name ?? '').slice(0, MAX_HOSTNAME).replace(/[-.]+$/, '');
  return short;
}

/** `<hostname>.<subdomain>.<namespace>.svc.<domain>`, where the pod has a subdomain. */
export function fqdnOf(pod: Pod, clusterDomain: string): string | undefined {
  const subdomain = pod.spec?.subdomain;
  return subdomain ? `${hostnameOf(pod)}.${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : undefined;
}

export function namespaceOptionsOf(pod: Pod): NamespaceOption {
  const spec = pod.spec;
  return {
    network: spec?.hostNetwork ? NAMESPACE_MODE.NODE : NAMESPACE_MODE.POD,
    ipc: spec?.hostIPC ? NAMESPACE_MODE.NODE : NAMESPACE_MODE.POD,
    pid: spec?.hostPID ? NAMESPACE_MODE.NODE : spec?.shareProcessNamespace ? NAMESPACE_MODE.POD : NAMESPACE_MODE.CONTAINER,
  };
}

export function seccompOf(profile: SeccompProfile | undefined, seccompRoot: string): SecurityProfile | undefined {
  if (!profile) return undefined;
  if (profile.type === 'RuntimeDefault') return { profileType: PROFILE_TYPE.RuntimeDefault };
  if (profile.type === 'Localhost') return { profileType: PROFILE_TYPE.Localhost, localhostRef: `${seccompRoot}/${profile.localhostProfile ?? ''}` };
  return { profileType: PROFILE_TYPE.Unconfined };
}

function allContainers(pod: Pod): Container[] {
  return [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
}

function hasPrivileged(pod: Pod): boolean {
  return allContainers(pod).some((container) => container.securityContext?.privileged === true);
}

function portMappingsOf(pod: Pod) {
  return allContainers(pod).flatMap((container) =>
    (container.ports ?? [])
      .filter((port) => (port.hostPort ?? 0) > 0)
      .map((port) => ({
        protocol: PROTOCOL[(port.protocol ?? 'TCP') as keyof typeof PROTOCOL],
        containerPort: port.containerPort,
        hostPort: port.hostPort,
        hostIp: port.hostIP ?? '',
      })),
  );
}

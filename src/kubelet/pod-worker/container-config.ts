import { join } from 'node:path';
import type { Pod, SecurityContext } from '#api/types/core-v1';
import type { ContainerConfig, Image, LinuxContainerResources, LinuxContainerSecurityContext, Mount } from '../cri/messages.ts';
import { NAMESPACE_MODE, PROFILE_TYPE } from '../cri/messages.ts';
import { ContainerConfigError, expandVariables } from '../env.ts';
import { type AnyContainer, containerAnnotations, containerLabels } from './labels.ts';
import { namespaceOptionsOf, seccompOf } from './sandbox-config.ts';

export interface ContainerRequest {
  readonly pod: Pod;
  readonly container: AnyContainer;
  readonly restartCount: number;
  readonly env: readonly { readonly key: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  readonly image: Image;
  readonly resources: LinuxContainerResources;
  readonly seccompRoot: string;
  /** For ephemeral containers: the container whose processes they see. */
  readonly targetId?: string | undefined;
}

/** The container that CRI shall make; throws ContainerConfigError with upstream's text when the image and the spec do not go together. */
export function containerConfigOf(request: ContainerRequest): ContainerConfig {
  const { pod, container, restartCount } = request;
  const env = new Map(request.env.map(({ key, value }) => [key, value]));
  const expand = (text: string) => expandVariables(text, (name) => env.get(name));
  checkNonRoot(request);
  return {
    metadata: { name: container.name, attempt: restartCount },
    image: { image: request.image.id, userSpecifiedImage: container.image ?? '' },
    command: (container.command ?? []).map(expand),
    args: (container.args ?? []).map(expand),
    workingDir: container.workingDir ?? '',
    envs: [...request.env],
    mounts: [...request.mounts],
    labels: containerLabels(pod, container),
    annotations: containerAnnotations(pod, container, restartCount),
    logPath: join(container.name, `${restartCount}.log`),
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    linux: { resources: request.resources, securityContext: securityOf(request) },
  };
}

interface Effective {
  readonly runAsUser: number | undefined;
  readonly runAsGroup: number | undefined;
  readonly runAsNonRoot: boolean | undefined;
}

function effectiveUser(pod: Pod, own: SecurityContext | undefined): Effective {
  const shared = pod.spec?.securityContext;
  return {
    runAsUser: own?.runAsUser ?? shared?.runAsUser,
    runAsGroup: own?.runAsGroup ?? shared?.runAsGroup,
    runAsNonRoot: own?.runAsNonRoot ?? shared?.runAsNonRoot,
  };
}

function checkNonRoot({ pod, container, image }: ContainerRequest): void {
  const { runAsUser, runAsNonRoot } = effectiveUser(pod, container.securityContext);
  if (!runAsNonRoot) return;
  const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`;
  if (runAsUser !== undefined) {
    if (runAsUser === 0) throw new ContainerConfigError(`container's runAsUser breaks non-root policy ${where}`);
    return;
  }
  if (image.uid?.value === 0 || (!image.uid && !image.username))
    throw new ContainerConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  if (!image.uid && image.username) {
    throw new ContainerConfigError(`container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`);
  }
}

function securityOf(request: ContainerRequest): LinuxContainerSecurityContext {
  const { pod, container, image } = request;
  const own = container.securityContext;
  const shared = pod.spec?.securityContext;
  const { runAsUser, runAsGroup } = effectiveUser(pod, own);
  const uid = runAsUser ?? image.uid?.value;
  const isPrivileged = own?.privileged === true;
  const seccomp = seccompOf(own?.seccompProfile ?? shared?.seccompProfile, request.seccompRoot);
  const apparmor = own?.appArmorProfile ?? shared?.appArmorProfile;
  const options = namespaceOptionsOf(pod);
  return {
    privileged: isPrivileged,
    readonlyRootfs: own?.readOnlyRootFilesystem ?? false,
    noNewPrivs: own?.allowPrivilegeEscalation === false,
    capabilities: { addCapabilities: own?.capabilities?.add ?? [], dropCapabilities: own?.capabilities?.drop ?? [] },
    namespaceOptions: request.targetId ? { ...options, pid: NAMESPACE_MODE.TARGET, targetId: request.targetId } : options,
    ...(uid === undefined ? {} : { runAsUser: { value: uid } }),
    ...(uid === undefined && image.username ? { runAsUsername: image.username } : {}),
    ...(runAsGroup === undefined ? {} : { runAsGroup: { value: runAsGroup } }),
    supplementalGroups: [...(shared?.fsGroup === undefined ? [] : [shared.fsGroup]), ...(shared?.supplementalGroups ?? [])],
    seccomp: seccomp ?? { profileType: PROFILE_TYPE.Unconfined },
    ...(apparmor && !isPrivileged ? { apparmor: profileOf(apparmor.type, apparmor.localhostProfile) } : {}),
    ...((own?.seLinuxOptions ?? shared?.seLinuxOptions) ? { selinuxOptions: own?.seLinuxOptions ?? shared?.seLinuxOptions } : {}),
    maskedPaths: isPrivileged || own?.procMount === 'Unmasked' ? [] : MASKED_PATHS,
    readonlyPaths: isPrivileged || own?.procMount === 'Unmasked' ? [] : READONLY_PATHS,
  };
}

function profileOf(type: string, localhostProfile: string | undefined) {
  if (type === 'Localhost') return { profileType: PROFILE_TYPE.Localhost, localhostRef: localhostProfile ?? '' };
  return { profileType: type === 'Unconfined' ? PROFILE_TYPE.Unconfined : PROFILE_TYPE.RuntimeDefault };
}

const MASKED_PATHS = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

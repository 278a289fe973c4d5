import type { PodSecurityContext, PodSpec, SeccompProfile, SecurityContext, Sysctl, WindowsSecurityContextOptions } from '#api/types/core-v1';
import { child, duplicate, type FieldError, index, invalid, notSupported, required } from '../../../machinery/field-error.ts';
import { descendingPath, userId } from './checks.ts';

/** What all containers of a Pod run as. */
export function validatePodSecurityContext(spec: PodSpec, path: string): FieldError[] {
  const context: PodSecurityContext = spec.securityContext ?? {};
  const errors: FieldError[] = [
    ...userId(child(path, 'fsGroup'), context.fsGroup),
    ...userId(child(path, 'runAsUser'), context.runAsUser),
    ...userId(child(path, 'runAsGroup'), context.runAsGroup),
    ...(context.supplementalGroups ?? []).flatMap((group, i) => userId(index(child(path, 'supplementalGroups'), i), group)),
  ];
  if (spec.shareProcessNamespace && spec.hostPID) {
    errors.push(invalid(child(path, 'shareProcessNamespace'), true, 'ShareProcessNamespace and HostPID cannot both be enabled'));
  }
  errors.push(...validateSysctls(context.sysctls, spec, child(path, 'sysctls')));
  errors.push(...oneOf(child(path, 'fsGroupChangePolicy'), context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']));
  errors.push(...validateProfile(context.seccompProfile, child(path, 'seccompProfile'), 'seccomp'));
  errors.push(...validateWindowsOptions(context.windowsOptions, child(path, 'windowsOptions')));
  errors.push(...validateProfile(context.appArmorProfile, child(path, 'appArmorProfile'), 'AppArmor'));
  errors.push(...oneOf(child(path, 'supplementalGroupsPolicy'), context.supplementalGroupsPolicy, ['Merge', 'Strict']));
  errors.push(...oneOf(child(path, 'seLinuxChangePolicy'), context.seLinuxChangePolicy, ['MountOption', 'Recursive']));
  return errors;
}

function oneOf(path: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  return value === undefined || supported.includes(value) ? [] : [notSupported(path, value, supported)];
}

const SYSCTL = '([a-z0-9]([-_a-z0-9]*[a-z0-9])?\\.)*[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const SYSCTL_SLASHES = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*([a-z0-9][-_a-z0-9]*)?[a-z0-9]$/;
function validateSysctls(sysctls: readonly Sysctl[] | undefined, spec: PodSpec, path: string): FieldError[] {
  const seen = new Set<string>();
  return (sysctls ?? []).flatMap(({ name }, i) => {
    const at = child(index(path, i), 'name');
    const errors: FieldError[] = [];
    if (!name) errors.push(required(at));
    else if (name.length > 253 || !SYSCTL_SLASHES.test(name)) errors.push(invalid(at, name, `must have at most 253 characters and match regex ${SYSCTL}`));
    else if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
    const normal = name.replaceAll('/', '.');
    if (spec.hostNetwork && normal.startsWith('net.')) errors.push(invalid(at, name, "may not be specified when 'hostNetwork' is true"));
    if (spec.hostIPC && (normal.startsWith('kernel.shm') || normal.startsWith('kernel.msg') || normal === 'kernel.sem' || normal.startsWith('fs.mqueue.'))) {
      errors.push(invalid(at, name, "may not be specified when 'hostIPC' is true"));
    }
    return errors;
  });
}

function validateProfile(profile: SeccompProfile | undefined, path: string, sort: 'seccomp' | 'AppArmor'): FieldError[] {
  if (!profile) return [];
  const { type, localhostProfile } = profile;
  const at = child(path, 'localhostProfile');
  if (type === 'Localhost') {
    if (localhostProfile === undefined)
      return [required(at, sort === 'seccomp' ? 'must be set when seccomp type is Localhost' : 'must be set when AppArmor type is Localhost')];
    return sort === 'seccomp'
      ? descendingPath(at, localhostProfile)
      : localhostProfile.trim()
        ? []
        : [required(at, 'must be set when AppArmor type is Localhost')];
  }
  if (localhostProfile !== undefined) {
    return [invalid(at, localhostProfile, sort === 'seccomp' ? 'can only be set when seccomp type is Localhost' : 'can only be set when type is Localhost')];
  }
  if (!type)
    return [required(child(path, 'type'), sort === 'seccomp' ? 'type is required when seccompProfile is set' : 'type is required when appArmorProfile is set')];
  const supported = ['Localhost', 'RuntimeDefault', 'Unconfined'];
  return supported.includes(type) ? [] : [notSupported(child(path, 'type'), type, supported)];
}

function validateWindowsOptions(options: WindowsSecurityContextOptions | undefined, path: string): FieldError[] {
  if (options?.runAsUserName === undefined) return [];
  const at = child(path, 'runAsUserName');
  if (options.runAsUserName === '') return [invalid(at, '', 'runAsUserName cannot be an empty string')];
  return [];
}

/** What one container runs as. */
export function validateSecurityContext(context: SecurityContext | undefined, spec: PodSpec, path: string): FieldError[] {
  if (!context) return [];
  const errors: FieldError[] = [...userId(child(path, 'runAsUser'), context.runAsUser), ...userId(child(path, 'runAsGroup'), context.runAsGroup)];
  if (context.procMount !== undefined) {
    errors.push(...oneOf(child(path, 'procMount'), context.procMount, ['Default', 'Unmasked']));
    if (context.procMount === 'Unmasked' && spec.hostUsers !== false)
      errors.push(invalid(child(path, 'procMount'), context.procMount, '`hostUsers` must be false to use `Unmasked`'));
  }
  errors.push(...validateProfile(context.seccompProfile, child(path, 'seccompProfile'), 'seccomp'));
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged) errors.push(invalid(path, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
    if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) {
      errors.push(invalid(path, context, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'));
    }
  }
  errors.push(...validateWindowsOptions(context.windowsOptions, child(path, 'windowsOptions')));
  errors.push(...validateProfile(context.appArmorProfile, child(path, 'appArmorProfile'), 'AppArmor'));
  return errors;
}

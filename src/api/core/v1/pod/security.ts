import type { AppArmorProfile, PodSecurityContext, PodSpec, SeccompProfile, SecurityContext, Sysctl } from '#api/types/core-v1';
import { child, duplicate, type FieldError, index, invalid, notSupported, required, tooLong } from '../../../machinery/field-error.ts';
import { descendingPath, userId } from './checks.ts';
import type { PodRules } from './rules.ts';
import { validateWindowsOptions } from './windows.ts';

/** What all containers of a Pod run as. */
export function validatePodSecurityContext(spec: PodSpec, rules: PodRules, path: string): FieldError[] {
  const context: PodSecurityContext | undefined = spec.securityContext;
  const errors: FieldError[] = [];
  // What upstream's types keep here is the Pod's own in the API.
  if (spec.shareProcessNamespace && spec.hostPID) {
    errors.push(invalid(child(path, 'shareProcessNamespace'), true, 'ShareProcessNamespace and HostPID cannot both be enabled'));
  }
  if (!context || Object.keys(context).length === 0) return errors;
  errors.unshift(
    ...userId(child(path, 'fsGroup'), context.fsGroup),
    ...userId(child(path, 'runAsUser'), context.runAsUser),
    ...userId(child(path, 'runAsGroup'), context.runAsGroup),
    ...(context.supplementalGroups ?? []).flatMap((group, i) => userId(index(child(path, 'supplementalGroups'), i), group)),
  );
  return [
    ...errors,
    ...validateSysctls(context.sysctls, spec, rules, child(path, 'sysctls')),
    ...oneOf(child(path, 'fsGroupChangePolicy'), context.fsGroupChangePolicy, ['Always', 'OnRootMismatch']),
    ...validateSeccomp(context.seccompProfile, child(path, 'seccompProfile')),
    ...validateWindowsOptions(context.windowsOptions, child(path, 'windowsOptions')),
    ...validateAppArmor(context.appArmorProfile, child(path, 'appArmorProfile')),
    ...oneOf(child(path, 'supplementalGroupsPolicy'), context.supplementalGroupsPolicy, ['Merge', 'Strict']),
    ...oneOf(child(path, 'seLinuxChangePolicy'), context.seLinuxChangePolicy, ['MountOption', 'Recursive']),
  ];
}

function oneOf(path: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  return value === undefined || supported.includes(value) ? [] : [notSupported(path, value, supported)];
}

const SYSCTL_SEGMENT = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const SYSCTL = `^(${SYSCTL_SEGMENT}[\\./])*${SYSCTL_SEGMENT}$`;
// The same language, written so that no name takes long to refuse.
const SYSCTL_NAME = /^[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?(?:[./][a-z0-9](?:[-_a-z0-9]*[a-z0-9])?)*$/;
const MAX_SYSCTL = 253;
function validateSysctls(sysctls: readonly Sysctl[] | undefined, spec: PodSpec, { old }: PodRules, path: string): FieldError[] {
  const seen = new Set<string>();
  const keepsHostSysctls = (old?.securityContext?.sysctls ?? []).some(({ name }) => old && hostSysctl(name, old, '').length > 0);
  return (sysctls ?? []).flatMap(({ name }, i) => {
    const at = child(index(path, i), 'name');
    const errors: FieldError[] = [];
    if (!name) errors.push(required(at));
    else if (name.length > MAX_SYSCTL || !SYSCTL_NAME.test(name))
      errors.push(invalid(at, name, `must have at most ${MAX_SYSCTL} characters and match regex ${SYSCTL}`));
    else if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
    return keepsHostSysctls ? errors : [...errors, ...hostSysctl(name, spec, at)];
  });
}
/** Settings of a namespace that the Pod shares with its node would be the node's. */
function hostSysctl(name: string, { hostNetwork, hostIPC }: PodSpec, path: string): FieldError[] {
  const dotted = name.replaceAll('/', '.');
  if (hostNetwork && dotted.startsWith('net.')) return [invalid(path, name, "may not be specified when 'hostNetwork' is true")];
  const isIpc = dotted.startsWith('kernel.shm') || dotted.startsWith('kernel.msg') || dotted === 'kernel.sem' || dotted.startsWith('fs.mqueue.');
  return hostIPC && isIpc ? [invalid(path, name, "may not be specified when 'hostIPC' is true")] : [];
}

const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'];

function validateSeccomp(profile: SeccompProfile | undefined, path: string): FieldError[] {
  if (!profile) return [];
  const { type, localhostProfile } = profile;
  const errors: FieldError[] = [];
  if (!type) errors.push(required(child(path, 'type'), 'type is required when seccompProfile is set'));
  else if (!PROFILE_TYPES.includes(type)) errors.push(notSupported(child(path, 'type'), type, PROFILE_TYPES));
  const at = child(path, 'localhostProfile');
  if (type === 'Localhost') {
    if (localhostProfile === undefined) errors.push(required(at, 'must be set when seccomp type is Localhost'));
    else errors.push(...descendingPath(at, localhostProfile));
  } else if (localhostProfile !== undefined) {
    // Upstream prints its internal struct here, whose members have Go's names.
    errors.push(invalid(at, { Type: type ?? '', LocalhostProfile: localhostProfile }, 'can only be set when seccomp type is Localhost'));
  }
  return errors;
}

const MAX_PROFILE_PATH = 4095;
/** Also tells whether a profile of an annotation makes a right one. */
export function validateAppArmor(profile: AppArmorProfile | undefined, path: string): FieldError[] {
  if (!profile) return [];
  const { type, localhostProfile } = profile;
  const at = child(path, 'localhostProfile');
  const missing = required(at, 'must be set when AppArmor type is Localhost');
  if (type === 'Localhost') {
    if (localhostProfile === undefined) return [missing];
    const errors: FieldError[] = [];
    if (localhostProfile.trim() !== localhostProfile) errors.push(invalid(at, localhostProfile, 'must not be padded with whitespace'));
    else if (!localhostProfile) errors.push(missing);
    if (localhostProfile.length > MAX_PROFILE_PATH) errors.push(tooLong(at, MAX_PROFILE_PATH));
    return errors;
  }
  if (!type) return [required(child(path, 'type'), 'type is required when appArmorProfile is set')];
  if (!PROFILE_TYPES.includes(type)) return [notSupported(child(path, 'type'), type, PROFILE_TYPES)];
  return localhostProfile === undefined ? [] : [invalid(at, localhostProfile, 'can only be set when AppArmor type is Localhost')];
}

/** What one container runs as. */
export function validateSecurityContext(context: SecurityContext, spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [...userId(child(path, 'runAsUser'), context.runAsUser), ...userId(child(path, 'runAsGroup'), context.runAsGroup)];
  if (context.procMount !== undefined) {
    errors.push(...oneOf(child(path, 'procMount'), context.procMount, ['Default', 'Unmasked']));
    if (context.procMount === 'Unmasked' && spec.hostUsers !== false)
      errors.push(invalid(child(path, 'procMount'), context.procMount, '`hostUsers` must be false to use `Unmasked`'));
  }
  errors.push(...validateSeccomp(context.seccompProfile, child(path, 'seccompProfile')));
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged) errors.push(invalid(path, goContext(context), 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
    for (const capability of context.capabilities?.add ?? []) {
      if (capability !== 'CAP_SYS_ADMIN') continue;
      errors.push(invalid(path, goContext(context), 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'));
    }
  }
  errors.push(...validateWindowsOptions(context.windowsOptions, child(path, 'windowsOptions')));
  errors.push(...validateAppArmor(context.appArmorProfile, child(path, 'appArmorProfile')));
  return errors;
}

/** Upstream prints its internal struct, whose members have Go's names and are all there. */
function goContext(context: SecurityContext): object {
  const { capabilities, privileged, seLinuxOptions, windowsOptions, runAsUser, runAsGroup, runAsNonRoot, readOnlyRootFilesystem } = context;
  const { allowPrivilegeEscalation, procMount, seccompProfile, appArmorProfile } = context;
  return {
    Capabilities: capabilities ? { Add: capabilities.add ?? null, Drop: capabilities.drop ?? null } : null,
    Privileged: privileged ?? null,
    SELinuxOptions: seLinuxOptions
      ? { User: seLinuxOptions.user ?? '', Role: seLinuxOptions.role ?? '', Type: seLinuxOptions.type ?? '', Level: seLinuxOptions.level ?? '' }
      : null,
    WindowsOptions: windowsOptions
      ? {
          GMSACredentialSpecName: windowsOptions.gmsaCredentialSpecName ?? null,
          GMSACredentialSpec: windowsOptions.gmsaCredentialSpec ?? null,
          RunAsUserName: windowsOptions.runAsUserName ?? null,
          HostProcess: windowsOptions.hostProcess ?? null,
        }
      : null,
    RunAsUser: runAsUser ?? null,
    RunAsGroup: runAsGroup ?? null,
    RunAsNonRoot: runAsNonRoot ?? null,
    ReadOnlyRootFilesystem: readOnlyRootFilesystem ?? null,
    AllowPrivilegeEscalation: allowPrivilegeEscalation ?? null,
    ProcMount: procMount ?? null,
    SeccompProfile: seccompProfile ? { Type: seccompProfile.type, LocalhostProfile: seccompProfile.localhostProfile ?? null } : null,
    AppArmorProfile: appArmorProfile ? { Type: appArmorProfile.type, LocalhostProfile: appArmorProfile.localhostProfile ?? null } : null,
  };
}

import type { Container, PodSpec, WindowsSecurityContextOptions } from '#api/types/core-v1';
import { child, type FieldError, forbidden, index, invalid, notSupported, required } from '../../../machinery/field-error.ts';
import { isDns1123Subdomain } from '../../../machinery/names.ts';
import { invalidEach } from './checks.ts';

/** Calls `visit` for every container in upstream's order: init containers, containers, ephemeral ones. */
export function visitContainers(spec: PodSpec, path: string, visit: (container: Container, path: string) => void): void {
  for (const field of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    const list: readonly Container[] | undefined = spec[field];
    if (list) for (let i = 0; i < list.length; i++) visit(list[i] as Container, index(child(path, field), i));
  }
}

const KIB_64 = 64 * 1024;
const MAX_DOMAIN = 256;
const MAX_USER = 104;
const NET_BIOS = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const DNS_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const DNS_DOMAIN = new RegExp(`^${DNS_LABEL}(?:\\.${DNS_LABEL})*$`);

/** Settings that only Windows knows. */
export function validateWindowsOptions(options: WindowsSecurityContextOptions | undefined, path: string): FieldError[] {
  if (!options) return [];
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options;
  const errors: FieldError[] = [];
  if (gmsaCredentialSpecName !== undefined)
    errors.push(...invalidEach(child(path, 'gmsaCredentialSpecName'), gmsaCredentialSpecName, isDns1123Subdomain(gmsaCredentialSpecName)));
  if (gmsaCredentialSpec !== undefined) {
    const at = child(path, 'gmsaCredentialSpec');
    if (!gmsaCredentialSpec) errors.push(invalid(at, gmsaCredentialSpec, 'gmsaCredentialSpec cannot be an empty string'));
    else if (Buffer.byteLength(gmsaCredentialSpec) > KIB_64) errors.push(invalid(at, gmsaCredentialSpec, 'gmsaCredentialSpec size must be under 64 KiB'));
  }
  if (runAsUserName !== undefined)
    errors.push(...userNameMessages(runAsUserName).map((message) => invalid(child(path, 'runAsUserName'), runAsUserName, message)));
  return errors;
}

function userNameMessages(name: string): string[] {
  if (!name) return ['runAsUserName cannot be an empty string'];
  if (hasControlCharacter(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const user = parts.at(-1) ?? '';
  const domain = parts.length === 2 ? (parts[0] ?? '') : undefined;
  const messages: string[] = [];
  if ((domain?.length ?? 0) >= MAX_DOMAIN) messages.push(`runAsUserName's Domain length must be under ${MAX_DOMAIN} characters`);
  if (domain !== undefined && !NET_BIOS.test(domain) && !DNS_DOMAIN.test(domain))
    messages.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  if (!user) messages.push("runAsUserName's User cannot be empty");
  else if (user.length > MAX_USER) messages.push(`runAsUserName's User length must not be longer than ${MAX_USER} characters`);
  if (/^[. ]+$/.test(user)) messages.push("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) messages.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]');
  return messages;
}

// Of ASCII, as Go's [[:cntrl:]].
function hasControlCharacter(text: string): boolean {
  for (const character of text) if (character < ' ' || character === '\u007f') return true;
  return false;
}

/** Containers that are processes of the host: all of a Pod, or none. */
export function validateHostProcess(spec: PodSpec, path: string): FieldError[] {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const errors: FieldError[] = [];
  let [count, hostProcesses] = [0, 0];
  visitContainers(spec, path, ({ securityContext }, at) => {
    count++;
    const own = securityContext?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && own !== ofPod) {
      const detail = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      errors.push(invalid(child(at, 'securityContext', 'windowsOptions', 'hostProcess'), own, detail));
    }
    if (own ?? ofPod) hostProcesses++;
  });
  if (hostProcesses === 0) return errors;
  if (hostProcesses !== count) errors.push(invalid(path, '', 'If pod contains any hostProcess containers then all containers must be HostProcess containers'));
  if (!spec.hostNetwork) errors.push(invalid(child(path, 'hostNetwork'), false, 'hostNetwork must be true if pod contains any hostProcess containers'));
  return errors;
}

const SYSTEMS = ['linux', 'windows'];

/** The operating system that a Pod is for, and what the other one's settings would be. */
export function validateOs(spec: PodSpec, path: string): FieldError[] {
  const { os } = spec;
  if (!os) return [];
  const at = child(path, 'os');
  if (!os.name) return [required(child(at, 'name'), 'cannot be empty')];
  if (!SYSTEMS.includes(os.name)) return [notSupported(at, os.name, SYSTEMS)];
  return os.name === 'linux' ? linuxErrors(spec, path) : windowsErrors(spec, path);
}

function linuxErrors(spec: PodSpec, path: string): FieldError[] {
  const text = 'windows options cannot be set for a linux pod';
  const errors = spec.securityContext?.windowsOptions ? [forbidden(child(path, 'securityContext', 'windowsOptions'), text)] : [];
  visitContainers(spec, path, ({ securityContext }, at) => {
    if (securityContext?.windowsOptions) errors.push(forbidden(child(at, 'securityContext', 'windowsOptions'), text));
  });
  return errors;
}

// In upstream's order; those without a dot are the Pod's own in the API.
const NOT_OF_WINDOWS_PODS = [
  'securityContext.appArmorProfile',
  'securityContext.seLinuxOptions',
  'hostUsers',
  'hostPID',
  'hostIPC',
  'securityContext.seccompProfile',
  'securityContext.fsGroup',
  'securityContext.fsGroupChangePolicy',
  'securityContext.sysctls',
  'shareProcessNamespace',
  'securityContext.runAsUser',
  'securityContext.runAsGroup',
  'securityContext.supplementalGroups',
  'securityContext.supplementalGroupsPolicy',
  'securityContext.seLinuxChangePolicy',
];
const NOT_OF_WINDOWS_CONTAINERS = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const;
/** Of these a value of false is as good as none. */
const FLAGS = ['hostPID', 'hostIPC'];

function windowsErrors(spec: PodSpec, path: string): FieldError[] {
  const text = 'cannot be set for a windows pod';
  const errors = NOT_OF_WINDOWS_PODS.filter((field) => {
    const value = field.split('.').reduce<unknown>((object, name) => (object as Record<string, unknown> | undefined)?.[name], spec);
    return FLAGS.includes(field) ? value === true : value !== undefined;
  }).map((field) => forbidden(child(path, field), text));
  visitContainers(spec, path, ({ securityContext }, at) => {
    for (const field of NOT_OF_WINDOWS_CONTAINERS)
      if (securityContext?.[field] !== undefined) errors.push(forbidden(child(at, 'securityContext', field), text));
  });
  return errors;
}

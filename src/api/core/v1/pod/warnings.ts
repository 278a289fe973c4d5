import type { Container, NodeSelectorTerm, Pod, PodAffinity, PodSpec, PodTemplateSpec, Volume } from '#api/types/core-v1';
import type { ObjectMeta } from '#api/types/meta-v1';
import { child, index, key } from '../../../machinery/field-error.ts';
import { ipWarnings } from '../../../machinery/ip-address.ts';
import { isDns1123Label, isLabelValue } from '../../../machinery/names.ts';
import { claimSpecWarnings } from '../claim-warnings.ts';
import { APP_ARMOR_PREFIX } from './annotations.ts';
import { isInteger } from './container-resources.ts';
import { overlappingPathWarnings } from './path-warnings.ts';
import { portWarnings } from './port-warnings.ts';
import { appArmorWarnings } from './strategy.ts';
import { visitContainers } from './windows.ts';

/** What a new Pod's author is told beside the answer (pkg/api/pod/warnings.go). */
export function podWarnings(pod: Pod): string[] {
  const messages = isDns1123Label(pod.metadata.name ?? '');
  const text = "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: ";
  const ofName = messages.length ? [`${text}[${messages.join(' ')}]`] : [];
  return [...appArmorWarnings(pod), ...ofName, ...specWarnings(pod.spec, pod.metadata, '')];
}

/** What the writer of a Pod's status is told. */
export function podStatusWarnings({ status }: Pod): string[] {
  const pods = (status?.podIPs ?? []).flatMap(({ ip }, i) => ipWarnings(child(index('status.podIPs', i), 'ip'), ip ?? ''));
  return [...pods, ...(status?.hostIPs ?? []).flatMap(({ ip }, i) => ipWarnings(child(index('status.hostIPs', i), 'ip'), ip ?? ''))];
}

/** The same for a Pod template; `path` is the template's. */
export function podTemplateWarnings(template: PodTemplateSpec | undefined, path: string): string[] {
  return template?.spec ? specWarnings(template.spec, template.metadata ?? {}, path) : [];
}

/** What the author of something is told whose name becomes part of its Pods' names. */
export function podNameWarnings(name: string): string[] {
  const messages = isDns1123Label(name);
  const text = 'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: ';
  return messages.length ? [`${text}[${messages.join(' ')}]`] : [];
}

/** Labels that nodes once had, and what to say of them. */
export const OLD_NODE_LABELS: ReadonlyMap<string, string> = new Map([
  ['beta.kubernetes.io/arch', 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ['beta.kubernetes.io/os', 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  ['failure-domain.beta.kubernetes.io/region', 'deprecated since v1.17; use "topology.kubernetes.io/region" instead'],
  ['failure-domain.beta.kubernetes.io/zone', 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'],
  ['beta.kubernetes.io/instance-type', 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead'],
]);
const OLD_ANNOTATIONS: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
};
const SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead';

function specWarnings(spec: PodSpec, metadata: ObjectMeta, path: string): string[] {
  const at = child(path, 'spec');
  const annotations = metadata.annotations ?? {};
  const warnings = [...placementWarnings(spec, at)];
  for (const [name, text] of Object.entries(OLD_ANNOTATIONS))
    if (annotations[name] !== undefined) warnings.push(`${key(child(path, 'metadata', 'annotations'), name)}: ${text}`);
  warnings.push(...volumeWarnings(spec.volumes, child(at, 'volumes')), ...duplicateWarnings(spec, at));
  for (const name of ['memory', 'ephemeral-storage']) warnings.push(...fractionWarning(spec.overhead?.[name], key(child(at, 'overhead'), name)));
  if (annotations['seccomp.security.alpha.kubernetes.io/pod'] !== undefined && !spec.securityContext?.seccompProfile)
    warnings.push(`${key(child(path, 'metadata', 'annotations'), 'seccomp.security.alpha.kubernetes.io/pod')}: ${SECCOMP}`);
  visitContainers(spec, at, (container, where) => {
    warnings.push(...containerWarnings(container, spec, annotations, path), ...amountWarnings(container, where), ...envWarnings(container, where));
  });
  warnings.push(...portWarnings(spec, at));
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0)
    warnings.push(`${child(at, 'terminationGracePeriodSeconds')}: must be >= 0; negative values are invalid and will be treated as 1`);
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  if (podAffinity) warnings.push(...affinityWarnings(podAffinity, child(at, 'affinity', 'podAffinity')));
  if (podAntiAffinity) warnings.push(...affinityWarnings(podAntiAffinity, child(at, 'affinity', 'podAntiAffinity')));
  return [...warnings, ...oddAddressWarnings(spec, at)];
}

function placementWarnings({ nodeSelector, affinity, topologySpreadConstraints }: PodSpec, at: string): string[] {
  const warnings: string[] = [];
  for (const name of Object.keys(nodeSelector ?? {}))
    if (OLD_NODE_LABELS.get(name)) warnings.push(`${key(child(at, 'nodeSelector'), name)}: ${OLD_NODE_LABELS.get(name)}`);
  const { requiredDuringSchedulingIgnoredDuringExecution: wanted, preferredDuringSchedulingIgnoredDuringExecution: preferred } = affinity?.nodeAffinity ?? {};
  const path = child(at, 'affinity', 'nodeAffinity');
  for (const [i, term] of (wanted?.nodeSelectorTerms ?? []).entries()) {
    warnings.push(...nodeTermWarnings(term, index(child(path, 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms'), i), false));
  }
  for (const [i, { preference }] of (preferred ?? []).entries())
    warnings.push(...nodeTermWarnings(preference, child(index(child(path, 'preferredDuringSchedulingIgnoredDuringExecution'), i), 'preference'), true));
  for (const [i, { topologyKey, labelSelector }] of (topologySpreadConstraints ?? []).entries()) {
    const where = index(child(at, 'topologySpreadConstraints'), i);
    if (OLD_NODE_LABELS.get(topologyKey)) warnings.push(`${child(where, 'topologyKey')}: ${topologyKey} is ${OLD_NODE_LABELS.get(topologyKey)}`);
    if (!labelSelector) warnings.push(`${child(where, 'labelSelector')}: a null labelSelector results in matching no pod`);
  }
  return warnings;
}

/** Labels that nodes no longer have by these names; where values are not validated, wrong ones are told. */
export function nodeTermWarnings({ matchExpressions }: NodeSelectorTerm, path: string, checksValues: boolean): string[] {
  return (matchExpressions ?? []).flatMap(({ key: name, values }, i) => {
    const at = index(child(path, 'matchExpressions'), i);
    const ofName = OLD_NODE_LABELS.get(name) ? [`${child(at, 'key')}: ${name} is ${OLD_NODE_LABELS.get(name)}`] : [];
    if (!checksValues) return ofName;
    return [
      ...ofName,
      ...(values ?? []).flatMap((value, j) => isLabelValue(value).map((message) => `${index(child(at, 'values'), j)}: ${value} is invalid, ${message}`)),
    ];
  });
}

function affinityWarnings(affinity: PodAffinity, path: string): string[] {
  const text = 'a null labelSelector results in matching no pod';
  const wanted = (affinity.requiredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ labelSelector }, i) =>
    labelSelector ? [] : [`${child(index(child(path, 'requiredDuringSchedulingIgnoredDuringExecution'), i), 'labelSelector')}: ${text}`],
  );
  const preferred = (affinity.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ podAffinityTerm }, i) =>
    podAffinityTerm?.labelSelector
      ? []
      : [`${child(index(child(path, 'preferredDuringSchedulingIgnoredDuringExecution'), i), 'podAffinityTerm', 'labelSelector')}: ${text}`],
  );
  return [...wanted, ...preferred];
}

const OLD_VOLUMES: readonly (readonly [keyof Volume, string, string])[] = [
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];
function volumeWarnings(volumes: readonly Volume[] | undefined, path: string): string[] {
  const warnings: string[] = [];
  for (const [i, volume] of (volumes ?? []).entries()) {
    for (const [field, shown, text] of OLD_VOLUMES) if (volume[field] !== undefined) warnings.push(`${child(index(path, i), shown)}: ${text}`);
    const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
    if (claim) warnings.push(...claimSpecWarnings(claim, child(index(path, i), 'ephemeral', 'volumeClaimTemplate', 'spec')));
  }
  return [...warnings, ...overlappingPathWarnings(volumes)];
}

function duplicateWarnings({ hostAliases = [], imagePullSecrets = [] }: PodSpec, at: string): string[] {
  const warnings: string[] = [];
  for (const [i, { ip }] of hostAliases.entries())
    if (hostAliases.findIndex((each) => each.ip === ip) < i)
      warnings.push(`${child(index(child(at, 'hostAliases'), i), 'ip')}: duplicate ip ${JSON.stringify(ip)}`);
  const path = child(at, 'imagePullSecrets');
  for (const [i, { name }] of imagePullSecrets.entries())
    if (imagePullSecrets.findIndex((each) => each.name === name) < i)
      warnings.push(`${child(index(path, i), 'name')}: duplicate name ${JSON.stringify(name ?? '')}`);
  for (const [i, { name }] of imagePullSecrets.entries()) if (!name) warnings.push(`${child(index(path, i), 'name')}: invalid empty name ""`);
  return warnings;
}

function oddAddressWarnings({ dnsConfig, hostAliases = [] }: PodSpec, at: string): string[] {
  const servers = (dnsConfig?.nameservers ?? []).flatMap((server, i) => ipWarnings(index(child(at, 'dnsConfig', 'nameservers'), i), server));
  return [...servers, ...hostAliases.flatMap(({ ip }, i) => ipWarnings(child(index(child(at, 'hostAliases'), i), 'ip'), ip))];
}

function fractionWarning(quantity: string | undefined, path: string): string[] {
  if (quantity === undefined || !/[a-z.]/.test(quantity) || isInteger(quantity)) return [];
  return [`${path}: fractional byte value ${JSON.stringify(quantity)} is invalid, must be an integer`];
}
function amountWarnings({ resources }: Container, path: string): string[] {
  if (!resources) return [];
  return ['memory', 'ephemeral-storage'].flatMap((name) =>
    (['limits', 'requests'] as const).flatMap((list) => fractionWarning(resources[list]?.[name], key(child(path, 'resources', list), name))),
  );
}

function containerWarnings({ name, securityContext }: Container, spec: PodSpec, annotations: Readonly<Record<string, string>>, path: string): string[] {
  const warnings: string[] = [];
  const seccomp = `container.seccomp.security.alpha.kubernetes.io/${name}`;
  if (annotations[seccomp] !== undefined && !securityContext?.seccompProfile)
    warnings.push(`${key(child(path, 'metadata', 'annotations'), seccomp)}: ${SECCOMP}`);
  // Of Pods themselves this is told where the annotation becomes a field.
  const hasProfile = spec.securityContext?.appArmorProfile ?? securityContext?.appArmorProfile;
  if (path && !hasProfile && annotations[APP_ARMOR_PREFIX + name] !== undefined)
    warnings.push(`${key(child(path, 'metadata', 'annotations'), APP_ARMOR_PREFIX + name)}: deprecated since v1.30; use the "appArmorProfile" field instead`);
  return warnings;
}

/** A variable that is there twice is lost by merging, unless the second builds on the first. */
function envWarnings({ env = [] }: Container, path: string): string[] {
  if (env.length < 2) return [];
  const seen = new Set<string>();
  return env.flatMap(({ name, value = '', valueFrom }, i) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const reference = `$(${name})`;
    const builds = !valueFrom && value !== reference && value.includes(reference);
    return builds ? [] : [`${index(child(path, 'env'), i)}: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`];
  });
}

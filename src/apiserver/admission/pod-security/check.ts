import type { Container, EphemeralContainer, PodSecurityContext, PodSpec } from '#api/types/core-v1';
import type { ObjectMeta } from '#api/types/meta-v1';

/** What a check looks at: a Pod, or a template of Pods. */
export interface PodLike {
  readonly metadata: ObjectMeta;
  readonly spec: PodSpec;
}
/** Why a Pod is not allowed: `reason` in a few words, `detail` with the names of what is wrong. */
export interface Violation {
  readonly reason: string;
  readonly detail: string;
}
/** Undefined: allowed. */
export type CheckPod = (pod: PodLike) => Violation | undefined;

/** One rule of the Pod security standards, as it was from some version on until the next. */
export interface Check {
  readonly id: string;
  readonly level: 'baseline' | 'restricted';
  /** In rising order of `since`, the minor version of Kubernetes. */
  readonly versions: readonly VersionedCheck[];
}
export interface VersionedCheck {
  readonly since: number;
  readonly check: CheckPod;
  /** Ids of baseline checks that say less than this one: in restricted namespaces they are left out. */
  readonly overrides?: readonly string[];
}

export type AnyContainer = Container | EphemeralContainer;

/** In upstream's order: init containers, containers, ephemeral containers. */
export function containersOf({ initContainers, containers, ephemeralContainers }: PodSpec): AnyContainer[] {
  return [...(initContainers ?? []), ...(containers ?? []), ...(ephemeralContainers ?? [])];
}
/** The names of the containers that `isBad` finds. */
export function namesOf(spec: PodSpec, isBad: (container: AnyContainer) => boolean): string[] {
  return containersOf(spec)
    .filter(isBad)
    .map(({ name }) => name);
}

/** `"a", "b"` */
export function joinQuote(items: Iterable<string>): string {
  return Array.from(items, (item) => `"${item}"`).join(', ');
}
/** The values once each, in byte order. */
export function sortedSet(values: Iterable<string>): string[] {
  return [...new Set(values)].sort();
}
export function pluralize(count: number, singular: string, plural = `${singular}s`): string {
  return count === 1 ? singular : plural;
}
/** `container "a"`, `containers "a", "b"` */
export function containersText(names: readonly string[]): string {
  return `${pluralize(names.length, 'container')} ${joinQuote(names)}`;
}
/** Who sets something wrong: `pod`, `container "a"`, or both. */
export function settersText(isPod: boolean, names: readonly string[]): string {
  return [...(isPod ? ['pod'] : []), ...(names.length > 0 ? [containersText(names)] : [])].join(' and ');
}

/** Pods that say they are for Windows are not asked for what only Linux knows, from 1.25 on. */
export function exceptWindows(check: CheckPod): CheckPod {
  return (pod) => (pod.spec.os?.name === 'windows' ? undefined : check(pod));
}
/** Root in a user namespace is nobody outside of it, from 1.35 on. */
export function exceptUserNamespaces(check: CheckPod): CheckPod {
  return (pod) => (pod.spec.hostUsers === false ? undefined : check(pod));
}

/** The values that a Pod and its containers give to a field of their security contexts that exists on both. */
export function securityFields<T>(
  { securityContext, ...spec }: PodSpec,
  read: (context: Pick<PodSecurityContext, 'seccompProfile' | 'appArmorProfile' | 'seLinuxOptions' | 'windowsOptions' | 'runAsUser' | 'runAsNonRoot'>) => T,
): { pod: T | undefined; containers: { name: string; value: T | undefined }[] } {
  return {
    pod: securityContext && read(securityContext),
    containers: containersOf(spec).map((container) => ({ name: container.name, value: container.securityContext && read(container.securityContext) })),
  };
}

import { type KubeObject, namespaces, newInvalid, pods } from '#api';
import type { Container, Namespace, Pod } from '#api/types/core-v1';
import type { Clock } from '#lib';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../../contract.ts';
import { refuse } from '../refuse.ts';
import type { PodLike } from './check.ts';
import { detailsOf, violationsOf } from './evaluate.ts';
import { warningsForPods } from './namespace-pods.ts';
import { templateReader } from './pod-templates.ts';
import { askedBeyond, compareLevels, DEFAULT_POLICY, formatLevelVersion, isSameLevelVersion, type LevelVersion, type Policy, policyOf } from './policy.ts';

/** What PodSecurityConfiguration says (pod-security.admission.config.k8s.io/v1). */
export interface PodSecurityOptions {
  /** For namespaces whose labels do not say otherwise. */
  readonly defaults?: Policy | undefined;
  readonly exemptions?:
    | { readonly usernames?: readonly string[]; readonly runtimeClasses?: readonly string[]; readonly namespaces?: readonly string[] }
    | undefined;
}

/** Subresources that cannot change what runs; any other one that takes a Pod is looked at. */
const IGNORED_SUBRESOURCES: ReadonlySet<string> = new Set(['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status']);

/** Holds Pods to the security standard that their namespace asks for; follows k8s.io/pod-security-admission/admission/admission.go. */
export function createPodSecurity(reader: ObjectReader, clock: Clock, options: PodSecurityOptions = {}): AdmissionPlugin {
  const check = new PodSecurity(reader, clock, options);
  return {
    name: 'PodSecurity',
    validate(request) {
      if (request.operation !== 'CREATE' && request.operation !== 'UPDATE') return;
      if (request.resource.group === '' && request.resource.plural === pods.plural) check.pod(request);
      else if (request.subresource !== '') return;
      else if (request.resource.group === '' && request.resource.plural === namespaces.plural) check.namespace(request);
      else check.workload(request);
    },
  };
}

class PodSecurity {
  readonly #reader: ObjectReader;
  readonly #clock: Clock;
  readonly #defaults: Policy;
  readonly #users: ReadonlySet<string>;
  readonly #runtimeClasses: ReadonlySet<string>;
  readonly #namespaces: ReadonlySet<string>;

  constructor(reader: ObjectReader, clock: Clock, { defaults = DEFAULT_POLICY, exemptions }: PodSecurityOptions) {
    this.#reader = reader;
    this.#clock = clock;
    this.#defaults = defaults;
    this.#users = new Set(exemptions?.usernames);
    this.#runtimeClasses = new Set(exemptions?.runtimeClasses);
    this.#namespaces = new Set(exemptions?.namespaces);
  }

  pod(request: AdmissionRequest): void {
    if (IGNORED_SUBRESOURCES.has(request.subresource) || this.#isExempt(request) || !request.object) return;
    const policy = this.#policyFor(request);
    if (isPrivileged(policy.enforce) && isPrivileged(policy.warn)) return;
    const pod = request.object as Pod;
    if (request.operation === 'UPDATE' && !isSignificantUpdate(pod, request.oldObject as Pod)) return;
    if (this.#hasExemptRuntimeClass(pod)) return;
    const violations = violationsOf(policy.enforce, pod);
    if (violations.length > 0) throw refuse(request, `violates PodSecurity ${quoted(policy.enforce)}: ${detailsOf(violations)}`);
    this.#warn(request, policy.warn, pod);
  }

  workload(request: AdmissionRequest): void {
    const read = templateReader(request.resource.group, request.resource.plural);
    if (!read || !request.object || this.#isExempt(request)) return;
    const { warn } = this.#policyFor(request);
    if (isPrivileged(warn)) return;
    const template = read(request.object);
    if (template && !this.#hasExemptRuntimeClass(template)) this.#warn(request, warn, template);
  }

  namespace(request: AdmissionRequest): void {
    const namespace = request.object as Namespace & KubeObject;
    const name = namespace.metadata.name ?? '';
    const { policy, errors } = policyOf(namespace.metadata.labels, this.#defaults);
    const old = request.operation === 'UPDATE' ? policyOf((request.oldObject as Namespace).metadata.labels, this.#defaults) : undefined;
    const isNewError = errors.length > 0 && JSON.stringify(errors) !== JSON.stringify(old?.errors);
    if (isNewError) throw newInvalid(namespaces, name, errors);
    if (!old) return this.#warnIfExempt(request, name, policy);
    const [enforce, before] = [policy.enforce, old.policy.enforce];
    if (isSameLevelVersion(enforce, before) || isPrivileged(enforce)) return;
    if (enforce.version === before.version && compareLevels(enforce.level, before.level) < 1) return;
    if (this.#namespaces.has(name)) return this.#warnIfExempt(request, name, policy);
    const isExempt = (pod: Pod): boolean => this.#hasExemptRuntimeClass(pod);
    const found = warningsForPods({ namespace: name, pods: this.#reader.list(pods, name), enforce, clock: this.#clock, isExempt });
    for (const warning of found) request.warn(warning);
  }

  #warnIfExempt(request: AdmissionRequest, name: string, policy: Policy): void {
    const asked = this.#namespaces.has(name) ? askedBeyond(policy, this.#defaults) : '';
    if (asked) request.warn(`namespace ${JSON.stringify(name)} is exempt from Pod Security, and the policy (${asked}) will be ignored`);
  }

  #warn(request: AdmissionRequest, policy: LevelVersion, pod: PodLike): void {
    const violations = violationsOf(policy, pod);
    if (violations.length > 0) request.warn(`would violate PodSecurity ${quoted(policy)}: ${detailsOf(violations)}`);
  }

  #isExempt({ namespace, user }: AdmissionRequest): boolean {
    return this.#namespaces.has(namespace) || this.#users.has(user.username ?? '');
  }
  #hasExemptRuntimeClass({ spec }: PodLike): boolean {
    return spec.runtimeClassName !== undefined && this.#runtimeClasses.has(spec.runtimeClassName);
  }
  #policyFor({ namespace }: AdmissionRequest): Policy {
    return policyOf(this.#reader.get(namespaces, { name: namespace })?.metadata.labels, this.#defaults).policy;
  }
}

function isPrivileged({ level }: LevelVersion): boolean {
  return level === 'privileged';
}
function quoted(policy: LevelVersion): string {
  return JSON.stringify(formatLevelVersion(policy));
}
/** Whether an update changes an image, or which seccomp profile an old annotation asks for. */
function isSignificantUpdate(pod: Pod, old: Pod): boolean {
  const changesAnnotation = (key: string): boolean => pod.metadata.annotations?.[key] !== old.metadata.annotations?.[key];
  if (changesAnnotation('seccomp.security.alpha.kubernetes.io/pod')) return true;
  const isOther = (container: Pick<Container, 'name' | 'image'>, before: Pick<Container, 'image'> | undefined): boolean =>
    !before || container.image !== before.image || changesAnnotation(`container.seccomp.security.alpha.kubernetes.io/${container.name}`);
  for (const field of ['containers', 'initContainers'] as const) {
    const [now, before] = [pod.spec[field] ?? [], old.spec[field] ?? []];
    if (now.length !== before.length || now.some((container, i) => isOther(container, before[i]))) return true;
  }
  const before = old.spec.ephemeralContainers;
  return (
    pod.spec.ephemeralContainers?.some((container) =>
      isOther(
        container,
        before?.find(({ name }) => name === container.name),
      ),
    ) ?? false
  );
}

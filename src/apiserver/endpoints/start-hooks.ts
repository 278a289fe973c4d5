/**
 * Parts of the start that upstream's health pages tell of, by its names and in its order: what k3ts has of them.
 * Left out is what it has not: flow control's queues (its configuration is read already, and said to be well or dangling), other API servers behind
 * this one, leases of API servers.
 */
const PARTS = {
  'start-apiserver-admission-initializer': 'caches',
  'generic-apiserver-start-informers': 'caches',
  'priority-and-fairness-config-consumer': 'flows',
  'start-apiextensions-informers': 'caches',
  'start-apiextensions-controllers': 'extensions',
  'crd-informer-synced': 'extensions',
  'start-system-namespaces-controller': 'objects',
  'start-cluster-authentication-info-controller': 'objects',
  'storage-readiness': 'caches',
  'start-legacy-token-tracking-controller': 'legacyTokens',
  'start-service-ip-repair-controllers': 'services',
  'rbac/bootstrap-roles': 'objects',
  'scheduling/bootstrap-system-priority-classes': 'objects',
  'priority-and-fairness-config-producer': 'objects',
  'bootstrap-controller': 'services',
  'start-kubernetes-service-cidr-controller': 'services',
  'start-kube-aggregator-informers': 'caches',
  'apiservice-status-local-available-controller': 'apiServices',
  'apiservice-registration-controller': 'apiServices',
  'apiservice-discovery-controller': 'extensions',
  'kube-apiserver-autoregistration': 'apiServices',
  'autoregister-completion': 'apiServices',
  'apiservice-openapi-controller': 'extensions',
  'apiservice-openapiv3-controller': 'extensions',
} as const;

/** What a start consists of: `objects` are those that every cluster has, `services` the addresses of Services and the Service by which Pods find the server. */
export type StartPart = (typeof PARTS)[keyof typeof PARTS];

const CHECKS = new Map<string, StartPart>(
  // One of them is a check of its own upstream, no hook.
  Object.entries(PARTS).map(([name, part]) => [name === 'autoregister-completion' ? name : `poststarthook/${name}`, part]),
);

/** The names of the checks. */
export const HOOK_CHECKS: readonly string[] = [...CHECKS.keys()];

/** Remembers which parts of a start are done. */
export class StartHooks {
  readonly #done = new Set<StartPart>();

  done(part: StartPart): void {
    this.#done.add(part);
  }
  /** Whether what the check tells of is done. */
  isDone(check: string): boolean {
    const part = CHECKS.get(check);
    return part !== undefined && this.#done.has(part);
  }
}

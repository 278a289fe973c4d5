import type { Namespace, NamespaceCondition } from '#api/types/core-v1';
import { rfc3339 } from '#lib';

/** What deleting a namespace's content came to. */
export interface ContentReport {
  /** Errors of deleting, listing; texts. */
  readonly failures: readonly string[];
  /** `pods.` → how many are left; `deployments.apps` likewise. */
  readonly remaining: ReadonlyMap<string, number>;
  /** Finalizer → how many objects it holds. */
  readonly finalizers: ReadonlyMap<string, number>;
}

/** The conditions that tell how far the deletion has come, with upstream's texts (pkg/controller/namespace/deletion/status_condition_utils.go). */
export function planConditions(present: readonly NamespaceCondition[], report: ContentReport, nowMs: number): NamespaceCondition[] {
  const { failures, remaining, finalizers } = report;
  const wanted: Omit<NamespaceCondition, 'lastTransitionTime'>[] = [
    fine('NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'),
    fine('NamespaceDeletionGroupVersionParsingFailure', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'),
    failures.length === 0
      ? fine('NamespaceDeletionContentFailure', 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization')
      : bad(
          'NamespaceDeletionContentFailure',
          'ContentDeletionFailed',
          `Failed to delete all resource types, ${failures.length} remaining: ${[...failures].sort().join(', ')}`,
        ),
    remaining.size === 0
      ? fine('NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed')
      : bad(
          'NamespaceContentRemaining',
          'SomeResourcesRemain',
          `Some resources are remaining: ${listed(remaining, (name, n) => `${name} has ${n} resource instances`)}`,
        ),
    finalizers.size === 0
      ? fine('NamespaceFinalizersRemaining', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished')
      : bad(
          'NamespaceFinalizersRemaining',
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${listed(finalizers, (name, n) => `${name} in ${n} resource instances`)}`,
        ),
  ];
  const others = present.filter((c) => !wanted.some((w) => w.type === c.type));
  return [...others, ...wanted.map((condition) => withTransition(present, condition, nowMs))];
}

function fine(type: string, reason: string, message: string): NamespaceCondition {
  return { type, status: 'False', reason, message };
}
function bad(type: string, reason: string, message: string): NamespaceCondition {
  return { type, status: 'True', reason, message };
}
function listed(counts: ReadonlyMap<string, number>, text: (name: string, count: number) => string): string {
  return [...counts]
    .map(([name, count]) => text(name, count))
    .sort()
    .join(', ');
}
function withTransition(present: readonly NamespaceCondition[], condition: NamespaceCondition, nowMs: number): NamespaceCondition {
  const known = present.find((c) => c.type === condition.type);
  const isSame = known?.status === condition.status;
  return { ...condition, lastTransitionTime: (isSame && known.lastTransitionTime) || rfc3339(nowMs) };
}

/** The namespace controller's own finalizer, which lives in the spec. */
export const KUBERNETES_FINALIZER = 'kubernetes';

/** The namespace without our finalizer: what goes to its `finalize` subresource. */
export function withoutFinalizer(namespace: Namespace): Namespace {
  const finalizers = (namespace.spec?.finalizers ?? []).filter((f) => f !== KUBERNETES_FINALIZER);
  return { ...namespace, spec: { ...namespace.spec, finalizers } };
}

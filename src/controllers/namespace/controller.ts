import { ALL_VERBS, allResources, isStatus, type KubeObject, keyOf, namespaces, type ResourceDefinition } from '#api';
import type { Namespace } from '#api/types/core-v1';
import type { Controller, Outcome, Wiring } from '../controller.ts';
import { isEqual } from '../values.ts';
import { type CustomKinds, followCustomKinds } from '../custom-kinds.ts';
import { type ContentKind, deleteContent } from './content.ts';
import { type ContentReport, KUBERNETES_FINALIZER, planConditions, withoutFinalizer } from './plan.ts';

/** Empties and then releases namespaces that are being deleted. Follows pkg/controller/namespace/deletion/namespaced_resources_deleter.go. */
export const namespaceController: Controller = {
  name: 'namespace',
  account: 'namespace-controller',
  workers: 10,
  connect(wiring) {
    const loop = new NamespaceLoop(wiring);
    return (key) => loop.reconcile(key);
  },
};

/** Kinds whose objects live in namespaces and can be deleted. */
const CONTENT: readonly ResourceDefinition[] = allResources.filter((r) => r.namespaced && r.verbs.includes('delete') && r.verbs.includes('list'));
// Pods end first, so that what they use (their network policies, secrets, accounts) outlives them.
const PODS = CONTENT.filter((r) => r.group === '' && r.plural === 'pods');

class NamespaceLoop {
  readonly #wiring: Wiring;
  readonly #namespaces;
  readonly #custom: CustomKinds;
  /** Namespaces being emptied: only then is the going of their objects of interest. */
  readonly #emptying = new Set<string>();

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
    this.#namespaces = wiring.informers.informer(namespaces);
    const enqueue = (namespace: Namespace): void => {
      if (namespace.metadata.deletionTimestamp !== undefined) wiring.enqueue(keyOf(namespace));
    };
    this.#namespaces.on({ added: enqueue, updated: enqueue, deleted: (namespace) => this.#emptying.delete(keyOf(namespace)) });
    this.#custom = followCustomKinds(wiring, {
      added: (type, informer) => {
        if (type.namespaced) informer.on({ deleted: (object) => this.#contentGone(object) });
      },
    });
    for (const kind of CONTENT) {
      if (kind.plural === 'events' || !kind.verbs.includes('watch')) continue;
      wiring.informers.informer(kind).on({ deleted: (object: KubeObject) => this.#contentGone(object) });
    }
  }

  async reconcile(key: string): Promise<Outcome> {
    const { client } = this.#wiring;
    if (!this.#namespaces.store.get(key)) return 'done';
    const namespace = await this.#fresh(key);
    if (!namespace?.metadata.deletionTimestamp || !namespace.spec?.finalizers?.includes(KUBERNETES_FINALIZER)) return 'done';
    this.#emptying.add(key);
    const podReport = await deleteContent(client, key, PODS);
    const isPodFree = podReport.failures.length === 0 && podReport.remaining.size === 0;
    const report = isPodFree ? await deleteContent(client, key, [...CONTENT, ...this.#customContent()]) : podReport;
    const updated = await this.#writeConditions(namespace, report);
    if (report.failures.length === 0 && report.remaining.size === 0) return this.#finalize(key, updated);
    // What goes is seen by the informers; this is for failures, and for what no informer shows.
    return { requeueAfterMs: (Math.floor(report.graceSeconds / 2) + (report.failures.length > 0 ? 1 : 15)) * 1000 };
  }

  *#customContent(): Generator<ContentKind, void, void> {
    for (const type of this.#custom.types) if (type.namespaced) yield { ...type, verbs: ALL_VERBS };
  }

  async #fresh(key: string): Promise<Namespace | undefined> {
    try {
      return await this.#wiring.client.get(namespaces, { name: key });
    } catch (error) {
      if (isStatus(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async #writeConditions(namespace: Namespace, report: ContentReport): Promise<Namespace> {
    const conditions = planConditions(namespace.status?.conditions ?? [], report, this.#wiring.clock.now());
    const status = { ...namespace.status, phase: 'Terminating' as const, conditions };
    if (isEqual(status, namespace.status)) return namespace;
    return this.#wiring.client.update(namespaces, { ...namespace, status }, { subresource: 'status' });
  }

  async #finalize(key: string, namespace: Namespace): Promise<Outcome> {
    try {
      await this.#wiring.client.update(namespaces, withoutFinalizer(namespace), { subresource: 'finalize' });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
    this.#emptying.delete(key);
    return 'done';
  }

  #contentGone({ metadata: { namespace } }: KubeObject): void {
    // A little later: one pass for many objects that go at the same time.
    if (namespace !== undefined && this.#emptying.has(namespace)) this.#wiring.enqueue(namespace, 50);
  }
}

import { allResources, isStatus, type JsonObject, keyOf, type KubeObject, type ResourceDefinition, type ResourceType } from '#api';
import type { OwnerReference } from '#api/types/meta-v1';
import type { Informer } from '#client';
import { followCustomKinds } from '../custom-kinds.ts';
import type { Controller, Outcome, Wiring } from '../controller.ts';
import { FOREGROUND_FINALIZER, type GraphNode, ORPHAN_FINALIZER, OwnerGraph } from './graph.ts';
import { judge, type OwnerState } from './plan.ts';

/** Deletes what has lost its owners, and carries out foreground and orphaning deletions. Follows pkg/controller/garbagecollector/garbagecollector.go. */
export const garbageCollectorController: Controller = {
  name: 'garbage-collector',
  account: 'generic-garbage-collector',
  workers: 20,
  connect(wiring) {
    const loop = new GarbageLoop(wiring);
    return (key) => loop.reconcile(key);
  },
};

/** Kinds that take part in ownership. Events come and go by themselves. */
const WATCHED: readonly ResourceDefinition[] = allResources.filter(
  ({ verbs, plural }) => plural !== 'events' && (['list', 'watch', 'delete', 'patch'] as const).every((verb) => verbs.includes(verb)),
);
const BY_KIND = new Map<string, ResourceType>(WATCHED.map((type) => [kindKey(type), type]));

// Keys in the queue: what to do, then the uid.
const CHECK = 'check ';
const ORPHAN = 'orphan ';
/** After this long an owner that was there is looked at again, if no cache shows it by then. */
const UNSEEN_MS = 1_000;

class GarbageLoop {
  readonly #wiring: Wiring;
  readonly #graph: OwnerGraph;
  /** Kinds that clients defined, by group and kind. */
  readonly #custom = new Map<string, ResourceType>();

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
    const informers = new Map<ResourceType, Informer<KubeObject>>(WATCHED.map((type) => [type, wiring.informers.informer(type)]));
    this.#graph = new OwnerGraph(
      { typeOf: (owner) => this.#typeOf(owner), find: (type, namespace, name) => informers.get(type)?.store.get(keyOf({ namespace, name })) },
      { check: (node) => wiring.enqueue(CHECK + node.uid), orphan: (node) => wiring.enqueue(ORPHAN + node.uid) },
    );
    const follow = (type: ResourceType, informer: Informer<KubeObject>): void => {
      informer.on({
        added: (object) => this.#graph.put(type, object),
        updated: (object, old) => {
          if (object.metadata.uid !== old.metadata.uid) this.#graph.remove(old.metadata.uid ?? '');
          this.#graph.put(type, object);
        },
        deleted: (object) => this.#graph.remove(object.metadata.uid ?? ''),
      });
    };
    for (const [type, informer] of informers) follow(type, informer);
    followCustomKinds(wiring, {
      added: (type, informer) => {
        informers.set(type, informer);
        this.#custom.set(kindKey(type), type);
        follow(type, informer);
        this.#graph.relink();
      },
      removed: (type, informer) => {
        informers.delete(type);
        this.#custom.delete(kindKey(type));
        for (const { metadata } of informer.store.list()) this.#graph.remove(metadata.uid ?? '');
      },
    });
  }

  async reconcile(key: string): Promise<Outcome> {
    const isCheck = key.startsWith(CHECK);
    const node = this.#graph.get(key.slice(isCheck ? CHECK.length : ORPHAN.length));
    if (!node) return 'done';
    if (isCheck) await this.#check(node);
    else await this.#orphanDependents(node);
    // An owner that no cache shows yet may go before one does: nobody would say so (kubernetes/kubernetes#56121).
    return isCheck && !node.isObserved && this.#graph.get(node.uid) === node ? { requeueAfterMs: UNSEEN_MS } : 'done';
  }

  async #check(node: GraphNode): Promise<void> {
    if (node.isDeleting && !node.isForeground) return;
    const object = await this.#live(node);
    if (!object) return this.#graph.remove(node.uid);
    if (node.isForeground) return this.#finishForeground(node, object);
    const states = await Promise.all((object.metadata.ownerReferences ?? []).map((owner) => this.#stateOf(owner, node)));
    const dependents = { count: node.dependents.size, isOneWaiting: [...node.dependents].some((d) => d.isForeground) };
    const verdict = judge(object, states, dependents);
    if (verdict.do === 'keep') return undefined;
    if (verdict.do === 'drop-references') {
      return this.#setReferences(
        node,
        object,
        (object.metadata.ownerReferences ?? []).filter((o) => !verdict.uids.has(o.uid)),
      );
    }
    if (verdict.unblocksOwners) {
      const unblocked = (object.metadata.ownerReferences ?? []).map((o) => ({ ...o, blockOwnerDeletion: false }));
      await this.#setReferences(node, object, unblocked);
      return this.#delete(node, verdict.propagationPolicy, undefined);
    }
    return this.#delete(node, verdict.propagationPolicy, object.metadata.resourceVersion);
  }

  #typeOf({ apiVersion, kind }: OwnerReference): ResourceType | undefined {
    const slash = apiVersion.indexOf('/');
    const key = kindKey({ group: slash < 0 ? '' : apiVersion.slice(0, slash), kind });
    return BY_KIND.get(key) ?? this.#custom.get(key);
  }

  /** The object behind a node, past the cache; undefined when it is gone. */
  async #live(node: { type: ResourceType; namespace: string | undefined; name: string; uid: string }): Promise<KubeObject | undefined> {
    try {
      const object = await this.#wiring.client.get(node.type, { namespace: node.namespace, name: node.name });
      return object.metadata.uid === node.uid ? object : undefined;
    } catch (error) {
      if (isStatus(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async #stateOf(owner: OwnerReference, dependent: GraphNode): Promise<OwnerState> {
    const type = this.#typeOf(owner);
    if (!type) return 'solid';
    // A namespaced owner of a cluster-wide object cannot be found, and so does not exist.
    if (type.namespaced && dependent.namespace === undefined) return 'absent';
    const object = await this.#live({ type, namespace: type.namespaced ? dependent.namespace : undefined, name: owner.name, uid: owner.uid });
    if (!object) return 'absent';
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    return deletionTimestamp !== undefined && finalizers.includes(FOREGROUND_FINALIZER) ? 'waiting' : 'solid';
  }

  /** Releases the owner when no dependent holds it back any more; else sees to it that those go. */
  async #finishForeground(node: GraphNode, object: KubeObject): Promise<void> {
    const blocking = [...node.dependents].filter((d) => d.owners.some((o) => o.uid === node.uid && o.blockOwnerDeletion === true));
    if (blocking.length === 0) return this.#dropFinalizer(node, object, FOREGROUND_FINALIZER);
    for (const dependent of blocking) if (!dependent.isForeground) this.#wiring.enqueue(CHECK + dependent.uid);
    return undefined;
  }

  async #orphanDependents(node: GraphNode): Promise<void> {
    await Promise.all([...node.dependents].map((dependent) => this.#letGo(dependent, node.uid)));
    const object = await this.#live(node);
    if (object) await this.#dropFinalizer(node, object, ORPHAN_FINALIZER);
  }
  async #letGo(dependent: GraphNode, ownerUid: string): Promise<void> {
    const object = await this.#live(dependent);
    if (object)
      await this.#setReferences(
        dependent,
        object,
        (object.metadata.ownerReferences ?? []).filter((o) => o.uid !== ownerUid),
      );
  }

  async #setReferences(node: GraphNode, object: KubeObject, owners: readonly OwnerReference[]): Promise<void> {
    await this.#patch(node, object, { ownerReferences: owners.length > 0 ? (owners as unknown as JsonObject[]) : null });
  }
  async #dropFinalizer(node: GraphNode, object: KubeObject, name: string): Promise<void> {
    const { finalizers = [] } = object.metadata;
    if (finalizers.includes(name)) await this.#patch(node, object, { finalizers: finalizers.filter((f) => f !== name) });
  }
  /** Refused as Conflict when the object has changed since it was read; the runner tries again. */
  async #patch(node: GraphNode, object: KubeObject, metadata: JsonObject): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    const patch = { metadata: { uid, resourceVersion, ...metadata } };
    try {
      await this.#wiring.client.patch(node.type, { namespace: node.namespace, name: node.name }, patch, { type: 'merge' });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }

  async #delete(node: GraphNode, propagationPolicy: string, resourceVersion: string | undefined): Promise<void> {
    const preconditions = resourceVersion === undefined ? { uid: node.uid } : { uid: node.uid, resourceVersion };
    try {
      await this.#wiring.client.delete(node.type, { namespace: node.namespace, name: node.name }, { preconditions, propagationPolicy });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }
}

function kindKey({ group, kind }: { readonly group: string; readonly kind: string }): string {
  return `${group} ${kind}`;
}

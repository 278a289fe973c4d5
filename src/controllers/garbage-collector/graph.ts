import type { KubeObject, ResourceType } from '#api';
import type { OwnerReference } from '#api/types/meta-v1';

/** Finalizers that the API server sets for the propagation policies Foreground and Orphan. */
export const FOREGROUND_FINALIZER = 'foregroundDeletion';
export const ORPHAN_FINALIZER = 'orphan';

/** An object as far as ownership goes. Unobserved nodes are known only from references to them. */
export interface GraphNode {
  readonly uid: string;
  readonly type: ResourceType;
  readonly namespace: string | undefined;
  readonly name: string;
  isObserved: boolean;
  owners: readonly OwnerReference[];
  readonly dependents: Set<GraphNode>;
  isDeleting: boolean;
  /** Waits for its dependents to go first. */
  isForeground: boolean;
  isOrphaning: boolean;
}

/** What a change of the graph asks for: nodes to look at, whether they are to be deleted or their dependents to be let go. */
export interface GraphWork {
  check(node: GraphNode): void;
  orphan(node: GraphNode): void;
}

/** How the graph learns of what it has not been told. */
export interface GraphSources {
  /** The kind that a reference names; undefined for kinds that are not watched. */
  typeOf(owner: OwnerReference): ResourceType | undefined;
  /** The object as the caches show it. */
  find(type: ResourceType, namespace: string | undefined, name: string): KubeObject | undefined;
}

/**
 * Who owns whom, by uid. Only objects that own, are owned or wait for dependents are nodes; all others are left out, so that the graph stays
 * small. `a in b.dependents <=> a.owners names b`. Follows pkg/controller/garbagecollector/graph_builder.go.
 */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();
  readonly #sources: GraphSources;
  readonly #work: GraphWork;

  constructor(sources: GraphSources, work: GraphWork) {
    this.#sources = sources;
    this.#work = work;
  }
  get size(): number {
    return this.#nodes.size;
  }
  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  /** Takes in an object that appeared or changed. */
  put(type: ResourceType, object: KubeObject): void {
    const { uid = '', ownerReferences = [] } = object.metadata;
    const known = this.#nodes.get(uid);
    const isWaiting = object.metadata.deletionTimestamp !== undefined && (hasFinalizer(object, FOREGROUND_FINALIZER) || hasFinalizer(object, ORPHAN_FINALIZER));
    if (!known && ownerReferences.length === 0 && !isWaiting) return;
    const node = known ?? this.#insert(type, object);
    node.isObserved = true;
    this.#setOwners(node, ownerReferences);
    this.#setDeletion(node, object);
    if (node.owners.length === 0 && node.dependents.size === 0 && !isWaiting) this.#nodes.delete(uid);
  }

  /** Takes out an object that is gone: its dependents are looked at, and owners that waited for it. */
  remove(uid: string): void {
    const node = this.#nodes.get(uid);
    if (!node) return;
    this.#nodes.delete(uid);
    for (const owner of this.#ownersOf(node)) {
      owner.dependents.delete(node);
      if (owner.isForeground) this.#work.check(owner);
    }
    for (const dependent of node.dependents) this.#work.check(dependent);
  }

  /** Links what names owners of kinds that were not known before. */
  relink(): void {
    for (const node of Array.from(this.#nodes.values())) {
      for (const reference of node.owners) if (!this.#nodes.get(reference.uid)?.dependents.has(node)) this.#link(node, reference);
    }
  }

  #insert(type: ResourceType, { metadata }: KubeObject): GraphNode {
    const node: GraphNode = {
      uid: metadata.uid ?? '',
      type,
      namespace: metadata.namespace,
      name: metadata.name ?? '',
      isObserved: false,
      owners: [],
      dependents: new Set(),
      isDeleting: false,
      isForeground: false,
      isOrphaning: false,
    };
    this.#nodes.set(node.uid, node);
    return node;
  }

  #setOwners(node: GraphNode, owners: readonly OwnerReference[]): void {
    const before = node.owners;
    node.owners = owners;
    for (const { uid, blockOwnerDeletion } of before) {
      const now = owners.find((o) => o.uid === uid);
      const owner = this.#nodes.get(uid);
      if (!owner || (now && !(blockOwnerDeletion && !now.blockOwnerDeletion))) continue;
      if (!now) owner.dependents.delete(node);
      // No longer held back by this dependent.
      if (owner.isForeground) this.#work.check(owner);
    }
    for (const reference of owners) if (!before.some((o) => o.uid === reference.uid)) this.#link(node, reference);
  }

  #link(node: GraphNode, reference: OwnerReference): void {
    const type = this.#sources.typeOf(reference);
    // An owner of a kind that nobody watches cannot be judged: what it owns stays.
    if (!type) return;
    const namespace = type.namespaced ? node.namespace : undefined;
    let owner = this.#nodes.get(reference.uid);
    if (!owner) {
      const object = this.#sources.find(type, namespace, reference.name);
      const isShown = object !== undefined && object.metadata.uid === reference.uid;
      owner = this.#insert(type, isShown ? object : { metadata: { namespace, name: reference.name, uid: reference.uid } });
      owner.isObserved = isShown;
      if (isShown) this.#setDeletion(owner, object);
      else this.#work.check(owner);
    } else if (owner.name !== reference.name || owner.namespace !== namespace || owner.type.kind !== type.kind) {
      // The reference's coordinates are not the owner's: to this object it is absent.
      this.#work.check(node);
    }
    owner.dependents.add(node);
    if (owner.isForeground) this.#work.check(node);
  }

  #setDeletion(node: GraphNode, object: KubeObject): void {
    const isDeleting = object.metadata.deletionTimestamp !== undefined;
    const wasForeground = node.isForeground;
    const wasOrphaning = node.isOrphaning;
    node.isDeleting = isDeleting;
    node.isForeground = isDeleting && hasFinalizer(object, FOREGROUND_FINALIZER);
    node.isOrphaning = isDeleting && hasFinalizer(object, ORPHAN_FINALIZER);
    if (node.isOrphaning && !wasOrphaning) this.#work.orphan(node);
    if (node.isForeground && !wasForeground) {
      for (const dependent of node.dependents) this.#work.check(dependent);
      this.#work.check(node);
    }
  }

  #ownersOf(node: GraphNode): GraphNode[] {
    return node.owners.map((o) => this.#nodes.get(o.uid)).filter((o) => o !== undefined);
  }
}

function hasFinalizer(object: KubeObject, name: string): boolean {
  return object.metadata.finalizers?.includes(name) ?? false;
}

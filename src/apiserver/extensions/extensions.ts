import {
  approvalCondition,
  type CustomResourceDefinition,
  customResourceDefinitions,
  customResources,
  type DefinitionCondition,
  hasCondition,
  isStatus,
  jsonEqual,
  type JsonValue,
  judgeNames,
  loadRulesOf,
  nonStructuralCondition,
  type ResourceDefinition,
} from '#api';
import { type Clock, type Log, rfc3339 } from '#lib';
import { APISERVER_USER } from '../bootstrap/index.ts';
import type { LocalServer } from '../endpoints/local.ts';
import type { Resources } from '../resources.ts';
import type { WatchCaches } from '../watch-cache/watch-caches.ts';
import { Cleanup, CLEANUP_FINALIZER } from './cleanup.ts';
import { withCondition } from './with-condition.ts';

export interface ExtensionsOptions {
  readonly local: LocalServer;
  readonly caches: WatchCaches;
  readonly resources: Resources;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a definition is served as at the moment. */
interface Served {
  /** What the served kinds were made of: while it is the same, they are not made anew. */
  readonly shape: Shape;
  readonly definitions: readonly ResourceDefinition[];
}

/**
 * Follows the CustomResourceDefinitions in the watch cache: judges their names, establishes them, makes their kinds come and go without a restart, and
 * empties those that are being deleted.
 *
 *   new --start()--> every established kind served, changes followed --stop()--> nothing is written any more
 *
 * Work on one definition is done in order, one at a time; a write that fails is tried again when the definition changes, or a little later.
 */
export class Extensions {
  readonly #options: ExtensionsOptions;
  readonly #served = new Map<string, Served>();
  readonly #busy = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  readonly #cleanup: Cleanup;
  #stopWatching: (() => void) | undefined;
  #isStopped = false;

  constructor(options: ExtensionsOptions) {
    this.#options = options;
    this.#cleanup = new Cleanup(options);
  }

  /** Serves what is established; resolves when all of it is. */
  async start(): Promise<void> {
    const { caches } = this.#options;
    this.#stopWatching = caches.onChange(customResourceDefinitions, ({ metadata }) => this.#enqueue(metadata.name ?? ''));
    const names = Array.from(caches.list(customResourceDefinitions), ({ metadata }) => metadata.name ?? '');
    await Promise.all(names.map((name) => this.#serve(name)));
    for (const name of names) this.#enqueue(name);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopWatching?.();
    this.#cleanup.stop();
    await Promise.allSettled(this.#busy.values());
  }

  #enqueue(name: string): void {
    if (this.#isStopped) return;
    if (this.#busy.has(name)) {
      this.#again.add(name);
      return;
    }
    const work = this.#reconcile(name)
      .catch((err: unknown) => this.#retry(name, err))
      .finally(() => {
        this.#busy.delete(name);
        if (this.#again.delete(name)) this.#enqueue(name);
      });
    this.#busy.set(name, work);
  }
  #retry(name: string, err: unknown): void {
    if (this.#isStopped) return;
    this.#options.log.warning('Cannot bring a CustomResourceDefinition up to date', { name, err });
    this.#options.clock.setTimer(RETRY_MS, () => this.#enqueue(name));
  }

  #get(name: string): CustomResourceDefinition | undefined {
    return this.#options.caches.get(customResourceDefinitions, { name });
  }

  async #reconcile(name: string): Promise<void> {
    const { caches, clock } = this.#options;
    const pending = caches.fresh();
    if (pending) await pending;
    const definition = this.#get(name);
    if (definition && (await this.#writeStatus(definition, rfc3339(clock.now())))) return this.#rouse(name);
    await this.#serve(name);
    if (definition?.metadata.deletionTimestamp !== undefined && definition.metadata.finalizers?.includes(CLEANUP_FINALIZER)) {
      await this.#cleanup.run(definition, () => this.#enqueue(name));
    }
    if (!definition) this.#rouse(name);
  }

  /** Names that a definition gave up are free for those of its group that wait for names. */
  #rouse(name: string): void {
    const group = name.slice(name.indexOf('.') + 1);
    for (const other of this.#options.caches.list(customResourceDefinitions)) {
      const { metadata, spec } = other;
      if (spec.group === group && metadata.name !== name && !hasCondition(other, 'NamesAccepted')) this.#enqueue(metadata.name ?? '');
    }
  }

  /** Writes what has been found out about the definition; false when nothing is new. */
  async #writeStatus(definition: CustomResourceDefinition, now: string): Promise<boolean> {
    const { local, caches } = this.#options;
    const { accepted, conditions } = judgeNames(definition, caches.list(customResourceDefinitions));
    const found: DefinitionCondition[] = [...conditions];
    const [nonStructural, approval] = [nonStructuralCondition(definition), approvalCondition(definition)];
    if (nonStructural) found.push(nonStructural);
    if (approval) found.push(approval);
    const before = definition.status?.conditions ?? [];
    const kept = before.filter(({ type }) => type !== 'NonStructuralSchema' || nonStructural);
    const after = found.reduce((list, condition) => withCondition(list, condition, now), kept);
    const isSame = jsonEqual(after as unknown as JsonValue, before as unknown as JsonValue);
    if (isSame && jsonEqual(accepted as unknown as JsonValue, definition.status?.acceptedNames as unknown as JsonValue)) return false;
    const status = { ...definition.status, conditions: after, acceptedNames: accepted, storedVersions: definition.status?.storedVersions ?? [] };
    const judged = { ...definition, status } as CustomResourceDefinition;
    // Who waits for Established may come at once: the kind must be there before it is said.
    if (hasCondition(judged, 'Established')) await this.#serve(judged.metadata.name ?? '', judged);
    try {
      await local.request({
        verb: 'update',
        resource: customResourceDefinitions,
        ref: { name: definition.metadata.name ?? '' },
        body: judged,
        user: APISERVER_USER,
        options: { subresource: 'status', fieldManager: 'kube-apiserver' },
      });
      return true;
    } catch (error) {
      // Somebody else was quicker: their change brings this about again.
      if (isStatus(error, 'Conflict', 'NotFound')) return true;
      throw error;
    }
  }

  /** Makes what is served agree with the definition, by default as the cache shows it. */
  async #serve(name: string, definition = this.#get(name)): Promise<void> {
    const shape = definition && hasCondition(definition, 'Established') ? shapeOf(definition) : undefined;
    const served = this.#served.get(name);
    if (isEqual(served?.shape, shape)) return;
    const { caches, resources } = this.#options;
    const loading = definition && shape && loadRulesOf(definition);
    if (loading) await loading;
    const isBuiltIn = definition && resources.isBuiltIn({ ...definition.spec, plural: definition.spec.names.plural });
    const definitions = definition && shape && !isBuiltIn ? customResources(definition) : [];
    const [first] = definitions;
    const storage = first?.storage;
    if (first) {
      if (!isEqual(served?.shape.stored, shape?.stored)) await caches.reload(definitions.find(({ custom }) => custom?.isStorageVersion) ?? first);
    } else if (served?.definitions[0]?.storage !== undefined) caches.remove(served.definitions[0]);
    resources.replace(served?.definitions ?? [], definitions);
    if (shape === undefined || storage === undefined) this.#served.delete(name);
    else this.#served.set(name, { shape, definitions });
  }
}

const RETRY_MS = 1_000;

/** What the served kinds depend on; `stored`: how objects are read from the datastore. */
interface Shape {
  readonly stored: object;
  readonly shown: object;
}
function shapeOf(definition: CustomResourceDefinition): Shape {
  const { spec, status } = definition;
  const { scope, versions, preserveUnknownFields, conversion } = spec;
  const stored = {
    scope,
    preserveUnknownFields,
    conversion,
    isServed: versions.some(({ served }) => served),
    versions: versions.map(({ name, storage, schema }) => ({ name, storage, schema })),
  };
  return { stored, shown: { spec, names: status?.acceptedNames, isTerminating: hasCondition(definition, 'Terminating') } };
}
function isEqual(a: object | undefined, b: object | undefined): boolean {
  return jsonEqual(a as JsonValue | undefined, b as JsonValue | undefined);
}

import { customResourceDefinitions, type KubeObject, quotaEvaluatorsOf, resourceQuotas, type ResourceType } from '#api';
import type { ResourceQuota } from '#api/types/core-v1';
import { createInformer, type Informer } from '#client';
import type { Wiring } from '../controller.ts';

/** Told of every object that went, and (without a namespace) of kinds that can be counted from now on. */
type KindChanged = (type: { group: string; plural: string }, namespace: string | undefined) => void;

interface Watched {
  readonly informer: Informer<KubeObject>;
  readonly ended: AbortController;
}
interface Definition extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly plural: string; readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Watches the custom kinds that some quota counts, while their definitions are there. */
export class CustomKinds {
  readonly #wiring: Wiring;
  readonly #definitions: Informer<Definition>;
  readonly #quotas: Informer<ResourceQuota & KubeObject>;
  /** By `plural.group`. */
  readonly #watched = new Map<string, Watched>();
  readonly #changed: KindChanged;

  constructor(wiring: Wiring, changed: KindChanged) {
    this.#wiring = wiring;
    this.#changed = changed;
    this.#quotas = wiring.informers.informer(resourceQuotas) as Informer<ResourceQuota & KubeObject>;
    this.#definitions = wiring.informers.informer(customResourceDefinitions) as unknown as Informer<Definition>;
    const watch = (): void => this.watch();
    this.#definitions.on({ added: watch, updated: watch, deleted: watch });
  }

  /** The objects of a kind in a namespace; undefined while the kind is not watched. */
  objects({ group, plural }: { group: string; plural: string }, namespace: string): Iterable<KubeObject> | undefined {
    const watched = this.#watched.get(`${plural}.${group}`);
    return watched?.informer.hasSynced ? watched.informer.store.list(namespace) : undefined;
  }

  /** Begins and ends watches so that they are those that quotas need. */
  watch(): void {
    const wanted = new Map<string, ResourceType>();
    for (const { spec } of this.#quotas.store.list()) {
      for (const { group, plural } of quotaEvaluatorsOf(Object.keys(spec?.hard ?? {}))) {
        const type = typeOf(this.#definitions.store.get(`${plural}.${group}`));
        if (type) wanted.set(`${plural}.${group}`, type);
      }
    }
    for (const [id, { ended }] of this.#watched) {
      if (wanted.has(id)) continue;
      ended.abort();
      this.#watched.delete(id);
    }
    for (const [id, type] of wanted) if (!this.#watched.has(id)) this.#begin(id, type);
  }

  #begin(id: string, type: ResourceType): void {
    const { client, signal, clock, log, random } = this.#wiring;
    const ended = new AbortController();
    const informer = createInformer(client, type, { signal: AbortSignal.any([signal, ended.signal]), clock, log, random });
    this.#watched.set(id, { informer, ended });
    informer.on({ deleted: ({ metadata }) => this.#changed(type, metadata.namespace) });
    informer.synced.then(
      () => this.#changed(type, undefined),
      () => {},
    );
  }
}

function typeOf(definition: Definition | undefined): ResourceType | undefined {
  const isEstablished = definition?.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True');
  if (!definition || !isEstablished || definition.metadata.deletionTimestamp !== undefined || definition.spec.scope !== 'Namespaced') return undefined;
  const { group, names, versions } = definition.spec;
  const version = versions.find(({ served }) => served)?.name;
  return version === undefined ? undefined : { group, version, plural: names.plural, kind: names.kind, namespaced: true };
}

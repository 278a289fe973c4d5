import type { KubeObject, ResourceType } from '#api';
import type { Clock, Log, Random } from '#lib';
import type { Client } from './contract.ts';
import { createInformer, type Informer } from './informer.ts';

/** Which objects of a kind. */
export interface InformerSelection {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** Gives each kind and selection one informer, which all who ask share. */
export interface InformerFactory {
  /** Starts it when first asked for. */
  informer<T extends KubeObject>(type: ResourceType<T>, selection?: InformerSelection): Informer<T>;
  /** Resolves when all informers asked for so far have synced. */
  synced(): Promise<void>;
}

/** Informers over one client, ended together by the signal. */
export function createInformerFactory(
  client: Client,
  options: { signal: AbortSignal; log?: Log | undefined; clock?: Clock | undefined; random?: Random | undefined },
): InformerFactory {
  const informers = new Map<string, Informer<KubeObject>>();
  return {
    informer<T extends KubeObject>(type: ResourceType<T>, selection: InformerSelection = {}): Informer<T> {
      const { namespace = '', labelSelector = '', fieldSelector = '' } = selection;
      const key = [type.group, type.version, type.plural, namespace, labelSelector, fieldSelector].join('\n');
      let informer = informers.get(key) as Informer<T> | undefined;
      if (!informer) {
        informer = createInformer(client, type, { ...options, ...selection });
        informers.set(key, informer as unknown as Informer<KubeObject>);
      }
      return informer;
    },
    async synced() {
      await Promise.all([...informers.values()].map((informer) => informer.synced));
    },
  };
}

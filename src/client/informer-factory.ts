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
  /** Ends the informer of a kind that is served no more; who asks for it later gets a new one. */
  stop(type: ResourceType): void;
  /** Resolves when all informers asked for so far have synced. */
  synced(): Promise<void>;
}

/** Informers over one client, ended together by the signal. */
export function createInformerFactory(
  client: Client,
  options: { signal: AbortSignal; log?: Log | undefined; clock?: Clock | undefined; random?: Random | undefined },
): InformerFactory {
  const informers = new Map<string, Informer<KubeObject>>();
  const stops = new Map<string, AbortController>();
  return {
    informer<T extends KubeObject>(type: ResourceType<T>, selection: InformerSelection = {}): Informer<T> {
      const { namespace = '', labelSelector = '', fieldSelector = '' } = selection;
      const key = [...keyParts(type), namespace, labelSelector, fieldSelector].join('\n');
      let informer = informers.get(key) as Informer<T> | undefined;
      if (!informer) {
        const stop = new AbortController();
        informer = createInformer(client, type, { ...options, ...selection, signal: AbortSignal.any([options.signal, stop.signal]) });
        stops.set(key, stop);
        informers.set(key, informer as unknown as Informer<KubeObject>);
      }
      return informer;
    },
    stop(type) {
      const prefix = `${keyParts(type).join('\n')}\n`;
      for (const [key, stop] of stops) {
        if (!key.startsWith(prefix)) continue;
        stop.abort();
        stops.delete(key);
        informers.delete(key);
      }
    },
    async synced() {
      await Promise.all([...informers.values()].map((informer) => informer.synced));
    },
  };
}

function keyParts({ group, version, plural }: ResourceType): string[] {
  return [group, version, plural];
}

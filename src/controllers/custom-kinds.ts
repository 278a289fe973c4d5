import { type CustomResourceDefinition, customResourceDefinitions, type KubeObject, type ResourceType } from '#api';
import type { Informer } from '#client';
import type { Wiring } from './controller.ts';

/** Kinds that clients defined, while they are served; the informer is shared with whoever else follows them. */
export interface CustomKinds {
  readonly types: Iterable<ResourceType>;
}
export interface CustomKindHandlers {
  added(type: ResourceType, informer: Informer<KubeObject>): void;
  /** Its informer is told of nothing any more; its store shows what was there last. */
  removed?(type: ResourceType, informer: Informer<KubeObject>): void;
}

/** Follows the CustomResourceDefinitions: their kinds are watched as soon as they are served, and no longer. */
export function followCustomKinds({ informers }: Wiring, handlers: CustomKindHandlers): CustomKinds {
  const kinds = new Map<string, { type: ResourceType; informer: Informer<KubeObject> }>();
  const remove = (name: string): void => {
    const kind = kinds.get(name);
    if (!kind) return;
    kinds.delete(name);
    informers.stop(kind.type);
    handlers.removed?.(kind.type, kind.informer);
  };
  const look = (definition: CustomResourceDefinition): void => {
    const name = definition.metadata.name ?? '';
    const type = servedType(definition);
    if (type && isSame(type, kinds.get(name)?.type)) return;
    remove(name);
    if (!type) return;
    const informer = informers.informer(type);
    kinds.set(name, { type, informer });
    handlers.added(type, informer);
  };
  informers.informer(customResourceDefinitions).on({ added: look, updated: look, deleted: ({ metadata }) => remove(metadata.name ?? '') });
  return {
    get types() {
      return Array.from(kinds.values(), ({ type }) => type);
    },
  };
}

/** What the kind is asked for as: its stored version, which needs no conversion, or another that is served. */
function servedType({ spec, status }: CustomResourceDefinition): ResourceType | undefined {
  if (!status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True')) return undefined;
  const served = spec.versions.filter((version) => version.served);
  const version = served.find(({ storage }) => storage) ?? served[0];
  const { plural, kind } = status.acceptedNames ?? spec.names;
  return version && { group: spec.group, version: version.name, plural, kind, namespaced: spec.scope === 'Namespaced' };
}
function isSame(a: ResourceType, b: ResourceType | undefined): boolean {
  return b !== undefined && a.version === b.version && a.plural === b.plural && a.kind === b.kind && a.namespaced === b.namespaced;
}

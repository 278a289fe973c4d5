import { type CustomResourceDefinition, customResourceDefinitions, isStatus, type KubeList, type ResourceDefinition } from '#api';
import { rfc3339 } from '#lib';
import { APISERVER_USER } from '../bootstrap/index.ts';
import { type DefinitionCondition, hasCondition } from '#api';
import type { ExtensionsOptions } from './extensions.ts';
import { withCondition } from './with-condition.ts';

export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

const IN_PROGRESS: DefinitionCondition = {
  type: 'Terminating',
  status: 'True',
  reason: 'InstanceDeletionInProgress',
  message: 'CustomResource deletion is in progress',
};
const NEVER_ESTABLISHED: DefinitionCondition = { type: 'Terminating', status: 'False', reason: 'NeverEstablished', message: 'resource was never established' };
const OVERLAPPING: DefinitionCondition = {
  type: 'Terminating',
  status: 'False',
  reason: 'OverlappingBuiltInResource',
  message: 'instances overlap with built-in resources in storage',
};
const COMPLETED: DefinitionCondition = { type: 'Terminating', status: 'False', reason: 'InstanceDeletionCompleted', message: 'removed all instances' };

/** Deletes all objects of a kind whose definition is being deleted, and then lets the definition go. Follows apiextensions-apiserver/pkg/controller/finalizer. */
export class Cleanup {
  readonly #options: ExtensionsOptions;
  readonly #waiting = new Map<string, () => void>();

  constructor(options: ExtensionsOptions) {
    this.#options = options;
  }

  /** One pass; `gone` is called when an object that held it up is gone. Says whether the definition was let go. */
  async run(definition: CustomResourceDefinition, gone: () => void): Promise<boolean> {
    const name = definition.metadata.name ?? '';
    if (this.#options.resources.isBuiltIn({ ...definition.spec, plural: definition.spec.names.plural })) return await this.#finish(definition, OVERLAPPING);
    const resource = this.#resourceOf(definition);
    if (!hasCondition(definition, 'Established') || !resource) return await this.#finish(definition, NEVER_ESTABLISHED);
    if (!definition.status?.conditions?.some(({ reason }) => reason === IN_PROGRESS.reason)) {
      await this.#write(definition, IN_PROGRESS, definition.metadata.finalizers ?? []);
      return false;
    }
    if ((await this.#deleteInstances(resource)) === 0) return await this.#finish(definition, COMPLETED);
    this.#watch(name, resource, gone);
    return false;
  }

  stop(): void {
    for (const stop of this.#waiting.values()) stop();
    this.#waiting.clear();
  }

  #resourceOf({ spec, status }: CustomResourceDefinition): ResourceDefinition | undefined {
    const version = spec.versions.find(({ storage }) => storage)?.name ?? '';
    return this.#options.resources.findStored({ group: spec.group, version, plural: status?.acceptedNames?.plural ?? spec.names.plural });
  }

  /** How many are left after all were told to go. */
  async #deleteInstances(resource: ResourceDefinition): Promise<number> {
    const { local, caches } = this.#options;
    const namespaces = new Set(Array.from(caches.list(resource), ({ metadata }) => metadata.namespace));
    for (const namespace of namespaces) await local.request({ verb: 'deletecollection', resource, user: APISERVER_USER, list: namespace ? { namespace } : {} });
    const left = (await local.request({ verb: 'list', resource, user: APISERVER_USER })) as KubeList;
    return left.items.length;
  }

  #watch(name: string, resource: ResourceDefinition, gone: () => void): void {
    if (this.#waiting.has(name)) return;
    const stop = this.#options.caches.onChange(resource, (_object, _old, isDeleted) => {
      if (isDeleted) gone();
    });
    this.#waiting.set(name, stop);
  }

  async #finish(definition: CustomResourceDefinition, condition: DefinitionCondition): Promise<boolean> {
    const name = definition.metadata.name ?? '';
    await this.#write(
      definition,
      condition,
      (definition.metadata.finalizers ?? []).filter((each) => each !== CLEANUP_FINALIZER),
    );
    this.#waiting.get(name)?.();
    this.#waiting.delete(name);
    return true;
  }

  async #write(definition: CustomResourceDefinition, condition: DefinitionCondition, finalizers: string[]): Promise<void> {
    const { local, clock } = this.#options;
    const { metadata, status } = definition;
    const conditions = withCondition(status?.conditions ?? [], condition, rfc3339(clock.now()));
    const body = { ...definition, metadata: { ...metadata, finalizers }, status: { ...status, conditions } } as CustomResourceDefinition;
    const options = { subresource: 'status', fieldManager: 'kube-apiserver' };
    try {
      await local.request({ verb: 'update', resource: customResourceDefinitions, user: APISERVER_USER, ref: { name: metadata.name ?? '' }, body, options });
    } catch (error) {
      if (!isStatus(error, 'Conflict', 'NotFound')) throw error;
    }
  }
}

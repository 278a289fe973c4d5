import type { KubeObject, ResourceDefinition } from '#api';
import type { Datastore } from '#datastore';
import type { Clock, Log, Random } from '#lib';
import type { AdmissionPlugin, AdmissionRequest } from '../contract.ts';
import type { ApiServerOptions } from '../options.ts';
import type { RequestMetrics, WatchedKind, WatchMeter } from '../metrics/index.ts';
import type { Resources } from '../resources.ts';
import type { WatchCaches } from '../watch-cache/watch-caches.ts';
import type { Call } from './call.ts';
import type { WriteHealth } from './write-health.ts';

/** Takes back what a hook did, when the write does not happen. */
export type Undo = () => void | Promise<void>;

/**
 * What writes of some kinds do beside storing: allocate addresses and ports. The methods before a write run between the kind's preparation and its validation;
 * a throw refuses the write.
 */
export interface StorageHook {
  /** Changes the object in place. */
  beforeCreate?(object: KubeObject, call: Call): Promise<Undo>;
  beforeUpdate?(object: KubeObject, old: KubeObject, call: Call): Promise<Undo>;
  /** After the object is gone, or its update was stored. */
  afterUpdate?(object: KubeObject, old: KubeObject): Promise<void>;
  afterDelete?(object: KubeObject): Promise<void>;
}

export interface Meters {
  /** What a watch is counted with; asked once for each. */
  readonly watch: (kind: WatchedKind, scope: string) => WatchMeter;
  readonly requests: Pick<RequestMetrics, 'bodyRead'>;
  /** A list waited so long for the kind's cache to show what it must. */
  readonly readWaited: (definition: ResourceDefinition, seconds: number) => void;
}

/** What the operations on stored objects work with. */
export interface Registry {
  readonly datastore: Datastore;
  /** What writes showed of the datastore. */
  readonly writes: WriteHealth;
  readonly caches: WatchCaches;
  /** Every kind that is served at the moment. */
  readonly resources: Resources;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** In upstream's order; all `admit` run before all `validate`. */
  readonly admission: readonly AdmissionPlugin[];
  /** Counts what only those who serve requests know. */
  readonly meters: Meters;
  /** By `storage`. */
  readonly hooks: ReadonlyMap<string, StorageHook>;
  readonly componentProblem?: ApiServerOptions['componentProblem'];
}

/** What is asked of admission: the operation with its objects. */
export interface AdmissionQuestion {
  readonly operation: AdmissionRequest['operation'];
  readonly name: string;
  readonly object?: KubeObject | undefined;
  readonly oldObject?: KubeObject | undefined;
}

/** Runs the mutating plugins; those without promises cost no turn of the event loop. */
export async function admit(registry: Registry, call: Call, question: AdmissionQuestion): Promise<void> {
  const request = admissionRequest(call, question);
  for (const plugin of registry.admission) {
    const pending = plugin.admit?.(request);
    if (pending) await pending;
  }
}

/** Told whether the write that was validated has been stored. */
export type FinishAdmission = (isStored: boolean) => void;

/** Runs the validating plugins; returns who wants to know how the write went, if anybody does. */
export async function validateAdmission(registry: Registry, call: Call, question: AdmissionQuestion): Promise<FinishAdmission | undefined> {
  let finish: FinishAdmission | undefined;
  const afterwards = (next: FinishAdmission): void => {
    const before = finish;
    finish = (isStored) => {
      before?.(isStored);
      next(isStored);
    };
  };
  const request = { ...admissionRequest(call, question), afterwards };
  try {
    for (const plugin of registry.admission) {
      const pending = plugin.validate?.(request);
      if (pending) await pending;
    }
  } catch (error) {
    finish?.(false);
    throw error;
  }
  return finish;
}

/** Runs both kinds of plugins for what is not written as an object: deletions, connections. */
export async function admitAndValidate(registry: Registry, call: Call, question: AdmissionQuestion): Promise<void> {
  await admit(registry, call, question);
  (await validateAdmission(registry, call, question))?.(true);
}

function admissionRequest(call: Call, question: AdmissionQuestion): AdmissionRequest {
  return {
    ...question,
    resource: call.definition,
    subresource: call.subresource,
    namespace: call.namespace,
    user: call.user,
    isDryRun: call.isDryRun,
    warn: (text) => call.warnings.push(text),
  };
}

import { type GroupResourceName, type HookContext, type KubeObject, type ResourceDefinition, schemaOf } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import type { Clock } from '#lib';
import type { ResourceCache } from '../watch-cache/resource-cache.ts';

/** The version in which a request speaks of a kind: the stored one, or another that is served. */
export interface Served {
  readonly group: string;
  readonly version: string;
  readonly schema: { readonly groupVersion: string; readonly struct: string };
  /** Its field selectors' names, where they are others than the stored version's. */
  readonly fieldLabels?: Readonly<Record<string, string>> | undefined;
  /** Absent for the stored version. */
  readonly fromStored?: ((object: KubeObject) => KubeObject) | undefined;
  readonly toStored?: ((object: KubeObject) => KubeObject) | undefined;
}

/** What every operation of the registry knows of its request. */
export interface Call {
  readonly definition: ResourceDefinition;
  readonly served: Served;
  readonly cache: ResourceCache;
  readonly user: UserInfo;
  /** '' for cluster-scoped kinds. */
  readonly namespace: string;
  readonly subresource: string;
  readonly isDryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict';
  /** Texts for Warning headers; operations add to it. */
  readonly warnings: string[];
}

/** The version of `definition` with this group and version; undefined when it is not served so. */
export function servedAs(definition: ResourceDefinition, group: string, version: string): Served | undefined {
  if (definition.group === group && definition.version === version) return storedVersion(definition);
  const other = definition.alsoServedAs?.find((each) => each.group === group && each.version === version);
  if (!other) return undefined;
  const { schema, fieldLabels } = other;
  return { group, version, schema, fieldLabels, fromStored: (object) => other.fromStored(object), toStored: (object) => other.toStored(object) };
}
function storedVersion({ group, version, schema, custom }: ResourceDefinition): Served {
  const fromStored = custom && !custom.isStorageVersion ? (object: KubeObject) => custom.fromStored(object) : undefined;
  return { group, version, schema, fromStored };
}

/** How messages name the kind: `deployments.apps`. */
export function resourceName(call: Call): GroupResourceName {
  return { group: call.served.group, plural: call.definition.plural };
}

/** How messages about invalid objects name the kind: `Deployment.apps`. */
export function kindName({ definition }: Call, object?: KubeObject): { group: string; kind: string } {
  // Custom objects may call themselves something else until validation refuses it.
  const kind = definition.custom && object?.kind ? object.kind : definition.kind;
  return { group: definition.errorGroup ?? definition.group, kind };
}

/** What hooks may know about the request. */
export function hookContext(call: Call, clock: Clock): HookContext {
  const { user, isDryRun, subresource, warnings } = call;
  return { user, clock, isDryRun, subresource, group: call.served.group, warn: (text) => warnings.push(text) };
}

const generations = new WeakMap<ResourceDefinition, boolean>();
/** Whether changes of the kind's spec are counted. */
export function hasGeneration(definition: ResourceDefinition): boolean {
  let has = generations.get(definition);
  if (has === undefined) {
    has = definition.hasGeneration ?? (definition.subresources?.status !== undefined && schemaOf(definition.schema).fields.has('spec'));
    generations.set(definition, has);
  }
  return has;
}

/** The datastore key: `/registry/pods/default/web`. */
export function keyFor(call: Call, name: string): string {
  const prefix = `/registry/${call.definition.storage ?? ''}`;
  return call.definition.namespaced ? `${prefix}/${call.namespace}/${name}` : `${prefix}/${name}`;
}

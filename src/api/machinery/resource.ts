import type { UserInfo } from '#api/types/authentication-v1';
import type { DeleteOptions } from '#api/types/meta-v1';
import type { Clock } from '#lib';
import type { FieldError } from './field-error.ts';
import type { JsonObject } from './json.ts';
import type { KubeObject } from './object.ts';
import type { ObjectSchema } from './schema.ts';

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';
export const ALL_VERBS: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** What clients need to address a resource; `resourceType<T>()` values and every ResourceDefinition are one. */
export interface ResourceType<T extends KubeObject = KubeObject> {
  /** '' for core. */
  readonly group: string;
  readonly version: string;
  /** The plural name of URLs: `pods`. */
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Carries the object's type only. */
  readonly $type?: T;
}

/** What hooks may know about the request; hooks are pure but for the object they are given. */
export interface HookContext {
  readonly user: UserInfo;
  readonly clock: Clock;
  readonly isDryRun: boolean;
  /** '' or the subresource: `status`, `resize`, … */
  readonly subresource: string;
  /** The group that the request speaks of, where a kind is served in several. */
  readonly group?: string;
  /** What is wrong with the metadata of a new object. */
  readonly metadataErrors?: readonly FieldError[];
  /** Tells the client at once, whatever becomes of the request. */
  readonly warn?: (text: string) => void;
}

/** A printer column, as `kubectl get` shows it. Texts of `name` and `description` are upstream's. */
export interface Column<T extends KubeObject = KubeObject> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  /** `name` for the Name column only. */
  readonly format?: string;
  readonly description: string;
  /** 0: always shown, 1: with `-o wide`. */
  readonly priority?: number;
  /** Ages and dates become text here (`3d4h`, `<unknown>`); `nowMs` is the time of the request. Who does not take it never changes. */
  value(object: T, nowMs: number): string | number | boolean | null;
  /** Of a column that is an age and nothing else: since when, for whoever shows it again and again. */
  timeOf?(object: T): string | undefined;
}

/** Reads a field selector's value. Declared through a method so that a definition of one kind is a definition of any kind. */
export type FieldReader<T> = { read(object: T): string }['read'];

/**
 * One value per built-in kind (and later per custom kind) that feeds routing, discovery, OpenAPI, printing and validation.
 * Hooks keep upstream's names (pkg/registry/…/strategy.go). `create` runs: decode, defaults, admission, prepareForCreate, validate.
 * `update`: decode, defaults, admission, prepareForUpdate, validate + validateUpdate. Status alike, with the hooks of `subresources.status`.
 */
export interface ResourceDefinition<T extends KubeObject = KubeObject> extends ResourceType<T> {
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly verbs: readonly Verb[];
  /** Key prefix below `/registry/` as kube-apiserver lays it out: `pods`, `services/specs`, `minions`. Absent: nothing is stored (reviews). */
  readonly storage?: string;
  /** The struct in api/facts that describes it: `core/v1` + `Pod`. */
  readonly schema: { readonly groupVersion: string; readonly struct: string };
  /** The group that messages about invalid objects name, where it is another: Go's type was registered elsewhere first (Ingress in `extensions`). */
  readonly errorGroup?: string;
  /** Other group versions that serve the same stored objects (`events`, `horizontalpodautoscalers`). The stored version is `this`. */
  readonly alsoServedAs?: readonly ServedVersion<T>[];
  readonly columns?: readonly Column<T>[];
  /** In what order a table's rows are shown; equal ones stay in that of the list. */
  compareRows?(a: T, b: T): number;
  /** Field selectors beyond metadata.name and metadata.namespace: label → value. */
  readonly selectableFields?: Readonly<Record<string, FieldReader<T>>>;
  /** metadata.generation counts changes of what is neither metadata nor status. Default true where there is a spec and a status subresource. */
  readonly hasGeneration?: boolean;
  /** Update without resourceVersion is refused (upstream: AllowUnconditionalUpdate false). Default false. */
  readonly requiresResourceVersion?: boolean;
  /** PUT on a missing name creates it (upstream: AllowCreateOnUpdate). Default false. */
  readonly createsOnUpdate?: boolean;
  /** Seconds after which objects go away by themselves (events: 3600). */
  readonly ttlSeconds?: number;
  /** Rule for metadata.name; default DNS-1123 subdomain. Returns messages, empty when right. `isPrefix` for generateName. */
  validateName?(name: string, isPrefix: boolean): string[];
  /** Fills in upstream's defaults (pkg/apis/…/defaults.go) in place. */
  defaults?(object: T): void;
  /** Awaited before an object is judged, when there is something to load for it. */
  load?(object: T): Promise<void> | undefined;
  /** Clears what clients may not set, in place. The status is already emptied where there is a status subresource. */
  prepareForCreate?(object: T, context: HookContext): void;
  prepareForUpdate?(object: T, old: T, context: HookContext): void;
  validate?(object: T, context: HookContext): FieldError[];
  validateUpdate?(object: T, old: T, context: HookContext): FieldError[];
  /** validateUpdate judges the whole object, so that `validate` is for new ones only. */
  readonly validatesUpdatesWhole?: boolean;
  /** Upstream validates an update as a whole and then once more within its update validation: mistakes are counted twice. */
  readonly validatesUpdatesTwice?: boolean;
  /** Upstream's update validation of the kind looks at the metadata as at creation once more: mistakes there are counted again. */
  readonly revalidatesMetadata?: boolean;
  /** Upstream's update validation of the kind, in its own group, leaves changes of the metadata to the storage: mistakes there are not counted again. */
  readonly ignoresMetadataChanges?: boolean;
  warnings?(object: T, old: T | undefined): string[];
  /** Why the object of this name cannot be deleted by itself; undefined where it can. */
  deleteRefusal?(name: string): string | undefined;
  /** Pods, and whatever else waits: the grace period in seconds to grant, or undefined/0 for at once. May read and adjust `options`. */
  gracePeriodSeconds?(object: T, options: DeleteOptions): number | undefined;
  /** Where propagationPolicy is not given: default `Background`. `Unsupported`: nothing depends on such objects, whatever a deletion asks for. */
  readonly defaultPropagation?: 'Orphan' | 'Background' | 'Foreground' | 'Unsupported';
  readonly subresources?: Subresources<T>;
  /** What every request is told (upstream: APILifecycleDeprecated). */
  readonly deprecationWarning?: string;
  /** Present where clients defined the kind. Each of its served versions is a definition; they share what is stored. */
  readonly custom?: CustomTraits;
}

/** What the registry has to know of a kind that clients defined. */
export interface CustomTraits {
  /** Clients may ask for this version. Where not, it is the storage version, by which the server itself reads and deletes what is stored. */
  readonly isServed: boolean;
  /** Objects are stored in this definition's version. */
  readonly isStorageVersion: boolean;
  /** What every request to this version is told. */
  readonly deprecationWarning?: string | undefined;
  /** The definition is being deleted: nothing new may be made. */
  readonly isTerminating: boolean;
  /** Any form of an object as this version shows it: other versions differ in what they know only. Copies. Throws StatusError. */
  fromStored(object: KubeObject): KubeObject;
  /** An object of this version as it is stored. Copies. Throws StatusError. */
  toStored(object: KubeObject): KubeObject;
  /** What the datastore holds as the storage version reads it today: with defaults, without what went from the schema. Copies. */
  readonly normalize: (object: KubeObject) => KubeObject;
  /** The structural schema as the definition has it. */
  schema(): JsonObject | undefined;
  /** The fields that lead to the replicas in another version (`group/version`); undefined: there is none such, empty: it cannot be scaled. */
  replicasPathIn(apiVersion: string): readonly string[] | undefined;
  /** The schema of another version that is served; undefined where there is none. */
  schemaIn(apiVersion: string): ObjectSchema | undefined;
}

export interface ServedVersion<T extends KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly schema: { readonly groupVersion: string; readonly struct: string };
  /** From the stored form to this version's, and back. Both copy, neither changes its argument. */
  fromStored(object: T): KubeObject;
  toStored(object: KubeObject): T;
  readonly columns?: readonly Column[];
  /** This version's field selectors, where they have other names: label → the stored version's. */
  readonly fieldLabels?: Readonly<Record<string, string>>;
}

export interface Subresources<T extends KubeObject> {
  /** Status writes change only the status (and, where upstream does, some metadata); they run these hooks. */
  readonly status?: StatusSubresource<T>;
  readonly scale?: ScaleSubresource<T>;
  /** Served by code of their own in apiserver/endpoints; listed here so that discovery shows them. Key: `binding`, `log`, `exec`, … */
  readonly special?: Readonly<Record<string, SpecialSubresource>>;
}
export interface StatusSubresource<T extends KubeObject> {
  prepareForUpdate?(object: T, old: T, context: HookContext): void;
  validateUpdate?(object: T, old: T, context: HookContext): FieldError[];
  /** What the writer of the status is told beside the answer. */
  warnings?(object: T): string[];
}
export interface ScaleSubresource<T extends KubeObject> {
  /** Absent where the object does not say it: kinds that clients defined have no default. */
  specReplicas(object: T): number | undefined;
  statusReplicas(object: T): number;
  /** Serialised label selector for status.selector. */
  selector(object: T): string;
  /** Where a kind that clients defined has its replicas: such kinds judge them themselves. */
  readonly replicasPath?: string;
  /** Sets the wanted replicas in place. */
  setReplicas(object: T, replicas: number): void;
}
export interface SpecialSubresource {
  readonly kind: string;
  /** When the body's group version is another than the parent's (`policy/v1` Eviction, `authentication.k8s.io/v1` TokenRequest). */
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly ('create' | 'get' | 'patch' | 'update' | 'delete')[];
}

/** Types and freezes a definition; the one way to make one. */
export function defineResource<T extends KubeObject>(definition: ResourceDefinition<T>): ResourceDefinition<T> {
  return Object.freeze(definition);
}

/** `apps/v1`, or `v1` for core. */
export function apiVersionOf(type: { group: string; version: string }): string {
  return type.group ? `${type.group}/${type.version}` : type.version;
}

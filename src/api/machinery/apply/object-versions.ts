import type { ManagedFieldsEntry } from '#api/types/meta-v1';
import type { JsonObject } from '../json.ts';
import { StatusError } from '../status-error.ts';
import { type Comparison, compareObjects } from './compare.ts';
import type { FieldFilter } from './field-filter.ts';
import type { Schema } from './typed.ts';

/** A version in which managers may have written the object. */
export interface VersionView {
  readonly schema: Schema;
  readonly filter: FieldFilter | undefined;
}
/** The versions that a kind is served in, besides the one a request speaks. */
export interface ObjectVersions {
  /** Undefined: no such version is served; what its managers owned is forgotten. */
  find(apiVersion: string): VersionView | undefined;
  /** The object in another of the versions; members may be null, nothing is shared. Throws UnknownInVersion. */
  convert(object: JsonObject, from: string, to: string): JsonObject;
}

/** An object has fields that another version does not know: who managed it in that version cannot be told any more. */
export class UnknownInVersion extends StatusError {
  constructor(message: string) {
    super('Unknown', message);
  }
}
/** Tells of what is unknown while doing what. */
export function whileDoing<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof UnknownInVersion ? new UnknownInVersion(`${what}: ${error.message}`) : error;
  }
}

/** What a write changed, in the version of whoever asks; each is compared once. */
export class Changes {
  readonly own: Comparison;
  readonly #apiVersion: string;
  readonly #states: { readonly live: JsonObject; readonly next: JsonObject };
  readonly #versions: ObjectVersions | undefined;
  #others: Map<string, Comparison | undefined> | undefined;

  constructor(
    request: VersionView & { readonly apiVersion: string; readonly versions?: ObjectVersions | undefined },
    states: { readonly live: JsonObject; readonly next: JsonObject },
  ) {
    this.own = compareObjects(request.schema, states.live, states.next, request.filter);
    this.#apiVersion = request.apiVersion;
    this.#versions = request.versions;
    this.#states = states;
  }

  /** Undefined: the entry's version is served no more. */
  for({ apiVersion = '' }: ManagedFieldsEntry): Comparison | undefined {
    if (apiVersion === this.#apiVersion) return this.own;
    this.#others ??= new Map();
    if (!this.#others.has(apiVersion)) this.#others.set(apiVersion, this.#compareIn(apiVersion));
    return this.#others.get(apiVersion);
  }
  #compareIn(apiVersion: string): Comparison | undefined {
    const view = this.#versions?.find(apiVersion);
    if (!view || !this.#versions) return undefined;
    const { live, next } = this.#states;
    const versions = this.#versions;
    const converted = (what: string, object: JsonObject): JsonObject =>
      whileDoing(`failed to convert ${what} object`, () => versions.convert(object, this.#apiVersion, apiVersion));
    return compareObjects(view.schema, converted('old', live), converted('new', next), view.filter);
  }
}

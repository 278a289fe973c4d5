/**
 * What a value was before a write, for letting pass what was wrong already and has not changed (ratcheting). Follows CorrelatedObject of
 * apiserver/pkg/cel/common: what the schema does not describe cannot be told, and nothing around it counts as unchanged.
 */
import type { JsonObject, JsonValue } from '../machinery/json.ts';
import { isObject, jsonEqual } from '../machinery/json-value.ts';
import { itemsOf, type JsonSchema, memberOf } from './json-schema.ts';

/** A value beside its old one; made while validation walks down. */
export class Correlation {
  readonly schema: JsonSchema;
  readonly value: JsonValue;
  readonly old: JsonValue;
  readonly #parts = new Map<string | number, Correlation | undefined>();
  #isUnchanged: boolean | undefined;
  #oldItems: ((item: JsonValue) => JsonValue | undefined) | undefined;

  constructor(schema: JsonSchema, value: JsonValue, old: JsonValue) {
    this.schema = schema;
    this.value = value;
    this.old = old;
  }

  /** A member; undefined where it is new or the schema does not name it. */
  member(name: string): Correlation | undefined {
    const { value, old } = this;
    return this.#part(name, () => {
      if (!isObject(value) || !isObject(old) || !Object.hasOwn(value, name) || !Object.hasOwn(old, name)) return undefined;
      const schema = memberOf(this.schema, name);
      return schema && new Correlation(schema, value[name] as JsonValue, old[name] as JsonValue);
    });
  }

  /** An item of a list with keys; items of others cannot be told apart. */
  item(index: number): Correlation | undefined {
    const { value } = this;
    return this.#part(index, () => {
      const schema = itemsOf(this.schema);
      const item = Array.isArray(value) ? value[index] : undefined;
      if (!schema || item === undefined) return undefined;
      this.#oldItems ??= correlateItems(this.schema, this.old);
      const old = this.#oldItems(item);
      return old === undefined || old === null ? undefined : new Correlation(schema, item, old);
    });
  }

  get isUnchanged(): boolean {
    this.#isUnchanged ??= this.#compare();
    return this.#isUnchanged;
  }

  #part(key: string | number, make: () => Correlation | undefined): Correlation | undefined {
    if (!this.#parts.has(key)) this.#parts.set(key, make());
    return this.#parts.get(key);
  }

  #compare(): boolean {
    const { value, old, schema } = this;
    if (Array.isArray(value) && Array.isArray(old)) {
      if (value.length !== old.length) return false;
      const isKeyed = schema['x-kubernetes-list-type'] === 'map';
      return isKeyed ? value.every((_, i) => this.item(i)?.isUnchanged === true) : jsonEqual(value, old);
    }
    if (isObject(value) && isObject(old)) return this.#compareMembers(value, old);
    return jsonEqual(value, old);
  }
  #compareMembers(value: JsonObject, old: JsonObject): boolean {
    const names = Object.keys(value);
    return names.length === Object.keys(old).length && names.every((name) => this.member(name)?.isUnchanged === true);
  }
}

/** How to find what an item was before: only items of lists with keys can be told apart. */
export function correlateItems(schema: JsonSchema, old: JsonValue | undefined): (item: JsonValue) => JsonValue | undefined {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (!Array.isArray(old) || schema['x-kubernetes-list-type'] !== 'map' || !keys) return () => undefined;
  const identity = (item: JsonValue): string => JSON.stringify(isObject(item) ? keys.map((key) => item[key] ?? null) : item);
  let byIdentity: Map<string, JsonValue> | undefined;
  return (item) => {
    byIdentity ??= new Map(old.map((each) => [identity(each), each]));
    return byIdentity.get(identity(item));
  };
}

import { type CelField, type CelType, dynType, listOf, mapOf } from './types.ts';
import { fail } from './errors.ts';
import { escapeFieldName } from './field-names.ts';
import { compareStrings } from './arithmetic.ts';
import { parseDuration, parseTimestamp } from './time-text.ts';
import { textOf } from './value-text.ts';
import { CelDouble, CelDuration, CelList, CelMap, CelOptional, type CelTimestamp, CelUint, type CelValue, celEquals, toInt } from './values.ts';

/** JSON as `JSON.parse` makes it; undefined members count as absent. */
type Json = unknown;

/**
 * Reads plain JSON as a value of a type, without copying: members are converted when an expression asks for them.
 * An object type's fields, a list's `listType` and the kinds `timestamp`, `duration`, `bytes` and `double` decide what the JSON means; dyn reads it as it stands.
 * A `date` or `date-time` string of a schema is a timestamp, a `duration` string a duration, a `byte` string bytes: give such fields these types.
 */
export function adaptJson(json: Json, type: CelType): CelValue {
  if (json === null || json === undefined) return null;
  switch (type.kind) {
    case 'string':
    case 'bool':
    case 'int':
      return typeof json === 'number' ? toInt(json) : (json as CelValue);
    case 'double':
      return new CelDouble(Number(json));
    case 'uint':
      return new CelUint(json as number);
    case 'bytes':
      return typeof json === 'string' ? new Uint8Array(Buffer.from(json, 'base64')) : dynamic(json);
    case 'timestamp':
      return timestampOf(json);
    case 'duration':
      return typeof json === 'string' ? new CelDuration(parseDuration(json) ?? fail(`time: invalid duration "${json}"`)) : dynamic(json);
    case 'list':
      return Array.isArray(json) ? new JsonList(json, type) : dynamic(json);
    case 'map':
      return isRecord(json) ? new JsonMap(json, type) : dynamic(json);
    case 'object':
      return isRecord(json) ? new JsonObjectValue(json, type) : dynamic(json);
    case 'opaque':
      return type.name === 'optional_type' ? new CelOptional(adaptJson(json, type.params[0] ?? dynType)) : dynamic(json);
    default:
      return dynamic(json);
  }
}

function dynamic(json: Json): CelValue {
  switch (typeof json) {
    case 'number':
      return Number.isInteger(json) ? toInt(json) : new CelDouble(json);
    case 'bigint':
      return toInt(json);
    case 'string':
    case 'boolean':
      return json;
    default:
      if (Array.isArray(json)) return new JsonList(json, DYN_LIST);
      return new JsonMap(json as Record<string, Json>, DYN_MAP);
  }
}

function timestampOf(json: Json): CelTimestamp | CelValue {
  if (typeof json !== 'string') return dynamic(json);
  return parseTimestamp(json) ?? parseTimestamp(`${json}T00:00:00Z`) ?? fail(`failed to parse "${json}" as date-time`);
}

function isRecord(json: Json): json is Record<string, Json> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

const DYN_LIST = listOf(dynType);
const DYN_MAP = mapOf(dynType, dynType);

/** A JSON array. As `set` or `map` it compares without regard to order, and adding merges. */
export class JsonList extends CelList {
  readonly json: readonly Json[];
  readonly #elem: CelType;

  constructor(json: readonly Json[], type: CelType) {
    super(type);
    this.json = json;
    this.#elem = type.params[0] ?? dynType;
  }

  get size(): number {
    return this.json.length;
  }

  get(index: number): CelValue {
    return adaptJson(this.json[index], this.#elem);
  }

  override equals(other: CelValue): boolean {
    if (this.type.listType === undefined || !(other instanceof CelList)) return super.equals(other);
    if (other.size !== this.size) return false;
    if (this.type.listType === 'set') return [...this].every((value) => other.contains(value));
    const byKey = this.#byKey(other);
    return [...this].every((value) => {
      const theirs = byKey.get(this.#keyOf(value));
      return theirs !== undefined && celEquals(value, theirs);
    });
  }

  override concat(other: CelList): CelList {
    if (this.type.listType === undefined) return super.concat(other);
    const merged = [...this];
    const places = new Map(merged.map((value, i) => [this.#keyOf(value), i]));
    for (const value of other) {
      const key = this.#keyOf(value);
      const place = places.get(key);
      if (place === undefined) {
        places.set(key, merged.length);
        merged.push(value);
      } else if (this.type.listType === 'map') merged[place] = value;
    }
    return new MergedList(merged, this.type);
  }

  #byKey(list: CelList): Map<string, CelValue> {
    return new Map([...list].map((value) => [this.#keyOf(value), value]));
  }

  /** What makes an element itself: its value in a set, its key fields in a map. */
  #keyOf(value: CelValue): string {
    if (this.type.listType === 'set') return scalarKey(value);
    const keys = this.type.listMapKeys ?? [];
    return keys.map((key) => (value instanceof CelMap ? scalarKey(value.find(key)) : '')).join('\u0000');
  }
}

/** A set or map list after adding: elements are CEL values already. */
class MergedList extends JsonList {
  readonly #values: readonly CelValue[];

  constructor(values: readonly CelValue[], type: CelType) {
    super([], type);
    this.#values = values;
  }

  override get size(): number {
    return this.#values.length;
  }

  override get(index: number): CelValue {
    return this.#values[index] as CelValue;
  }
}

function scalarKey(value: CelValue | undefined): string {
  if (value instanceof CelDouble) return `double ${value.value}`;
  if (value instanceof CelMap || value instanceof CelList) return JSON.stringify(plainOf(value));
  return `${typeof value} ${value === undefined ? '' : textOf(value)}`;
}

function plainOf(value: CelValue): unknown {
  if (value instanceof CelList) return [...value].map(plainOf);
  if (value instanceof CelMap)
    return Object.fromEntries(
      [...value.keys()]
        .map(textOf)
        .toSorted(compareStrings)
        .map((key) => [key, plainOf(value.find(key) as CelValue)]),
    );
  return scalarKey(value);
}

function sizeOf(json: Readonly<Record<string, Json>>): number {
  let count = 0;
  for (const key in json) if (json[key] !== undefined) count++;
  return count;
}

/** A JSON object read as a map. */
export class JsonMap extends CelMap {
  readonly json: Readonly<Record<string, Json>>;
  readonly #value: CelType;

  constructor(json: Readonly<Record<string, Json>>, type: CelType) {
    super(type);
    this.json = json;
    this.#value = type.params[1] ?? dynType;
  }

  override get size(): number {
    return sizeOf(this.json);
  }

  find(key: CelValue): CelValue | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.json, key)) return undefined;
    const member = this.json[key];
    return member === undefined ? undefined : adaptJson(member, this.#value);
  }

  override has(key: CelValue): boolean {
    return typeof key === 'string' && Object.hasOwn(this.json, key) && this.json[key] !== undefined;
  }

  *keys(): Iterable<CelValue> {
    for (const key in this.json) if (this.json[key] !== undefined) yield key;
  }
}

/** A JSON object of an object type: fields go by their CEL names, and a field that the type does not declare is not there. */
export class JsonObjectValue extends CelMap {
  readonly json: Readonly<Record<string, Json>>;

  constructor(json: Readonly<Record<string, Json>>, type: CelType) {
    super(type);
    this.json = json;
  }

  override get size(): number {
    return sizeOf(this.json);
  }

  #field(name: CelValue): CelField | undefined {
    return typeof name === 'string' ? (this.type.field ? this.type.field(name) : { type: dynType }) : undefined;
  }

  find(name: CelValue): CelValue | undefined {
    const field = this.#field(name);
    if (field === undefined) return undefined;
    const property = field.property ?? (name as string);
    if (!Object.hasOwn(this.json, property)) return undefined;
    const member = this.json[property];
    return member === undefined ? undefined : adaptJson(member, field.type);
  }

  *keys(): Iterable<CelValue> {
    for (const key in this.json) {
      const name = escapeFieldName(key) ?? key;
      if (this.has(name)) yield name;
    }
  }

  /** Compares what the type declares; the same JSON needs no comparing. */
  override equals(other: CelValue): boolean {
    if (other instanceof JsonObjectValue && other.json === this.json) return true;
    if (!(other instanceof CelMap)) return false;
    const names = [...this.keys()];
    if ([...other.keys()].length !== names.length) return false;
    return names.every((name) => {
      const theirs = other.find(name);
      return theirs !== undefined && celEquals(this.find(name) as CelValue, theirs);
    });
  }
}

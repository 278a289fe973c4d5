import { type CelField, type CelType, dynType, listOf, mapOf } from './types.ts';
import { fail } from './errors.ts';
import { escapeFieldName } from './field-names.ts';
import { isSameCollection, mergeLists } from './keyed-lists.ts';
import { parseDuration, parseTimestamp } from './time-text.ts';
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
      return dynamic(json);
    case 'double':
      return typeof json === 'number' || typeof json === 'bigint' ? new CelDouble(Number(json)) : dynamic(json);
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
    return this.type.listType === undefined || !(other instanceof CelList) ? super.equals(other) : isSameCollection(this, other);
  }

  override concat(other: CelList): CelList {
    return this.type.listType === undefined ? super.concat(other) : new MergedList(mergeLists(this, other), this.type);
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

/**
 * A JSON object of an object type: fields go by their CEL names, and a field that the type does not declare is not there.
 * Nor is a field that is null, while null stays a value in maps and lists.
 */
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
    return member === undefined || member === null ? undefined : adaptJson(member, field.type);
  }

  *keys(): Iterable<CelValue> {
    for (const key in this.json) {
      const name = escapeFieldName(key) ?? key;
      if (this.has(name)) yield name;
    }
  }

  /**
   * Declared fields compare as values, what lies beside them as JSON.
   * As upstream has it, an object with a null field equals no other, since that field is not there to compare with.
   */
  override equals(other: CelValue): boolean {
    if (!(other instanceof CelMap) || other.size !== this.size) return false;
    if (!(other instanceof JsonObjectValue)) return super.equals(other);
    if (other.json === this.json) return true;
    for (const property in this.json) {
      const mine = this.json[property];
      if (mine === undefined) continue;
      const name = escapeFieldName(property) ?? property;
      const field = this.#field(name);
      const theirs = field ? other.find(name) : undefined;
      const isEqual = field ? theirs !== undefined && celEquals(adaptJson(mine, field.type), theirs) : isSameBeside(mine, other.json[property]);
      if (!isEqual) return false;
    }
    return true;
  }
}

/** Whether what a type does not declare is the same; upstream takes what the other lacks for the same. */
function isSameBeside(mine: Json, theirs: Json): boolean {
  return theirs === undefined || celEquals(adaptJson(mine, dynType), adaptJson(theirs, dynType));
}

/** Random values of any schema for property tests: the same seed gives the same objects. */
import type { Random } from '#lib';
import { formatDurationNanoseconds } from '../machinery/duration.ts';
import type { JsonObject, JsonValue } from '../machinery/json.ts';
import { jsonEqual } from '../machinery/json-value.ts';
import { canonicalQuantity } from '../machinery/quantity.ts';
import type { FieldSchema, ListSchema, ObjectSchema, ScalarSchema, TypeSchema } from '../machinery/schema.ts';

export interface GenerateOptions {
  /** About how many values the object has beyond those its schema always writes; default 60. */
  readonly size?: number | undefined;
  /** Whether optional members may be generated; default all. */
  readonly isWanted?: ((owner: ObjectSchema, field: FieldSchema) => boolean) | undefined;
}

/**
 * A random object of the schema, in the form that decoding gives: no unknown fields, nothing that omitempty leaves out, canonical scalars, items with
 * identities of their own, `null` for required lists without items. Its `apiVersion` and `kind` are left out.
 */
export function generateObject(schema: ObjectSchema, random: Random, options: GenerateOptions = {}): JsonObject {
  return new Generator(random, options).root(schema);
}

/** A random value of any schema, never null, and not one that omitempty leaves out. */
export function generateValue(schema: TypeSchema, random: Random, options: GenerateOptions = {}): JsonValue {
  return new Generator(random, options).value(schema, 1);
}

/** A random element of a list that has some. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random.number() * list.length)] as T;
}
/** A whole number of `min..max`. */
export function integer(random: Random, min: number, max: number): number {
  return min + Math.floor(random.number() * (max - min + 1));
}

/** Types that contain themselves end here at the latest. */
const MAX_DEPTH = 14;
const TEXTS = [
  'a',
  'web',
  'x-1',
  'Zwölf',
  'a b',
  'tab\there',
  'line\nbreak',
  '"quoted"',
  'back\\slash',
  '<&>',
  '\u2028',
  '日本',
  '🙂',
  '\u0001',
  "it's",
  '0',
  'true',
];
const KEYS = ['app', 'tier', 'example.com/role', 'k8s.io/x', 'a', 'b', 'c', 'A_b.c-d', '0', 'naïve'];

class Generator {
  readonly #random: Random;
  readonly #isWanted: (owner: ObjectSchema, field: FieldSchema) => boolean;
  #left: number;

  constructor(random: Random, options: GenerateOptions) {
    this.#random = random;
    this.#left = options.size ?? 60;
    this.#isWanted = options.isWanted ?? (() => true);
  }

  root(schema: ObjectSchema): JsonObject {
    const { kind: _kind, apiVersion: _apiVersion, ...rest } = this.#object(schema, 0);
    return rest;
  }

  value(schema: TypeSchema, depth: number): JsonValue {
    switch (schema.kind) {
      case 'scalar':
        return this.#scalar(schema);
      case 'object':
        return this.#object(schema, depth);
      case 'list':
        return this.#list(schema, depth);
      case 'map': {
        const map: JsonObject = {};
        const count = integer(this.#random, 1, 3);
        for (let i = 0; i < count; i++) map[pick(this.#random, KEYS)] = this.#valueOrZero(schema.value, depth + 1);
        return map;
      }
    }
  }

  #object(schema: ObjectSchema, depth: number): JsonObject {
    const object: JsonObject = {};
    for (const field of schema.fields.values()) {
      const value = this.#field(schema, field, depth);
      if (value !== undefined) object[field.name] = value;
    }
    return object;
  }

  #field(owner: ObjectSchema, field: FieldSchema, depth: number): JsonValue | undefined {
    const { type, isPointer, omitEmpty, omitZero } = field;
    const isStruct = type.kind === 'object' && !isPointer && !omitZero;
    if (isStruct) return this.#object(type, depth + 1);
    const chance = depth === 0 ? 0.9 : depth < 3 ? 0.5 : 0.3;
    if (this.#left > 0 && depth < MAX_DEPTH && this.#isWanted(owner, field) && this.#random.number() < chance) {
      this.#left--;
      return isPointer && omitEmpty ? this.#valueOrZero(type, depth + 1) : this.value(type, depth + 1);
    }
    if (omitEmpty && !isStructScalar(type, isPointer)) return undefined;
    if (omitZero) return undefined;
    return isPointer || type.kind !== 'scalar' ? null : zeroScalar(type);
  }

  /** Pointers, items and map values may be what Go calls zero, and are written all the same. */
  #valueOrZero(type: TypeSchema, depth: number): JsonValue {
    if (type.kind === 'scalar' && this.#random.number() < 0.1) return zeroScalar(type) ?? this.#scalar(type);
    return this.value(type, depth);
  }

  #list(list: ListSchema, depth: number): JsonValue[] {
    const items: JsonValue[] = [];
    const count = integer(this.#random, 1, 3);
    for (let i = 0; i < count; i++) {
      const item = this.value(list.element, depth + 1);
      if (list.element.kind === 'object') this.#fillKeys(list, list.element, item as JsonObject);
      if (!items.some((other) => hasSameIdentity(list, other, item))) items.push(item);
    }
    return items;
  }

  /** What identifies an item is stated, where it has no default. */
  #fillKeys(list: ListSchema, element: ObjectSchema, item: JsonObject): void {
    for (const key of list.keys) {
      const field = element.fields.get(key);
      if (field && !item[key] && field.default === undefined) item[key] = this.value(field.type, 1);
    }
  }

  #scalar({ scalar, goType, enum: values }: ScalarSchema): JsonValue {
    const random = this.#random;
    switch (scalar) {
      case 'string':
        return pick(random, values?.length ? values : TEXTS);
      case 'bool':
        return true;
      case 'int32':
        return pick(random, [1, 2, 80, 443, -1, 65536, 2147483647, -2147483648, integer(random, 1, 1000)]);
      case 'uint16':
        return integer(random, 1, 65535);
      case 'int64':
        return pick(random, [1, -1, 30, 4294967296, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, integer(random, 1, 1e12)]);
      case 'float64':
        return pick(random, [0.5, -1.25, 1e21, 1.5e-7, 3, 100.001]);
      case 'bytes':
        return Buffer.from(random.hex(integer(random, 1, 12)), 'hex').toString('base64');
      case 'quantity':
        return canonicalQuantity(randomQuantity(random));
      case 'time':
        return `${timeText(random)}Z`;
      case 'microTime':
        return `${timeText(random)}.${String(integer(random, 0, 999_999)).padStart(6, '0')}Z`;
      case 'duration':
        return formatDurationNanoseconds(BigInt(integer(random, 1, 1e9)) * pick(random, [1n, 1000n, 1_000_000n, 60_000_000_000n]));
      case 'intOrString':
        return random.number() < 0.5 ? integer(random, 1, 65535) : pick(random, ['http', '25%', '8080', 'x']);
      case 'raw':
        return this.#raw(goType);
    }
  }

  /** Any JSON, as far as the Go type takes it. */
  #raw(goType: string): JsonValue {
    const object = { kind: 'X', apiVersion: 'x/v1', spec: { list: [1, 'a', null, { b: true }], text: pick(this.#random, TEXTS) } };
    switch (goType) {
      case 'v1.FieldsV1':
        return { 'f:spec': { '.': {}, 'f:a': {}, [`k:{"name":${JSON.stringify(pick(this.#random, ['a', 'b']))}}`]: { '.': {} } } };
      case 'v1.JSONSchemaPropsOrBool':
        return this.#random.number() < 0.5 || { type: 'string' };
      case 'v1.JSONSchemaPropsOrArray':
        return { type: 'string' };
      case 'v1.JSONSchemaPropsOrStringArray':
        return this.#random.number() < 0.5 ? ['a', 'b'] : { type: 'string' };
      case 'v1.JSON':
        return pick<JsonValue>(this.#random, [object, [1, 2], 'text', 5, 1.5, true, false]);
      default:
        return object;
    }
  }
}

/** Whether omitempty does not concern the type, which is a struct to Go. */
function isStructScalar(type: TypeSchema, isPointer: boolean): boolean {
  return !isPointer && type.kind === 'scalar' && ['quantity', 'time', 'microTime', 'duration', 'intOrString', 'raw'].includes(type.scalar);
}

function zeroScalar(type: ScalarSchema): JsonValue {
  switch (type.scalar) {
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'int32':
    case 'int64':
    case 'uint16':
    case 'float64':
    case 'intOrString':
      return 0;
    case 'quantity':
      return '0';
    case 'duration':
      return '0s';
    default:
      return null;
  }
}

/** Whether two items may not stand in one list. */
function hasSameIdentity(list: ListSchema, a: JsonValue, b: JsonValue): boolean {
  if (list.listType === 'atomic') return false;
  if (list.listType === 'set') return jsonEqual(a, b);
  const defaults = list.element.kind === 'object' ? list.element.fields : undefined;
  const keyOf = (item: JsonValue, key: string): JsonValue | undefined => (item as JsonObject)[key] ?? defaults?.get(key)?.default;
  return list.keys.every((key) => jsonEqual(keyOf(a, key), keyOf(b, key)));
}

/** The text of a quantity, canonical or not. */
export function randomQuantity(random: Random): string {
  const whole = String(integer(random, 0, pick(random, [9, 999, 1_000_000, 2 ** 40])));
  const fraction = random.number() < 0.3 ? `.${random.hex(2).replace(/[a-f]/g, '5')}` : '';
  const suffix = pick(random, ['', '', 'm', 'u', 'n', 'k', 'M', 'G', 'T', 'P', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'e3', 'E2', 'e-3']);
  return `${pick(random, ['', '', '', '-', '+'])}${whole}${fraction}${suffix}`;
}

function timeText(random: Random): string {
  return new Date(integer(random, 1_000_000_000, 2_000_000_000) * 1000).toISOString().slice(0, 19);
}

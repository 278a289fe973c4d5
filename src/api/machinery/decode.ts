/** Compiles schemas to closures that decode parsed JSON; see codec.ts. This is a hot path: nothing is copied unless something must go. */
import type { JsonObject, JsonValue } from './json.ts';
import { type Decode, DecodeError, type Decoder, decodeScalar, type DecodeState, mismatch } from './decode-scalar.ts';
import { type FieldSchema, type ListSchema, type MapSchema, type ObjectSchema, type ScalarSchema, schemaOf, type TypeSchema } from './schema.ts';

const cache = new WeakMap<TypeSchema, Decoder>();

/** The decoder of a schema, compiled at the first call. */
export function decoderFor(schema: TypeSchema): Decoder {
  let decoder = cache.get(schema);
  if (!decoder) {
    decoder = compile(schema);
    cache.set(schema, decoder);
  }
  return decoder;
}
function compile(schema: TypeSchema): Decoder {
  switch (schema.kind) {
    case 'scalar':
      return schema.goType.startsWith('v1.JSONSchemaPropsOr') ? compileSchemaOr(schema) : decodeScalar(schema);
    case 'list':
      return compileList(schema);
    case 'map':
      return compileMap(schema);
    case 'object':
      return compileObject(schema);
  }
}

/** Marks the path segments of map keys, which Go's strict errors show and its type errors do not. */
const MAP_KEY = '\u0001';

interface FieldDecoder {
  readonly name: string;
  readonly segment: string;
  readonly decoder: Decoder;
  readonly dropsEmpty: boolean;
}

function compileObject(schema: ObjectSchema): Decoder {
  // Fields are compiled at the first use, since schemas may refer to themselves.
  let fields: Map<string, FieldDecoder> | undefined;
  let always: { name: string; zero(): JsonValue }[] = [];
  const prepare = (): Map<string, FieldDecoder> => {
    const built = new Map<string, FieldDecoder>();
    for (const field of schema.fields.values()) built.set(field.name, compileField(field));
    always = [...schema.fields.values()].filter(isAlwaysWritten).map((field) => ({ name: field.name, zero: zeroOf(field) }));
    fields = built;
    return built;
  };
  const decode: Decode = (value, state, name) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw mismatch(value, schema.goType, state, name, undefined, 'struct');
    const known = fields ?? prepare();
    const outer = state.struct;
    state.struct = schema.struct;
    state.path[state.depth++] = name;
    const object = decodeFields(value, known, state);
    state.depth--;
    state.struct = outer;
    for (let i = 0; i < always.length; i++) {
      const field = always[i] as (typeof always)[number];
      if (object[field.name] === undefined) object[field.name] = field.zero();
    }
    return object;
  };
  const zero = (): JsonValue => {
    if (!fields) prepare();
    const object: JsonObject = {};
    for (const field of always) object[field.name] = field.zero();
    return object;
  };
  return { decode, zero, isEmpty: () => false };
}

/** Decodes every field in place; where one must go, into a new object (deleting would make the object slow for good). */
function decodeFields(object: JsonObject, known: ReadonlyMap<string, FieldDecoder>, state: DecodeState): JsonObject {
  let dropped: Set<string> | undefined;
  for (const key in object) {
    const value = object[key];
    const field = known.get(key);
    if (field === undefined) {
      state.unknown.push(`unknown field ${JSON.stringify(pathText(state, key))}`);
      (dropped ??= new Set()).add(key);
      continue;
    }
    if (value === null || value === undefined) {
      (dropped ??= new Set()).add(key);
      continue;
    }
    const decoded = field.decoder.decode(value, state, field.segment);
    if (field.dropsEmpty && field.decoder.isEmpty(decoded)) (dropped ??= new Set()).add(key);
    else if (decoded !== value) object[key] = decoded;
  }
  return dropped ? without(object, dropped) : object;
}
function without(object: JsonObject, dropped: ReadonlySet<string>): JsonObject {
  const kept: JsonObject = {};
  for (const key in object) if (!dropped.has(key)) kept[key] = object[key];
  return kept;
}

function compileField(field: FieldSchema): FieldDecoder {
  return { name: field.name, segment: `.${field.name}`, decoder: decoderFor(field.type), dropsEmpty: field.omitEmpty && !field.isPointer };
}
/** Whether Go writes the field even when it was never set: no omitempty, or a struct, which omitempty does not concern. */
function isAlwaysWritten(field: FieldSchema): boolean {
  if (field.omitZero) return false;
  return !field.omitEmpty || (!field.isPointer && isStruct(field.type));
}
function isStruct(type: TypeSchema): boolean {
  if (type.kind === 'object') return true;
  return type.kind === 'scalar' && ['quantity', 'time', 'microTime', 'duration', 'intOrString', 'raw'].includes(type.scalar);
}
function zeroOf(field: FieldSchema): () => JsonValue {
  return field.isPointer ? () => null : () => decoderFor(field.type).zero();
}

function compileList(schema: ListSchema): Decoder {
  const element = decoderFor(schema.element);
  const decode: Decode = (value, state, name) => {
    if (!Array.isArray(value)) throw mismatch(value, schema.goType, state, name, undefined, 'slice');
    state.path[state.depth++] = name;
    for (let i = 0; i < value.length; i++) {
      const item = value[i] as JsonValue;
      const decoded = item === null ? element.zero() : element.decode(item, state, `[${i}]`);
      if (decoded !== item) value[i] = decoded;
    }
    state.depth--;
    return value;
  };
  return { decode, zero: () => null, isEmpty: (value) => (value as JsonValue[]).length === 0 };
}

function compileMap(schema: MapSchema): Decoder {
  const isStringMap = schema.value.kind === 'scalar' && schema.value.scalar === 'string';
  const decoder = decoderFor(schema.value);
  const decode: Decode = (value, state, name) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw mismatch(value, schema.goType, state, name, undefined, 'map');
    state.path[state.depth++] = name;
    for (const key in value) {
      const item = value[key];
      if (isStringMap && typeof item === 'string') continue;
      const decoded = item === null || item === undefined ? decoder.zero() : decoder.decode(item, state, MAP_KEY + key);
      if (decoded !== item) value[key] = decoded;
    }
    state.depth--;
    return value;
  };
  return { decode, zero: () => null, isEmpty: isEmptyObject };
}
function isEmptyObject(value: JsonValue): boolean {
  for (const _ in value as JsonObject) return false;
  return true;
}

/** A JSON schema, or (by the type) a bool, or a list of schemas or texts. */
function compileSchemaOr(schema: ScalarSchema): Decoder {
  const raw = decodeScalar(schema);
  const { goType } = schema;
  const props = (): Decoder => decoderFor(schemaOf({ groupVersion: 'apiextensions/v1', struct: 'JSONSchemaProps' }));
  const element: Decode = (item, state, segment) => {
    if (goType !== 'v1.JSONSchemaPropsOrStringArray') return props().decode(item ?? {}, state, segment);
    if (item !== null && typeof item !== 'string') throw mismatch(item, 'string', state, segment);
    return item ?? '';
  };
  // Go decodes these types by themselves: strict errors do not reach into them.
  const decode: Decode = (value, state, name) => {
    const { length } = state.unknown;
    const decoded = decodeAny(value, state, name);
    state.unknown.length = length;
    return decoded;
  };
  const decodeAny: Decode = (value, state, name) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return props().decode(value, state, name);
    if (goType === 'v1.JSONSchemaPropsOrBool') {
      if (typeof value !== 'boolean' && value !== null) throw new DecodeError('boolean or JSON schema expected');
      return value;
    }
    // What is neither is nothing.
    if (!Array.isArray(value)) return null;
    state.path[state.depth++] = name;
    value.forEach((item, i) => (value[i] = element(item as JsonValue, state, `[${i}]`)));
    state.depth--;
    return value;
  };
  return { ...raw, decode };
}

/** The path of `key` in the current container, as strict errors name it: `spec.template.spec.containers[0].foo`. */
function pathText(state: DecodeState, key: string): string {
  return `${state.path.slice(0, state.depth).join('')}.${key}`.replaceAll(MAP_KEY, '.').slice(1);
}

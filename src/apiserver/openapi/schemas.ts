import {
  type ApiDescriptions,
  apiFacts,
  type FieldFact,
  type FieldSchema,
  type JsonObject,
  type JsonValue,
  type ListSchema,
  type ObjectSchema,
  resolveGoType,
  type ScalarSchema,
  type SchemaRef,
  schemaOf,
  type TypeSchema,
} from '#api';
import { schemaName } from './names.ts';

/** Which OpenAPI the schemas are for: 2 leaves out defaults and `oneOf`, which it cannot say. */
export type Dialect = 2 | 3;

/** Collects schemas by name; what a schema refers to is collected with it. */
export interface SchemaCollection {
  /** A reference to the struct, which is added if it is new. */
  reference(ref: SchemaRef): JsonObject;
  /** All schemas by name, sorted; `gvks` adds x-kubernetes-group-version-kind. */
  finish(gvks: ReadonlyMap<string, readonly JsonObject[]>): JsonObject;
}

const UTIL = 'io.k8s.apimachinery.pkg';
const TIME = `${UTIL}.apis.meta.v1.Time`;

/** Schemas that are no structs of the facts, by dialect. */
const SPECIAL: Readonly<Record<string, (dialect: Dialect) => JsonObject>> = {
  [TIME]: () => ({ type: 'string', format: 'date-time', description: 'Time is a moment with whole seconds, in RFC 3339.' }),
  [`${UTIL}.apis.meta.v1.MicroTime`]: () => ({ type: 'string', format: 'date-time', description: 'MicroTime is a moment with microseconds, in RFC 3339.' }),
  [`${UTIL}.apis.meta.v1.Duration`]: () => ({ type: 'string', description: 'Duration is a span of time such as 1h30m.' }),
  [`${UTIL}.apis.meta.v1.Patch`]: () => ({ type: 'object', description: 'Patch is a patch of any type.' }),
  [`${UTIL}.apis.meta.v1.FieldsV1`]: () => ({ type: 'object', description: 'FieldsV1 is a set of fields as a trie in JSON.' }),
  [`${UTIL}.runtime.RawExtension`]: () => ({ type: 'object', description: 'RawExtension is any object.' }),
  [`${UTIL}.util.intstr.IntOrString`]: (dialect) =>
    dialect === 2
      ? { type: 'string', format: 'int-or-string', description: 'IntOrString is a number or a text.' }
      : { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string', description: 'IntOrString is a number or a text.' },
  [`${UTIL}.api.resource.Quantity`]: (dialect) => {
    const description = 'Quantity is an exact number with a unit, such as 1.5Gi, 100m or 2.';
    return dialect === 2 ? { type: 'string', description } : { oneOf: [{ type: 'string' }, { type: 'number' }], description };
  },
};

const SCALARS: Readonly<Record<string, JsonObject>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  uint16: { type: 'integer', format: 'int32' },
  float64: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
};
const SCALAR_STRUCTS: Readonly<Record<string, string>> = {
  quantity: `${UTIL}.api.resource.Quantity`,
  time: TIME,
  microTime: `${UTIL}.apis.meta.v1.MicroTime`,
  duration: `${UTIL}.apis.meta.v1.Duration`,
  intOrString: `${UTIL}.util.intstr.IntOrString`,
};
const ZEROES: Readonly<Record<string, JsonValue>> = { string: '', bool: false, int32: 0, int64: 0, uint16: 0, float64: 0 };

/** The client's declarations drop the texts of fields that are references; these three belong to every kind. Others show their type's text. */
const KIND_TEXTS: Readonly<Record<string, string>> = {
  metadata: 'Standard metadata: name, namespace, labels, annotations and what the system keeps about the object.',
  spec: 'The state that is wanted.',
  status: 'The state that was last seen. Filled in by the system; read-only.',
};

/** Makes a schema that the facts do not have; undefined: they have it. */
export type OwnSchemas = (ref: SchemaRef, collection: Pick<SchemaCollection, 'reference'>) => JsonObject | undefined;

export function createSchemas(dialect: Dialect, descriptions: ApiDescriptions, own?: OwnSchemas): SchemaCollection {
  const prefix = dialect === 2 ? '#/definitions/' : '#/components/schemas/';
  const found = new Map<string, JsonObject>();
  const refTo = (name: string): JsonObject => ({ $ref: prefix + name });

  const special = (name: string): JsonObject => {
    if (!found.has(name)) found.set(name, SPECIAL[name]?.(dialect) ?? { type: 'object' });
    return refTo(name);
  };
  const reference = (ref: SchemaRef): JsonObject => {
    const name = schemaName(ref);
    if (SPECIAL[name]) return special(name);
    if (!found.has(name)) {
      // Set before its fields are looked at: structs may contain themselves.
      found.set(name, {});
      found.set(name, own?.(ref, { reference }) ?? structSchema(schemaOf(ref)));
    }
    return refTo(name);
  };

  const structSchema = (struct: ObjectSchema): JsonObject => {
    const texts = descriptions[struct.groupVersion]?.[struct.struct];
    const facts = fieldFacts(struct);
    const properties: Record<string, JsonObject> = {};
    const required: string[] = [];
    for (const [name, field] of [...struct.fields].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const fact = facts.get(name);
      properties[name] = fieldSchema(field, fact, texts?.[name] ?? (struct.fields.has('apiVersion') ? KIND_TEXTS[name] : undefined));
      if (fact?.required || !(field.omitEmpty || fact?.optional)) required.push(name);
    }
    return {
      ...(texts?.[''] ? { description: texts[''] } : {}),
      ...(Object.keys(properties).length > 0 ? { properties } : {}),
      ...(required.length > 0 ? { required: required.sort() } : {}),
      type: 'object',
      ...(struct.isAtomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    };
  };

  const fieldSchema = (field: FieldSchema, fact: FieldFact | undefined, text: string | undefined): JsonObject => {
    const { type } = field;
    const schema: JsonObject = describe(typeOf(type), text ?? descriptionOf(type), type);
    if (dialect === 3) {
      const value = field.default ?? zeroOf(field);
      if (value !== undefined) schema['default'] = value;
    }
    if (type.kind === 'list') Object.assign(schema, listExtensions(type, fact));
    if (type.kind === 'map' && type.isAtomic) schema['x-kubernetes-map-type'] = 'atomic';
    if (field.patchMergeKey) schema['x-kubernetes-patch-merge-key'] = field.patchMergeKey;
    if (field.patchStrategies.length > 0) schema['x-kubernetes-patch-strategy'] = field.patchStrategies.join(',');
    return schema;
  };

  /** OpenAPI 3 says nothing beside a $ref, so it is wrapped. */
  const describe = (schema: JsonObject, text: string | undefined, type: TypeSchema): JsonObject => {
    const own = schema['$ref'] && dialect === 3 ? { allOf: [schema] } : { ...schema };
    const values = enumOf(type);
    const choices = values ? `\n\nPossible enum values:\n${values.map((value) => ` - \`${JSON.stringify(value)}\``).join('\n')}` : '';
    return text || choices ? { description: `${text ?? ''}${choices}`.trim(), ...own } : own;
  };
  const descriptionOf = (type: TypeSchema): string | undefined => (type.kind === 'object' ? descriptions[type.groupVersion]?.[type.struct]?.[''] : undefined);

  const typeOf = (type: TypeSchema): JsonObject => {
    switch (type.kind) {
      case 'object':
        return reference(type);
      case 'scalar':
        return scalarOf(type);
      case 'list':
        return { type: 'array', items: elementOf(type.element) };
      case 'map':
        return { type: 'object', additionalProperties: elementOf(type.value) };
    }
  };
  const elementOf = (type: TypeSchema): JsonObject => {
    const schema = typeOf(type);
    if (dialect === 2) return schema;
    const value = type.kind === 'object' ? {} : type.kind === 'scalar' ? ZEROES[type.scalar] : undefined;
    const wrapped: JsonObject = schema['$ref'] ? { allOf: [schema] } : schema;
    return value === undefined ? schema : { ...wrapped, default: value };
  };

  const scalarOf = (type: ScalarSchema): JsonObject => {
    const struct = SCALAR_STRUCTS[type.scalar];
    if (struct) return special(struct);
    if (type.scalar === 'raw') return rawOf(type);
    return { ...SCALARS[type.scalar], ...(type.enum ? { enum: [...type.enum].sort() } : {}) };
  };
  const rawOf = ({ goType }: ScalarSchema): JsonObject => {
    if (goType.startsWith('runtime.')) return special(`${UTIL}.runtime.RawExtension`);
    return goType === 'v1.FieldsV1' ? special(`${UTIL}.apis.meta.v1.FieldsV1`) : {};
  };

  return {
    reference,
    finish(gvks) {
      const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
      return Object.fromEntries(
        sorted.map(([name, schema]) => {
          const kinds = gvks.get(name);
          return [name, kinds ? { ...schema, 'x-kubernetes-group-version-kind': [...kinds] } : schema];
        }),
      );
    },
  };
}

function enumOf(type: TypeSchema): readonly string[] | undefined {
  return type.kind === 'scalar' && type.enum ? [...type.enum].sort() : undefined;
}

/** The default that upstream's generator gives values that are always there. */
function zeroOf({ type, isPointer, omitEmpty }: FieldSchema): JsonValue | undefined {
  if (isPointer) return undefined;
  if (type.kind === 'object') return {};
  return type.kind === 'scalar' && !omitEmpty ? ZEROES[type.scalar] : undefined;
}

function listExtensions(type: ListSchema, fact: FieldFact | undefined): JsonObject {
  if (!fact?.listType) return {};
  const keys = fact.listType === 'map' ? { 'x-kubernetes-list-map-keys': [...(fact.listMapKeys ?? type.keys)] } : {};
  return { ...keys, 'x-kubernetes-list-type': fact.listType };
}

/** The facts of a struct's fields, those of inlined structs among them. */
function fieldFacts({ groupVersion, struct }: SchemaRef): Map<string, FieldFact> {
  const facts = apiFacts();
  const all = new Map<string, FieldFact>();
  for (const [name, fact] of Object.entries(facts[groupVersion]?.structs[struct] ?? {})) {
    const inlined = name.startsWith('*inline:') ? resolveGoType(facts, groupVersion, fact.type.replace(/^\*/, '')) : undefined;
    if (inlined) for (const [inner, innerFact] of fieldFacts({ groupVersion: inlined[0], struct: inlined[1] })) all.set(inner, innerFact);
    else all.set(name, fact);
  }
  return all;
}

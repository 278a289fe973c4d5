/** Structural schemas as the machinery's types: what server-side apply, selectors and printing work with. */
import { lookupTable } from '#lib';
import type { JsonValue } from '../machinery/json.ts';
import { type FieldSchema, type ListSchema, ObjectSchema, type ScalarKind, type ScalarSchema, schemaOf, type TypeSchema } from '../machinery/schema.ts';
import { isEmbedded, isIntOrString, itemsOf, type JsonSchema, isPreserving, valuesOf } from './json-schema.ts';

const META = { groupVersion: 'meta/v1', struct: 'ObjectMeta' } as const;
const STRING: ScalarSchema = { kind: 'scalar', scalar: 'string', goType: 'string' };
/** Nothing is known: objects have members, everything else is one value. */
const DEDUCED: ScalarSchema = { kind: 'scalar', scalar: 'raw', goType: 'interface {}', isDeduced: true };

/** The root's schema: the fields of the structural schema, and what every object has. Built when it is first asked for. */
export function rootObjectSchema(ref: { groupVersion: string; struct: string }, schema: () => JsonSchema | undefined): ObjectSchema {
  let known: JsonSchema | undefined;
  const root = (): JsonSchema => (known ??= schema() ?? { 'x-kubernetes-preserve-unknown-fields': true });
  return new ObjectSchema(ref, false, {
    fields: () => {
      const fields = fieldsOf(root());
      for (const name of ['apiVersion', 'kind'] as const) fields.set(name, { ...field(name, STRING), isPointer: false });
      fields.set('metadata', { ...field('metadata', schemaOf(META)), isPointer: false, omitEmpty: false });
      return fields;
    },
    get preservesUnknown() {
      return isPreserving(root());
    },
  });
}

function fieldsOf(schema: JsonSchema): Map<string, FieldSchema> {
  const fields = new Map<string, FieldSchema>();
  if (isEmbedded(schema)) {
    for (const name of ['apiVersion', 'kind'] as const) fields.set(name, field(name, STRING));
    fields.set('metadata', field('metadata', schemaOf(META)));
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (!(isEmbedded(schema) && fields.has(name))) fields.set(name, field(name, typeOf(property), property));
  }
  return fields;
}

/** Absent members stay absent, as pointers do. */
function field(name: string, type: TypeSchema, schema?: JsonSchema): FieldSchema {
  return {
    name,
    type,
    isPointer: true,
    omitEmpty: true,
    omitZero: false,
    isRequired: false,
    patchStrategies: [],
    patchMergeKey: undefined,
    default: schema?.default as JsonValue | undefined,
  };
}

const SCALARS = lookupTable<ScalarKind>({ string: 'string', boolean: 'bool', integer: 'int64', number: 'float64' });

function typeOf(schema: JsonSchema): TypeSchema {
  if (isIntOrString(schema)) return { kind: 'scalar', scalar: 'intOrString', goType: 'intstr.IntOrString' };
  switch (schema.type) {
    case 'array':
      return listOf(schema);
    case 'object':
      return objectOf(schema);
    default: {
      const scalar = SCALARS[schema.type ?? ''];
      return scalar ? { kind: 'scalar', scalar, goType: schema.type ?? '' } : DEDUCED;
    }
  }
}

function listOf(schema: JsonSchema): ListSchema {
  const items = itemsOf(schema);
  const element = items ? typeOf(items) : DEDUCED;
  const sent = schema['x-kubernetes-list-type'];
  const listType = sent === 'set' || sent === 'map' ? sent : 'atomic';
  const keys = listType === 'map' ? [...(schema['x-kubernetes-list-map-keys'] ?? [])].sort() : [];
  return { kind: 'list', goType: `[]${element.goType}`, element, listType, keys };
}

function objectOf(schema: JsonSchema): TypeSchema {
  const isAtomic = schema['x-kubernetes-map-type'] === 'atomic';
  const values = valuesOf(schema);
  if (values) {
    const value = typeOf(values);
    return { kind: 'map', goType: `map[string]${value.goType}`, value, isAtomic };
  }
  const preservesUnknown = isPreserving(schema) || schema.additionalProperties === true;
  return new ObjectSchema({ groupVersion: 'custom/', struct: 'object' }, isAtomic, { fields: () => fieldsOf(schema), preservesUnknown });
}

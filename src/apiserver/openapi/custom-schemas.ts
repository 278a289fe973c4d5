/**
 * Schemas of kinds that clients defined, as they are published: with type and metadata, and for OpenAPI 2 without what that cannot say.
 * Follows apiextensions-apiserver/pkg/controller/openapi/{builder,v2}.
 */
import type { JsonObject, JsonValue } from '#api';
import type { Dialect } from './schemas.ts';
import type { ServedKind } from './names.ts';

const API_VERSION =
  'APIVersion defines the versioned schema of this representation of an object. Servers should convert recognized schemas to the latest internal value, and may reject unrecognized values. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources';
const KIND =
  'Kind is a string value representing the REST resource this object represents. Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In CamelCase. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds';
const METADATA = "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";
const LIST_METADATA = 'Standard list metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds';
const TYPE_META: JsonObject = { apiVersion: { description: API_VERSION, type: 'string' }, kind: { description: KIND, type: 'string' } };

/** Makes references to structs of the facts. */
export type Refer = (struct: string) => JsonObject;

/** The schema of the kind itself. */
export function kindSchema({ definition }: ServedKind, dialect: Dialect, refer: Refer): JsonObject {
  const own = definition.custom?.schema();
  if (!own) return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const published = convert(own, dialect, refer);
  const properties = { ...(published['properties'] as JsonObject | undefined), ...metaProperties(dialect, refer) };
  const selectable = Object.keys(definition.selectableFields ?? {}).map((fieldPath) => ({ fieldPath }));
  return { ...published, type: 'object', properties, ...(selectable.length > 0 ? { 'x-kubernetes-selectable-fields': selectable } : {}) };
}
function metaProperties(dialect: Dialect, refer: Refer): JsonObject {
  return { ...TYPE_META, metadata: described(METADATA, refer('ObjectMeta'), dialect) };
}
function described(description: string, reference: JsonObject, dialect: Dialect): JsonObject {
  return dialect === 3 ? { description, allOf: [reference] } : { description, ...reference };
}

/** The schema of its list. */
export function listSchema({ definition }: ServedKind, item: JsonObject, dialect: Dialect, refer: Refer): JsonObject {
  const { kind, listKind, plural } = definition;
  const about = `List of ${plural}. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md`;
  return {
    description: `${listKind} is a list of ${kind}`,
    type: 'object',
    required: ['items'],
    properties: { ...TYPE_META, items: { description: about, type: 'array', items: item }, metadata: described(LIST_METADATA, refer('ListMeta'), dialect) },
  };
}

function convert(schema: JsonObject, dialect: Dialect, refer: Refer): JsonObject {
  const converted: JsonObject = {};
  for (const [name, value] of Object.entries(schema)) {
    if (value !== undefined) converted[name] = convertMember(name, value, dialect, refer);
  }
  if (schema['x-kubernetes-embedded-resource'] === true) {
    converted['properties'] = { ...(converted['properties'] as JsonObject | undefined), ...metaProperties(dialect, refer) };
  }
  return dialect === 2 ? withoutNews(converted) : converted;
}
function convertMember(name: string, value: JsonValue, dialect: Dialect, refer: Refer): JsonValue {
  switch (name) {
    case 'properties':
      return Object.fromEntries(Object.entries(value as JsonObject).map(([key, each]) => [key, convert(each as JsonObject, dialect, refer)]));
    case 'items':
    case 'additionalProperties':
      return typeof value === 'object' ? convert(value as JsonObject, dialect, refer) : value;
    default:
      return value;
  }
}

/** Leaves out what OpenAPI 2 cannot say, and what its clients would misread. */
function withoutNews(schema: JsonObject): JsonObject {
  const { oneOf: _oneOf, anyOf: _anyOf, not: _not, allOf: _allOf, default: _default, nullable, ...rest } = schema;
  if (schema['x-kubernetes-int-or-string'] === true) delete rest['type'];
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) {
    delete rest['items'];
    delete rest['properties'];
  }
  if (typeof rest['additionalProperties'] === 'boolean') delete rest['additionalProperties'];
  if (nullable === true) for (const name of ['type', 'items', 'properties', 'additionalProperties']) delete rest[name];
  return rest;
}

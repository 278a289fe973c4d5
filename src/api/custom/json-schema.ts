/** Structural schemas as CustomResourceDefinitions carry them, and what everybody asks them. Names come from clients: only own members count. */
import type { JSONSchemaProps } from '#api/types/apiextensions-v1';
import type { JsonValue } from '../machinery/json.ts';

export type JsonSchema = Readonly<JSONSchemaProps>;

/** What every object has without saying so. */
export function isMetaField(name: string): boolean {
  return name === 'apiVersion' || name === 'kind' || name === 'metadata';
}

/** The schema of a list's items. */
export function itemsOf(schema: JsonSchema | undefined): JsonSchema | undefined {
  const items = schema?.items;
  return items && !Array.isArray(items) ? items : undefined;
}
/** The schema of a map's values; `additionalProperties: true` has none. */
export function valuesOf(schema: JsonSchema | undefined): JsonSchema | undefined {
  const values = schema?.additionalProperties;
  return typeof values === 'object' ? values : undefined;
}
/** Whether the schema says something about other members than its properties. */
export function hasAdditionalProperties(schema: JsonSchema): boolean {
  return schema.additionalProperties !== undefined && schema.additionalProperties !== null;
}
export function propertyOf(schema: JsonSchema | undefined, name: string): JsonSchema | undefined {
  const properties = schema?.properties;
  return properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
}
/** The schema of a member: its property's, or that of a map's values. */
export function memberOf(schema: JsonSchema | undefined, name: string): JsonSchema | undefined {
  return propertyOf(schema, name) ?? valuesOf(schema);
}
export function isPreserving(schema: JsonSchema): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true;
}
export function isEmbedded(schema: JsonSchema): boolean {
  return schema['x-kubernetes-embedded-resource'] === true;
}
export function isIntOrString(schema: JsonSchema): boolean {
  return schema['x-kubernetes-int-or-string'] === true;
}
/** A null where the schema allows none. */
export function isForbiddenNull(value: JsonValue | undefined, schema: JsonSchema | undefined): boolean {
  return value === null && schema !== undefined && schema.nullable !== true;
}
export function hasDefault(schema: JsonSchema): boolean {
  return schema.default !== undefined && schema.default !== null;
}

/** A bound of a schema. Integers beyond 2^53 come as bigints. */
export function boundOf(value: number): number {
  return Math.max(0, Number(value));
}

/** Everything a schema consists of, itself first. */
export function* everySchema(schema: JsonSchema | undefined): Generator<JsonSchema, void, void> {
  if (!schema) return;
  yield schema;
  const { items, additionalItems, dependencies = {} } = schema;
  if (Array.isArray(items)) for (const each of items) yield* everySchema(each);
  else yield* everySchema(items);
  for (const list of [schema.allOf, schema.anyOf, schema.oneOf]) for (const each of list ?? []) yield* everySchema(each);
  yield* everySchema(schema.not);
  for (const map of [schema.properties, schema.patternProperties, schema.definitions]) for (const each of Object.values(map ?? {})) yield* everySchema(each);
  yield* everySchema(valuesOf(schema));
  if (typeof additionalItems === 'object') yield* everySchema(additionalItems);
  for (const each of Object.values(dependencies)) if (!Array.isArray(each)) yield* everySchema(each ?? undefined);
}

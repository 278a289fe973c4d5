/** What CEL sees of a structural schema, and how large it can be. Follows SchemaDeclType of k8s.io/apiserver/pkg/cel/common/schemas.go. */
import type { CelType } from '../../cel/types.ts';
import { boundOf, hasDefault, isEmbedded, isIntOrString, itemsOf, type JsonSchema, valuesOf } from '../json-schema.ts';
import { celModule } from './cel-module.ts';

export interface DeclaredType {
  readonly type: CelType;
  /** The most characters, items or entries; 0 where that says nothing. */
  readonly maxElements: number;
  /** The fewest bytes as JSON. */
  readonly minSize: number;
  /** Of a list's items or a map's values. */
  readonly element?: DeclaredType;
  readonly isMap?: boolean;
  /** By the names that CEL knows them by. */
  readonly fields?: ReadonlyMap<string, DeclaredType>;
}

const MAX_REQUEST = 3 * 1024 * 1024;
const MAX_STRING = MAX_REQUEST - 2;
const MAX_DURATION = 32;
const DATE = 'YYYY-MM-DD'.length + 2;
const MIN_DATE_TIME = '2006-01-02T15:04:05'.length + 2;
const MAX_DATE_TIME = 32;
const BYTES_PER_CHARACTER = 4;

/** How often something may appear that lies in lists and maps without bounds. */
export function unboundedCount({ minSize }: DeclaredType): number {
  return Math.floor(MAX_REQUEST / (minSize + 1));
}

/** The type of what a schema describes; undefined when rules cannot see it. `isRoot`: of a resource, which has a kind and a name without saying so. */
export function declaredType(schema: JsonSchema | undefined, isRoot: boolean, name = 'selfType'): DeclaredType | undefined {
  if (!schema) return undefined;
  const cel = celModule();
  if (isIntOrString(schema)) return { type: cel.dynType, maxElements: maxString(schema), minSize: 1 };
  switch (schema.type) {
    case 'array':
      return listType(schema, name);
    case 'object':
      return valuesOf(schema) && !isRoot ? mapType(schema, name) : objectType(isRoot ? withObjectMeta(schema) : schema, name);
    case 'string':
      return stringType(schema);
    case 'boolean':
      return { type: cel.boolType, maxElements: 0, minSize: 'true'.length };
    case 'number':
      return { type: cel.doubleType, maxElements: 0, minSize: 1 };
    case 'integer':
      return { type: cel.intType, maxElements: 0, minSize: 1 };
    default:
      return undefined;
  }
}

function maxString({ maxLength }: JsonSchema): number {
  return maxLength === undefined ? MAX_STRING : boundOf(maxLength) * BYTES_PER_CHARACTER;
}

function stringType(schema: JsonSchema): DeclaredType {
  const cel = celModule();
  switch (schema.format) {
    case 'byte':
      return { type: cel.bytesType, maxElements: schema.maxLength === undefined ? MAX_STRING : boundOf(schema.maxLength), minSize: 2 };
    case 'duration':
      return { type: cel.durationType, maxElements: MAX_DURATION, minSize: '0s'.length + 1 };
    case 'date':
      return { type: cel.timestampType, maxElements: DATE, minSize: DATE };
    case 'date-time':
      return { type: cel.timestampType, maxElements: MAX_DATE_TIME, minSize: MIN_DATE_TIME };
    default:
      return { type: cel.stringType, maxElements: maxPlainString(schema), minSize: 2 };
  }
}
function maxPlainString(schema: JsonSchema): number {
  if (schema.maxLength !== undefined || !schema.enum?.length) return maxString(schema);
  return Math.max(0, ...schema.enum.map((value) => (typeof value === 'string' ? Buffer.byteLength(value) : 0)));
}

function listType(schema: JsonSchema, name: string): DeclaredType | undefined {
  const items = itemsOf(schema);
  const element = declaredType(items, items !== undefined && isEmbedded(items), `${name}.@idx`);
  if (!element) return undefined;
  const maxElements = schema.maxItems === undefined ? Math.floor((MAX_REQUEST - 2) / (element.minSize + 1)) : boundOf(schema.maxItems);
  const kind = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const correlation =
    kind === 'set' || kind === 'map' ? { listType: kind, listMapKeys: keys.map((key) => celModule().escapeFieldName(key) ?? key) } : undefined;
  return { type: celModule().listOf(element.type, correlation as { listType: 'set' | 'map'; listMapKeys: string[] }), maxElements, minSize: 2, element };
}

function mapType(schema: JsonSchema, name: string): DeclaredType | undefined {
  const values = valuesOf(schema);
  const element = declaredType(values, values !== undefined && isEmbedded(values), `${name}.@elem`);
  if (!element) return undefined;
  const { mapOf, stringType: keyType } = celModule();
  const maxElements = schema.maxProperties === undefined ? Math.floor((MAX_REQUEST - 2) / (element.minSize + 6)) : boundOf(schema.maxProperties);
  return { type: mapOf(keyType, element.type), maxElements, minSize: 2, element, isMap: true };
}

function objectType(schema: JsonSchema, name: string): DeclaredType {
  const { escapeFieldName, object } = celModule();
  const fields = new Map<string, DeclaredType>();
  const properties = new Map<string, string>();
  let minSize = 2;
  for (const [property, each] of Object.entries(schema.properties ?? {})) {
    const escaped = escapeFieldName(property);
    const declared = declaredType(each, isEmbedded(each), `${name}.${escaped ?? property}`);
    if (!declared) continue;
    if (escaped !== undefined) {
      fields.set(escaped, declared);
      properties.set(escaped, property);
    }
    if (schema.required?.includes(property) && !hasDefault(each)) minSize += Buffer.byteLength(property) + declared.minSize + 4;
  }
  const type = object({
    name,
    fields: (field) => {
      const declared = fields.get(field);
      return declared && { type: declared.type, property: properties.get(field) as string };
    },
  });
  return { type, maxElements: 0, minSize, fields };
}

const STRING: JsonSchema = { type: 'string' };
function withObjectMeta(schema: JsonSchema): JsonSchema {
  const { kind, apiVersion, metadata: own } = schema.properties ?? {};
  const isText = (each: JsonSchema | undefined): boolean => each?.type === 'string';
  const isWhole = isText(kind) && isText(apiVersion) && own?.type === 'object';
  if (isWhole && isText(own.properties?.['name']) && isText(own.properties?.['generateName'])) return schema;
  const metadata: JsonSchema = { type: 'object', properties: { name: STRING, generateName: STRING } };
  return { ...schema, properties: { ...schema.properties, kind: STRING, apiVersion: STRING, metadata } };
}

/** How large what a path leads to can be; for estimates of costs. */
export function sizeAt(root: DeclaredType, path: readonly string[] | undefined): { min: number; max: number } | undefined {
  if (!path || path.length === 0) return undefined;
  let node: DeclaredType | undefined = root;
  for (const step of path.slice(1)) {
    // Upstream knows nothing of the size of keys.
    if (step === '@keys') node = node?.isMap ? KEY : undefined;
    else if (step === '@items' || step === '@values') node = node?.element;
    else node = node?.fields?.get(step);
    if (!node) return undefined;
  }
  return { min: 0, max: node?.maxElements ?? 0 };
}
const KEY = { maxElements: 0 } as DeclaredType;

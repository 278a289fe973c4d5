/** What makes a schema structural. Follows apiextensions-apiserver/pkg/apiserver/schema/{convert,validation,complete}.go. */
import { type FieldError, forbidden, formatFieldError, invalid, required } from '../../machinery/field-error.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import {
  hasAdditionalProperties,
  hasDefault,
  isEmbedded,
  isIntOrString,
  isPreserving,
  itemsOf,
  type JsonSchema,
  propertyOf,
  valuesOf,
} from '../../custom/json-schema.ts';
import { compilePattern } from '../../custom/pattern.ts';

type Level = 'root' | 'item' | 'field';

/** What keeps the schema from being read as a structural one at all: upstream's first error, without a path. */
export function conversionError(schema: JsonSchema): string | undefined {
  const unsupported = unsupportedField(schema);
  if (unsupported) return `OpenAPIV3Schema '${unsupported}' is not supported`;
  const inNested = [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.not ? [schema.not] : [])];
  const values = valuesOf(schema);
  for (const each of [...inNested, ...(values ? [values] : [])]) {
    const error = conversionError(each);
    if (error) return error;
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
  if (Array.isArray(schema.items) && schema.items.length > 0) return "OpenAPIV3Schema 'items' must be a schema, but is an array";
  const items = itemsOf(schema);
  for (const each of [...(items ? [items] : []), ...Object.values(schema.properties ?? {})]) {
    const error = conversionError(each);
    if (error) return error;
  }
  return undefined;
}
function unsupportedField(schema: JsonSchema): string | undefined {
  if (schema.id) return 'id';
  if (schema.$schema) return 'schema';
  if (schema.$ref) return '$ref';
  if (size(schema.patternProperties) > 0) return 'patternProperties';
  if (size(schema.dependencies) > 0) return 'dependencies';
  if (schema.additionalItems !== undefined) return 'additionalItems';
  return size(schema.definitions) > 0 ? 'definitions' : undefined;
}
function size(map: object | undefined): number {
  return Object.keys(map ?? {}).length;
}

/** Where the schema is not structural, sorted by text as upstream does. */
export function structuralErrors(schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  checkInvariants(schema, 'root', path, errors);
  checkCompleteness(schema, schema, path, path, errors);
  return errors.sort((a, b) => (formatFieldError(a) < formatFieldError(b) ? -1 : 1));
}

function checkInvariants(schema: JsonSchema, level: Level, path: string, errors: FieldError[]): void {
  const items = itemsOf(schema);
  if (schema.type === 'array' && !items) errors.push(required(`${path}.items`, 'must be specified'));
  if (items) checkInvariants(items, 'item', `${path}.items`, errors);
  for (const [name, property] of Object.entries(schema.properties ?? {})) checkInvariants(property, 'field', `${path}.properties[${name}]`, errors);
  if (hasAdditionalProperties(schema)) {
    if (level === 'root') errors.push(forbidden(`${path}.additionalProperties`, 'must not be used at the root'));
    const values = valuesOf(schema);
    if (values) checkInvariants(values, 'field', `${path}.additionalProperties`, errors);
  }
  checkExtensions(schema, path, errors);
  checkValueValidation(schema, { anyOf: isIntOrStringChoice(schema.anyOf), firstAllOf: isIntOrStringChoice(schema.allOf?.[0]?.anyOf) }, level, path, errors);
  checkType(schema, level, path, errors);
  checkMeta(schema, level, path, errors);
}

function checkExtensions(schema: JsonSchema, path: string, errors: FieldError[]): void {
  const text = 'must be false if x-kubernetes-int-or-string is true';
  if (isIntOrString(schema) && isPreserving(schema)) errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, true, text));
  if (isIntOrString(schema) && isEmbedded(schema)) errors.push(invalid(`${path}.x-kubernetes-embedded-resource`, true, text));
}

const EMPTY_TYPE: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};
function checkType(schema: JsonSchema, level: Level, path: string, errors: FieldError[]): void {
  const { type } = schema;
  if (isEmbedded(schema) && type !== 'object') {
    const text = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(type ? invalid(`${path}.type`, type, text) : required(`${path}.type`, text));
  } else if (!type && !isIntOrString(schema) && !isPreserving(schema)) errors.push(required(`${path}.type`, EMPTY_TYPE[level]));
  if (isEmbedded(schema) && hasAdditionalProperties(schema))
    errors.push(forbidden(`${path}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set'));
  if (level === 'root' && type && type !== 'object') errors.push(invalid(`${path}.type`, type, 'must be object at the root'));
}

function checkMeta(schema: JsonSchema, level: Level, path: string, errors: FieldError[]): void {
  const isResource = level === 'root' || isEmbedded(schema);
  for (const name of ['kind', 'apiVersion']) {
    const property = propertyOf(schema, name);
    if (property && isResource && property.type !== 'string') errors.push(invalid(`${path}.properties[${name}].type`, property.type ?? '', 'must be string'));
  }
  const metadata = propertyOf(schema, 'metadata');
  if (metadata && isResource && metadata.type !== 'object') errors.push(invalid(`${path}.properties[metadata].type`, metadata.type ?? '', 'must be object'));
  if (metadata && level === 'root' && restrictsMore(metadata)) {
    const text = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
    errors.push(forbidden(`${path}.properties[metadata]`, text));
  }
  if (isEmbedded(schema) && !isPreserving(schema) && size(schema.properties) === 0) {
    const text = 'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(required(`${path}.properties`, text));
  }
}
/** Whether a root's metadata says more than its type, and name and generateName. */
function restrictsMore(metadata: JsonSchema): boolean {
  const { type: _type, default: _default, properties = {}, externalDocs: _docs, example: _example, ...rest } = metadata;
  if (hasAdditionalProperties(metadata)) return true;
  if (Object.keys(properties).some((name) => name !== 'name' && name !== 'generateName')) return true;
  return Object.values(rest).some((value) => value !== undefined && value !== false && value !== '' && !(Array.isArray(value) && value.length === 0));
}

function isIntOrStringChoice(choice: readonly JsonSchema[] | undefined): boolean {
  return jsonEqual(choice as unknown as JsonValue, [{ type: 'integer' }, { type: 'string' }]);
}

interface Skips {
  readonly anyOf: boolean;
  readonly firstAllOf: boolean;
}
function checkValueValidation(schema: JsonSchema, skips: Skips, level: Level, path: string, errors: FieldError[]): void {
  if (!skips.anyOf) schema.anyOf?.forEach((each, i) => checkNested(each, false, level, `${path}.anyOf[${i}]`, errors));
  schema.allOf?.forEach((each, i) => checkNested(each, skips.firstAllOf && i === 0, level, `${path}.allOf[${i}]`, errors));
  schema.oneOf?.forEach((each, i) => checkNested(each, false, level, `${path}.oneOf[${i}]`, errors));
  if (schema.not) checkNested(schema.not, false, level, `${path}.not`, errors);
  const compiled = schema.pattern ? compilePattern(schema.pattern) : undefined;
  if (compiled instanceof Error) errors.push(invalid(`${path}.pattern`, schema.pattern, `must be a valid regular expression, but isn't: ${compiled.message}`));
}

/** What belongs to the structure itself and may not stand below anyOf, allOf, oneOf and not. */
function checkNested(schema: JsonSchema, skipsAnyOf: boolean, level: Level, path: string, errors: FieldError[]): void {
  checkValueValidation(schema, { anyOf: skipsAnyOf, firstAllOf: false }, level, path, errors);
  const items = itemsOf(schema);
  if (items) checkNested(items, false, level, `${path}.items`, errors);
  for (const [name, property] of Object.entries(schema.properties ?? {})) checkNested(property, false, 'field', `${path}.properties[${name}]`, errors);
  const ban = (isThere: boolean, field: string, text: string): void => {
    if (isThere) errors.push(forbidden(`${path}.${field}`, `must be ${text} to be structural`));
  };
  ban(Boolean(schema.type), 'type', 'empty');
  ban(hasAdditionalProperties(schema) && schema.additionalProperties !== false, 'additionalProperties', 'undefined');
  ban(hasDefault(schema), 'default', 'undefined');
  ban(Boolean(schema.title), 'title', 'empty');
  ban(Boolean(schema.description), 'description', 'empty');
  ban(schema.nullable === true, 'nullable', 'false');
  ban(isPreserving(schema), 'x-kubernetes-preserve-unknown-fields', 'false');
  ban(isEmbedded(schema), 'x-kubernetes-embedded-resource', 'false');
  ban(isIntOrString(schema), 'x-kubernetes-int-or-string', 'false');
  ban((schema['x-kubernetes-list-map-keys']?.length ?? 0) > 0, 'x-kubernetes-list-map-keys', 'empty');
  ban(schema['x-kubernetes-list-type'] !== undefined, 'x-kubernetes-list-type', 'undefined');
  ban(schema['x-kubernetes-map-type'] !== undefined, 'x-kubernetes-map-type', 'undefined');
  ban((schema['x-kubernetes-validations']?.length ?? 0) > 0, 'x-kubernetes-validations', 'empty');
  if (propertyOf(schema, 'metadata')) errors.push(forbidden(`${path}.properties[metadata]`, 'must not be specified in a nested context'));
}

/** Whatever a value validation speaks of must be in the structure, too. */
function checkCompleteness(validation: JsonSchema, structure: JsonSchema | undefined, sPath: string, vPath: string, errors: FieldError[]): void {
  const nested = (each: JsonSchema, at: string): void => checkNestedCompleteness(each, structure, sPath, `${vPath}.${at}`, errors);
  if (validation.not) nested(validation.not, 'not');
  validation.allOf?.forEach((each, i) => nested(each, `allOf[${i}]`));
  validation.anyOf?.forEach((each, i) => nested(each, `anyOf[${i}]`));
  validation.oneOf?.forEach((each, i) => nested(each, `oneOf[${i}]`));
}
function checkNestedCompleteness(validation: JsonSchema, structure: JsonSchema | undefined, sPath: string, vPath: string, errors: FieldError[]): void {
  if (!structure) {
    errors.push(required(sPath, `because it is defined in ${vPath}`));
    return;
  }
  checkCompleteness(validation, structure, sPath, vPath, errors);
  const items = itemsOf(validation);
  if (items) checkNestedCompleteness(items, itemsOf(structure), `${sPath}.items`, `${vPath}.items`, errors);
  for (const [name, property] of Object.entries(validation.properties ?? {})) {
    const at = `properties[${name}]`;
    checkNestedCompleteness(property, propertyOf(structure, name), `${sPath}.${at}`, `${vPath}.${at}`, errors);
  }
}

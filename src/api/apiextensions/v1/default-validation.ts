/** Defaults must be right themselves. Follows apiextensions-apiserver/pkg/apiserver/schema/defaulting/{validation,surroundingobject}.go. */
import { type FieldError, invalid } from '../../machinery/field-error.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { cloneJson, jsonEqual } from '../../machinery/json-value.ts';
import { aggregateText, coerceEmbedded, validateEmbedded } from '../../custom/embedded-meta.ts';
import { hasDefault, isEmbedded, isMetaField, itemsOf, type JsonSchema } from '../../custom/json-schema.ts';
import { pruneUnknown } from '../../custom/prune.ts';
import { validateDefaultByRules } from '../../custom/cel/rule-validation.ts';
import { validateValue } from '../../custom/value-validation.ts';

/** Makes the smallest object that has a value where the schema stands. */
type Surround = (value: JsonValue) => JsonValue;
interface Place {
  readonly path: string;
  readonly root: JsonSchema;
  readonly surround: Surround;
  readonly isInMeta: boolean;
}

/** What is wrong with the defaults of a resource's schema. */
export function validateDefaults(schema: JsonSchema, path: string, options: { requiresPruned: boolean }): FieldError[] {
  const errors: FieldError[] = [];
  const root = { ...schema, 'x-kubernetes-embedded-resource': true };
  visit(root, { path, root, surround: (value) => value, isInMeta: false }, options, errors);
  return errors;
}

function visit(schema: JsonSchema, given: Place, options: { requiresPruned: boolean }, errors: FieldError[]): void {
  const place = isEmbedded(schema) ? { ...given, isInMeta: false, root: schema, surround: asObject } : given;
  if (hasDefault(schema)) errors.push(...(place.isInMeta ? metaErrors(schema, place) : valueErrors(schema, place, options)));
  const items = itemsOf(schema);
  const { path, surround } = place;
  if (items) visit(items, { ...place, path: `${path}.items`, surround: (value) => surround([value]) }, options, errors);
  for (const [name, property] of Object.entries(schema.properties ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const isInMeta = place.isInMeta || (isEmbedded(schema) && isMetaField(name));
    visit(property, { ...place, path: `${path}.properties[${name}]`, surround: (value) => surround({ [name]: value }), isInMeta }, options, errors);
  }
}
function asObject(value: JsonValue): JsonValue {
  return { apiVersion: 'validation/v1', kind: 'Validation', ...(value as object) };
}

/** Defaults inside of metadata make metadata that is right. */
function metaErrors(schema: JsonSchema, { path, root, surround }: Place): FieldError[] {
  const value = schema.default as JsonValue;
  const object = surround(cloneJson(value));
  const at = `${path}.default`;
  const coerced = coerceEmbedded(root, object, { isRoot: true });
  if (coerced) return [invalid(at, value, `must result in valid metadata: ${coerced.field}: ${coerced.message}`)];
  const errors = validateEmbedded(root, object, { isRoot: true });
  if (errors.length > 0) return [invalid(at, value, `must result in valid metadata: ${aggregateText(errors)}`)];
  return validateValue(schema, value, { path: at });
}

function valueErrors(schema: JsonSchema, { path }: Place, { requiresPruned }: { requiresPruned: boolean }): FieldError[] {
  const value = schema.default as JsonValue;
  const at = `${path}.default`;
  const isRoot = isEmbedded(schema);
  const errors: FieldError[] = [];
  if (requiresPruned && !jsonEqual(pruneUnknown(cloneJson(value), schema, { isRoot }), value)) errors.push(invalid(at, value, 'must not have unknown fields'));
  const coerced = coerceEmbedded(schema, cloneJson(value), { isRoot, path: at });
  if (coerced) return [...errors, coerced];
  const embedded = validateEmbedded(schema, value, { isRoot, path: at });
  const wrong = embedded.length > 0 ? embedded : validateValue(schema, value, { path: at });
  return [...errors, ...(wrong.length > 0 ? wrong : validateDefaultByRules(schema, value, at, { isRoot }))];
}

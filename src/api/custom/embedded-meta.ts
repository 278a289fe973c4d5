/**
 * Type and metadata of resources inside of resources (x-kubernetes-embedded-resource): brought into form and checked.
 * Follows apiextensions-apiserver/pkg/apiserver/schema/objectmeta.
 */
import type { ObjectMeta } from '#api/types/meta-v1';
import { codecFor } from '../machinery/codec.ts';
import { DecodeError } from '../machinery/decode-scalar.ts';
import { type FieldError, formatFieldError, invalid, required } from '../machinery/field-error.ts';
import type { JsonObject, JsonValue } from '../machinery/json.ts';
import { cloneJson, inOrder, isObject, setMember } from '../machinery/json-value.ts';
import { isDns1035Label, isPathSegmentName, pathSegmentPrefix } from '../machinery/names.ts';
import { validateObjectMeta } from '../machinery/object-meta.ts';
import { everySchema, isEmbedded, itemsOf, type JsonSchema, memberOf, propertyOf } from './json-schema.ts';

const OBJECT_META = { groupVersion: 'meta/v1', struct: 'ObjectMeta' } as const;

/** Metadata as Go's ObjectMeta would carry it: nulls and unknown fields go (their names are added to `unknown`). Throws DecodeError. */
export function decodeMetadata(value: JsonValue, unknown: string[], prefix = 'metadata'): ObjectMeta {
  const { object, unknownFields } = codecFor<ObjectMeta>(OBJECT_META).convert(value);
  unknown.push(...unknownFields.map((text) => `${prefix}.${JSON.parse(text.slice(text.indexOf('"'))) as string}`).sort());
  return object;
}

/** The same where nothing may fail: fields of a wrong type go, too. */
export function salvageMetadata(value: JsonValue): ObjectMeta {
  try {
    return decodeMetadata(cloneJson(value), []);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
  const whole: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(isObject(value) ? value : {})) {
    try {
      Object.assign(whole, decodeMetadata({ [name]: cloneJson(member as JsonValue) }, []));
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
    }
  }
  return whole as ObjectMeta;
}

const withEmbedded = new WeakMap<object, boolean>();
function hasEmbedded(schema: JsonSchema): boolean {
  let has = withEmbedded.get(schema);
  if (has === undefined) {
    has = everySchema(schema).some(isEmbedded);
    withEmbedded.set(schema, has);
  }
  return has;
}

export interface Coercion {
  readonly isRoot?: boolean;
  /** What does not fit goes, instead of being refused (objects of the datastore). */
  readonly drops?: boolean;
  /** Paths of fields that metadata does not have are added. */
  readonly unknown?: string[];
  readonly path?: string;
}

/** Brings embedded metadata into form, in place; what is wrong with it otherwise. */
export function coerceEmbedded(schema: JsonSchema | undefined, value: JsonValue, options: Coercion = {}): FieldError | undefined {
  if (!schema || (!options.isRoot && !hasEmbedded(schema))) return undefined;
  return coerce(schema, value, options.path ?? '', options, options.isRoot === true);
}

function coerce(schema: JsonSchema, value: JsonValue | undefined, path: string, options: Coercion, isRoot: boolean): FieldError | undefined {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (!items) return undefined;
    for (let i = 0; i < value.length; i++) {
      const error = coerce(items, value[i], `${path}[${i}]`, options, false);
      if (error) return error;
    }
    return undefined;
  }
  if (!isObject(value)) return undefined;
  if (isRoot || isEmbedded(schema)) {
    const error = coerceMeta(value, path, options);
    if (error) return error;
  }
  for (const name in value) {
    const known = memberOf(schema, name);
    const at = propertyOf(schema, name) ? join(path, name) : `${path}[${name}]`;
    const error = known && coerce(known, value[name], at, options, false);
    if (error) return error;
  }
  return undefined;
}

function coerceMeta(object: JsonObject, path: string, { drops, unknown = [] }: Coercion): FieldError | undefined {
  for (const name of ['apiVersion', 'kind'] as const) {
    const value = object[name];
    if (value === undefined || typeof value === 'string') continue;
    if (!drops) return invalid(join(path, name), inOrder(value), 'must be a string');
    delete object[name];
  }
  const { metadata } = object;
  if (metadata === undefined) return undefined;
  if (drops) {
    setMember(object, 'metadata', salvageMetadata(metadata) as JsonObject);
    return undefined;
  }
  try {
    setMember(object, 'metadata', decodeMetadata(cloneJson(metadata), unknown, join(path, 'metadata')) as JsonObject);
    return undefined;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return invalid(join(path, 'metadata'), inOrder(metadata), error.message);
  }
}

/** What is wrong with type and metadata of embedded resources (and of the object itself, where it is a root). */
export function validateEmbedded(schema: JsonSchema | undefined, value: JsonValue, options: { isRoot?: boolean; path?: string } = {}): FieldError[] {
  if (!schema || (!options.isRoot && !hasEmbedded(schema))) return [];
  const errors: FieldError[] = [];
  validate(schema, value, options.path ?? '', errors, options.isRoot === true);
  return errors;
}

function validate(schema: JsonSchema, value: JsonValue | undefined, path: string, errors: FieldError[], isRoot: boolean): void {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (items) value.forEach((item, i) => validate(items, item, `${path}[${i}]`, errors, false));
    return;
  }
  if (!isObject(value)) return;
  if (isRoot || isEmbedded(schema)) errors.push(...embeddedErrors(value, path));
  for (const name in value) {
    const known = memberOf(schema, name);
    if (known) validate(known, value[name], propertyOf(schema, name) ? join(path, name) : `${path}[${name}]`, errors, false);
  }
}

function embeddedErrors(object: JsonObject, path: string): FieldError[] {
  return [...apiVersionErrors(object['apiVersion'], join(path, 'apiVersion')), ...kindErrors(object['kind'], join(path, 'kind')), ...metaErrors(object, path)];
}
function apiVersionErrors(value: JsonValue | undefined, path: string): FieldError[] {
  if (value === undefined || value === '') return [required(path)];
  if (typeof value !== 'string') return [invalid(path, inOrder(value), 'must be a string')];
  return value.split('/').length > 2 ? [invalid(path, value, `unexpected GroupVersion string: ${value}`)] : [];
}
function kindErrors(value: JsonValue | undefined, path: string): FieldError[] {
  if (value === undefined || value === '') return [required(path)];
  if (typeof value !== 'string') return [invalid(path, inOrder(value), 'must be a string')];
  const errors = isDns1035Label(value.toLowerCase());
  return errors.length > 0 ? [invalid(path, value, `may have mixed case, but should otherwise match: ${errors.join(',')}`)] : [];
}
function metaErrors({ metadata }: JsonObject, path: string): FieldError[] {
  if (metadata === undefined) return [];
  const at = join(path, 'metadata');
  try {
    const meta = decodeMetadata(cloneJson(metadata), []);
    const validateName = (name: string, isPrefix: boolean): string[] => (isPrefix ? pathSegmentPrefix(name) : isPathSegmentName(name));
    return validateObjectMeta({ ...meta, name: meta.name || 'fakename' }, { namespaced: Boolean(meta.namespace), validateName, anyFinalizers: true, path: at });
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return [invalid(at, inOrder(metadata), error.message)];
  }
}

function join(path: string, name: string): string {
  return path ? `${path}.${name}` : name;
}

/** As Go joins several errors into one text. */
export function aggregateText(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map(formatFieldError))];
  return texts.length === 1 ? (texts[0] as string) : `[${texts.join(', ')}]`;
}

/** One version of a kind that clients defined: its structural schema and what follows from it, made when it is first needed. */
import type { CustomResourceDefinitionVersion, JSONSchemaProps } from '#api/types/apiextensions-v1';
import { type Decoded, type DecodeOptions, type ObjectCodec, setCodec, strictErrorText } from '../machinery/codec.ts';
import { DecodeError } from '../machinery/decode-scalar.ts';
import type { FieldError } from '../machinery/field-error.ts';
import type { JsonObject, JsonValue } from '../machinery/json.ts';
import { cloneJson, isObject, setMember } from '../machinery/json-value.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { ObjectSchema } from '../machinery/schema.ts';
import { newBadRequest } from '../machinery/status-error.ts';
import { fillDefaults } from './default-values.ts';
import { coerceEmbedded, decodeMetadata, salvageMetadata } from './embedded-meta.ts';
import type { JsonSchema } from './json-schema.ts';
import { rootObjectSchema } from './object-schema.ts';
import { pruneNulls, pruneUnknown } from './prune.ts';

const MAX_STRICT_ERRORS = 100;

export interface KindNames {
  readonly group: string;
  readonly kind: string;
}

interface VersionOptions {
  readonly keepsUnknown: boolean;
  readonly find: (apiVersion: string) => VersionSchema | undefined;
}

export class VersionSchema {
  readonly name: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly schema: JsonSchema | undefined;
  /** Fields that the schema does not know are kept: definitions of old. */
  readonly keepsUnknown: boolean;
  /** The other versions of the kind, by apiVersion. */
  readonly #find: (apiVersion: string) => VersionSchema | undefined;
  #objectSchema: ObjectSchema | undefined;

  constructor({ group, kind }: KindNames, version: CustomResourceDefinitionVersion, options: VersionOptions) {
    this.name = version.name;
    this.apiVersion = `${group}/${version.name}`;
    this.kind = kind;
    this.schema = version.schema?.openAPIV3Schema as JSONSchemaProps | undefined;
    this.keepsUnknown = options.keepsUnknown;
    this.#find = options.find;
  }

  /** The schema as the machinery sees it; it is its own reference. */
  get objectSchema(): ObjectSchema {
    if (!this.#objectSchema) {
      this.#objectSchema = rootObjectSchema({ groupVersion: this.apiVersion, struct: this.kind }, () => (this.keepsUnknown ? undefined : this.schema));
      setCodec(this.#objectSchema, codecOf(this, this.#objectSchema));
    }
    return this.#objectSchema;
  }

  /** Fills in defaults, drops unknown fields and nulls, brings metadata into form; the object is changed. Throws DecodeError. */
  bringIntoForm(object: JsonObject, unknown: string[]): JsonObject {
    const { metadata, kind, apiVersion } = object;
    const meta = metadata === undefined ? undefined : (decodeMetadata(metadata, unknown) as JsonObject);
    // What calls itself something else is refused by validation, as it is.
    if (kind !== this.kind) return withMetadata(object, meta);
    if (apiVersion !== this.apiVersion) {
      const other = typeof apiVersion === 'string' ? this.#find(apiVersion) : undefined;
      if (other) return other.bringIntoForm(object, unknown);
      const isOfGroup = typeof apiVersion === 'string' && apiVersion.startsWith(this.apiVersion.slice(0, -this.name.length));
      if (!isOfGroup) return withMetadata(object, meta);
      return withMetadata(pruneUnknown(object, undefined, { isRoot: true, unknown }) as JsonObject, meta);
    }
    fillDefaults(object, this.schema);
    const whole = this.#prune(object, unknown);
    const error = coerceEmbedded(this.schema, whole, { unknown });
    if (error) throw new DecodeError(`${error.field}: ${error.message}`);
    return withMetadata(whole, meta);
  }

  /** The same for what the datastore holds, where nothing may fail. */
  salvage(object: JsonObject): JsonObject {
    const { metadata = {} } = object;
    fillDefaults(object, this.schema);
    const whole = this.#prune(object, []);
    coerceEmbedded(this.schema, whole, { drops: true });
    const meta = salvageMetadata(metadata) as JsonObject;
    meta['generation'] ??= 1;
    return withMetadata(whole, meta);
  }

  /** An object of another version as this one; the object is changed. */
  adopt(object: JsonObject): JsonObject {
    object['apiVersion'] = this.apiVersion;
    return this.#prune(object, []);
  }
  fillDefaults(object: JsonObject): void {
    fillDefaults(object, this.schema);
  }

  #prune(object: JsonObject, unknown: string[]): JsonObject {
    if (this.keepsUnknown) return object;
    const pruned = pruneUnknown(object, this.schema, { isRoot: true, unknown });
    return pruneNulls(pruned, this.schema) as JsonObject;
  }
}

/** kind, apiVersion and metadata first: the stored form depends on it. */
function withMetadata(object: JsonObject, metadata: JsonObject | undefined): JsonObject {
  const { kind, apiVersion, metadata: _old, ...rest } = object;
  const whole: JsonObject = {};
  if (kind !== undefined) whole['kind'] = kind;
  if (apiVersion !== undefined) whole['apiVersion'] = apiVersion;
  whole['metadata'] = metadata ?? {};
  for (const name in rest) setMember(whole, name, rest[name] as JsonValue);
  return whole;
}

function codecOf(version: VersionSchema, schema: ObjectSchema): ObjectCodec {
  const convert = (value: JsonValue): { object: KubeObject; unknownFields: string[] } => {
    if (!isObject(value)) throw new DecodeError('json: cannot unmarshal into Go value of type map[string]interface {}');
    const unknown: string[] = [];
    const object = version.bringIntoForm(value, unknown);
    return { object: object as unknown as KubeObject, unknownFields: unknown.map((path) => `unknown field ${JSON.stringify(path)}`) };
  };
  return {
    schema,
    convert,
    zero: () => ({ metadata: {} }),
    decode: (value, options) => decodeStrictly(version, convert, value, options),
  };
}

function decodeStrictly(
  version: VersionSchema,
  convert: ObjectCodec['convert'],
  value: JsonValue,
  { fieldValidation = 'Ignore', duplicateFields = [] }: DecodeOptions = {},
): Decoded<KubeObject> {
  try {
    const { object, unknownFields } = convert(value);
    const texts = [...new Set([...duplicateFields, ...unknownFields])].slice(0, MAX_STRICT_ERRORS);
    if (fieldValidation === 'Strict' && texts.length > 0) throw new DecodeError(strictErrorText(texts));
    return { object, warnings: fieldValidation === 'Warn' ? texts : [] };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { kind, name } = version;
    throw newBadRequest(`${kind} in version ${JSON.stringify(name)} cannot be handled as a ${kind}: ${error.message}`, { cause: error });
  }
}

/** A copy that may be changed. */
export function copyOf(object: KubeObject): JsonObject {
  return cloneJson(object) as unknown as JsonObject;
}

/** Whether an error keeps rules from being evaluated: they could not rely on types and sizes. */
export function isBlocking({ type }: FieldError): boolean {
  return (
    type === 'FieldValueNotSupported' ||
    type === 'FieldValueRequired' ||
    type === 'FieldValueTooLong' ||
    type === 'FieldValueTooMany' ||
    type === 'FieldValueTypeInvalid'
  );
}

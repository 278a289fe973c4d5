import {
  apiVersionOf,
  codecFor,
  findDuplicateFields,
  type JsonObject,
  type JsonValue,
  type KubeObject,
  newBadRequest,
  type SchemaRef,
  StatusError,
} from '#api';
import type { Call } from './call.ts';

/** Which kind a body is expected to be. */
export interface BodyType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly schema: SchemaRef;
}

/** A request's body before it is an object: what the wire brought, or (in process) a value nobody else holds. */
export interface RawBody {
  readonly value: JsonValue;
  /** `unknown field`-like findings of the text itself. */
  readonly duplicateFields?: readonly string[] | undefined;
}

/** Parses the bytes of a JSON body; throws BadRequest. */
export function parseJsonBody(bytes: Buffer, findsDuplicates: boolean): RawBody {
  const text = bytes.toString();
  try {
    const value = JSON.parse(text) as JsonValue;
    return findsDuplicates ? { value, duplicateFields: findDuplicateFields(text) } : { value };
  } catch (cause) {
    throw newBadRequest(
      `the object provided is unrecognized (must be of type Object): couldn't get version/kind; json parse error: ${parseErrorText(text)} (${hexSample(bytes)})`,
      {
        cause,
      },
    );
  }
}

/** Parses YAML, for bodies that may be either. */
export async function parseYamlBody(bytes: Buffer): Promise<RawBody> {
  const { load, CORE_SCHEMA } = await import('js-yaml');
  try {
    return { value: (load(bytes.toString(), { schema: CORE_SCHEMA, json: true }) ?? null) as JsonValue };
  } catch (cause) {
    throw newBadRequest(`error decoding YAML: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Decodes a body as `type`, checks what it calls itself; warnings go to the call. Throws BadRequest. */
export function decodeBody(call: Call, type: BodyType, raw: RawBody): KubeObject {
  const value = raw.value;
  const apiVersion = apiVersionOf(type);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw newBadRequest(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${goKind(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  }
  const sentVersion = value['apiVersion'] ?? apiVersion;
  const sentKind = value['kind'] ?? type.kind;
  if (sentVersion !== apiVersion || sentKind !== type.kind) throw wrongKind(type, String(sentVersion), String(sentKind));
  const { object, warnings } = codecFor(type.schema).decode(value, { fieldValidation: call.fieldValidation, duplicateFields: raw.duplicateFields });
  call.warnings.push(...warnings);
  // kind, apiVersion and metadata first: the stored form depends on it.
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...rest } = object as KubeObject & JsonObject;
  return { kind: type.kind, apiVersion, metadata: metadata ?? {}, ...rest } as KubeObject;
}

/** The type of the kind's own bodies in the version the request speaks. */
export function ownBodyType(call: Call): BodyType {
  return { group: call.served.group, version: call.served.version, kind: call.definition.kind, schema: call.served.schema };
}

/** Decodes the kind's own body into its stored form, with defaults. */
export function decodeObject(call: Call, raw: RawBody): KubeObject {
  const decoded = decodeBody(call, ownBodyType(call), raw);
  const object = call.served.toStored ? call.served.toStored(decoded) : decoded;
  call.definition.defaults?.(object);
  return object;
}

function wrongKind(type: BodyType, apiVersion: string, kind: string): StatusError {
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  if (apiVersion !== apiVersionOf(type)) {
    return newBadRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOf(type)})`);
  }
  return newBadRequest(
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${type.kind}: converting (${goType(type, kind)}) to (${goType(type, type.kind)}): unknown conversion`,
  );
}
function goType(type: BodyType, kind: string): string {
  return `${type.version}.${kind}`;
}
function goKind(value: JsonValue): string {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value === 'boolean' ? 'bool' : typeof value;
}
function parseErrorText(text: string): string {
  if (text.trim() === '') return 'unexpected end of JSON input';
  return `invalid character ${quoteRune(text.trimStart()[0] ?? '')} looking for beginning of value`;
}
function quoteRune(rune: string): string {
  return `'${rune}'`;
}
function hexSample(bytes: Buffer): string {
  return JSON.stringify(bytes.subarray(0, 1024).toString());
}

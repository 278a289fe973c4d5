import {
  apiVersionOf,
  cloneJson,
  codecFor,
  decodeProtobuf,
  findDuplicateFields,
  goJsonSyntaxError,
  isObject,
  type JsonObject,
  type JsonValue,
  type KubeObject,
  nestsDeeperThan,
  newBadRequest,
  openEnvelope,
  ProtobufError,
  type SchemaRef,
  schemaOf,
  StatusError,
} from '#api';
import { parseExactJson } from '#lib';
import type { Call } from './call.ts';
import { decodeCustomBody } from './custom-body.ts';
import { parseRepeated } from './repeated-fields.ts';
import { wrongKind } from './wrong-kind.ts';
import { goYamlError } from './yaml-errors.ts';

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
  /** The text of a JSON body with fields that occur twice. */
  readonly repeating?: string | undefined;
  /** What a patch made of an object: its version is judged by validation. */
  readonly isPatched?: boolean;
  /** The bytes of a protobuf body, read when its type is known; `value` is then null. */
  readonly protobuf?: Buffer | undefined;
}

/** The value of a body as an object of `type`; throws BadRequest with upstream's text on damaged protobuf. */
function valueOf(raw: RawBody, type: BodyType): Exclude<JsonValue, null> {
  const { protobuf } = raw;
  if (!protobuf) return raw.value ?? {};
  const envelope = damaged(
    () => openEnvelope(protobuf),
    (text) => `the object provided is unrecognized (must be of type ${type.kind}): ${text} (${summarized(protobuf)})`,
  );
  const { kind, apiVersion } = envelope;
  // What it calls itself is judged by the caller; fields of another kind mean nothing.
  if ((kind && kind !== type.kind) || (apiVersion && apiVersion !== apiVersionOf(type))) return { kind, apiVersion };
  return damaged(
    () => decodeProtobuf(protobuf, type.schema),
    (text) => `${type.kind} in version ${JSON.stringify(type.version)} cannot be handled as a ${type.kind}: ${text}`,
  );
}
function damaged<T>(read: () => T, messageOf: (text: string) => string): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof ProtobufError)) throw cause;
    throw newBadRequest(messageOf(cause.message), { cause });
  }
}
/** The beginning of a body, as upstream shows what it cannot read. */
function summarized(bytes: Buffer): string {
  if (bytes.length === 0) return '<empty>';
  const shown = bytes.subarray(0, 30).toString(bytes[0] === 0x7b ? 'utf8' : 'hex');
  return bytes.length > 30 ? `${shown} ...` : shown;
}

/** What is nested deeper would overflow the stack of those who go through it; no kind has a tenth of this. */
const MAX_DEPTH = 1_000;

/** Parses the bytes of a JSON body; throws BadRequest. */
export function parseJsonBody(bytes: Buffer, call: Call, findsDuplicates: boolean): RawBody {
  const text = bytes.toString();
  let value: JsonValue;
  try {
    if (nestsDeeperThan(bytes, MAX_DEPTH)) throw newBadRequest('json: exceeded max depth');
    value = parseExactJson(text) as JsonValue;
  } catch (cause) {
    if (cause instanceof StatusError) throw cause;
    const syntax = goJsonSyntaxError(bytes);
    const problem = `couldn't get version/kind; json parse error: ${syntax} (${summarized(bytes)})`;
    const message = `the object provided is unrecognized (must be of type ${call.definition.kind}): ${problem}`;
    throw newBadRequest(message, { cause: new Error(syntax, { cause }) });
  }
  if (!findsDuplicates) return { value };
  const duplicateFields = findDuplicateFields(text);
  return { value, duplicateFields, repeating: duplicateFields.length > 0 ? text : undefined };
}

/** Parses YAML, for bodies that may be either; throws BadRequest with what `refusal` makes of Go's words. */
export async function parseYaml(bytes: Buffer, refusal: (cause: string) => string): Promise<JsonValue> {
  const { parseYaml: parse } = await import('#lib/yaml');
  try {
    // A tree of its own for every alias: decoding consumes what it is given.
    return cloneJson(withinSize((parse(bytes.toString(), { lastKeyWins: true }) ?? null) as JsonValue, bytes.length));
  } catch (cause) {
    throw newBadRequest(refusal(goYamlError(cause)), { cause });
  }
}
/** Parses the bytes of a YAML body; throws BadRequest. */
export async function parseYamlBody(bytes: Buffer, { definition }: Call): Promise<RawBody> {
  const refusal = (cause: string): string => `the object provided is unrecognized (must be of type ${definition.kind}): ${cause} (${summarized(bytes)})`;
  return { value: await parseYaml(bytes, refusal) };
}

// As upstream's parser refuses documents whose aliases make far more of them than was sent: values beyond one for each byte.
const MAX_YAML_VALUES = 400_000;

/** The value itself; throws where its aliases repeat so much that writing them out would fill the memory, or contain themselves. */
function withinSize(value: JsonValue, byteLength: number): JsonValue {
  const counts = new Map<object, number>();
  const countOf = (each: JsonValue | undefined): number => {
    if (typeof each !== 'object' || each === null) return 1;
    const known = counts.get(each);
    if (known !== undefined) return known;
    // Met again before it was counted: it is inside itself.
    counts.set(each, Number.POSITIVE_INFINITY);
    let count = 1;
    for (const member of Object.values(each)) count += countOf(member);
    counts.set(each, count);
    return count;
  };
  if (countOf(value) > MAX_YAML_VALUES + byteLength) throw new Error('document contains excessive aliasing');
  return value;
}

/** Decodes a body as `type`, checks what it calls itself; warnings go to the call. Throws BadRequest. */
export function decodeBody(call: Call, type: BodyType, sent: RawBody): KubeObject {
  const raw = onceEach(sent, type);
  const value = valueOf(raw, type);
  const apiVersion = apiVersionOf(type);
  checkTypeMeta(type, value);
  keepEmptyManagedFields(value);
  const sentVersion = value['apiVersion'] || apiVersion;
  if (sentVersion.split('/').length > 2) throw unrecognized(type, `unexpected GroupVersion string: ${sentVersion}`, value);
  if (schemaOf(type.schema).isCustom) {
    if (!value['kind']) throw unrecognized(type, `Object 'Kind' is missing in '${JSON.stringify(value)}'`, value);
    return decodeCustomBody(call, type, value, raw);
  }
  const sentKind = value['kind'] || type.kind;
  if (sentVersion !== apiVersion || sentKind !== type.kind) throw wrongKind(type, sentVersion, sentKind);
  const { object, warnings } = codecFor(type.schema).decode(value, { fieldValidation: call.fieldValidation, duplicateFields: raw.duplicateFields });
  call.warnings.push(...warnings);
  // kind, apiVersion and metadata first: the stored form depends on it.
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...rest } = object as KubeObject & JsonObject;
  return { kind: type.kind, apiVersion, metadata: metadata ?? {}, ...rest } as KubeObject;
}

/** A body without repeated fields; those of custom kinds are maps, where the last ones count. */
function onceEach(raw: RawBody, type: BodyType): RawBody {
  const schema = schemaOf(type.schema);
  if (raw.repeating === undefined || schema.isCustom) return raw;
  const { value, findings } = parseRepeated(raw.repeating, schema);
  return { value, duplicateFields: findings };
}

/** Decoding drops empty lists, but this one asks to forget who owns what: it becomes the list of one empty entry, which asks the same. */
function keepEmptyManagedFields({ metadata }: JsonObject): void {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return;
  const { managedFields } = metadata;
  if (Array.isArray(managedFields) && managedFields.length === 0) metadata['managedFields'] = [{}];
}

/** The type of the kind's own bodies in the version the request speaks. */
export function ownBodyType(call: Call): BodyType {
  return { group: call.served.group, version: call.served.version, kind: call.definition.kind, schema: call.served.schema };
}

function unrecognized({ kind }: BodyType, problem: string, value: JsonValue): StatusError {
  const sample = summarized(Buffer.from(JSON.stringify(value)));
  return newBadRequest(`the object provided is unrecognized (must be of type ${kind}): ${problem} (${sample})`, { cause: new Error(problem) });
}

type TypeMeta = JsonObject & { readonly apiVersion?: string | null; readonly kind?: string | null };
/** Upstream reads what a body calls itself first; throws BadRequest where that cannot be read. */
function checkTypeMeta(type: BodyType, value: JsonValue): asserts value is TypeMeta {
  const refuse = (wrong: JsonValue, target: string): never => {
    const kind = Array.isArray(wrong) ? 'array' : typeof wrong === 'boolean' ? 'bool' : typeof wrong;
    throw unrecognized(type, `couldn't get version/kind; json parse error: json: cannot unmarshal ${kind} into Go ${target}`, value);
  };
  if (!isObject(value)) {
    refuse(value, `value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`);
  } else {
    for (const name of ['apiVersion', 'kind'] as const) {
      const member = value[name] ?? '';
      if (typeof member !== 'string') refuse(member, `struct field .${name} of type string`);
    }
  }
}

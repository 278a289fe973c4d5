/**
 * Typed decoding of parsed JSON: what a round trip through upstream's Go structs gives. Nulls and unknown fields go, wrong types are refused with Go's
 * text, struct-typed fields appear (`status: {}`), empty omitempty fields vanish. The input is consumed: parts of it are reused and changed.
 */
import { decoderFor } from './decode.ts';
import { type Decode, DecodeError, type DecodeState } from './decode-scalar.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { KubeObject } from './object.ts';
import { type ObjectSchema, schemaOf, type SchemaRef } from './schema.ts';
import { newBadRequest } from './status-error.ts';

export interface DecodeOptions {
  /** Default `Ignore`. */
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict' | undefined;
  /** What `findDuplicateFields` found in the request's text. */
  readonly duplicateFields?: readonly string[] | undefined;
}
export interface Decoded<T> {
  readonly object: T;
  /** Texts for Warning headers (fieldValidation Warn only). */
  readonly warnings: readonly string[];
}
export interface ObjectCodec<T = KubeObject> {
  readonly schema: ObjectSchema;
  /** Decodes a request's body; throws StatusError BadRequest with upstream's text. */
  decode(value: JsonValue, options?: DecodeOptions): Decoded<T>;
  /** The same without a request: throws DecodeError, lists the fields it dropped as `unknown field "spec.foo"`. */
  convert(value: JsonValue): { object: T; unknownFields: string[] };
  /** What Go's zero value encodes to: `{ metadata: {}, spec: { containers: null }, status: {} }`. A new one for every call. */
  zero(): T;
}

const MAX_STRICT_ERRORS = 100;
const codecs = new WeakMap<ObjectSchema, ObjectCodec>();

/** Gives a schema that clients defined its codec. */
export function setCodec(schema: ObjectSchema, codec: ObjectCodec): void {
  codecs.set(schema, codec);
}

/** The codec of a struct, made at the first call. */
export function codecFor<T = KubeObject>(ref: SchemaRef): ObjectCodec<T> {
  const schema = schemaOf(ref);
  let codec = codecs.get(schema);
  if (!codec) {
    codec = makeCodec(schema);
    codecs.set(schema, codec);
  }
  return codec as ObjectCodec<T>;
}

function makeCodec(schema: ObjectSchema): ObjectCodec {
  const root: Decode = decoderFor(schema).decode;
  const version = schema.groupVersion.slice(schema.groupVersion.indexOf('/') + 1);
  const convert = (value: JsonValue): { object: KubeObject; unknownFields: string[] } => {
    const state: DecodeState = { path: [], depth: 0, struct: schema.struct, unknown: [] };
    const object = root(value === null ? {} : value, state, '') as JsonObject;
    return { object: object as unknown as KubeObject, unknownFields: state.unknown };
  };
  return {
    schema,
    convert,
    zero: () => convert({}).object,
    decode(value, { fieldValidation = 'Ignore', duplicateFields = [] } = {}) {
      try {
        const { object, unknownFields } = convert(value);
        if (fieldValidation === 'Ignore' || (unknownFields.length === 0 && duplicateFields.length === 0)) return { object, warnings: [] };
        const texts = [...new Set([...duplicateFields, ...unknownFields])].slice(0, MAX_STRICT_ERRORS);
        if (fieldValidation === 'Strict') throw new DecodeError(strictErrorText(texts));
        return { object, warnings: texts };
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        throw newBadRequest(`${schema.struct} in version ${JSON.stringify(version)} cannot be handled as a ${schema.struct}: ${error.message}`, {
          cause: error,
        });
      }
    },
  };
}

/** How upstream joins the errors of strict decoding. */
export function strictErrorText(texts: readonly string[]): string {
  return `strict decoding error: ${texts.join(', ')}`;
}

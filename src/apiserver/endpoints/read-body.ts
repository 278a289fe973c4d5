import { isProtobuf, openEnvelope, StatusError } from '#api';
import type { DeleteOptions } from '#api/types/meta-v1';
import type { HttpRequest } from '../listener/http-message.ts';
import type { Call } from '../registry/call.ts';
import { decodeBody, parseJsonBody, parseYamlBody, type RawBody } from '../registry/decode-body.ts';
import { checkDeleteOptions } from '../registry/options-check.ts';
import { repeatedKeyFindings } from '../registry/repeated-keys.ts';
import { bodyFormat, type Format } from './media-type.ts';
import { deleteOptionsOf } from './options.ts';

/** No body is longer. */
export const BODY_LIMIT = 3 * 1024 * 1024;

/** What is read of a request that has a body. */
export type BodySource = Pick<HttpRequest, 'headers' | 'body'>;

/** The body of a create or update in any format. */
export async function readBody(request: BodySource, call: Call): Promise<RawBody> {
  const format = bodyFormat(request.headers['content-type']);
  // In JSON, repeated fields count for what the object is, too.
  return parseBody(format, await request.body(BODY_LIMIT), call, format === 'json' || call.fieldValidation !== 'Ignore');
}

async function parseBody(format: Format, bytes: Buffer, call: Call, findsDuplicates: boolean): Promise<RawBody> {
  if (format === 'protobuf') return { value: null, protobuf: bytes };
  if (format === 'json') return parseJsonBody(bytes, call, findsDuplicates);
  const raw = await parseYamlBody(bytes, call);
  return findsDuplicates ? { ...raw, duplicateFields: await repeatedKeyFindings(call, bytes.toString()) } : raw;
}

/** The options of a deletion: those of the body count; without a body, those of the query. */
export async function readDeleteOptions(call: Call, request: BodySource, query: URLSearchParams): Promise<DeleteOptions> {
  const bytes = await request.body(BODY_LIMIT);
  let options: DeleteOptions;
  if (bytes.length === 0) {
    options = deleteOptionsOf(query);
  } else {
    const format = bodyFormat(request.headers['content-type']);
    try {
      options = decodeDeleteOptions(call, await parseBody(format, bytes, call, false));
    } catch (cause) {
      throw undecodable(cause);
    }
  }
  checkDeleteOptions(options);
  if (options.dryRun?.includes('All')) (call as { isDryRun: boolean }).isDryRun = true;
  return options;
}

const WRAPPINGS = [/^the object provided is unrecognized \(must be of type \w+\): (.*) \(.*\)$/s, /^\S+ in version \S+ cannot be handled as a \S+ (.*)$/s];
/** Upstream takes options that it cannot decode for a failure of its own, and says the bare cause. */
function undecodable(error: unknown): unknown {
  if (!(error instanceof StatusError) || error.reason !== 'BadRequest') return error;
  const text = WRAPPINGS.map((wrapping) => wrapping.exec(error.message)?.[1]).find((each) => each !== undefined);
  return new StatusError('Unknown', text ?? error.message, { cause: error });
}

/** Options are known in every group's versions: client-go sends them in that of the resource. */
function sentVersion({ value, protobuf }: RawBody): string | undefined {
  if (protobuf) return isProtobuf(protobuf) ? peekVersion(protobuf) : undefined;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject && typeof value['apiVersion'] === 'string' ? value['apiVersion'] : undefined;
}
function peekVersion(bytes: Buffer): string | undefined {
  try {
    return openEnvelope(bytes).apiVersion;
  } catch {
    // Decoding says what is wrong with it.
    return undefined;
  }
}

const DELETE_OPTIONS = { groupVersion: 'meta/v1', struct: 'DeleteOptions' } as const;
function decodeDeleteOptions(call: Call, raw: RawBody): DeleteOptions {
  const apiVersion = sentVersion(raw) || 'v1';
  const slash = apiVersion.indexOf('/');
  const type = { group: slash < 0 ? '' : apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1), kind: 'DeleteOptions', schema: DELETE_OPTIONS };
  const { kind: _kind, apiVersion: _apiVersion, metadata: _metadata, ...options } = decodeBody({ ...call, fieldValidation: 'Ignore' }, type, raw);
  return options;
}

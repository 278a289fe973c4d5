import { apiVersionOf, encodeProtobuf, encodeProtobufList, type KubeObject, StatusError } from '#api';
import type { ObjectMeta, Status } from '#api/types/meta-v1';
import type { HttpAnswer } from '../listener/http-message.ts';
import type { Call } from '../registry/call.ts';
import { inServedVersion } from '../registry/view.ts';
import type { Listed } from '../registry/list.ts';
import type { Entry } from '../watch-cache/entry.ts';
import { type Negotiated, negotiatePlain, type Wishes } from './media-type.ts';
import type { Result } from './result.ts';
import { partialList, partialObject, tableOf, tableOptions, type TableOptions } from './table.ts';

const JSON_HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-cache, private' };
const YAML_HEADERS = { 'content-type': 'application/yaml', 'cache-control': 'no-cache, private' };
const PROTOBUF_HEADERS = { 'content-type': 'application/vnd.kubernetes.protobuf', 'cache-control': 'no-cache, private' };
const NEWLINE = Buffer.from('\n');
const BRACE = Buffer.from('{');
const COMMA_BRACE = Buffer.from(',{');
const LIST_END = Buffer.from(']}\n');
const PARTIAL = { groupVersion: 'meta/v1', struct: 'PartialObjectMetadata' } as const;

/** The answer for a result in the form the client takes. Throws NotAcceptable where the result has no such form. */
export function encodeResult(result: Result, accepted: Negotiated, query: URLSearchParams, nowMs: number): HttpAnswer | Promise<HttpAnswer> {
  const status = result.type === 'list' ? 200 : result.status;
  if (accepted.form === 'partial') checkPartial(result, accepted);
  if (accepted.format === 'protobuf') return { status, headers: PROTOBUF_HEADERS, body: protobufBytes(result, accepted) };
  if (accepted.form === 'object' && accepted.format === 'json' && !accepted.isPretty) return { status, headers: JSON_HEADERS, body: plainBytes(result) };
  return textAnswer(
    status,
    transformed(result, accepted, () => tableOptions(query, nowMs, accepted.metaVersion)),
    accepted,
  );
}

/** A Status as the whole answer, in the form the client takes; where there is none, in JSON for people, as upstream does. */
export function statusAnswer(status: Status, headers: Wishes, query: URLSearchParams): HttpAnswer | Promise<HttpAnswer> {
  const accepted = negotiatePlain(headers, query.get('pretty'));
  const code = status.code ?? 500;
  if (!accepted) return { status: code, headers: JSON_HEADERS, body: JSON.stringify(status, undefined, 2) };
  if (accepted.format === 'protobuf') return { status: code, headers: PROTOBUF_HEADERS, body: encodeProtobuf(status) };
  return textAnswer(code, status, accepted);
}

async function textAnswer(status: number, value: unknown, { format, isPretty }: Negotiated): Promise<HttpAnswer> {
  if (format !== 'yaml') return { status, headers: JSON_HEADERS, body: `${JSON.stringify(value, undefined, isPretty ? 2 : undefined)}\n` };
  const { dump } = await import('js-yaml');
  return { status, headers: YAML_HEADERS, body: dump(JSON.parse(JSON.stringify(value)), { noRefs: true, lineWidth: -1 }) };
}

/** Lists and objects are asked for by different names. */
function checkPartial(result: Result, { isListForm }: Negotiated): void {
  if (isStatus(result) || isListForm === (result.type === 'list')) return;
  const [wanted, found] = isListForm ? ['PartialObjectMetadataList', 'not a list'] : ['PartialObjectMetadata', 'a list'];
  throw new StatusError('NotAcceptable', `you requested ${wanted}, but the requested object is ${found} (${goTypeOf(result)})`);
}
/** Upstream's internal type: `*core.PodList`. */
function goTypeOf(result: Result): string {
  if (result.type === 'object') return `*${result.object.kind ?? ''}`;
  const { definition } = result.call;
  return `*${definition.group.split('.')[0] || 'core'}.${result.type === 'list' ? definition.listKind : definition.kind}`;
}
function isStatus(result: Result): boolean {
  return result.type === 'object' && result.object.kind === 'Status';
}

function protobufBytes(result: Result, accepted: Negotiated): Buffer {
  const isPartial = accepted.form === 'partial' && !isStatus(result);
  if (result.type === 'list') return protobufList(result.call, result.listed, accepted);
  if (result.type === 'object') return encodeProtobuf(isPartial ? partialObject(result.object as KubeObject, accepted.metaVersion) : result.object);
  const { call, entry } = result;
  return isPartial
    ? encodeProtobuf(partialObject(entry.object, accepted.metaVersion))
    : encodeProtobuf(inServedVersion(call, entry.object), call.served.schema);
}

function protobufList(call: Call, { entries, metadata }: Listed, { form, metaVersion }: Negotiated): Buffer {
  if (form === 'partial') {
    const items = entries.map((entry) => entry.object);
    return encodeProtobufList({ apiVersion: `meta.k8s.io/${metaVersion}`, kind: 'PartialObjectMetadataList', metadata, item: PARTIAL, items });
  }
  const items = entries.map((entry) => inServedVersion(call, entry.object));
  return encodeProtobufList({ apiVersion: apiVersionOf(call.served), kind: call.definition.listKind, metadata, item: call.served.schema, items });
}

function plainBytes(result: Result): Buffer {
  if (result.type === 'list') return listBytes(result.call, result.listed);
  if (result.type === 'object') return Buffer.from(`${JSON.stringify(result.object)}\n`);
  return Buffer.concat([objectBytes(result.call, result.entry), NEWLINE]);
}

/** An entry as JSON in the version that the request speaks. */
export function objectBytes(call: Call, entry: Entry): Buffer {
  return call.served.fromStored ? Buffer.from(JSON.stringify(inServedVersion(call, entry.object))) : entry.bytes;
}

function listBytes(call: Call, { entries, metadata }: Listed): Buffer {
  const head = `{"kind":${JSON.stringify(call.definition.listKind)},"apiVersion":${JSON.stringify(apiVersionOf(call.served))},"metadata":${JSON.stringify(metadata)},"items":[`;
  if (call.served.fromStored) return Buffer.from(`${head}${entries.map((entry) => JSON.stringify(itemOf(call, entry))).join(',')}]}\n`);
  // Items are the encoded objects without their kind and apiVersion: a concatenation of slices.
  const pieces: Buffer[] = [Buffer.from(head)];
  let separator = BRACE;
  for (const entry of entries) {
    pieces.push(separator, entry.itemBytes);
    separator = COMMA_BRACE;
  }
  pieces.push(LIST_END);
  return Buffer.concat(pieces);
}

/** A list's item: items of typed lists do not repeat kind and apiVersion. */
function itemOf(call: Call, entry: Entry): object {
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = inServedVersion(call, entry.object);
  return rest;
}

function transformed(result: Result, accepted: Negotiated, table: () => TableOptions): unknown {
  const { form, metaVersion } = accepted;
  if (result.type === 'object')
    return form === 'partial' && !isStatus(result) ? partialObject(result.object as { metadata: ObjectMeta }, metaVersion) : result.object;
  const { call } = result;
  if (result.type === 'list') {
    const { entries, metadata } = result.listed;
    if (form === 'table') return tableOf(call, entries, metadata, table());
    if (form === 'partial') return partialList(entries, metadata, metaVersion);
    return { kind: call.definition.listKind, apiVersion: apiVersionOf(call.served), metadata, items: entries.map((entry) => itemOf(call, entry)) };
  }
  if (form === 'table') return tableOf(call, [result.entry], { resourceVersion: String(result.entry.revision) }, table());
  if (form === 'partial') return partialObject(result.entry.object, metaVersion);
  return inServedVersion(call, result.entry.object);
}

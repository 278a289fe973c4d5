import { apiVersionOf, encodeProtobuf, type KubeObject, StatusError } from '#api';
import type { Status } from '#api/types/meta-v1';
import type { HttpAnswer } from '../listener/http-message.ts';
import type { PiecedBody } from '../listener/pieced-body.ts';
import type { Call } from '../registry/call.ts';
import { inServedVersion } from '../registry/view.ts';
import type { Entry } from '../watch-cache/entry.ts';
import { itemOf, listBody, listMetaOf, partialListBody } from './list-body.ts';
import { type Negotiated, negotiatePlain, type Wishes } from './media-type.ts';
import { protobufListBody, protobufPartialList } from './protobuf-list.ts';
import type { Result } from './result.ts';
import { objectTable, partialList, partialObject, tableOf, tableOptions, type TableOptions } from './table.ts';
import { tableBody } from './table-body.ts';

const JSON_HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-cache, private' };
const YAML_HEADERS = { 'content-type': 'application/yaml', 'cache-control': 'no-cache, private' };
const PROTOBUF_HEADERS = { 'content-type': 'application/vnd.kubernetes.protobuf', 'cache-control': 'no-cache, private' };
const NEWLINE = Buffer.from('\n');

/** The answer for a result in the form the client takes. Throws NotAcceptable where the result has no such form. */
export function encodeResult(result: Result, accepted: Negotiated, query: URLSearchParams, nowMs: number): HttpAnswer | Promise<HttpAnswer> {
  const status = result.type === 'list' ? 200 : result.status;
  if (accepted.form === 'partial') checkPartial(result, accepted);
  if (accepted.format === 'protobuf') return { status, headers: PROTOBUF_HEADERS, body: protobufBody(result, accepted) };
  const table = (): TableOptions => tableOptions(query, nowMs, accepted.metaVersion);
  const body = accepted.format === 'json' && !accepted.isPretty ? cachedBody(result, accepted, table) : undefined;
  return body ? { status, headers: JSON_HEADERS, body } : textAnswer(status, transformed(result, accepted, table), accepted);
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
  // Go's indented form has no line feed at its end.
  if (format !== 'yaml') return { status, headers: JSON_HEADERS, body: isPretty ? JSON.stringify(value, undefined, 2) : `${JSON.stringify(value)}\n` };
  const { dump } = await import('js-yaml');
  // As Go writes it: members in order, lists at their owner's indentation.
  const body = dump(JSON.parse(JSON.stringify(value)), { noRefs: true, lineWidth: -1, sortKeys: true, seqNoIndent: true });
  return { status, headers: YAML_HEADERS, body };
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

function protobufBody(result: Result, accepted: Negotiated): Buffer | PiecedBody {
  const isPartial = accepted.form === 'partial' && !isStatus(result);
  if (result.type === 'list') return isPartial ? protobufPartialList(result.listed, accepted.metaVersion) : protobufListBody(result.call, result.listed);
  if (result.type === 'object') return encodeProtobuf(isPartial ? partialObject(result.object as KubeObject, accepted.metaVersion) : result.object);
  const { call, entry } = result;
  return isPartial
    ? encodeProtobuf(partialObject(entry.object, accepted.metaVersion))
    : encodeProtobuf(inServedVersion(call, entry.object), call.served.schema);
}

/** JSON out of the bytes that the watch cache holds; undefined where it has to be made of the objects. */
function cachedBody(result: Result, { form, metaVersion }: Negotiated, table: () => TableOptions): Buffer | PiecedBody | undefined {
  if (result.type === 'list') {
    const { call, listed } = result;
    if (form === 'table') return tableBody(call, listed, table());
    return form === 'partial' ? partialListBody(listed, metaVersion) : listBody(call, listed);
  }
  if (form !== 'object') return undefined;
  if (result.type === 'object') return Buffer.from(`${JSON.stringify(result.object)}\n`);
  return Buffer.concat([objectBytes(result.call, result.entry), NEWLINE]);
}

/** An entry as JSON in the version that the request speaks. */
export function objectBytes(call: Call, entry: Entry): Buffer {
  return call.served.fromStored ? Buffer.from(JSON.stringify(inServedVersion(call, entry.object))) : entry.bytes;
}

function transformed(result: Result, accepted: Negotiated, table: () => TableOptions): unknown {
  const { form, metaVersion } = accepted;
  if (result.type === 'object') {
    const object = result.object as KubeObject;
    if (form === 'table' && result.columns) return objectTable(result.columns, object, table());
    return form === 'partial' && !isStatus(result) ? partialObject(object, metaVersion) : object;
  }
  const { call } = result;
  if (result.type === 'list') {
    const { entries, metadata } = result.listed;
    if (form === 'table') return tableOf(call, entries, metadata, table());
    if (form === 'partial') return partialList(entries, metadata, metaVersion);
    const { listKind } = call.definition;
    return { kind: listKind, apiVersion: apiVersionOf(call.served), metadata: listMetaOf(call, metadata), items: entries.map((entry) => itemOf(call, entry)) };
  }
  if (form === 'table') return tableOf(call, [result.entry], { resourceVersion: String(result.entry.revision) }, table());
  if (form === 'partial') return partialObject(result.entry.object, metaVersion);
  return inServedVersion(call, result.entry.object);
}

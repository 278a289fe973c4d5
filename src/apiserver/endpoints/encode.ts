import { apiVersionOf } from '#api';
import type { Status } from '#api/types/meta-v1';
import type { HttpAnswer } from '../listener/http-message.ts';
import type { Call } from '../registry/call.ts';
import { inServedVersion } from '../registry/view.ts';
import type { Listed } from '../registry/list.ts';
import type { Entry } from '../watch-cache/entry.ts';
import type { Negotiated } from './media-type.ts';
import type { Result } from './result.ts';
import { partialList, partialObject, tableOf, tableOptions, type TableOptions } from './table.ts';

const JSON_HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-cache, private' };
const YAML_HEADERS = { 'content-type': 'application/yaml', 'cache-control': 'no-cache, private' };
const NEWLINE = Buffer.from('\n');
const BRACE = Buffer.from('{');
const COMMA_BRACE = Buffer.from(',{');
const LIST_END = Buffer.from(']}\n');

/** The answer for a result in the form the client takes. */
export function encodeResult(result: Result, accepted: Negotiated, query: URLSearchParams, nowMs: number): HttpAnswer | Promise<HttpAnswer> {
  const status = result.type === 'list' ? 200 : result.status;
  if (accepted.form === 'object' && !accepted.isPretty && !accepted.isYaml) return { status, headers: JSON_HEADERS, body: plainBytes(result) };
  const value = transformed(result, accepted, () => tableOptions(query, nowMs));
  return accepted.isYaml
    ? yamlAnswer(status, value)
    : { status, headers: JSON_HEADERS, body: `${JSON.stringify(value, undefined, accepted.isPretty ? 2 : undefined)}\n` };
}

/** A Status as the whole answer. */
export function statusAnswer(status: Status): HttpAnswer {
  return { status: status.code ?? 500, headers: JSON_HEADERS, body: `${JSON.stringify(status)}\n` };
}

async function yamlAnswer(status: number, value: unknown): Promise<HttpAnswer> {
  const { dump } = await import('js-yaml');
  return { status, headers: YAML_HEADERS, body: dump(JSON.parse(JSON.stringify(value)), { noRefs: true, lineWidth: -1 }) };
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
  if (result.type === 'object') return result.object;
  const { call } = result;
  if (result.type === 'list') {
    const { entries, metadata } = result.listed;
    if (accepted.form === 'table') return tableOf(call, entries, metadata, table());
    if (accepted.form === 'partial') return partialList(call, entries, metadata);
    return { kind: call.definition.listKind, apiVersion: apiVersionOf(call.served), metadata, items: entries.map((entry) => itemOf(call, entry)) };
  }
  if (accepted.form === 'table') return tableOf(call, [result.entry], { resourceVersion: String(result.entry.revision) }, table());
  if (accepted.form === 'partial') return partialObject(result.entry);
  return inServedVersion(call, result.entry.object);
}

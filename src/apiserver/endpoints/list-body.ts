import { apiVersionOf } from '#api';
import type { ListMeta } from '#api/types/meta-v1';
import type { PiecedBody } from '../listener/pieced-body.ts';
import type { Call } from '../registry/call.ts';
import type { Listed } from '../registry/list.ts';
import { inServedVersion } from '../registry/view.ts';
import type { Entry } from '../watch-cache/entry.ts';
import type { MetaVersion } from './table.ts';

const BRACE = Buffer.from('{');
const COMMA_BRACE = Buffer.from(',{');
const LIST_END = ']}\n';

/** A list as JSON: mostly the bytes that the watch cache holds, one after another. */
export function listBody(call: Call, { entries, metadata }: Listed): PiecedBody {
  const head = `{"kind":${JSON.stringify(call.definition.listKind)},"apiVersion":${JSON.stringify(apiVersionOf(call.served))},"metadata":${JSON.stringify(listMetaOf(call, metadata))},"items":[`;
  const sizeHint = sizeOf(entries, head.length + LIST_END.length * 3, (entry) => entry.bytes.length + COMMA_BRACE.length);
  return { sizeHint, pieces: () => (call.served.fromStored ? convertedPieces(call, head, entries) : storedPieces(head, entries)) };
}

function* storedPieces(head: string, entries: readonly Entry[]): Generator<Buffer | string, void, void> {
  yield head;
  let separator = BRACE;
  for (const entry of entries) {
    yield separator;
    // Items are the encoded objects without their kind and apiVersion.
    yield entry.itemBytes;
    separator = COMMA_BRACE;
  }
  yield LIST_END;
}

function* convertedPieces(call: Call, head: string, entries: readonly Entry[]): Generator<string, void, void> {
  let before = head;
  for (const entry of entries) {
    yield before + JSON.stringify(itemOf(call, entry));
    before = ',';
  }
  yield (entries.length > 0 ? '' : head) + LIST_END;
}

/** Lists of custom kinds always say where to go on, be it nowhere. */
export function listMetaOf({ definition }: Call, metadata: ListMeta): ListMeta {
  return definition.custom ? { ...metadata, continue: metadata.continue ?? '' } : metadata;
}

/** A list's item: items of typed lists do not repeat kind and apiVersion. */
export function itemOf(call: Call, entry: Entry): object {
  const object = inServedVersion(call, entry.object);
  if (call.definition.custom) return object;
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = object;
  return rest;
}

/** What `partialList` makes, as JSON: each object's metadata is cut out of its bytes. */
export function partialListBody({ entries, metadata }: Listed, metaVersion: MetaVersion): PiecedBody {
  const head = `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/${metaVersion}","metadata":${JSON.stringify(metadata)},"items":[`;
  const item = partialHead(metaVersion);
  const sizeHint = sizeOf(entries, head.length + LIST_END.length * 3, (entry) => item.length + entry.metadataBytes.length + 2);
  return { sizeHint, pieces: () => partialPieces(head, item, entries) };
}

function* partialPieces(head: string, item: string, entries: readonly Entry[]): Generator<Buffer | string, void, void> {
  let before = head + item;
  for (const entry of entries) {
    yield before;
    yield entry.metadataBytes;
    before = `},${item}`;
  }
  yield (entries.length > 0 ? '}' : head) + LIST_END;
}

/** How many entries' bytes say how large a list is: of more it is reckoned from so many, as looking at each costs more than the answer is worth. */
const SAMPLE = 500;

/** About the size of a body of `rest` bytes and every entry's. */
export function sizeOf(entries: readonly Entry[], rest: number, bytesOf: (entry: Entry) => number): number {
  const sample = entries.length > SAMPLE ? entries.slice(0, SAMPLE) : entries;
  let size = 0;
  for (const entry of sample) size += bytesOf(entry);
  return rest + Math.ceil((size * entries.length) / Math.max(1, sample.length));
}

/** What stands before the metadata of a PartialObjectMetadata. */
export function partialHead(metaVersion: MetaVersion): string {
  return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${metaVersion}",`;
}

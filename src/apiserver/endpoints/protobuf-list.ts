import { apiVersionOf, encodeProtobufItem, encodeProtobufList, frameProtobufList } from '#api';
import type { PiecedBody } from '../listener/pieced-body.ts';
import type { Call } from '../registry/call.ts';
import type { Listed } from '../registry/list.ts';
import { inServedVersion } from '../registry/view.ts';
import type { Entry } from '../watch-cache/entry.ts';
import type { MetaVersion } from './table.ts';

/** Encoding takes 25 µs an object, ten times what copying its bytes does; and informers that start over all want the same. */
const BUDGET_BYTES = 24 * 1024 * 1024;

// Forgotten with their entries, and altogether when they have become too many: whoever lists in JSON alone pays nothing.
let encoded = new WeakMap<Entry, Buffer>();
let size = 0;

/** An entry in the stored version as the item of a list; encoded once, while there is room. */
function itemOf({ definition }: Call, entry: Entry): Buffer {
  let item = encoded.get(entry);
  if (item) return item;
  item = encodeProtobufItem(entry.object, definition.schema);
  size += item.length;
  if (size > BUDGET_BYTES) {
    encoded = new WeakMap();
    size = item.length;
  }
  encoded.set(entry, item);
  return item;
}

/** A list as protobuf: its items one after another, or made anew for another version. */
export function protobufListBody(call: Call, { entries, metadata }: Listed): PiecedBody | Buffer {
  const { schema: item, fromStored } = call.served;
  const list = { apiVersion: apiVersionOf(call.served), kind: call.definition.listKind, metadata };
  if (fromStored) return encodeProtobufList({ ...list, item, items: entries.map((entry) => inServedVersion(call, entry.object)) });
  const items = entries.map((entry) => itemOf(call, entry));
  let length = 0;
  for (const each of items) length += each.length;
  const { head, tail } = frameProtobufList(list, length);
  return { sizeHint: head.length + length + tail.length, pieces: () => [head, ...items, tail] };
}

const PARTIAL = { groupVersion: 'meta/v1', struct: 'PartialObjectMetadata' } as const;

/** The metadata of a list's objects as protobuf. */
export function protobufPartialList({ entries, metadata }: Listed, metaVersion: MetaVersion): Buffer {
  const items = entries.map((entry) => entry.object);
  return encodeProtobufList({ apiVersion: `meta.k8s.io/${metaVersion}`, kind: 'PartialObjectMetadataList', metadata, item: PARTIAL, items });
}

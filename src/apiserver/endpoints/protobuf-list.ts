import { apiVersionOf, encodeProtobufList, frameProtobufList } from '#api';
import type { PiecedBody } from '../listener/pieced-body.ts';
import type { Call } from '../registry/call.ts';
import type { Listed } from '../registry/list.ts';
import { inServedVersion } from '../registry/view.ts';
import { protobufItem } from './protobuf-item.ts';
import type { MetaVersion } from './table.ts';

/** A list as protobuf: its items one after another, or made anew for another version. */
export function protobufListBody(call: Call, { entries, metadata }: Listed): PiecedBody | Buffer {
  const { schema: item, fromStored } = call.served;
  const list = { apiVersion: apiVersionOf(call.served), kind: call.definition.listKind, metadata };
  if (fromStored) return encodeProtobufList({ ...list, item, items: entries.map((entry) => inServedVersion(call, entry.object)) });
  const items = entries.map((entry) => protobufItem(call, entry));
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

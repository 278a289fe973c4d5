import { encodeProtobufItem } from '#api';
import type { Call } from '../registry/call.ts';
import type { Entry } from '../watch-cache/entry.ts';

/** Encoding takes 25 µs an object, ten times what copying its bytes does; and informers that start over all want the same. */
const BUDGET_BYTES = 24 * 1024 * 1024;

// Forgotten with their entries, and altogether when they have become too many: whoever lists in JSON alone pays nothing.
let encoded = new WeakMap<Entry, Buffer>();
let size = 0;

/** An entry in the stored version as the item of a list (`encodeProtobufItem`); encoded once, while there is room. */
export function protobufItem({ definition }: Call, entry: Entry): Buffer {
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

import type { KubeObject } from '#api';
import type { Call } from '../registry/call.ts';
import { bookmarkObject } from '../registry/watch.ts';
import { type CacheEvent, frameOf, type SeenType } from '../watch-cache/cache-event.ts';
import type { Entry } from '../watch-cache/entry.ts';
import { inServedVersion } from '../registry/view.ts';
import { objectBytes } from './encode.ts';
import type { Negotiated } from './media-type.ts';
import { partialObject, tableOf, type TableOptions } from './table.ts';

/** The lines of a watch stream in the form that the client takes. */
export interface WatchFrames {
  initial(entry: Entry): Buffer;
  change(type: SeenType, event: CacheEvent): Buffer;
  bookmark(revision: number, endsInitial: boolean): Buffer;
}

/** Plain frames are shared by all watchers; the others are made for each. */
export function framesFor(call: Call, accepted: Negotiated, options: () => TableOptions): WatchFrames {
  const bookmark = (revision: number, endsInitial: boolean): KubeObject => bookmarkObject(call, revision, endsInitial);
  if (accepted.form === 'table') return tableFrames(call, options(), bookmark);
  if (accepted.form === 'partial') {
    const frame = (type: SeenType, entry: Entry): Buffer => frameOf(type, encode(partialObject(entry)));
    return {
      initial: (entry) => frame('ADDED', entry),
      change: (type, event) => frame(type, event.shown(type)),
      bookmark: (revision, endsInitial) => {
        const { metadata } = bookmark(revision, endsInitial);
        return frameOf('BOOKMARK', encode({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }));
      },
    };
  }
  return {
    initial: (entry) => frameOf('ADDED', objectBytes(call, entry)),
    change: (type, event) => (call.served.fromStored ? frameOf(type, encode(inServedVersion(call, event.shown(type).object))) : event.frame(type)),
    bookmark: (revision, endsInitial) => frameOf('BOOKMARK', encode(bookmark(revision, endsInitial))),
  };
}

/** Only the first table of a stream names the columns. */
function tableFrames(call: Call, first: TableOptions, bookmark: (revision: number, endsInitial: boolean) => KubeObject): WatchFrames {
  let options = first;
  const frame = (type: SeenType, entry: Entry): Buffer => {
    const table = tableOf(call, [entry], { resourceVersion: String(entry.revision) }, options);
    options = { ...options, hasHeaders: false };
    return frameOf(type, encode(table));
  };
  return {
    initial: (entry) => frame('ADDED', entry),
    change: (type, event) => frame(type, event.shown(type)),
    bookmark: (revision, endsInitial) => {
      const object = bookmark(revision, endsInitial);
      const metadata = { resourceVersion: String(revision) };
      return frameOf('BOOKMARK', encode({ kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions: null, rows: [{ cells: null, object }] }));
    },
  };
}

function encode(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

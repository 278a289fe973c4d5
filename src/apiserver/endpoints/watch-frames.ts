import { apiVersionOf, encodeItemWatchFrame, encodeProtobuf, encodeWatchFrame, type KubeObject } from '#api';
import type { Status } from '#api/types/meta-v1';
import type { Call } from '../registry/call.ts';
import { bookmarkObject } from '../registry/watch.ts';
import { type CacheEvent, frameOf, type SeenType } from '../watch-cache/cache-event.ts';
import type { Entry } from '../watch-cache/entry.ts';
import { inServedVersion } from '../registry/view.ts';
import { objectBytes } from './encode.ts';
import type { Negotiated } from './media-type.ts';
import { protobufItem } from './protobuf-item.ts';
import { columnsOf, partialObject, tableOf, type TableOptions } from './table.ts';

/** The frames of a watch stream in the form that the client takes. */
export interface WatchFrames {
  readonly contentType: string;
  /** Whether frames must be made in the order in which they are sent. */
  readonly isOrdered?: boolean;
  initial(entry: Entry): Buffer;
  change(type: SeenType, event: CacheEvent): Buffer;
  bookmark(revision: number, endsInitial: boolean): Buffer;
  error(status: Status): Buffer;
}

/** Frames of whole objects are shared by all watchers; tables are made for each. */
export function framesFor(call: Call, accepted: Negotiated, options: () => TableOptions): WatchFrames {
  const bookmark = (revision: number, endsInitial: boolean): KubeObject => bookmarkObject(call, revision, endsInitial);
  const { metaVersion } = accepted;
  const shown =
    accepted.form === 'partial' ? (object: KubeObject) => partialObject(object, metaVersion) : (object: KubeObject) => inServedVersion(call, object);
  if (accepted.format === 'protobuf') {
    const form = accepted.form === 'partial' ? `partial ${metaVersion}` : apiVersionOf(call.served);
    const isStored = accepted.form !== 'partial' && !call.served.fromStored;
    const typeMeta = { apiVersion: apiVersionOf(call.served), kind: call.definition.kind };
    return {
      contentType: 'application/vnd.kubernetes.protobuf;stream=watch',
      initial: (entry) =>
        isStored ? encodeItemWatchFrame('ADDED', protobufItem(call, entry), typeMeta) : encodeWatchFrame('ADDED', encodeProtobuf(shown(entry.object))),
      change: (type, event) => event.otherFrame(`protobuf ${form}`, type, () => encodeWatchFrame(type, encodeProtobuf(shown(event.shown(type).object)))),
      bookmark: (revision, endsInitial) => encodeWatchFrame('BOOKMARK', encodeProtobuf(typed(accepted, bookmark(revision, endsInitial)))),
      error: (status) => encodeWatchFrame('ERROR', encodeProtobuf(status)),
    };
  }
  if (accepted.form === 'table') return tableFrames(call, options(), bookmark);
  const isPlain = accepted.form === 'object' && !call.served.fromStored;
  const frame = (type: SeenType, entry: Entry): Buffer => frameOf(type, encode(shown(entry.object)));
  return {
    contentType: 'application/json',
    initial: (entry) => (isPlain ? frameOf('ADDED', objectBytes(call, entry)) : frame('ADDED', entry)),
    change: (type, event) => (isPlain ? event.frame(type) : frame(type, event.shown(type))),
    bookmark: (revision, endsInitial) => frameOf('BOOKMARK', encode(typed(accepted, bookmark(revision, endsInitial)))),
    error: jsonError,
  };
}

/** A bookmark names the kind that the stream's objects have. */
function typed({ form, metaVersion }: Negotiated, bookmark: KubeObject): KubeObject {
  return form === 'partial' ? partialObject(bookmark, metaVersion) : bookmark;
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
    isOrdered: true,
    contentType: 'application/json',
    initial: (entry) => frame('ADDED', entry),
    change: (type, event) => frame(type, event.shown(type)),
    bookmark: (revision, endsInitial) => {
      const object = bookmark(revision, endsInitial);
      const metadata = { resourceVersion: String(revision) };
      const apiVersion = `meta.k8s.io/${first.metaVersion}`;
      return frameOf('BOOKMARK', encode({ kind: 'Table', apiVersion, metadata, columnDefinitions: null, rows: [bookmarkRow(call, object, first)] }));
    },
    error: jsonError,
  };
}

function bookmarkRow(call: Call, object: KubeObject, { metaVersion, nowMs }: TableOptions): object {
  if (!call.definition.custom) return { cells: null, object };
  return { cells: columnsOf(call).map((column) => column.value(object, nowMs)), object: partialObject(object, metaVersion) };
}
function jsonError(status: Status): Buffer {
  return frameOf('ERROR', encode(status));
}
function encode(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}

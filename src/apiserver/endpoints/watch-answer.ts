import type { StatusError } from '#api';
import type { AnswerSink, HttpAnswer } from '../listener/http-message.ts';
import { CHUNK_BYTES } from '../listener/pieced-body.ts';
import type { Call } from '../registry/call.ts';
import type { AskedWatch } from '../registry/list-options.ts';
import type { Registry } from '../registry/registry.ts';
import { type WatchReceiver, watchObjects } from '../registry/watch.ts';
import type { CacheEvent, SeenType } from '../watch-cache/cache-event.ts';
import type { WatchMeter } from '../metrics/index.ts';
import type { Entry } from '../watch-cache/entry.ts';
import type { Negotiated } from './media-type.ts';
import { tableOptions } from './table.ts';
import { framesFor, type WatchFrames } from './watch-frames.ts';

/** A reader with more than this unread is cut off: it lists again and costs nobody else anything. */
const MAX_UNREAD_BYTES = 16 * 1024 * 1024;
/** All watches of a connection together: one client that stops reading must not fill the memory with each of its watches. */
const MAX_CONNECTION_UNREAD_BYTES = 32 * 1024 * 1024;
/** With less than this a watch is not looked at more closely. */
const SLOW_BYTES = 256 * 1024;
/** Watches without a timeout of their own end after 30 to 60 minutes, so that clients spread over servers anew. */
const MIN_TIMEOUT_SECONDS = 1800;
/** How long before its end a watch says once more how far it came, to those who want to know. */
const LAST_BOOKMARK_MS = 2000;

/** The endless answer of a watch: one JSON document per line, or length-delimited protobuf. */
export async function watchAnswer(registry: Registry, call: Call, options: AskedWatch, accepted: Negotiated, query: URLSearchParams): Promise<HttpAnswer> {
  const frames = framesFor(call, accepted, () => tableOptions(query, registry.clock.now(), accepted.metaVersion));
  const kind = { ...call.served, plural: call.definition.plural };
  const meter = registry.meters.watch(kind, call.namespace ? 'namespace' : 'cluster');
  const stream = new WatchStream(registry, frames, meter, options);
  const stop = await watchObjects(registry, call, options, stream);
  return {
    status: 200,
    headers: { 'content-type': frames.contentType, 'cache-control': 'no-cache, private' },
    stream: (sink) => stream.attach(sink, stop),
  };
}

const watchesOfConnection = new WeakMap<object, Set<WatchStream>>();

class WatchStream implements WatchReceiver {
  readonly #registry: Registry;
  readonly #frames: WatchFrames;
  readonly #meter: WatchMeter;
  readonly #startedMs: number;
  readonly #timeoutMs: number;
  /** Undefined: who watches wants no bookmarks. */
  readonly #bookmarksAfter: number | undefined;
  /** What is still to be sent, in order: objects of the initial state, which become frames on their way out, and frames of changes behind them. */
  #backlog: (Entry | Buffer)[] = [];
  /** Of the changes alone: the initial state is the server's own doing and does not count as unread. */
  #backlogBytes = 0;
  #sink: AnswerSink | undefined;
  #isEnded = false;

  constructor(registry: Registry, frames: WatchFrames, meter: WatchMeter, options: AskedWatch) {
    this.#registry = registry;
    this.#frames = frames;
    this.#meter = meter;
    this.#startedMs = registry.clock.monotonic();
    this.#bookmarksAfter = options.allowWatchBookmarks ? Number(options.resourceVersion || 0) : undefined;
    this.#timeoutMs = (options.timeoutSeconds || MIN_TIMEOUT_SECONDS * (1 + registry.random.number())) * 1000;
  }

  attach(sink: AnswerSink, stop: () => void): void {
    this.#sink = sink;
    let siblings = watchesOfConnection.get(sink.connection);
    if (!siblings) watchesOfConnection.set(sink.connection, (siblings = new Set()));
    siblings.add(this);
    const { clock } = this.#registry;
    const hasLastBookmark = this.#bookmarksAfter !== undefined && this.#timeoutMs > LAST_BOOKMARK_MS;
    const end = (): void => this.end();
    let timer = hasLastBookmark
      ? clock.setTimer(this.#timeoutMs - LAST_BOOKMARK_MS, () => {
          this.#lastBookmark();
          timer = clock.setTimer(LAST_BOOKMARK_MS, end);
        })
      : clock.setTimer(this.#timeoutMs, end);
    sink.onClose(() => {
      this.#isEnded = true;
      siblings.delete(this);
      this.#backlog = [];
      timer.cancel();
      stop();
    });
    this.#sendBacklog(sink);
  }

  initial(entry: Entry): void {
    this.#backlog.push(this.#frames.isOrdered ? this.#frames.initial(entry) : entry);
  }
  change(type: SeenType, event: CacheEvent): void {
    this.#write(this.#frames.change(type, event));
  }
  bookmark(revision: number, endsInitial: boolean): void {
    this.#write(this.#frames.bookmark(revision, endsInitial));
    if (endsInitial) this.#meter.initialSent((this.#registry.clock.monotonic() - this.#startedMs) / 1000);
  }
  end(error?: StatusError): void {
    if (this.#isEnded) return;
    if (error) this.#write(this.#frames.error(error.toStatus()));
    this.#isEnded = true;
    if (this.#backlog.length === 0) this.#sink?.end();
  }

  #lastBookmark(): void {
    const { applied } = this.#registry.caches;
    if (applied > (this.#bookmarksAfter ?? applied)) this.bookmark(applied, false);
  }
  #write(frame: Buffer): void {
    if (this.#isEnded) return;
    const sink = this.#sink;
    if (sink && this.#backlog.length === 0) {
      this.#meter.sent(frame.length);
      sink.write(frame);
    } else {
      this.#backlog.push(frame);
      this.#backlogBytes += frame.length;
    }
    if (!sink || this.#unreadBytes < SLOW_BYTES || !this.#isTooSlow(sink)) return;
    this.#isEnded = true;
    this.#backlog = [];
    this.#meter.cutOff();
    // What it has not read would lie here for as long as its connection does.
    sink.abort();
  }

  /** Sends what waits as fast as it is read: a state of any size is in memory only as the cache has it. */
  #sendBacklog(sink: AnswerSink): void {
    const backlog = this.#backlog;
    let next = 0;
    while (next < backlog.length && sink.bufferedBytes < SLOW_BYTES) {
      const frames: Buffer[] = [];
      for (let bytes = 0; next < backlog.length && bytes < CHUNK_BYTES; next++) {
        const item = backlog[next] as Entry | Buffer;
        const frame = Buffer.isBuffer(item) ? item : this.#frames.initial(item);
        this.#meter.sent(frame.length);
        if (item === frame) this.#backlogBytes = Math.max(0, this.#backlogBytes - frame.length);
        frames.push(frame);
        bytes += frame.length;
      }
      sink.write(Buffer.concat(frames));
    }
    this.#backlog = backlog.slice(next);
    if (this.#backlog.length > 0) return sink.onDrain(() => this.#sendBacklog(sink));
    if (this.#isEnded) sink.end();
  }
  get #unreadBytes(): number {
    return (this.#sink?.bufferedBytes ?? 0) + this.#backlogBytes;
  }
  #isTooSlow({ connection }: AnswerSink): boolean {
    if (this.#unreadBytes > MAX_UNREAD_BYTES) return true;
    let sum = 0;
    for (const watch of watchesOfConnection.get(connection) ?? []) sum += watch.#unreadBytes;
    return sum > MAX_CONNECTION_UNREAD_BYTES;
  }
}

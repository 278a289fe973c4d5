import type { StatusError, WatchOptions } from '#api';
import type { AnswerSink, HttpAnswer } from '../listener/http-message.ts';
import type { Call } from '../registry/call.ts';
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

/** The endless answer of a watch: one JSON document per line, or length-delimited protobuf. */
export async function watchAnswer(
  registry: Registry,
  call: Call,
  options: Omit<WatchOptions, 'signal'>,
  accepted: Negotiated,
  query: URLSearchParams,
): Promise<HttpAnswer> {
  const frames = framesFor(call, accepted, () => tableOptions(query, registry.clock.now(), accepted.metaVersion));
  const kind = { ...call.served, plural: call.definition.plural };
  const meter = registry.meters.watch(kind, call.namespace ? 'namespace' : 'cluster');
  const stream = new WatchStream(registry, frames, meter, options.timeoutSeconds);
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
  // What comes before the answer has begun.
  #early: Buffer[] = [];
  #sink: AnswerSink | undefined;
  #isEnded = false;
  /** The initial state is the server's own doing: it does not count as unread. */
  #initialBytes = 0;

  constructor(registry: Registry, frames: WatchFrames, meter: WatchMeter, timeoutSeconds: number | undefined) {
    this.#registry = registry;
    this.#frames = frames;
    this.#meter = meter;
    this.#startedMs = registry.clock.monotonic();
    this.#timeoutMs = (timeoutSeconds || MIN_TIMEOUT_SECONDS * (1 + registry.random.number())) * 1000;
  }

  attach(sink: AnswerSink, stop: () => void): void {
    this.#sink = sink;
    let siblings = watchesOfConnection.get(sink.connection);
    if (!siblings) watchesOfConnection.set(sink.connection, (siblings = new Set()));
    siblings.add(this);
    const timer = this.#registry.clock.setTimer(this.#timeoutMs, () => this.end());
    sink.onClose(() => {
      this.#isEnded = true;
      siblings.delete(this);
      timer.cancel();
      stop();
    });
    for (const frame of this.#early) this.#initialBytes += frame.length;
    if (this.#early.length > 0) sink.write(Buffer.concat(this.#early));
    this.#early = [];
    if (this.#isEnded) sink.end();
  }

  initial(entry: Entry): void {
    this.#write(this.#frames.initial(entry));
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
    this.#sink?.end();
  }

  #write(frame: Buffer): void {
    if (this.#isEnded) return;
    this.#meter.sent(frame.length);
    const sink = this.#sink;
    if (!sink) {
      this.#early.push(frame);
      return;
    }
    sink.write(frame);
    if (sink.bufferedBytes < SLOW_BYTES || !this.#isTooSlow(sink)) return;
    this.#isEnded = true;
    this.#meter.cutOff();
    // What it has not read would lie here for as long as its connection does.
    sink.abort();
  }
  get #unreadBytes(): number {
    return Math.max(0, (this.#sink?.bufferedBytes ?? 0) - this.#initialBytes);
  }
  #isTooSlow({ connection }: AnswerSink): boolean {
    if (this.#unreadBytes > MAX_UNREAD_BYTES) return true;
    let sum = 0;
    for (const watch of watchesOfConnection.get(connection) ?? []) sum += watch.#unreadBytes;
    return sum > MAX_CONNECTION_UNREAD_BYTES;
  }
}

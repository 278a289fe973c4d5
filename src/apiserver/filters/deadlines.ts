import { DurationError, newBadRequest, parseDuration } from '#api';
import type { Clock } from '#lib';
import type { HttpAnswer } from '../listener/http-message.ts';
import type { RequestInfo } from './request-info.ts';

/** As --request-timeout: no request takes longer but those that are meant to last. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Upstream's handlers give up writes earlier than that. */
const WRITE_TIMEOUT_MS = 34_000;
const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
/** Requests that take as long as upstream allows are looked for this often: a timer for each would cost every one of them. */
const SWEEP_MS = 1_000;

/** How long a request may take. */
export interface Allotted {
  readonly timeoutMs: number;
  /** Whether the client asked for just this. */
  readonly isOwn: boolean;
  readonly isWrite: boolean;
}

interface Waiting {
  readonly untilMs: number;
  expire(): void;
}

/** Answers for requests that take too long; what was begun for them goes on. Follows k8s.io/apiserver's WithRequestDeadline and WithTimeout. */
export class Deadlines {
  readonly #clock: Clock;
  /** Reads and writes by themselves: each in the order of their ends. */
  readonly #waiting: readonly [reads: Set<Waiting>, writes: Set<Waiting>] = [new Set(), new Set()];
  #isArmed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What `run` answers, or, when that takes too long, upstream's words; `onExpired` is told so. */
  within(allotted: Allotted, run: () => Promise<HttpAnswer>, onExpired: () => void): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const expire = (): void => {
        onExpired();
        resolve(tooLate(allotted));
      };
      const forget = this.#await(allotted, expire);
      run().then(
        (answer) => {
          forget();
          resolve(answer);
        },
        (error: unknown) => {
          forget();
          reject(error as Error);
        },
      );
    });
  }

  /** Returns what ends the waiting. */
  #await({ timeoutMs, isOwn, isWrite }: Allotted, expire: () => void): () => void {
    if (isOwn) {
      const timer = this.#clock.setTimer(timeoutMs, expire);
      return () => timer.cancel();
    }
    const all = this.#waiting[isWrite ? 1 : 0];
    const waiting = { untilMs: this.#clock.monotonic() + timeoutMs, expire };
    all.add(waiting);
    this.#arm();
    return () => all.delete(waiting);
  }
  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#clock.setTimer(SWEEP_MS, () => {
      this.#isArmed = false;
      const nowMs = this.#clock.monotonic();
      for (const all of this.#waiting) this.#sweep(all, nowMs);
      if (this.#waiting.some(({ size }) => size > 0)) this.#arm();
    });
  }
  #sweep(all: Set<Waiting>, nowMs: number): void {
    for (const each of all) {
      if (each.untilMs > nowMs) return;
      all.delete(each);
      each.expire();
    }
  }
}

/** What a request is allotted; throws BadRequest for a `timeout` that is none. */
export function allottedTo({ verb, isResourceRequest }: RequestInfo, query: URLSearchParams): Allotted {
  const isWrite = isResourceRequest && WRITES.has(verb);
  const timeoutMs = isWrite ? WRITE_TIMEOUT_MS : REQUEST_TIMEOUT_MS;
  const own = query.get('timeout');
  const ownMs = own ? ownTimeout(own) : 0;
  // Nought is no wish, and nobody may wish for more.
  const isOwn = ownMs > 0 && ownMs < timeoutMs;
  return { timeoutMs: isOwn ? ownMs : timeoutMs, isOwn, isWrite };
}

function ownTimeout(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    throw newBadRequest(`invalid timeout specified in the request URL - ${error.message}`);
  }
}

const TOO_LATE = { metadata: {}, status: 'Failure' };
const DETAILS = { reason: 'Timeout', details: {}, code: 504 };

/** Reads are answered by the filter, which writes its Status as it is; writes by their handlers. */
function tooLate({ isWrite }: Allotted): HttpAnswer {
  if (isWrite) {
    const message = 'Timeout: request did not complete within requested timeout - context deadline exceeded';
    const body = JSON.stringify({ kind: 'Status', apiVersion: 'v1', ...TOO_LATE, message, ...DETAILS });
    return { status: 504, headers: { 'content-type': 'application/json' }, body: `${body}\n` };
  }
  const body = JSON.stringify({ ...TOO_LATE, message: 'Timeout: request did not complete within the allotted timeout', ...DETAILS });
  return { status: 504, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${body}\n` };
}

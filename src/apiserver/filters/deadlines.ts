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

/** A request that is waited for. */
export interface Waiting {
  /** Its answer has come. */
  end(): void;
}

/** Answers for requests that take too long; what was begun for them goes on. Follows k8s.io/apiserver's WithRequestDeadline and WithTimeout. */
export class Deadlines {
  readonly #clock: Clock;
  /** Reads and writes by themselves: each in the order of their ends. */
  readonly #reads = new Link();
  readonly #writes = new Link();
  #isArmed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits from `startedMs` on; when that takes too long, `expire` is given upstream's words as the answer. */
  begin(allotted: Allotted, startedMs: number, expire: (answer: HttpAnswer) => void): Waiting {
    const { timeoutMs, isOwn, isWrite } = allotted;
    if (isOwn) {
      const timer = this.#clock.setTimer(timeoutMs, () => expire(tooLate(allotted)));
      return { end: () => timer.cancel() };
    }
    const link = new Link();
    link.untilMs = startedMs + timeoutMs;
    link.expire = () => expire(tooLate(allotted));
    (isWrite ? this.#writes : this.#reads).append(link);
    this.#arm();
    return link;
  }

  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#clock.setTimer(SWEEP_MS, () => {
      this.#isArmed = false;
      const nowMs = this.#clock.monotonic();
      this.#reads.expireUntil(nowMs);
      this.#writes.expireUntil(nowMs);
      if (!this.#reads.isAlone || !this.#writes.isAlone) this.#arm();
    });
  }
}

/** A link of a ring: what is put in and taken out for every request must cost hardly anything. The ring's own link stands before its first and behind its last. */
class Link implements Waiting {
  untilMs = 0;
  expire: () => void = () => {};
  // Joined to itself: alone.
  #before: Link = this;
  #after: Link = this;

  get isAlone(): boolean {
    return this.#after === this;
  }
  append(link: Link): void {
    link.#before = this.#before;
    link.#after = this;
    this.#before.#after = link;
    this.#before = link;
  }
  end(): void {
    this.#before.#after = this.#after;
    this.#after.#before = this.#before;
    this.#before = this.#after = this;
  }
  expireUntil(nowMs: number): void {
    for (let link = this.#after; link !== this && link.untilMs <= nowMs; link = this.#after) {
      link.end();
      link.expire();
    }
  }
}

const READ: Allotted = { timeoutMs: REQUEST_TIMEOUT_MS, isOwn: false, isWrite: false };
const WRITE: Allotted = { timeoutMs: WRITE_TIMEOUT_MS, isOwn: false, isWrite: true };

/** What a request is allotted; throws BadRequest for a `timeout` that is none. */
export function allottedTo({ verb, isResourceRequest }: RequestInfo, query: URLSearchParams): Allotted {
  const usual = isResourceRequest && WRITES.has(verb) ? WRITE : READ;
  const own = query.get('timeout');
  if (!own) return usual;
  const timeoutMs = ownTimeout(own);
  // Nought is no wish, and nobody may wish for more.
  return timeoutMs > 0 && timeoutMs < usual.timeoutMs ? { ...usual, timeoutMs, isOwn: true } : usual;
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

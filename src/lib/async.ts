/** Small pieces for asynchronous code that the language lacks. */

/** A queue that one consumer iterates: `push` never blocks, iteration ends after `end()` and what was pushed before it. */
export class AsyncQueue<T> implements AsyncIterableIterator<T, undefined> {
  #items: T[] = [];
  /** The first of `#items` that was not read. */
  #first = 0;
  /** The reader, while it waits. */
  #reader: PromiseWithResolvers<IteratorResult<T, undefined>> | undefined;
  #isEnded = false;
  #error: unknown;

  /** How many are not read yet. */
  get size(): number {
    return this.#items.length - this.#first;
  }
  push(item: T): void {
    if (this.#isEnded) return;
    if (this.#reader) this.#answer((reader) => reader.resolve({ value: item, done: false }));
    else this.#items.push(item);
  }
  /** Ends the iteration after what is queued; with an error, the iterator throws it then. */
  end(error?: unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#error = error;
    if (this.#reader) this.#answer((reader) => reader.resolve(this.#ended()));
  }
  /** Ends the iteration at once. */
  cut(): void {
    this.end();
    this.#error = undefined;
    this.#forget();
  }

  // Written out, as an asynchronous generator takes three turns of the microtask queue and as many promises for each item.
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.size > 0) return Promise.resolve({ value: this.#take(), done: false });
    if (this.#isEnded) return this.#ended();
    this.#reader = Promise.withResolvers();
    return this.#reader.promise;
  }
  return(): Promise<IteratorResult<T, undefined>> {
    this.cut();
    return Promise.resolve({ value: undefined, done: true });
  }
  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(): T {
    const item = this.#items[this.#first++] as T;
    if (this.size === 0) this.#forget();
    return item;
  }
  #forget(): void {
    this.#items = [];
    this.#first = 0;
  }
  #answer(tell: (reader: PromiseWithResolvers<IteratorResult<T, undefined>>) => void): void {
    const reader = this.#reader as PromiseWithResolvers<IteratorResult<T, undefined>>;
    this.#reader = undefined;
    tell(reader);
  }
  /** The error is thrown once. */
  #ended(): Promise<IteratorResult<T, undefined>> {
    const error = this.#error;
    this.#error = undefined;
    return error === undefined ? Promise.resolve({ value: undefined, done: true }) : Promise.reject(error as Error);
  }
}

/** Resolves when the signal aborts (at once if it already has). */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Waits until `probe` returns something truthy, asking again every `intervalMs`; throws with `what` after `timeoutMs`. */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  options: { timeoutMs?: number; intervalMs?: number } = {},
): Promise<NonNullable<T>> {
  const { timeoutMs = 10_000, intervalMs = 20 } = options;
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await probe();
      if (value) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > deadline) throw new Error(`Timed out after ${timeoutMs} ms waiting for ${what}`, { cause: lastError });
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}

import { AsyncQueue } from '#lib';
import { type KubeList, type KubeObject, StatusError, type WatchEvent, type WatchOptions, type ListOptions } from '#api';
import type { Client } from '../contract.ts';

/** A Client for tests of what stands on one: the test says what lists and watches answer; everything else is written down. */
export class FakeClient implements Client {
  readonly lists: ListOptions[] = [];
  readonly watches: { options: WatchOptions; events: AsyncQueue<WatchEvent> }[] = [];
  readonly calls: { verb: string; name: string | undefined; body: unknown }[] = [];
  /** What the next lists answer: a list, or an error to throw. */
  readonly answers: (KubeList | Error)[] = [];
  /** Answers writes and gets; default: the body. */
  respond: (verb: string, name: string | undefined, body: unknown) => unknown = (verb, name, body) => (verb === 'patch' ? { metadata: { name } } : body);

  list<T extends KubeObject>(_type: unknown, options: ListOptions = {}): Promise<KubeList<T>> {
    this.lists.push(options);
    const answer = this.answers.shift();
    if (!answer) return Promise.reject(new StatusError('ServiceUnavailable', 'no answer was prepared'));
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as KubeList<T>);
  }
  watch<T extends KubeObject>(_type: unknown, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    const events = new AsyncQueue<WatchEvent>();
    options.signal.addEventListener('abort', () => events.end());
    this.watches.push({ options, events });
    return events as AsyncIterable<WatchEvent<T>>;
  }
  get<T extends KubeObject>(_type: unknown, ref: { name: string }): Promise<T> {
    return this.#call('get', ref.name, undefined);
  }
  create<T extends KubeObject>(_type: unknown, object: T): Promise<T> {
    return this.#call('create', object.metadata.name, object);
  }
  createSubresource<B extends KubeObject>(_type: unknown, ref: { name: string }, subresource: string, body: B): Promise<B> {
    return this.#call(subresource, ref.name, body);
  }
  update<T extends KubeObject>(_type: unknown, object: T): Promise<T> {
    return this.#call('update', object.metadata.name, object);
  }
  patch<T extends KubeObject>(_type: unknown, ref: { name: string }, patch: unknown): Promise<T> {
    return this.#call('patch', ref.name, patch);
  }
  async delete(_type: unknown, ref: { name: string }): Promise<void> {
    await this.#call('delete', ref.name, undefined);
  }
  async deleteCollection(): Promise<void> {
    await this.#call('deletecollection', undefined, undefined);
  }

  async #call<T>(verb: string, name: string | undefined, body: unknown): Promise<T> {
    this.calls.push({ verb, name, body });
    const answer = await this.respond(verb, name, body);
    if (answer instanceof Error) throw answer;
    return answer as T;
  }
}

/** Lets everything that is due run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

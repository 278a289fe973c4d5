import {
  type GetOptions,
  type JsonValue,
  type KubeList,
  type KubeObject,
  type ListOptions,
  type ObjectRef,
  PATCH_CONTENT_TYPES,
  type PatchOptions,
  type ResourceType,
  StatusError,
  apiVersionOf,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions,
} from '#api';
import type { DeleteOptions, Status } from '#api/types/meta-v1';
import { describeError } from '#lib';
import type { Client } from './contract.ts';
import { Http2Connection, type Http2ConnectionOptions, type HttpRequest, type HttpResponse } from './http2-connection.ts';
import { getQuery, listQuery, pathOf, writeQuery } from './resource-url.ts';

export interface RemoteClientOptions extends Http2ConnectionOptions {
  /** A bearer token, or what returns the current one (tokens are renewed on disk). */
  readonly token?: string | (() => string) | undefined;
  readonly userAgent?: string | undefined;
}

/** A Client with a connection of its own. */
export interface RemoteClient extends Client {
  /** Breaks off what is under way and closes the connection. */
  close(): void;
}

/** An API server over HTTPS. Reconnecting watches is the informer's affair; requests connect as needed. */
export function createRemoteClient(options: RemoteClientOptions): RemoteClient {
  return new HttpsClient(options);
}

const JSON_TYPE = 'application/json';

class HttpsClient implements RemoteClient {
  readonly #connection: Http2Connection;
  readonly #options: RemoteClientOptions;

  constructor(options: RemoteClientOptions) {
    this.#options = options;
    this.#connection = new Http2Connection(options);
  }

  get<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef, options: GetOptions = {}): Promise<T> {
    return this.#json<T>('GET', pathOf(type, ref) + getQuery(options));
  }
  async list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions = {}): Promise<KubeList<T>> {
    const list = await this.#json<KubeList<T>>('GET', pathOf(type, { namespace: options.namespace }) + listQuery(options));
    // The items of a typed list say neither kind nor version; objects of a Client always do.
    const apiVersion = apiVersionOf(type);
    list.items ??= [];
    for (const item of list.items) {
      item.apiVersion ??= apiVersion;
      item.kind ??= type.kind;
    }
    return list;
  }
  async *watch<T extends KubeObject>(type: ResourceType<T>, options: WatchOptions): AsyncGenerator<WatchEvent<T>, void, void> {
    const { signal } = options;
    const path = pathOf(type, { namespace: options.namespace }) + listQuery({ ...options, watch: true });
    let response: HttpResponse | undefined;
    try {
      response = await this.#send({ method: 'GET', path, headers: this.#headers(), signal });
      if (response.status !== 200) throw statusErrorOf(response.status, await textOf(response));
      for await (const line of linesOf(response)) yield watchEventOf<T>(line);
    } catch (error) {
      if (!signal.aborted) throw this.#unreachable(error);
    } finally {
      response?.stream.destroy();
    }
  }
  create<T extends KubeObject>(type: ResourceType<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const { namespace } = object.metadata;
    return this.#json<T>('POST', pathOf(type, { namespace }) + writeQuery(options), object);
  }
  createSubresource<B extends KubeObject>(type: ResourceType, ref: ObjectRef, subresource: string, body: B, options: WriteOptions = {}): Promise<B> {
    return this.#json<B>('POST', pathOf(type, { ...ref, subresource }) + writeQuery(options), body);
  }
  update<T extends KubeObject>(type: ResourceType<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const { namespace, name } = object.metadata;
    return this.#json<T>('PUT', pathOf(type, { namespace, name, subresource: options.subresource }) + writeQuery(options), object);
  }
  patch<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef, patch: JsonValue, options: PatchOptions): Promise<T> {
    const path = pathOf(type, { ...ref, subresource: options.subresource }) + writeQuery(options);
    return this.#json<T>('PATCH', path, patch, PATCH_CONTENT_TYPES[options.type]);
  }
  async delete(type: ResourceType, ref: ObjectRef, options?: DeleteOptions): Promise<void> {
    await this.#json('DELETE', pathOf(type, ref), options && deleteBody(options));
  }
  async deleteCollection(type: ResourceType, list: ListOptions, options?: DeleteOptions): Promise<void> {
    await this.#json('DELETE', pathOf(type, { namespace: list.namespace }) + listQuery(list), options && deleteBody(options));
  }
  close(): void {
    this.#connection.close();
  }

  async #json<R>(method: string, path: string, body?: unknown, contentType = JSON_TYPE): Promise<R> {
    const headers = body === undefined ? this.#headers() : { ...this.#headers(), 'content-type': contentType };
    try {
      const response = await this.#send({ method, path, headers, body: body === undefined ? undefined : JSON.stringify(body) });
      const text = await textOf(response);
      if (response.status < 200 || response.status > 299) throw statusErrorOf(response.status, text);
      return JSON.parse(text) as R;
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  #send(request: HttpRequest): Promise<HttpResponse> {
    return this.#connection.send(request);
  }
  #headers(): Record<string, string> {
    const { token, userAgent = 'k3ts' } = this.#options;
    const bearer = typeof token === 'function' ? token() : token;
    return { accept: JSON_TYPE, 'user-agent': userAgent, ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) };
  }
  #unreachable(error: unknown): StatusError {
    if (error instanceof StatusError) return error;
    const { server } = this.#options;
    return new StatusError('ServiceUnavailable', `Cannot reach the API server at ${server}: ${describeError(error)}`, { cause: error });
  }
}

function deleteBody(options: DeleteOptions): DeleteOptions {
  return { kind: 'DeleteOptions', apiVersion: 'v1', ...options };
}

async function textOf({ stream }: HttpResponse): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString();
}

const NEWLINE = 10;

/** The lines of a watch, each whole; an end in the middle of one is dropped, the next watch repeats it. */
async function* linesOf({ stream }: HttpResponse): AsyncGenerator<string, void, void> {
  let rest: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      const line = chunk.subarray(from, end);
      yield rest.length === 0 ? line.toString() : Buffer.concat([...rest, line]).toString();
      rest = [];
      from = end + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
}

function watchEventOf<T extends KubeObject>(line: string): WatchEvent<T> {
  const event = JSON.parse(line) as WatchEvent<T> | { type: 'ERROR'; object: Status };
  if (event.type === 'ERROR') throw StatusError.fromStatus(event.object);
  return event;
}

/** The failure that an answer stands for; not every one is a Status (proxies, panics). */
function statusErrorOf(code: number, text: string): StatusError {
  try {
    const status = JSON.parse(text) as Partial<Status>;
    if (status.kind === 'Status') return StatusError.fromStatus({ metadata: {}, ...status });
  } catch {
    // Not JSON: told below.
  }
  const reason =
    code === 401
      ? 'Unauthorized'
      : code === 403
        ? 'Forbidden'
        : code === 404
          ? 'NotFound'
          : code === 429
            ? 'TooManyRequests'
            : code === 503
              ? 'ServiceUnavailable'
              : 'Unknown';
  return new StatusError(reason, text.trim() || `the server answered ${code}`, { code });
}

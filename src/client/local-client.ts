import type {
  ApiRequest,
  GetOptions,
  JsonValue,
  KubeList,
  KubeObject,
  ListOptions,
  ObjectRef,
  PatchOptions,
  ResourceType,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import type { DeleteOptions } from '#api/types/meta-v1';
import type { Client, LocalServer } from './contract.ts';

/**
 * The API server of this process as a Client: every request runs from authorization on, without HTTP, TLS or JSON. `fieldManager` is who writes,
 * as the first word of a user agent says over HTTP (`kubelet`, `kube-controller-manager`); the server makes one of the user's name where it is absent.
 */
export function createLocalClient(server: LocalServer, user: UserInfo, fieldManager?: string): Client {
  return new LocalClient(server, user, fieldManager);
}

/** Only says in an ApiRequest what was asked; what comes back has the type that was asked for by the server's promise. */
class LocalClient implements Client {
  readonly #server: LocalServer;
  readonly #user: UserInfo;
  readonly #fieldManager: string | undefined;

  constructor(server: LocalServer, user: UserInfo, fieldManager: string | undefined) {
    this.#server = server;
    this.#user = user;
    this.#fieldManager = fieldManager;
  }

  #managed<T extends { fieldManager?: string | undefined }>(options: T): T {
    return options.fieldManager || !this.#fieldManager ? options : { ...options, fieldManager: this.#fieldManager };
  }

  get<T extends KubeObject>(resource: ResourceType<T>, ref: ObjectRef, options?: GetOptions): Promise<T> {
    return this.#object<T>({ verb: 'get', resource, user: this.#user, ref, options });
  }
  async list<T extends KubeObject>(resource: ResourceType<T>, options?: ListOptions): Promise<KubeList<T>> {
    return (await this.#server.request({ verb: 'list', resource, user: this.#user, options })) as KubeList<T>;
  }
  watch<T extends KubeObject>(resource: ResourceType<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
    return this.#server.watch({ resource, user: this.#user, options }) as AsyncIterable<WatchEvent<T>>;
  }
  create<T extends KubeObject>(resource: ResourceType<T>, body: T, options?: WriteOptions): Promise<T> {
    return this.#object<T>({ verb: 'create', resource, user: this.#user, namespace: body.metadata.namespace, body, options: this.#managed(options ?? {}) });
  }
  createSubresource<B extends KubeObject>(resource: ResourceType, ref: ObjectRef, subresource: string, body: B, options?: WriteOptions): Promise<B> {
    const { namespace, name } = ref;
    return this.#object<B>({ verb: 'create', resource, user: this.#user, namespace, name, body, options: this.#managed({ ...options, subresource }) });
  }
  update<T extends KubeObject>(resource: ResourceType<T>, body: T, options?: WriteOptions): Promise<T> {
    const { namespace, name = '' } = body.metadata;
    return this.#object<T>({ verb: 'update', resource, user: this.#user, ref: { namespace, name }, body, options: this.#managed(options ?? {}) });
  }
  patch<T extends KubeObject>(resource: ResourceType<T>, ref: ObjectRef, body: JsonValue, options: PatchOptions): Promise<T> {
    return this.#object<T>({ verb: 'patch', resource, user: this.#user, ref, body, options: this.#managed(options) });
  }
  async delete(resource: ResourceType, ref: ObjectRef, options?: DeleteOptions): Promise<void> {
    await this.#server.request({ verb: 'delete', resource, user: this.#user, ref, options });
  }
  async deleteCollection(resource: ResourceType, list: ListOptions, options?: DeleteOptions): Promise<void> {
    await this.#server.request({ verb: 'deletecollection', resource, user: this.#user, list, options });
  }

  async #object<T extends KubeObject>(request: ApiRequest): Promise<T> {
    return (await this.#server.request(request)) as T;
  }
}

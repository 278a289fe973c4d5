import type {
  ApiRequest,
  GetOptions,
  KubeList,
  KubeObject,
  JsonValue,
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

/**
 * The only way that controllers, scheduler, kubelet, network and addons know the API. LocalClient (same process) and RemoteClient (HTTPS)
 * implement it and pass `conformance.ts`. Failures are thrown StatusErrors with upstream's reason; what is returned is shared and must not be changed.
 */
export interface Client {
  get<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef, options?: GetOptions): Promise<T>;
  list<T extends KubeObject>(type: ResourceType<T>, options?: ListOptions): Promise<KubeList<T>>;
  /** Yields changes after `resourceVersion`; ends when the signal aborts or the server ends it; throws StatusError `Expired` when that version is gone. */
  watch<T extends KubeObject>(type: ResourceType<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  /** `object.metadata.namespace` says where; a subresource (`binding`, `eviction`, `token`) needs `createSubresource`. */
  create<T extends KubeObject>(type: ResourceType<T>, object: T, options?: WriteOptions): Promise<T>;
  /** Posts `body` to a subresource of `ref` and returns the answer. */
  createSubresource<B extends KubeObject>(type: ResourceType, ref: ObjectRef, subresource: string, body: B, options?: WriteOptions): Promise<B>;
  /** Replaces the object (or its `options.subresource`); refused as Conflict when metadata.resourceVersion is not the newest. */
  update<T extends KubeObject>(type: ResourceType<T>, object: T, options?: WriteOptions): Promise<T>;
  patch<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef, patch: JsonValue, options: PatchOptions): Promise<T>;
  /** Resolves when the deletion is accepted: with finalizers or grace the object is still there, being deleted. */
  delete(type: ResourceType, ref: ObjectRef, options?: DeleteOptions): Promise<void>;
  deleteCollection(type: ResourceType, list: ListOptions, options?: DeleteOptions): Promise<void>;
}

/** What LocalClient asks of the API server in the same process; the API server has it by shape. */
export interface LocalServer {
  /** Runs a request from authorization on; throws StatusError. */
  request(request: ApiRequest): Promise<KubeObject | KubeList>;
  watch(request: { resource: ResourceType; user: UserInfo; options: WatchOptions }): AsyncIterable<WatchEvent>;
}

import type { UserInfo } from '#api/types/authentication-v1';
import type { DeleteOptions } from '#api/types/meta-v1';
import type { JsonValue } from './json.ts';
import type { KubeObject, ObjectRef } from './object.ts';
import type { ResourceType } from './resource.ts';

/** Options of reads, writes and watches as the API's query parameters name them. */
export interface GetOptions {
  resourceVersion?: string | undefined;
}
export interface ListOptions {
  /** Absent: all namespaces. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  resourceVersion?: string | undefined;
  resourceVersionMatch?: 'Exact' | 'NotOlderThan' | undefined;
  limit?: number | undefined;
  continue?: string | undefined;
}
export interface WatchOptions extends ListOptions {
  allowWatchBookmarks?: boolean | undefined;
  sendInitialEvents?: boolean | undefined;
  timeoutSeconds?: number | undefined;
  signal: AbortSignal;
}
export interface WriteOptions {
  dryRun?: boolean | undefined;
  fieldManager?: string | undefined;
  fieldValidation?: 'Ignore' | 'Warn' | 'Strict' | undefined;
  /** `status`, `scale`, `resize`, …; absent: the object itself. */
  subresource?: string | undefined;
}
export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';
export const PATCH_CONTENT_TYPES: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};
export interface PatchOptions extends WriteOptions {
  type: PatchType;
  /** Takes over conflicting fields (apply only). */
  force?: boolean | undefined;
}

/** One request to the API in the same process: what LocalClient sends and the API server's chain takes from authorization on. */
export type ApiRequest = { readonly resource: ResourceType; readonly user: UserInfo } & (
  | { readonly verb: 'get'; readonly ref: ObjectRef; readonly subresource?: string | undefined; readonly options?: GetOptions | undefined }
  | { readonly verb: 'list'; readonly options?: ListOptions | undefined }
  /** `ref` without a name for a new object; with one (and a subresource) for `binding`, `eviction`, `token`. */
  | {
      readonly verb: 'create';
      readonly namespace?: string | undefined;
      readonly name?: string | undefined;
      readonly body: KubeObject;
      readonly options?: WriteOptions | undefined;
    }
  | { readonly verb: 'update'; readonly ref: ObjectRef; readonly body: KubeObject; readonly options?: WriteOptions | undefined }
  | { readonly verb: 'patch'; readonly ref: ObjectRef; readonly body: JsonValue; readonly options: PatchOptions }
  | { readonly verb: 'delete'; readonly ref: ObjectRef; readonly options?: DeleteOptions | undefined }
  | { readonly verb: 'deletecollection'; readonly list?: ListOptions | undefined; readonly options?: DeleteOptions | undefined }
);

/**
 * What the parts of the API server promise each other. The chain runs, for every request and in this order:
 * authenticate → authorize → decode → admit (mutating) → registry (defaults, prepare, validate) → admit (validating) → commit → watch cache → answer.
 * A LocalServer request enters at `authorize`.
 */
import type { KubeObject, ObjectRef, ResourceDefinition, ResourceType } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';

/** What authenticators look at. */
export interface Credentials {
  /** The client certificate, when the TLS layer has verified it against the client CA. */
  readonly certificate?:
    | {
        readonly commonName: string;
        readonly organizations: readonly string[];
        /** Of the DER form, in lower-case hex; becomes the user's credential id. */
        readonly sha256?: string | undefined;
        /** When it ends to be valid. */
        readonly notAfterMs?: number | undefined;
      }
    | undefined;
  /** The common name of a proxy's certificate, when the TLS layer has verified it against the request-header CA. */
  readonly proxyName?: string | undefined;
  /** Without the word Bearer. */
  readonly bearerToken?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Tells the client something about what it authenticates with. */
  readonly warn?: ((text: string) => unknown) | undefined;
}
export interface Authenticator {
  readonly name: string;
  /** undefined: not mine, ask the next; throws StatusError Unauthorized: mine, and wrong. */
  authenticate(credentials: Credentials): Promise<UserInfo | undefined>;
}

/** One question to the authorizers, in the words of k8s.io/apiserver authorizer.Attributes. */
export interface Attributes {
  readonly user: UserInfo;
  /** Lower case; for resources the API verb (`list`, `deletecollection`), for paths the HTTP method. */
  readonly verb: string;
  readonly isResourceRequest: boolean;
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** For non-resource requests. */
  readonly path: string;
  /** Of lists and watches, as given; '' when there is none, absent when the caller does not say. */
  readonly fieldSelector?: string | undefined;
}
export type Decision = { readonly decision: 'allow' | 'deny' | 'no-opinion'; readonly reason: string };
export interface Authorizer {
  readonly name: string;
  authorize(attributes: Attributes): Decision | Promise<Decision>;
  /** Rules for SelfSubjectRulesReview. */
  rulesFor?(
    user: UserInfo,
    namespace: string,
  ): {
    resourceRules: { verbs: string[]; apiGroups: string[]; resources: string[]; resourceNames?: string[] }[];
    nonResourceRules: { verbs: string[]; nonResourceURLs: string[] }[];
    /** What went wrong on the way: roles that are missing, an authorizer that cannot say. */
    evaluationError?: string | undefined;
    /** The rules do not say everything the user may do. */
    isIncomplete?: boolean | undefined;
  };
}

export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly resource: ResourceDefinition;
  readonly subresource: string;
  readonly namespace: string;
  /** '' while generateName has not been resolved. */
  readonly name: string;
  readonly user: UserInfo;
  readonly isDryRun: boolean;
  /** The new object; absent for DELETE. Mutating plugins change it in place. For subresources with their own kind it is that body. */
  readonly object?: KubeObject | undefined;
  /** Absent for CREATE. Shared: not to be changed. */
  readonly oldObject?: KubeObject | undefined;
  /** Adds a Warning header to the answer. */
  warn(text: string): void;
  /** Runs `finish` once it is known whether the validated write was stored; a dry run is not. Absent where nothing is stored. */
  afterwards?(finish: (isStored: boolean) => void): void;
}
/** Plugins are named as upstream names them and run in upstream's order. They refuse by throwing StatusError. */
export interface AdmissionPlugin {
  readonly name: string;
  admit?(request: AdmissionRequest): void | Promise<void>;
  validate?(request: AdmissionRequest): void | Promise<void>;
}

/** Reads what the watch caches hold, at once and without copying. */
export interface ObjectReader {
  get<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef): T | undefined;
  list<T extends KubeObject>(type: ResourceType<T>, namespace?: string): Iterable<T>;
  /** Calls back after every change of the kind, and for each object that a later first load finds; returns what ends that. */
  onChange<T extends KubeObject>(type: ResourceType<T>, changed: (object: T, old: T | undefined, isDeleted: boolean) => void): () => void;
  /** Resolves when the kind's cache has shown at least this revision (read your own write). */
  settled(type: ResourceType): Promise<void>;
}

/** An answer of a handler that serves documents rather than objects: discovery, OpenAPI, /version, /metrics, health. */
export interface DocumentResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
}
/** Serves documents by path; undefined: not mine. `headers` are the request's, lower case. */
export interface DocumentHandler {
  handle(
    path: string,
    query: URLSearchParams,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): DocumentResponse | Promise<DocumentResponse> | undefined;
}

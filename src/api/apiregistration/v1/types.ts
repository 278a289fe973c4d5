import type { TypeMeta, ObjectMeta, ListMeta } from '#api/types/meta-v1';

/** The Service that an aggregated API is reached through. */
export interface ServiceReference {
  namespace?: string | undefined;
  name?: string | undefined;
  /** Default 443. */
  port?: number | undefined;
}
export interface APIServiceSpec {
  /** Absent: the group version is served by this API server itself. */
  service?: ServiceReference | undefined;
  group?: string | undefined;
  version?: string | undefined;
  insecureSkipTLSVerify?: boolean | undefined;
  /** Base64 of a PEM bundle. */
  caBundle?: string | undefined;
  groupPriorityMinimum: number;
  versionPriority: number;
}
export interface APIServiceCondition {
  /** `Available`. */
  type: string;
  status: string;
  lastTransitionTime?: string | undefined;
  reason?: string | undefined;
  message?: string | undefined;
}
export interface APIServiceStatus {
  conditions?: APIServiceCondition[] | undefined;
}
/** A group version and who serves it, as k8s.io/kube-aggregator has it (no part of k8s.io/api, hence not generated). */
export interface APIService extends TypeMeta {
  metadata: ObjectMeta;
  spec: APIServiceSpec;
  status?: APIServiceStatus | undefined;
}
export interface APIServiceList extends TypeMeta {
  metadata: ListMeta;
  items: APIService[];
}

import type { Authorization } from '../../authz/index.ts';
import type { AdmissionRequest, ObjectReader } from '../../contract.ts';

/** What checks may look at beside the request. */
export interface CheckContext {
  readonly reader: ObjectReader;
  readonly authorization: Authorization;
}
/** Why the node may not do this. */
export type Check = (request: AdmissionRequest, node: string, context: CheckContext) => string | undefined | Promise<string | undefined>;

/** As Go prints texts with %q. */
export function quote(text: string): string {
  return JSON.stringify(text);
}
/** The name of the URL, or of the body. */
export function nameOf({ name, object }: AdmissionRequest): string {
  return name || (object?.metadata.name ?? '');
}

import type { RequestInfo } from '../filters/request-info.ts';
import type { HttpAnswer, HttpRequest } from '../listener/http-message.ts';
import type { Call } from '../registry/call.ts';

/** Subresources whose answer comes from elsewhere: a kubelet, a Pod, a Service. */
export interface Tunnels {
  find(call: Call): Tunnel | undefined;
}
export type Tunnel = (call: Call, info: RequestInfo, request: HttpRequest, query: URLSearchParams) => Promise<HttpAnswer>;

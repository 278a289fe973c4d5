/**
 * The supervisor's own paths on port 6443, beside the API (k3s: pkg/server). What it does not know is left to the API server.
 * Unauthenticated: `/ping` and `/cacerts`, with which whoever has a token checks the cluster's authority before trusting it.
 */
export interface SupervisorRequest {
  readonly method: string;
  readonly path: string;
}
export interface SupervisorResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export function supervisorHandler(options: { serverCaPem: string }): (request: SupervisorRequest) => Promise<SupervisorResponse> | undefined {
  const text = (body: string): Promise<SupervisorResponse> => Promise.resolve({ status: 200, headers: { 'content-type': 'text/plain' }, body });
  return ({ path }) => {
    if (path === '/ping') return text('pong');
    if (path === '/cacerts') return text(options.serverCaPem);
    return undefined;
  };
}

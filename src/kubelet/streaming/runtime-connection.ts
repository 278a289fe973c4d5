import { request } from 'node:http';
import type { Duplex } from 'node:stream';

/** A connection that the runtime's streaming server has switched to SPDY. */
export interface RuntimeConnection {
  readonly socket: Duplex;
  /** Bytes that arrived with the answer. */
  readonly head: Buffer;
  /** What the runtime chose of the offered stream protocols. */
  readonly protocol: string;
}

/** Connects to a URL that CRI Exec, Attach or PortForward returned. Rejects with what the runtime says when it refuses. */
export function connectToRuntime(url: string, protocols: readonly string[]): Promise<RuntimeConnection> {
  return new Promise((resolve, reject) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'SPDY/3.1', 'X-Stream-Protocol-Version': [...protocols], 'Content-Length': '0' };
    const outgoing = request(url, { method: 'POST', headers });
    outgoing.once('upgrade', (response, socket, head) => {
      socket.setNoDelay(true);
      resolve({ socket, head, protocol: String(response.headers['x-stream-protocol-version'] ?? '') });
    });
    outgoing.once('response', (response) => {
      const body: Buffer[] = [];
      response.on('data', (chunk: Buffer) => body.push(chunk));
      response.on('end', () => reject(new Error(Buffer.concat(body).toString().trim() || `the container runtime answered ${response.statusCode}`)));
    });
    outgoing.once('error', (error) => reject(new Error(`Cannot reach the container runtime's streaming server: ${error.message}`, { cause: error })));
    outgoing.end();
  });
}

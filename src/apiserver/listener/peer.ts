import type { TLSSocket } from 'node:tls';

/** Who is at the other end of a connection, by its certificate. */
export interface Peer {
  readonly certificate: { readonly commonName: string; readonly organizations: readonly string[] } | undefined;
  readonly certificateProblem: string | undefined;
  readonly remoteAddress: string;
}

const known = new WeakMap<TLSSocket, Peer>();

/** Reads the certificate once per connection. */
export function peerOf(socket: TLSSocket): Peer {
  let peer = known.get(socket);
  if (!peer) {
    peer = readPeer(socket);
    known.set(socket, peer);
  }
  return peer;
}

function readPeer(socket: TLSSocket): Peer {
  const remoteAddress = socket.remoteAddress ?? '';
  const subject = socket.getPeerCertificate()?.subject;
  if (!subject) return { certificate: undefined, certificateProblem: undefined, remoteAddress };
  if (!socket.authorized) {
    const reason = socket.authorizationError;
    return { certificate: undefined, certificateProblem: reason instanceof Error ? reason.message : String(reason), remoteAddress };
  }
  return { certificate: { commonName: first(subject.CN), organizations: list(subject.O) }, certificateProblem: undefined, remoteAddress };
}

// Node's types know one value per attribute; a certificate may have several.
function list(value: string | string[] | undefined): string[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}
function first(value: string | string[] | undefined): string {
  return list(value)[0] ?? '';
}

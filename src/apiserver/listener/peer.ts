import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** The subject of a certificate that was verified. */
export interface PeerCertificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** Of the DER form, in lower-case hex. */
  readonly sha256: string;
  /** When it ends to be valid. */
  readonly notAfterMs: number;
}
/** Who is at the other end of a connection, by its certificate. */
export interface Peer {
  /** Issued under the client authority: says who the client is. */
  readonly certificate: PeerCertificate | undefined;
  /** Issued under the request-header authority: the client may say in headers for whom it speaks. */
  readonly proxyCertificate: PeerCertificate | undefined;
  readonly certificateProblem: string | undefined;
  readonly remoteAddress: string;
}

/** The authorities that sign clients, and those that sign proxies. Both verify connections; which of them did says what a certificate means. */
export interface PeerTrust {
  readonly clients: readonly X509Certificate[];
  readonly proxies: readonly X509Certificate[];
}

const MAX_CHAIN = 10;
const trusts = new WeakMap<TLSSocket, PeerTrust>();
const known = new WeakMap<TLSSocket, Peer>();

/** The trust in two bundles of PEM certificates. */
export function peerTrust({ clientCaPem, requestHeaderCaPem = '' }: { clientCaPem: string; requestHeaderCaPem?: string | undefined }): PeerTrust {
  return { clients: certificatesOf(clientCaPem), proxies: certificatesOf(requestHeaderCaPem) };
}
function certificatesOf(pem: string): X509Certificate[] {
  return (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((text) => new X509Certificate(text));
}

/** Says by which authorities the connection's certificate was verified; before anyone asks for its peer. */
export function trustPeer(socket: TLSSocket, trust: PeerTrust): void {
  trusts.set(socket, trust);
}

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
  const nobody = { certificate: undefined, proxyCertificate: undefined, certificateProblem: undefined, remoteAddress };
  // Without a certificate, or once the connection is gone, there is little or nothing here.
  const sent = socket.getPeerCertificate();
  if (!sent?.subject) return nobody;
  const { subject, fingerprint256, valid_to: validTo } = sent;
  if (!socket.authorized) {
    const reason = socket.authorizationError;
    return { ...nobody, certificateProblem: reason instanceof Error ? reason.message : String(reason) };
  }
  const sha256 = fingerprint256.replaceAll(':', '').toLowerCase();
  const certificate = { commonName: first(subject.CN), organizations: list(subject.O), sha256, notAfterMs: Date.parse(validTo) };
  const { isClient, isProxy } = meaningOf(socket);
  if (!isClient && !isProxy) return { ...nobody, certificateProblem: 'certificate is signed by an authority that was not sent and is not known' };
  return { ...nobody, certificate: isClient ? certificate : undefined, proxyCertificate: isProxy ? certificate : undefined };
}

/** Under which authorities the connection's certificate was issued. With one kind of authority alone the TLS layer has told already. */
function meaningOf(socket: TLSSocket): { isClient: boolean; isProxy: boolean } {
  const { clients, proxies } = trusts.get(socket) ?? { clients: [], proxies: [] };
  if (proxies.length === 0) return { isClient: true, isProxy: false };
  const chain = chainOf(socket);
  const isUnder = (authorities: readonly X509Certificate[]): boolean => chain.some((issued) => authorities.some((authority) => isIssuedBy(issued, authority)));
  return { isClient: isUnder(clients), isProxy: isUnder(proxies) };
}

/** The certificate and those above it that came with it. What came beside them, and signed nothing here, must not count. */
function chainOf(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let at = socket.getPeerX509Certificate();
  while (at && chain.length < MAX_CHAIN) {
    chain.push(at);
    const above: X509Certificate | undefined = at.issuerCertificate;
    at = above?.ca && isIssuedBy(at, above) ? above : undefined;
  }
  return chain;
}
function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

// Node's types know one value per attribute; a certificate may have several.
function list(value: string | string[] | undefined): string[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}
function first(value: string | string[] | undefined): string {
  return list(value)[0] ?? '';
}

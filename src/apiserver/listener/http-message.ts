import type { Duplex } from 'node:stream';
import type { PeerCertificate } from './peer.ts';
import type { PiecedBody } from './pieced-body.ts';

/** Headers as Node gives them: lower case names. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** One request, whichever HTTP version brought it. */
export interface HttpRequest {
  readonly method: string;
  /** As sent, still percent-encoded, without the query. */
  readonly path: string;
  /** Without the question mark. */
  readonly search: string;
  readonly headers: Headers;
  /** As `headers`, but with the values of repeated ones by themselves, whatever commas they hold: for what says who somebody is. Made only for those who ask. */
  readonly distinctHeaders?: Headers;
  readonly remoteAddress: string;
  /** The verified client certificate's subject. */
  readonly certificate: PeerCertificate | undefined;
  /** The same of a proxy that may say in headers for whom it speaks. */
  readonly proxyCertificate: PeerCertificate | undefined;
  /** Why a certificate that was presented does not count. */
  readonly certificateProblem: string | undefined;
  /** Whether the client asks to leave HTTP (`Connection: Upgrade`). */
  readonly isUpgrade: boolean;
  /** The whole body; throws StatusError RequestEntityTooLarge beyond `limit` bytes. */
  body(limit: number): Promise<Buffer>;
  /** Aborts when the client is gone or the server stops; made only for those who ask. */
  readonly signal: AbortSignal;
}

/** Where a streamed answer goes. */
export interface AnswerSink {
  /** Bytes accepted but not yet taken by the connection: how slow the reader is. */
  readonly bufferedBytes: number;
  /** Stands for the connection, which several answers may share. */
  readonly connection: object;
  write(chunk: Buffer): void;
  end(): void;
  /** Breaks the answer off and forgets what was not yet taken, so that the client cannot mistake it for complete. */
  abort(): void;
  /** Runs once, when what was buffered has been taken. */
  onDrain(run: () => void): void;
  /** Called once, when the answer cannot be continued or is finished. */
  onClose(run: () => void): void;
}

/** What a handler answers. At most one of `body`, `stream`, `tunnel`. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body?: Buffer | string | PiecedBody | undefined;
  /** Writes for as long as it likes. */
  readonly stream?: ((sink: AnswerSink) => void) | undefined;
  /** Takes over the connection of an upgrade; what it reads and writes is no longer HTTP of ours. */
  readonly tunnel?: ((socket: Duplex, head: Buffer) => void) | undefined;
}

export type HttpHandler = (request: HttpRequest) => Promise<HttpAnswer>;

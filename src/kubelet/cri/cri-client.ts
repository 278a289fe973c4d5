import { decodeMessage, encodeMessage } from './codec.ts';
import { type CallOptions, createGrpcChannel, GRPC_CODE, type GrpcChannel, GrpcError } from './grpc-channel.ts';
import type { CriMethods } from './messages.ts';
import { CRI_METHODS } from './schema.ts';

export type CriMethod = keyof CriMethods;

/** The container runtime as CRI shows it. Failures are thrown GrpcErrors with the runtime's text. */
export interface CriClient {
  /** Calls a method; deadlines default to upstream's two minutes, `timeoutMs: 0` is none. */
  call<M extends CriMethod>(method: M, request: CriMethods[M]['request'], options?: CallOptions): Promise<CriMethods[M]['response']>;
  /** The connection below, for containerd's own services on the same socket. */
  readonly channel: GrpcChannel;
  close(): void;
}

// Upstream's --runtime-request-timeout.
const DEFAULT_TIMEOUT_MS = 120_000;

/** A client for the CRI services behind the unix socket `socketPath`; connects when first called, and again when the runtime restarted. */
export function createCriClient(socketPath: string): CriClient {
  const channel = createGrpcChannel(socketPath);
  return {
    channel,
    async call(method, request, options) {
      const { path, request: requestMessage, response } = CRI_METHODS[method];
      const timeoutMs = options?.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      const bytes = await channel.unary(path, encodeMessage(requestMessage, request), { ...options, timeoutMs });
      return decodeMessage(response, bytes) as unknown as CriMethods[typeof method]['response'];
    },
    close: () => channel.close(),
  };
}

/** Whether the runtime says that what was named does not exist. */
export function isRuntimeNotFound(error: unknown): boolean {
  return error instanceof GrpcError && (error.code === GRPC_CODE.notFound || /not found|does not exist/.test(error.description));
}

/** Whether the call failed because the runtime does not answer now, which says nothing about what was asked. */
export function isRuntimeGone(error: unknown): boolean {
  return error instanceof GrpcError && (error.code === GRPC_CODE.unavailable || error.code === GRPC_CODE.cancelled);
}

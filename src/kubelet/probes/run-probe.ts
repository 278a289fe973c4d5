import type { HTTPGetAction, Probe } from '#api/types/core-v1';
import type { CriClient } from '../cri/cri-client.ts';
import { createGrpcChannel, GRPC_CODE, GrpcError } from '../cri/grpc-channel.ts';
import { Reader, Writer } from '../cri/codec.ts';
import { dial } from '../pod-worker/hooks.ts';
import type { AnyContainer } from '../pod-worker/labels.ts';
import { httpGet, resolvePort } from './http-request.ts';

export interface ProbeResult {
  readonly isGood: boolean;
  /** What the event says after `… probe failed: `. */
  readonly output: string;
}
export interface ProbeRequest {
  readonly probe: Probe;
  readonly container: AnyContainer;
  readonly containerId: string;
  readonly podIp: string;
}

/** Runs a probe once; throws when it could not be made at all. Texts are those of upstream's pkg/probe. */
export async function runProbe(cri: CriClient, request: ProbeRequest): Promise<ProbeResult> {
  const { probe, container, podIp } = request;
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  if (probe.exec) return await probeExec(cri, request, probe.exec.command ?? [], timeoutMs);
  if (probe.httpGet) return await probeHttp(probe.httpGet, container, podIp, timeoutMs);
  if (probe.tcpSocket) return await probeTcp(probe.tcpSocket.host || podIp, resolvePort(probe.tcpSocket.port, container.ports), timeoutMs);
  if (probe.grpc) return await probeGrpc(podIp, probe.grpc.port, probe.grpc.service ?? '', timeoutMs);
  throw new Error(`missing probe handler for ${container.name}`);
}

const MAX_OUTPUT = 10 * 1024;

async function probeExec(cri: CriClient, request: ProbeRequest, command: readonly string[], timeoutMs: number): Promise<ProbeResult> {
  try {
    const timeout = Math.ceil(timeoutMs / 1000);
    const result = await cri.call('ExecSync', { containerId: request.containerId, cmd: [...command], timeout }, { timeoutMs: timeoutMs + 2000 });
    const output = Buffer.concat([result.stdout, result.stderr]).subarray(0, MAX_OUTPUT).toString();
    return { isGood: result.exitCode === 0, output };
  } catch (error) {
    const isTimeout = error instanceof GrpcError && (error.code === GRPC_CODE.deadlineExceeded || error.description.includes('timeout'));
    if (isTimeout) return { isGood: false, output: `command timed out: ${JSON.stringify(command.join(' '))} timed out after ${timeoutMs / 1000}s` };
    throw error;
  }
}

async function probeHttp(action: HTTPGetAction, container: AnyContainer, podIp: string, timeoutMs: number): Promise<ProbeResult> {
  const port = resolvePort(action.port, container.ports);
  const host = action.host || podIp;
  const path = action.path ?? '/';
  const url = `${(action.scheme ?? 'HTTP').toLowerCase()}://${host.includes(':') ? `[${host}]` : host}:${port}${path.startsWith('/') ? path : `/${path}`}`;
  try {
    const { status, body } = await httpGet(action, host, port, { timeoutMs, userAgent: 'kube-probe/1.36' });
    return status >= 200 && status < 400 ? { isGood: true, output: body } : { isGood: false, output: `HTTP probe failed with statuscode: ${status}` };
  } catch (error) {
    return { isGood: false, output: `Get ${JSON.stringify(url)}: ${networkText(error, host, port)}` };
  }
}

function networkText(error: unknown, host: string, port: number): string {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (name === 'TimeoutError' || name === 'AbortError') return 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
  if (code === 'ECONNREFUSED') return `dial tcp ${host}:${port}: connect: connection refused`;
  if (code === 'EHOSTUNREACH') return `dial tcp ${host}:${port}: connect: no route to host`;
  if (code === 'ECONNRESET') return 'EOF';
  return message;
}

async function probeTcp(host: string, port: number, timeoutMs: number): Promise<ProbeResult> {
  try {
    await dial(host, port, timeoutMs);
    return { isGood: true, output: '' };
  } catch (error) {
    return { isGood: false, output: (error as Error).message };
  }
}

const SERVING = 1;

/** grpc.health.v1.Health/Check. */
async function probeGrpc(host: string, port: number, service: string, timeoutMs: number): Promise<ProbeResult> {
  const channel = createGrpcChannel(`${host.includes(':') ? `[${host}]` : host}:${port}`);
  const request = new Writer();
  if (service !== '') {
    request.tag(1, 2);
    request.bytes(Buffer.from(service));
  }
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await channel.unary('/grpc.health.v1.Health/Check', request.finish(), { timeoutMs, signal: limit });
    const reader = new Reader(answer);
    let status = 0;
    while (!reader.isAtEnd()) {
      const tag = reader.varint();
      if (tag === 8) status = reader.varint();
      else reader.skip(tag & 7);
    }
    if (status === SERVING) return { isGood: true, output: 'service healthy' };
    return {
      isGood: false,
      output: `service unhealthy (responded with ${JSON.stringify(['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'][status] ?? String(status))})`,
    };
  } catch (error) {
    if (!(error instanceof GrpcError)) throw error;
    const address = JSON.stringify(`${host}:${port}`);
    if (error.code === GRPC_CODE.unimplemented)
      return { isGood: false, output: `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${error.description}` };
    if (error.code === GRPC_CODE.deadlineExceeded || error.code === GRPC_CODE.cancelled)
      return { isGood: false, output: `timeout: health rpc did not complete within ${timeoutMs / 1000}s` };
    if (error.code === GRPC_CODE.unavailable)
      return { isGood: false, output: `timeout: failed to connect service ${address} within ${timeoutMs / 1000}s: context deadline exceeded` };
    return { isGood: false, output: `error: health rpc probe failed: ${error.message}` };
  } finally {
    channel.close();
  }
}

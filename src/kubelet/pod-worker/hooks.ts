import { connect } from 'node:net';
import type { LifecycleHandler } from '#api/types/core-v1';
import type { Clock } from '#lib';
import type { CriClient } from '../cri/cri-client.ts';
import { httpGet, resolvePort } from '../probes/http-request.ts';
import type { AnyContainer } from './labels.ts';

export interface HookRequest {
  readonly handler: LifecycleHandler;
  readonly container: AnyContainer;
  readonly containerId: string;
  readonly podIp: string;
  /** 0: as long as it takes. */
  readonly timeoutMs: number;
}

const UNLIMITED_MS = 2 ** 31 - 1;

/** Runs a postStart or preStop handler; throws an Error with upstream's text when it fails. */
export async function runHook(cri: CriClient, clock: Clock, request: HookRequest): Promise<void> {
  const { handler, container, containerId } = request;
  const timeoutMs = request.timeoutMs || UNLIMITED_MS;
  if (handler.exec) {
    const timeout = Math.ceil((request.timeoutMs || 0) / 1000);
    const result = await cri.call('ExecSync', { containerId, cmd: handler.exec.command ?? [], timeout }, { timeoutMs: timeout ? timeoutMs + 5000 : 0 });
    if (result.exitCode === 0) return;
    const output = Buffer.concat([result.stdout, result.stderr]).toString();
    throw new Error(
      `Exec lifecycle hook ([${(handler.exec.command ?? []).join(' ')}]) for Container "${container.name}" failed - error: command '${(handler.exec.command ?? []).join(' ')}' exited with ${result.exitCode}: ${output}, message: ${JSON.stringify(output)}`,
    );
  }
  if (handler.sleep) {
    await clock.sleep(Math.min(handler.sleep.seconds * 1000, timeoutMs));
    return;
  }
  if (handler.httpGet) {
    const port = resolvePort(handler.httpGet.port, container.ports);
    const result = await httpGet(handler.httpGet, handler.httpGet.host || request.podIp, port, { timeoutMs, userAgent: 'kube-lifecycle/1.36' });
    if (result.status >= 400)
      throw new Error(
        `HTTP lifecycle hook (${handler.httpGet.path ?? '/'}) for Container "${container.name}" failed - error: unexpected status code ${result.status}`,
      );
    return;
  }
  if (handler.tcpSocket) await dial(handler.tcpSocket.host || request.podIp, resolvePort(handler.tcpSocket.port, container.ports), timeoutMs);
}

/** Opens a TCP connection and closes it again; throws when that fails. */
export async function dial(host: string, port: number, timeoutMs: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('timeout', () => {
      socket.destroy();
      reject(new Error(`dial tcp ${host}:${port}: i/o timeout`));
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.destroy();
      reject(new Error(`dial tcp ${host}:${port}: ${error.code === 'ECONNREFUSED' ? 'connect: connection refused' : error.message}`));
    });
  });
}

/** News of ended containers from containerd's event service, so that nothing has to poll for them. */
import { type Clock, describeError, type Log, type Timer } from '#lib';
import { Reader, Writer } from './cri/codec.ts';
import type { GrpcChannel } from './cri/grpc-channel.ts';
import { CRI_NAMESPACE } from './images/image-import.ts';

export interface RuntimeEventsOptions {
  readonly channel: GrpcChannel;
  readonly clock: Clock;
  readonly log: Log;
  /** A container's or sandbox's own process ended. */
  ended(id: string): void;
  /** The stream stands (again): what happened before it did must be looked for. */
  connected(): void;
  /** The stream broke: until `connected` nothing is heard. */
  lost(): void;
}

const MIN_RETRY_MS = 100;
const MAX_RETRY_MS = 2000;
// The server does not tell when it has subscribed us; what happens from then on is heard.
const SUBSCRIBED_AFTER_MS = 50;

/** Subscribes until the signal aborts, again and again. */
export async function followRuntimeEvents(options: RuntimeEventsOptions, signal: AbortSignal): Promise<void> {
  const { channel, clock, log } = options;
  const request = new Writer();
  for (const topic of ['/tasks/exit', '/tasks/oom']) {
    request.tag(1, 2);
    request.bytes(Buffer.from(`topic=="${topic}",namespace=="${CRI_NAMESPACE}"`));
  }
  for (let retryMs = MIN_RETRY_MS; !signal.aborted; retryMs = Math.min(MAX_RETRY_MS, retryMs * 2)) {
    const startedMs = clock.monotonic();
    let settled: Timer | undefined;
    try {
      const stream = channel.serverStream('/containerd.services.events.v1.Events/Subscribe', request.finish(), { signal });
      settled = clock.setTimer(SUBSCRIBED_AFTER_MS, () => options.connected());
      for await (const message of stream) {
        const id = endedTask(message);
        if (id !== undefined) options.ended(id);
      }
    } catch (error) {
      if (signal.aborted) return;
      log.debug('Lost containerd events', { err: describeError(error) });
    }
    settled?.cancel();
    options.lost();
    if (clock.monotonic() - startedMs > MAX_RETRY_MS) retryMs = MIN_RETRY_MS;
    await clock.sleep(retryMs, signal).catch(() => undefined);
  }
}

/** The container of a TaskExit whose main process ended; undefined for other events (a process of an exec, say). */
export function endedTask(envelope: Buffer): string | undefined {
  const reader = new Reader(envelope);
  let topic = '';
  let body: Buffer | undefined;
  while (!reader.isAtEnd()) {
    const tag = reader.varint();
    if (tag === 26) topic = reader.bytes().toString();
    else if (tag === 34) body = reader.bytes();
    else reader.skip(tag & 7);
  }
  if (topic !== '/tasks/exit' || !body) return undefined;
  const any = new Reader(body);
  while (!any.isAtEnd()) {
    const tag = any.varint();
    if (tag !== 18) any.skip(tag & 7);
    else return mainProcess(any.bytes());
  }
  return undefined;
}

function mainProcess(taskExit: Buffer): string | undefined {
  const reader = new Reader(taskExit);
  let containerId = '';
  let processId = '';
  while (!reader.isAtEnd()) {
    const tag = reader.varint();
    if (tag === 10) containerId = reader.bytes().toString();
    else if (tag === 18) processId = reader.bytes().toString();
    else reader.skip(tag & 7);
  }
  return containerId === processId ? containerId : undefined;
}

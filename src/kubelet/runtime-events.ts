/** News of containers that ended or ran out of memory from containerd's event service, so that nothing has to poll for them. */
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
  /** The kernel killed a process of the container for want of memory; may be told before and after its end. */
  outOfMemory(id: string): void;
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
        const event = taskEvent(message);
        if (event) options[event.type](event.id);
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

/** What an event says of a container: its main process ended, or it ran out of memory; undefined for others (a process of an exec ended, say). */
export function taskEvent(envelope: Buffer): { readonly type: 'ended' | 'outOfMemory'; readonly id: string } | undefined {
  const reader = new Reader(envelope);
  let topic = '';
  let body: Buffer | undefined;
  while (!reader.isAtEnd()) {
    const tag = reader.varint();
    if (tag === 26) topic = reader.bytes().toString();
    else if (tag === 34) body = reader.bytes();
    else reader.skip(tag & 7);
  }
  const { containerId, processId } = taskOf(body);
  if (topic === '/tasks/oom' && containerId) return { type: 'outOfMemory', id: containerId };
  return topic === '/tasks/exit' && containerId && containerId === processId ? { type: 'ended', id: containerId } : undefined;
}

/** Container and process of a TaskExit or TaskOOM (which names no process) in its Any. */
function taskOf(any: Buffer | undefined): { containerId: string; processId: string } {
  const task = { containerId: '', processId: '' };
  if (!any) return task;
  const outer = new Reader(any);
  while (!outer.isAtEnd()) {
    const tag = outer.varint();
    if (tag === 18) Object.assign(task, taskFields(outer.bytes()));
    else outer.skip(tag & 7);
  }
  return task;
}
function taskFields(bytes: Buffer): { containerId?: string; processId?: string } {
  const reader = new Reader(bytes);
  const fields: { containerId?: string; processId?: string } = {};
  while (!reader.isAtEnd()) {
    const tag = reader.varint();
    if (tag === 10) fields.containerId = reader.bytes().toString();
    else if (tag === 18) fields.processId = reader.bytes().toString();
    else reader.skip(tag & 7);
  }
  return fields;
}

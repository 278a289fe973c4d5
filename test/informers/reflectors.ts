/** Informers as client-go has them, over HTTP/1.1: they keep a SeenLog up to date until the signal aborts, whatever the server does. */
import type { IncomingMessage } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { WatchFrameDecoder } from '#api';
import type { KillableServer } from './killable-server.ts';
import { type CountedLease, type SeenLog, type SeenObject, seenObject, type SeenType } from './seen-log.ts';
import { LEASES, receive, send } from './wire.ts';

const RETRY_MS = 20;
const PROTOBUF = 'application/vnd.kubernetes.protobuf';

class Expired extends Error {}

interface WatchEvent {
  readonly type: string;
  readonly object: CountedLease & { readonly code?: number; readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } };
}

/** As client-go 0.20: a list in pages, a watch from its resourceVersion, a watch again from the last event; a new list when that has expired. */
export async function listThenWatch(server: KillableServer, log: SeenLog, signal: AbortSignal): Promise<void> {
  let isListed = false;
  await untilAborted(signal, async () => {
    try {
      if (!isListed) await listInPages(server, log, signal);
      isListed = true;
      await watchFrom(server, log, signal);
    } catch (error) {
      if (error instanceof Expired) isListed = false;
      throw error;
    }
  });
}

async function listInPages(server: KillableServer, log: SeenLog, signal: AbortSignal): Promise<void> {
  const objects: SeenObject[] = [];
  let token = '';
  do {
    const response = await send(server, { path: `${LEASES}?limit=500${token && `&continue=${encodeURIComponent(token)}`}`, signal });
    const list = JSON.parse((await receive(response)).toString()) as { items: CountedLease[]; metadata: { resourceVersion: string; continue?: string } };
    if (response.statusCode !== 200) throw new Expired(`list: ${response.statusCode}`);
    objects.push(...list.items.map(seenObject));
    token = list.metadata.continue ?? '';
    if (!token) log.replace(Number(list.metadata.resourceVersion), objects);
  } while (token);
}

async function watchFrom(server: KillableServer, log: SeenLog, signal: AbortSignal): Promise<void> {
  const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=${log.resourceVersion}`;
  const response = await send(server, { path: `${LEASES}?${query}`, signal });
  if (response.statusCode === 410) throw new Expired();
  if (response.statusCode !== 200) throw new Error(`watch: ${response.statusCode}`);
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = (rest + (chunk as string)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) apply(log, JSON.parse(line) as WatchEvent);
  }
}

function apply(log: SeenLog, { type, object }: WatchEvent): void {
  if (type === 'ERROR') throw object.code === 410 ? new Expired() : new Error(JSON.stringify(object));
  if (type === 'BOOKMARK') log.bookmark(Number(object.metadata?.resourceVersion));
  else log.event(type as SeenType, seenObject(object));
}

/** As client-go 0.36: one watch that begins with the state (sendInitialEvents), in protobuf; the bookmark behind the state makes it known at once. */
export async function watchList(server: KillableServer, log: SeenLog, signal: AbortSignal): Promise<void> {
  let isListed = false;
  await untilAborted(signal, async () => {
    const initial = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=';
    const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=300&${isListed ? `resourceVersion=${log.resourceVersion}` : initial}`;
    const accept = `${PROTOBUF},application/json`;
    const response = await send(server, { path: `${LEASES}?${query}`, accept, signal });
    if (response.statusCode === 410) isListed = false;
    if (response.statusCode !== 200) throw new Error(`watch: ${response.statusCode}`);
    const state: SeenObject[] = [];
    for await (const event of framesOf(response)) {
      if (event.type === 'ERROR') isListed = false;
      if (isListed || event.type === 'ERROR') {
        apply(log, event);
      } else if (event.type === 'BOOKMARK' && event.object.metadata?.annotations?.['k8s.io/initial-events-end'] === 'true') {
        log.replace(Number(event.object.metadata.resourceVersion), state);
        isListed = true;
      } else if (event.type === 'ADDED') {
        state.push(seenObject(event.object));
      }
    }
  });
}

async function* framesOf(response: IncomingMessage): AsyncGenerator<WatchEvent> {
  const decoder = new WatchFrameDecoder();
  for await (const chunk of response) {
    for (const { type, object } of decoder.push(chunk as Buffer)) yield { type, object: object as WatchEvent['object'] };
  }
}

async function untilAborted(signal: AbortSignal, follow: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    try {
      await follow();
    } catch {
      // Away, cut off or expired: again.
    }
    if (!signal.aborted) await setTimeout(RETRY_MS);
  }
}

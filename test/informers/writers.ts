import { setTimeout } from 'node:timers/promises';
import type { KillableServer } from './killable-server.ts';
import { type CountedLease } from './seen-log.ts';
import { LEASES, receive, send } from './wire.ts';

const WRITERS = 4;
const OBJECTS_EACH = 160;
/** Every so many writes an object goes and comes back. */
const DELETE_EVERY = 7;

/** Writes until the signal aborts, in the face of a server that comes and goes; returns how many writes were acknowledged. */
export async function writeConstantly(server: KillableServer, signal: AbortSignal): Promise<number> {
  const counts = await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(server, writer, signal)));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function write(server: KillableServer, writer: number, signal: AbortSignal): Promise<number> {
  let acknowledged = 0;
  for (let turn = 0; !signal.aborted; turn++) {
    try {
      acknowledged += await writeOnce(server, `c-${writer}-${turn % OBJECTS_EACH}`, turn);
    } catch {
      // The server is away: whether the write came through is seen when the object is read again.
      await setTimeout(10);
    }
  }
  return acknowledged;
}

async function writeOnce(server: KillableServer, name: string, turn: number): Promise<number> {
  const path = `${LEASES}/${name}`;
  const read = await send(server, { path });
  const object = JSON.parse((await receive(read)).toString()) as CountedLease;
  if (read.statusCode === 404) return await isDone(server, { method: 'POST', path: LEASES, body: { metadata: { name }, spec: { leaseTransitions: 1 } } });
  if (read.statusCode !== 200) throw new Error(`Cannot read ${name}: ${read.statusCode}`);
  if (turn % DELETE_EVERY === 0) return await isDone(server, { method: 'DELETE', path });
  const spec = { leaseTransitions: Number(object.spec?.leaseTransitions) + 1 };
  return await isDone(server, { method: 'PUT', path, body: { ...object, spec } });
}

async function isDone(server: KillableServer, request: Parameters<typeof send>[1]): Promise<number> {
  const response = await send(server, request);
  const text = (await receive(response)).toString();
  if ((response.statusCode ?? 500) >= 300) throw new Error(text);
  return 1;
}

import { readFileSync } from 'node:fs';
import { cpuUsage } from 'node:process';
import { seededRandom } from '#lib';
import { KillableServer } from '../informers/killable-server.ts';
import { attacks, NAMESPACE } from './attacks/index.ts';
import { Find, Target } from './target.ts';

export interface FuzzOptions {
  /** How much CPU time server and attacker spend together. */
  readonly cpuSeconds: number;
  /** Of the first attack; each has the next. */
  readonly seed: number;
  /** Told now and then. */
  readonly progress?: (line: string) => void;
}
export interface FuzzResult {
  readonly attacks: number;
  /** What the server must not do, once for each place where it failed: the attack, its seed, and what happened. */
  readonly finds: readonly string[];
  /** Heap in use when half of the time is spent, when all that is made at first use has been made, and at the end, in bytes. */
  readonly heap: { readonly early: number; readonly late: number };
}

const CLOCK_TICKS = 100;
const MAX_FINDS = 20;

/** Attacks a server of its own until it has spent its CPU time or enough is found. */
export async function fuzz({ cpuSeconds, seed, progress = () => undefined }: FuzzOptions): Promise<FuzzResult> {
  await using server = await KillableServer.start();
  const target = new Target(server);
  const body = Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }));
  await target.send({ method: 'POST', path: '/api/v1/namespaces', headers: { 'content-type': 'application/json' }, body });
  const begun = cpuUsage();
  const spent = (): number => cpuSecondsOf(server.pid) + cpuSecondsSince(begun);
  const finds: string[] = [];
  const places = new Set<string>();
  let early = 0;
  let count = 0;
  for (; spent() < cpuSeconds && finds.length < MAX_FINDS; count++) {
    const attack = attacks[count % attacks.length];
    try {
      await attack?.run(target, seededRandom(seed + count));
    } catch (error) {
      if (!(error instanceof Find)) throw error;
      const failure = lastFailure(server);
      const place = /\\n +at [^\\]*/.exec(failure)?.[0] ?? error.message;
      if (places.has(place)) continue;
      places.add(place);
      finds.push(`${attack?.name} with seed ${seed + count}: ${error.message}\n${failure}`);
      progress(finds.at(-1) ?? '');
    }
    if (!server.isRunning) {
      finds.push(`${attack?.name} with seed ${seed + count}: the server ended`);
      break;
    }
    if (early === 0 && spent() > cpuSeconds / 2) early = await heapOf(target);
    if (count % 1000 === 999) progress(`${count + 1} attacks, ${spent().toFixed(0)} CPU seconds, ${finds.length} finds`);
  }
  const late = server.isRunning ? await heapOf(target) : 0;
  target.close();
  return { attacks: count, finds, heap: { early, late } };
}

/** The stack that the server has logged last. */
function lastFailure({ lastLog }: KillableServer): string {
  return lastLog.slice(lastLog.lastIndexOf('Request failed')).slice(0, 900);
}

/** The least of several looks: garbage comes and goes. */
async function heapOf(target: Target): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 20; i++) {
    // Discovery and lists of everything make enough garbage for a collection now and then.
    await target.send({ method: 'GET', path: '/openapi/v2' });
    least = Math.min(least, await target.metric('nodejs_heap_size_used_bytes'));
  }
  return least;
}

function cpuSecondsSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = cpuUsage(begun);
  return (user + system) / 1e6;
}
/** User and system time of a process so far. */
function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
}

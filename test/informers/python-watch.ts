import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type SeenLog, type SeenObject, type SeenType } from './seen-log.ts';
import { NAMESPACE } from './wire.ts';

const PROGRAM = join(import.meta.dirname, 'python-watch.py');

/** The watch of Debian's python3-kubernetes, in a process of its own. */
export async function watchWithPython(kubeconfig: string, log: SeenLog, signal: AbortSignal): Promise<void> {
  const child = spawn('/usr/bin/python3', [PROGRAM, kubeconfig, NAMESPACE], { stdio: ['ignore', 'pipe', 'inherit'] });
  signal.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
  for await (const line of createInterface({ input: child.stdout })) {
    const [type = '', first = '', ...rest] = line.split(' ');
    if (type === 'LIST') log.replace(Number(first), rest.map(parse));
    else log.event(type as SeenType, parse(first));
  }
}

function parse(text: string): SeenObject {
  const [name = '', uid = '', resourceVersion, count] = text.split('/');
  return { name, uid, resourceVersion: Number(resourceVersion), count: Number(count) };
}

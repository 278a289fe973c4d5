import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '#lib';
import { chooseLog } from '../logs/container-log.ts';
import { type LogOptions, logOptionsOf } from '../logs/log-options.ts';
import { readLog } from '../logs/read-log.ts';
import { HttpError } from './answers.ts';
import type { ContainerTarget, KubeletBackend } from './contract.ts';
import type { ContainerPath } from './routes.ts';

export interface LogRequest {
  readonly path: ContainerPath;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Answers `/containerLogs/…`. Throws an HttpError with upstream's text when there is no log to show. */
export async function serveLogs({ path, query, request, response }: LogRequest, backend: KubeletBackend, clock: Clock): Promise<void> {
  const options = logOptionsOf(query, clock.now());
  if ('invalid' in options)
    throw new HttpError(options.invalid, options.invalid === 400 ? '{"message": "Unable to decode query."}' : '{"message": "Invalid request."}');
  const target = findTarget(backend, path);
  const choice = chooseLog(target, options.previous);
  if ('refusal' in choice) throw new HttpError(400, choice.refusal);
  response.writeHead(200, { 'Content-Type': 'text/plain' });
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  request.socket.setNoDelay(true);
  if (choice.path === undefined) return void response.end(`unable to retrieve container logs for containerd://${choice.containerId}`);
  const follow = options.follow && choice.isNewest && target.state?.running !== undefined;
  const onEnd = (ended: () => void) => backend.onContainerEnd(choice.containerId, ended);
  await copyLog({ ...options, follow }, { path: choice.path, containerId: choice.containerId, onEnd, response, signal: gone.signal });
}

interface LogCopy {
  readonly path: string;
  readonly containerId: string;
  readonly onEnd: (ended: () => void) => () => void;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
}

async function copyLog(options: LogOptions, { path, containerId, onEnd, response, signal }: LogCopy): Promise<void> {
  // A follower of a silent container has to see that it is connected.
  response.flushHeaders();
  try {
    for await (const bytes of readLog({ ...options, path, signal, onEnd })) {
      if (!response.write(bytes)) await new Promise<void>((resolve) => void response.once('drain', resolve).once('close', resolve));
    }
    response.end();
  } catch (error) {
    if (signal.aborted) return;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') response.end(`unable to retrieve container logs for containerd://${containerId}`);
    else response.end(`failed to read the log of containerd://${containerId}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function findTarget(backend: KubeletBackend, path: ContainerPath): ContainerTarget {
  const found = backend.findContainer(path.namespace, path.pod, path.container, path.uid);
  if (found.found === 'nothing') throw new HttpError(404, `pod ${JSON.stringify(path.pod)} does not exist\n`);
  if (found.found === 'pod') throw new HttpError(404, `container ${JSON.stringify(path.container)} not found in pod ${JSON.stringify(path.pod)}\n`);
  return found.target;
}

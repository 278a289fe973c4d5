import type { Readable } from 'node:stream';
import { newBadRequest, StatusError } from '#api';
import type { Clock } from '#lib';

/** A body that takes longer to come is not waited for: upstream gives a whole request no more. */
const ARRIVAL_MS = 60_000;

/** Collects a stream; beyond `limit` bytes the rest is thrown away and the request refused as upstream refuses it; after a minute, too. */
export function readBody(stream: Readable, declaredLength: string | undefined, limit: number, clock: Clock): Promise<Buffer> {
  if (declaredLength !== undefined && Number(declaredLength) > limit) {
    stream.resume();
    return Promise.reject(tooLarge(limit));
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let isOver = false;
    const timer = clock.setTimer(ARRIVAL_MS, () => reject(tooSlow()));
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) {
        if (!isOver) reject(tooLarge(limit));
        isOver = true;
        chunks.length = 0;
        return;
      }
      chunks.push(chunk);
    });
    stream.on('end', () => {
      isOver = true;
      timer.cancel();
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
    stream.on('error', (cause) => reject(cutShort(cause)));
    stream.on('close', () => {
      timer.cancel();
      // Every request is closed in the end: an error, with its stack, is made only for those that are cut short.
      if (!isOver) reject(cutShort());
    });
  });
}

/** The client went away before its request was complete: nobody's fault here, and nobody hears the answer. */
function cutShort(cause?: Error): StatusError {
  return newBadRequest('unexpected EOF', { cause });
}

function tooLarge(limit: number): StatusError {
  return new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${limit}`);
}

function tooSlow(): StatusError {
  return new StatusError('Timeout', 'Timeout: request did not complete within requested timeout - context deadline exceeded', { details: {} });
}

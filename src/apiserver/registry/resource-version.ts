import { newBadRequest, StatusError } from '#api';

/** 0 for absent and "0"; throws what upstream's storage says of a text that is no number, which it takes for a failure of its own. */
export function parseResourceVersion(text: string | undefined): number {
  const problem = problemOf(text);
  if (problem) throw new StatusError('Unknown', problem);
  return Number(text || 0);
}
/** The same for a list, where the client is to blame. */
export function parseListVersion(text: string | undefined): number {
  const problem = problemOf(text);
  if (problem) throw newBadRequest(`invalid resource version: ${problem}`);
  return Number(text || 0);
}

const MAX_UINT64 = 18446744073709551615n;
function problemOf(text: string | undefined): string | undefined {
  if (!text) return undefined;
  const isNumber = /^\d+$/.test(text);
  if (isNumber && (text.length < 20 || BigInt(text) <= MAX_UINT64)) return undefined;
  const quoted = JSON.stringify(text);
  return `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: ${isNumber ? 'value out of range' : 'invalid syntax'}`;
}

/** What is asked for is newer than anything this server knows. */
export function tooLargeResourceVersion(revision: number, current: number): StatusError {
  return new StatusError('Timeout', `Timeout: Too large resource version: ${revision}, current: ${current}`, {
    details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
  });
}

/** The changes after this resourceVersion are no longer known. */
export function tooOldResourceVersion(revision: number, oldest: number): StatusError {
  return new StatusError('Expired', `too old resource version: ${revision} (${oldest})`);
}

import { newBadRequest, StatusError } from '#api';

/** 0 for absent and "0"; throws BadRequest for what is no number. */
export function parseResourceVersion(text: string | undefined): number {
  if (!text || text === '0') return 0;
  if (!/^\d+$/.test(text)) throw newBadRequest(`Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

/** What is asked for is newer than anything this server knows. */
export function tooLargeResourceVersion(revision: number, current: number): StatusError {
  return new StatusError('Timeout', `Too large resource version: ${revision}, current: ${current}`, {
    details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
  });
}

/** The changes after this resourceVersion are no longer known. */
export function tooOldResourceVersion(revision: number, oldest: number): StatusError {
  return new StatusError('Expired', `too old resource version: ${revision} (${oldest})`);
}

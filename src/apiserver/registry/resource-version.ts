import { newBadRequest, StatusError } from '#api';

/** 0 for absent and "0"; throws BadRequest for what is no number. */
export function parseResourceVersion(text: string | undefined): number {
  const revision = numberOf(text);
  if (revision === undefined) throw newBadRequest(syntaxError(text));
  return revision;
}
/** The same for a watch, where upstream says it otherwise. */
export function parseWatchVersion(text: string | undefined): number {
  const revision = numberOf(text);
  if (revision === undefined) throw new StatusError('Unknown', `resourceVersion: ${syntaxError(text)}`);
  return revision;
}
function numberOf(text: string | undefined): number | undefined {
  if (!text || text === '0') return 0;
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
function syntaxError(text: string | undefined): string {
  return `Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`;
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

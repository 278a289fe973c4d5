import { newInternalError, StatusError } from '#api';
import { DatastoreError } from '#datastore';

/** Translates what the datastore reports into what clients are told; other errors pass. */
export function statusOfDatastoreFailure(error: unknown): unknown {
  if (!(error instanceof DatastoreError)) return error;
  const options = { cause: error };
  switch (error.code) {
    case 'compacted':
      return new StatusError('Expired', 'The resourceVersion for the provided list is too old.', options);
    case 'too-large':
      return new StatusError('RequestEntityTooLarge', `Request entity too large: ${error.message}`, options);
    case 'unavailable':
      return new StatusError('ServerTimeout', `The datastore did not answer in time: ${error.message}`, { ...options, details: { retryAfterSeconds: 1 } });
    case 'full':
      // Without a Retry-After: clients would wait for room that a person has to make (upstream's etcd quota answers 500, too).
      return new StatusError('InternalError', `The datastore has no room left: ${error.message}`, options);
    case 'closed':
      return new StatusError('ServiceUnavailable', 'The server is shutting down', { ...options, details: { retryAfterSeconds: 1 } });
    default:
      return newInternalError(error);
  }
}

/** The closed list of failures a datastore can report; lost races are values, not errors. */
export type DatastoreErrorCode =
  /** The revision asked for is below the compacted one. */
  | 'compacted'
  /** The revision asked for is above the current one. */
  | 'future'
  /** No space left: nothing was written; writes work again when there is room. */
  | 'full'
  /** The datastore cannot be reached or answered too late; the write may or may not have happened. */
  | 'unavailable'
  /** The stored bytes are damaged. */
  | 'corrupt'
  /** The datastore was closed. */
  | 'closed'
  /** The value is larger than the datastore takes. */
  | 'too-large';

export class DatastoreError extends Error {
  override readonly name = 'DatastoreError';
  readonly code: DatastoreErrorCode;
  constructor(code: DatastoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

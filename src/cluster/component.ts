/**
 * A part of the program with a life of its own.
 *
 *   new --start()--> running --stop()--> stopped        start() failing leaves it stopped: nothing half started stays behind.
 *
 * The interface has no behaviour: floor 3 parts match it by shape, without importing it.
 */
export interface Component {
  readonly name: string;
  /** Resolves when it does its work. Throws an Error that names cause and cure. */
  start(): Promise<void>;
  /** Graceful; resolves when everything is released. Safe to call at any time, more than once. */
  stop(): Promise<void>;
  /** What is wrong now, in words; undefined while healthy. */
  health?(): string | undefined;
}

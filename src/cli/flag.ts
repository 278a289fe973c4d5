/** Flags as data: parsing, help, environment variables and configuration-file keys all come from one table of these. */

export interface Flag<T = unknown> {
  readonly kind: 'string' | 'integer' | 'boolean' | 'list';
  readonly usage: string;
  readonly short?: string | undefined;
  /** Environment variables, the first one set counts. */
  readonly env?: readonly string[] | undefined;
  /** Heading in the help text. */
  readonly category?: string | undefined;
  /** Accepted, not shown. */
  readonly isHidden?: boolean | undefined;
  readonly fallback: T;
  /** Shown as the default where `fallback` says nothing. */
  readonly fallbackText?: string | undefined;
}
export type Flags = Readonly<Record<string, Flag>>;
/** The values of a table of flags, typed by it. */
export type Values<F extends Flags> = { [K in keyof F]: F[K] extends Flag<infer T> ? T : never };

type Options = Pick<Flag, 'short' | 'env' | 'category' | 'isHidden' | 'fallbackText'>;

export function text(usage: string, options?: Options): Flag<string | undefined>;
export function text(usage: string, options: Options & { fallback: string }): Flag<string>;
export function text(usage: string, options: Options & { fallback?: string } = {}): Flag<string | undefined> {
  return { kind: 'string', usage, fallback: undefined, ...options };
}
export function integer(usage: string, options: Options & { fallback: number }): Flag<number>;
export function integer(usage: string, options?: Options): Flag<number | undefined>;
export function integer(usage: string, options: Options & { fallback?: number } = {}): Flag<number | undefined> {
  return { kind: 'integer', usage, fallback: undefined, ...options };
}
export function toggle(usage: string, options: Options = {}): Flag<boolean> {
  return { kind: 'boolean', usage, fallback: false, ...options };
}
/** May be given several times; values may be separated by commas. */
export function list(usage: string, options: Options = {}): Flag<readonly string[]> {
  return { kind: 'list', usage, fallback: [], ...options };
}

/** A mistake in what the user typed or wrote in a file: printed without a stack, exit code 1. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

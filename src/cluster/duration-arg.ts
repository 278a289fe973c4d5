import { parseDuration } from '#api';
import { componentArg } from './config.ts';

/** A component argument that must be a duration as Go writes it, in milliseconds; throws an Error that names it. */
export function durationArg(args: readonly string[], name: string): number | undefined {
  const text = componentArg(args, name);
  if (text === undefined) return undefined;
  try {
    return parseDuration(text);
  } catch (cause) {
    throw new Error(`Cannot use component argument ${name}=${text}: a duration such as 5m0s is wanted`, { cause });
  }
}

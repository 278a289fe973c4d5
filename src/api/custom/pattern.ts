/** Regular expressions of clients, in RE2's syntax: time is linear in the text. */
import { RE2JS } from 're2js';

const MAX_KEPT = 1_000;
const kept = new Map<string, RE2JS | Error>();

/** The compiled expression, or what Go says is wrong with it. */
export function compilePattern(pattern: string): RE2JS | Error {
  let compiled = kept.get(pattern);
  if (compiled === undefined) {
    compiled = compile(pattern);
    // A bounded memory for unbounded clients: the oldest goes.
    if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value as string);
    kept.set(pattern, compiled);
  }
  return compiled;
}
function compile(pattern: string): RE2JS | Error {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

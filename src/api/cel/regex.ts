import type { RE2JS } from 're2js';
import { compilePattern } from '../custom/pattern.ts';
import { fail } from './errors.ts';

/** A regular expression in RE2's syntax, which matches in time linear in the text; an Error with Go's words when it is none. */
export const compileRegex: (pattern: string) => RE2JS | Error = compilePattern;

/** The compiled pattern; fails as Go's `regexp.Compile` does, with a prefix. */
export function regexOrFail(pattern: string, prefix = ''): RE2JS {
  const compiled = compileRegex(pattern);
  return compiled instanceof Error ? fail(prefix + compiled.message) : compiled;
}

/** Whether the pattern matches anywhere in the text. */
export function matches(text: string, pattern: string): boolean {
  return regexOrFail(pattern).test(text);
}

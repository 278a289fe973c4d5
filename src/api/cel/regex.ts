import { RE2JS } from 're2js';
import { fail } from './errors.ts';

/** How many patterns are kept compiled: expressions made of data could name any number. */
const MOST_COMPILED = 256;
const compiled = new Map<string, RE2JS>();

/** A regular expression in RE2's syntax, which matches in time linear to the text. Undefined when it is none. */
export function compileRegex(pattern: string): RE2JS | undefined {
  const known = compiled.get(pattern);
  if (known) return known;
  let made: RE2JS;
  try {
    made = RE2JS.compile(pattern);
  } catch {
    return undefined;
  }
  if (compiled.size >= MOST_COMPILED) compiled.delete(compiled.keys().next().value as string);
  compiled.set(pattern, made);
  return made;
}

/** Whether the pattern matches anywhere in the text. */
export function matches(text: string, pattern: string): boolean {
  return (compileRegex(pattern) ?? fail(`error parsing regexp: ${faultOf(pattern)}`)).matcher(text).find();
}

/** What Go's regexp says about a pattern that it cannot read. */
export function faultOf(pattern: string): string {
  try {
    RE2JS.compile(pattern);
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error);
  }
  return '';
}

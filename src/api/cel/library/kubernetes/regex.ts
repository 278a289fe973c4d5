import type { CelLibrary } from '../../environment.ts';
import { celFunction, member } from '../../functions.ts';
import { regexOrFail } from '../../regex.ts';
import { intType, listOf, stringType } from '../../types.ts';
import { ArrayList } from '../../values.ts';

/** The pieces of a text that a pattern matches, one after the other; below zero means all of them. */
function findAll(text: string, pattern: string, count: number): string[] {
  const matcher = regexOrFail(pattern, 'Illegal regex: ').matcher(text);
  const found: string[] = [];
  while ((count < 0 || found.length < count) && matcher.find()) found.push(matcher.group() ?? '');
  return found;
}

/** `find` and `findAll`, as k8s.io/apiserver/pkg/cel/library/regex.go. */
export const REGEX: CelLibrary = {
  name: 'kubernetes.regex',
  functions: [
    celFunction(
      'find',
      member('string_find_string', [stringType, stringType], stringType, (text, pattern) => findAll(text as string, pattern as string, 1)[0] ?? ''),
    ),
    celFunction(
      'findAll',
      member(
        'string_find_all_string',
        [stringType, stringType],
        listOf(stringType),
        (text, pattern) => new ArrayList(findAll(text as string, pattern as string, -1)),
      ),
      member(
        'string_find_all_string_int',
        [stringType, stringType, intType],
        listOf(stringType),
        (text, pattern, count) => new ArrayList(findAll(text as string, pattern as string, Number(count))),
      ),
    ),
  ],
};

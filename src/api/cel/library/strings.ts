import type { CelLibrary } from '../environment.ts';
import { fail } from '../errors.ts';
import { type CelFunction, type CelOverload, celFunction, member, overload } from '../functions.ts';
import { dynType, intType, listOf, stringType } from '../types.ts';
import { textOf } from '../value-text.ts';
import { ArrayList, type CelList, type CelValue, characterCount } from '../values.ts';
import { formatString } from './string-format.ts';

/** A text by characters (code points), which is what indices count. */
type Characters = readonly string[];

function outOfRange(index: number): never {
  return fail(`index out of range: ${index}`);
}

function charAt(text: string, index: number): string {
  const characters = Array.from(text);
  return index < 0 || index > characters.length ? outOfRange(index) : (characters[index] ?? '');
}

/** The number of characters before a place in a text. */
function charactersBefore(text: string, unit: number): number {
  return unit < 0 ? -1 : characterCount(text.slice(0, unit));
}

function unitOf(characters: Characters, index: number): number {
  let unit = 0;
  for (let i = 0; i < index; i++) unit += (characters[i] as string).length;
  return unit;
}

function indexOf(text: string, part: string, from: number): number {
  if (part === '') return from;
  const characters = Array.from(text);
  if (from < 0 || from >= characters.length) return outOfRange(from);
  return charactersBefore(text, text.indexOf(part, unitOf(characters, from)));
}

function lastIndexOf(text: string, part: string, from?: number): number {
  const characters = Array.from(text);
  if (part === '') return from ?? characters.length;
  const last = from ?? characters.length - 1;
  if (last < 0 || last >= characters.length) return outOfRange(last);
  return charactersBefore(text, text.lastIndexOf(part, unitOf(characters, last)));
}

function substring(text: string, start: number, end?: number): string {
  const characters = Array.from(text);
  if (end !== undefined && start > end) fail(`invalid substring range. start: ${start}, end: ${end}`);
  if (start < 0 || start > characters.length) outOfRange(start);
  if (end !== undefined && (end < 0 || end > characters.length)) outOfRange(end);
  return characters.slice(start, end).join('');
}

/** Go's `strings.Replace`: below zero means all, and an empty text is found around every character. */
function replace(text: string, old: string, by: string, count: number): string {
  if (old === by || count === 0) return text;
  const parts = old === '' ? ['', ...Array.from(text), ''] : text.split(old);
  const limit = count < 0 ? parts.length : count;
  let made = parts[0] as string;
  for (let i = 1; i < parts.length; i++) made += (i <= limit ? by : old) + (parts[i] as string);
  return made;
}

/** Go's `strings.SplitN`: below zero means all. */
function split(text: string, separator: string, count: number): CelList {
  if (count === 0) return new ArrayList([]);
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  if (count < 0 || parts.length <= count) return new ArrayList(parts);
  return new ArrayList([...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)]);
}

function join(list: CelList, separator: string): string {
  return [...list].map((value) => (typeof value === 'string' ? value : fail(`join: invalid input: ${textOf(value)}`))).join(separator);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

function quote(text: string): string {
  return `"${Array.from(text.toWellFormed(), (found) => ESCAPES[found] ?? found).join('')}"`;
}

/** White space as Unicode has it, which JavaScript's `trim` takes for more (U+FEFF) and less (U+0085). */
function trim(text: string): string {
  return text.replace(/^[\p{White_Space}]+|[\p{White_Space}]+$/gu, '');
}

function onText(id: string, call: (text: string) => string): CelOverload {
  return member(id, [stringType], stringType, (text) => call(text as string));
}

function n(value: CelValue | undefined): number {
  return Number(value);
}

const s = stringType;
const BASE: readonly CelFunction[] = [
  celFunction(
    'charAt',
    member('string_char_at_int', [s, intType], s, (text, index) => charAt(text as string, n(index))),
  ),
  celFunction(
    'indexOf',
    member('string_index_of_string', [s, s], intType, (text, part) => (text === '' && part !== '' ? -1 : indexOf(text as string, part as string, 0))),
    member('string_index_of_string_int', [s, s, intType], intType, (text, part, from) => indexOf(text as string, part as string, n(from))),
  ),
  celFunction(
    'lastIndexOf',
    member('string_last_index_of_string', [s, s], intType, (text, part) => (text === '' && part !== '' ? -1 : lastIndexOf(text as string, part as string))),
    member('string_last_index_of_string_int', [s, s, intType], intType, (text, part, from) => lastIndexOf(text as string, part as string, n(from))),
  ),
  celFunction(
    'lowerAscii',
    onText('string_lower_ascii', (text) => text.replace(/[A-Z]+/g, (found) => found.toLowerCase())),
  ),
  celFunction(
    'upperAscii',
    onText('string_upper_ascii', (text) => text.replace(/[a-z]+/g, (found) => found.toUpperCase())),
  ),
  celFunction(
    'replace',
    member('string_replace_string_string', [s, s, s], s, (text, old, by) => replace(text as string, old as string, by as string, -1)),
    member('string_replace_string_string_int', [s, s, s, intType], s, (text, old, by, count) => replace(text as string, old as string, by as string, n(count))),
  ),
  celFunction(
    'split',
    member('string_split_string', [s, s], listOf(s), (text, separator) => split(text as string, separator as string, -1)),
    member('string_split_string_int', [s, s, intType], listOf(s), (text, separator, count) => split(text as string, separator as string, n(count))),
  ),
  celFunction(
    'substring',
    member('string_substring_int', [s, intType], s, (text, start) => substring(text as string, n(start))),
    member('string_substring_int_int', [s, intType, intType], s, (text, start, end) => substring(text as string, n(start), n(end))),
  ),
  celFunction('trim', onText('string_trim', trim)),
  celFunction(
    'format',
    member('string_format', [s, listOf(dynType)], s, (text, args) => formatString(text as string, args as CelList)),
  ),
  celFunction(
    'strings.quote',
    overload('strings_quote', [s], s, (text) => quote(text as string)),
  ),
  celFunction(
    'join',
    member('list_join', [listOf(s)], s, (list) => join(list as CelList, '')),
    member('list_join_string', [listOf(s), s], s, (list, separator) => join(list as CelList, separator as string)),
  ),
];

/** cel-go's string functions in version 2, Kubernetes' version. */
export const STRINGS: CelLibrary = { name: 'cel.lib.ext.strings', functions: BASE };
/** What version 3 adds. Not among Kubernetes' libraries. */
export const STRINGS_3: CelLibrary = {
  name: 'cel.lib.ext.strings.3',
  functions: [
    celFunction(
      'reverse',
      onText('string_reverse', (text) => Array.from(text).reverse().join('')),
    ),
  ],
};

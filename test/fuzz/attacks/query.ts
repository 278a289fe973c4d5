import type { Random } from '#lib';
import { chance, integer, pick, text } from '../noise.ts';

const QUERY_KEYS = [
  'limit',
  'continue',
  'resourceVersion',
  'resourceVersionMatch',
  'fieldSelector',
  'labelSelector',
  'watch',
  'timeoutSeconds',
  'sendInitialEvents',
  'allowWatchBookmarks',
  'dryRun',
  'fieldValidation',
  'fieldManager',
  'pretty',
  'includeObject',
  'propagationPolicy',
  'gracePeriodSeconds',
  'orphanDependents',
  'timeout',
  'force',
];
const QUERY_VALUES = [
  '0',
  '1',
  'true',
  'false',
  'All',
  'Strict',
  'Exact',
  'NotOlderThan',
  'metadata.name=fuzz-a',
  'a in (b,c),!d',
  'a=b,c!=d',
  'x',
  '-5',
  '999999999999',
  'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhIn0',
  'Metadata',
  'Background',
  '1ms',
  '5s',
];
/** The text, where a URL can hold it. */
export function safe(value: string): string {
  return value.isWellFormed() ? value : '';
}
/** Some of the API's query parameters with right and wrong values. */
export function queryOf(random: Random): string {
  const one = (): string =>
    `${pick(random, QUERY_KEYS)}=${chance(random, 0.8) ? encodeURIComponent(pick(random, QUERY_VALUES)) : encodeURIComponent(safe(text(random)))}`;
  return Array.from({ length: 1 + integer(random, 4) }, one).join('&');
}

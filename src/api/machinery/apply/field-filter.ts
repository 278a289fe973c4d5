import { type FieldSet, isMember, LEAF, recursiveDifference } from './field-set.ts';

/** Which fields writes through one endpoint can own; others are reset by its strategy (upstream's GetResetFields and GetResetFieldsFilter). */
export interface FieldFilter {
  apply(set: FieldSet): FieldSet;
  /** Whether nothing below the object's member of that name passes, so that it need not be looked at. */
  skips(name: string): boolean;
}

/** Everything but what is at and below these paths, each `spec` or `metadata.labels`. */
export function exceptFields(...paths: string[]): FieldFilter {
  const excluded: FieldSet = {};
  for (const path of paths) {
    let node = excluded;
    const names = path.split('.');
    const last = names.pop() as string;
    for (const name of names) node = (node[`f:${name}`] ??= {}) as FieldSet;
    node[`f:${last}`] = LEAF;
  }
  return { apply: (set) => recursiveDifference(set, excluded), skips: (name) => paths.includes(name) };
}

/** Field elements with what may follow; `*` stands for any element, `true` for everything below. */
export interface FieldPattern {
  readonly [element: string]: FieldPattern | true;
}

/** Only what is on the way to the pattern's ends, and below them. */
export function onlyFields(pattern: FieldPattern): FieldFilter {
  return { apply: (set) => included(set, pattern), skips: (name) => pattern[`f:${name}`] === undefined };
}
function included(set: FieldSet, pattern: FieldPattern): FieldSet {
  const kept: FieldSet = {};
  for (const element in set) {
    const below = pattern[element] ?? pattern['*'];
    if (element === '.' || below === undefined) continue;
    const node = set[element] as FieldSet;
    const children = below === true ? node : included(node, below);
    if (below === true) kept[element] = node;
    else if (Object.keys(children).length > 0) kept[element] = isMember(node) ? { '.': LEAF, ...children } : children;
    else if (isMember(node)) kept[element] = LEAF;
  }
  return kept;
}

/** Takes nothing out. */
export const ALL_FIELDS: FieldFilter = { apply: (set) => set, skips: () => false };

/** The filter of kinds that say nothing else: the object's own endpoint leaves the status alone, and `status` the spec. */
export function usualFilter(subresource: string): FieldFilter {
  return subresource === '' ? MAIN : subresource === 'status' ? STATUS : ALL_FIELDS;
}
const MAIN = exceptFields('status');
const STATUS = exceptFields('spec');

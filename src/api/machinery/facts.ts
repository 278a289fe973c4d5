import { readFileSync } from 'node:fs';

/** What the facts say about one field of a struct; absent members mean no. */
export interface FieldFact {
  readonly type: string;
  readonly pb?: number;
  readonly wire?: string;
  readonly omitempty?: boolean;
  readonly optional?: boolean;
  readonly required?: boolean;
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listMapKeys?: readonly string[];
  readonly mapType?: 'atomic' | 'granular';
  readonly patchStrategy?: string;
  readonly patchMergeKey?: string;
  readonly default?: string;
  readonly featureGate?: string;
}
export interface GroupFacts {
  readonly structs: Readonly<Record<string, Readonly<Record<string, FieldFact>>>>;
  readonly types: Readonly<Record<string, { readonly is: string; readonly values?: readonly string[]; readonly enum?: boolean }>>;
  readonly kinds: Readonly<Record<string, readonly string[]>>;
}
export type ApiFacts = Readonly<Record<string, GroupFacts>>;

let loaded: ApiFacts | undefined;

/** The facts of every group version, read at the first call. */
export function apiFacts(): ApiFacts {
  // APIService is no part of k8s.io/api, which api.json describes.
  loaded ??= { ...readFacts('api.json'), ...readFacts('apiregistration.json') };
  return loaded;
}
function readFacts(name: string): ApiFacts {
  return JSON.parse(readFileSync(new URL(`../facts/${name}`, import.meta.url), 'utf8')) as ApiFacts;
}

const QUALIFIERS: Readonly<Record<string, string>> = {
  metav1: 'meta/v1',
  corev1: 'core/v1',
  apiv1: 'core/v1',
  batchv1: 'batch/v1',
  authenticationv1: 'authentication/v1',
  authnv1: 'authentication/v1',
  authorizationv1: 'authorization/v1',
};
const UNQUALIFIED_HOMES = ['core/v1', 'meta/v1', 'authentication/v1', 'coordination/v1'];

/** Resolves a Go type name seen in `groupVersion` to `[groupVersion, name]` of the facts; undefined for a builtin. */
export function resolveGoType(facts: ApiFacts, groupVersion: string, name: string): [string, string] | undefined {
  const dot = name.indexOf('.');
  if (dot < 0) return has(facts, groupVersion, name) ? [groupVersion, name] : undefined;
  const [qualifier, local] = [name.slice(0, dot), name.slice(dot + 1)];
  const candidates = QUALIFIERS[qualifier] ? [QUALIFIERS[qualifier]] : UNQUALIFIED_HOMES;
  const home = candidates.find((candidate) => has(facts, candidate, local));
  return home ? [home, local] : undefined;
}
function has(facts: ApiFacts, groupVersion: string, name: string): boolean {
  const group = facts[groupVersion];
  return group !== undefined && (name in group.structs || name in group.types);
}

import { createHash } from 'node:crypto';
import type { ResourceDefinition } from '#api';

/** A resource or subresource as discovery shows it. `group` and `version` are set where they differ from the parent's. */
export interface ServedResource {
  /** `pods`, `pods/log`. */
  readonly name: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly group?: string | undefined;
  readonly version?: string | undefined;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[] | undefined;
  readonly categories?: readonly string[] | undefined;
  readonly storageVersionHash?: string | undefined;
  /** The group and version of a custom kind, which aggregated discovery tells; of built-in kinds it does not. */
  readonly own?: { readonly group: string; readonly version: string } | undefined;
}
export interface ServedVersion {
  readonly version: string;
  /** Sorted by name: subresources follow their resource. */
  readonly resources: readonly ServedResource[];
}
export interface ServedGroup {
  /** '' for core. */
  readonly name: string;
  /** The preferred version first. */
  readonly versions: readonly ServedVersion[];
}

// Upstream lists groups by the priority of their APIService (cmd/kube-apiserver/app/aggregator.go); custom groups follow by name.
const GROUP_ORDER = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'resource.k8s.io',
];

/** Arranges definitions by group and version as discovery shows them. */
export function servedGroups(definitions: readonly ResourceDefinition[]): ServedGroup[] {
  const groups = new Map<string, Map<string, ServedResource[]>>();
  const add = (group: string, version: string, resources: ServedResource[]) => {
    let versions = groups.get(group);
    if (!versions) groups.set(group, (versions = new Map()));
    versions.set(version, [...(versions.get(version) ?? []), ...resources]);
  };
  const customHashes = new Map<string | undefined, string>();
  for (const definition of definitions) if (definition.custom?.isStorageVersion) customHashes.set(definition.storage, storageVersionHash(definition));
  for (const definition of definitions) {
    const { storage } = definition;
    const hash = definition.custom ? customHashes.get(storage) : storage === undefined ? undefined : storageVersionHash(definition);
    add(definition.group, definition.version, servedResources(definition, hash));
    for (const { group, version } of definition.alsoServedAs ?? []) add(group, version, servedResources(definition, hash));
  }
  return [...groups]
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([name, versions]) => ({
      name,
      versions: [...versions].sort(([a], [b]) => compareVersions(b, a)).map(([version, resources]) => ({ version, resources: resources.sort(byName) })),
    }));
}

function rank(group: string): number {
  const at = GROUP_ORDER.indexOf(group);
  return at < 0 ? GROUP_ORDER.length : at;
}
function byName(a: ServedResource, b: ServedResource): number {
  const [x = '', y = ''] = [a.name.split('/')[0], b.name.split('/')[0]];
  if (x !== y) return x < y ? -1 : 1;
  // Of custom kinds status comes before scale.
  return a.own ? 0 : a.name < b.name ? -1 : 1;
}

/** What is not offered while a definition is being deleted. */
const CHANGES: ReadonlySet<string> = new Set(['create', 'patch', 'update']);

function servedResources(definition: ResourceDefinition, storageHash: string | undefined): ServedResource[] {
  const { plural, singular, namespaced, kind, shortNames, categories, custom, subresources = {} } = definition;
  const own = custom && { group: definition.group, version: definition.version };
  const verbs = custom?.isTerminating ? definition.verbs.filter((verb) => !CHANGES.has(verb)) : definition.verbs;
  const sub = (name: string, served: { kind: string; verbs: readonly string[]; group?: string | undefined; version?: string | undefined }) => ({
    name: `${plural}/${name}`,
    singular: '',
    namespaced,
    ...served,
    own,
  });
  const access = ['get', 'patch', 'update'];
  return [
    { name: plural, singular, namespaced, kind, verbs, shortNames, categories, storageVersionHash: storageHash, own },
    ...(subresources.status ? [sub('status', { kind, verbs: access })] : []),
    ...(subresources.scale ? [sub('scale', { group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: access })] : []),
    ...Object.entries(subresources.special ?? {}).map(([name, special]) => sub(name, special)),
  ];
}

/** Eight bytes that tell clients whether the stored form has changed. */
function storageVersionHash({ group, version, kind }: ResourceDefinition): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}

/** Negative when `a` is the less preferred: v2 > v1 > v1beta2 > v1beta1 > v1alpha1 > anything else by name. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [parseVersion(a), parseVersion(b)];
  if (!x || !y) return x ? 1 : y ? -1 : b < a ? -1 : 1;
  return x.stability - y.stability || x.major - y.major || x.minor - y.minor;
}

function parseVersion(version: string): { stability: number; major: number; minor: number } | undefined {
  const [, major, stage, minor] = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version) ?? [];
  if (!major) return undefined;
  return { stability: stage === undefined ? 2 : stage === 'beta' ? 1 : 0, major: Number(major), minor: Number(minor ?? 0) };
}

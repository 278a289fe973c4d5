import type { ServedGroup, ServedResource, ServedVersion } from './groups.ts';

// The bodies of discovery, with fields in the order of upstream's structs. Undefined members are left out by JSON.

export function apiVersions(serverAddress: string): object {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }] };
}

export function apiGroupList(groups: readonly ServedGroup[]): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.filter(({ name }) => name !== '').map(groupOf) };
}

export function apiGroup(group: ServedGroup): object {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) };
}

function groupOf({ name, versions }: ServedGroup) {
  const all = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: all, preferredVersion: all[0] };
}

export function apiResourceList(group: string, { version, resources }: ServedVersion): object {
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: group ? `${group}/${version}` : version, resources: resources.map(apiResource) };
}

function apiResource(resource: ServedResource): object {
  return {
    name: resource.name,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    group: resource.group,
    version: resource.version,
    kind: resource.kind,
    verbs: resource.verbs,
    shortNames: resource.shortNames,
    categories: resource.categories,
    storageVersionHash: resource.storageVersionHash,
  };
}

/** Aggregated discovery: everything in one answer. */
export function apiGroupDiscoveryList(groups: readonly ServedGroup[]): object {
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items: groups.map(groupDiscovery) };
}

function groupDiscovery({ name, versions }: ServedGroup): object {
  return {
    metadata: name ? { name } : {},
    versions: versions.map(({ version, resources }) => ({
      version,
      resources: resources.filter(({ name: plural }) => !plural.includes('/')).map((resource) => resourceDiscovery(resource, resources)),
      freshness: 'Current',
    })),
  };
}

function resourceDiscovery(resource: ServedResource, siblings: readonly ServedResource[]): object {
  const prefix = `${resource.name}/`;
  const subresources = siblings.filter(({ name }) => name.startsWith(prefix));
  return {
    resource: resource.name,
    responseKind: responseKind(resource),
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    shortNames: resource.shortNames,
    categories: resource.categories,
    subresources:
      subresources.length > 0
        ? subresources.map((sub) => ({ subresource: sub.name.slice(prefix.length), responseKind: responseKind(sub), verbs: sub.verbs }))
        : undefined,
  };
}

/** Empty group and version mean those of the list. */
function responseKind({ own, group = own?.group ?? '', version = own?.version ?? '', kind }: ServedResource): object {
  return { group, version, kind };
}

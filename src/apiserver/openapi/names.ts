import type { ResourceDefinition, SchemaRef } from '#api';

// How upstream names schemas, operations and tags. `ServedKind` is a definition as one of its group versions serves it.

/** A kind in one group version: a definition, or one of the other versions that serve it. */
export interface ServedKind {
  readonly definition: ResourceDefinition;
  readonly group: string;
  readonly version: string;
  readonly schema: SchemaRef;
}

/** Definitions as they are served, by group version path: `api/v1`, `apis/apps/v1`. */
export function servedKinds(definitions: readonly ResourceDefinition[]): Map<string, ServedKind[]> {
  const byPath = new Map<string, ServedKind[]>();
  const add = (kind: ServedKind) => {
    const path = groupVersionPath(kind);
    byPath.set(path, [...(byPath.get(path) ?? []), kind]);
  };
  for (const definition of definitions) {
    add({ definition, group: definition.group, version: definition.version, schema: definition.schema });
    for (const other of definition.alsoServedAs ?? []) add({ definition, group: other.group, version: other.version, schema: other.schema });
  }
  return byPath;
}

export function groupVersionPath({ group, version }: { group: string; version: string }): string {
  return group ? `apis/${group}/${version}` : `api/${version}`;
}

const PACKAGES: Readonly<Record<string, string>> = {
  meta: 'io.k8s.apimachinery.pkg.apis.meta',
  apiextensions: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions',
  apiregistration: 'io.k8s.kube-aggregator.pkg.apis.apiregistration',
};

/** `io.k8s.api.apps.v1.Deployment`. */
export function schemaName({ groupVersion, struct }: SchemaRef): string {
  const [group = '', version = ''] = groupVersion.split('/');
  // Kinds that clients defined: `com.example.v1.Widget`.
  if (group.includes('.')) return `${group.split('.').reverse().join('.')}.${version}.${struct}`;
  return `${PACKAGES[group] ?? `io.k8s.api.${group}`}.${version}.${struct}`;
}

/** The facts' name of a group version: `rbac/v1` for `rbac.authorization.k8s.io/v1`. */
export function factsGroupVersion(group: string, version: string): string {
  return `${group.split('.')[0] || 'core'}/${version}`;
}

/** `rbacAuthorization_v1`. */
export function tagOf(group: string, version: string): string {
  const name = camel(group);
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}_${version}`;
}

/** `RbacAuthorizationV1`: the middle of operation ids. */
export function operationGroup(group: string, version: string): string {
  return camel(group) + capital(version);
}

function camel(group: string): string {
  if (!group) return 'Core';
  return group
    .replace(/\.k8s\.io$/, '')
    .split('.')
    .map(capital)
    .join('');
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

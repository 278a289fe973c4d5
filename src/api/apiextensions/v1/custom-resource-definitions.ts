import type { CustomResourceDefinition } from '#api/types/apiextensions-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { column, nameColumn } from '../../printing/columns.ts';

/** The definition of CustomResourceDefinition. */
export const customResourceDefinitions: ResourceDefinition<CustomResourceDefinition> = defineResource<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  kind: 'CustomResourceDefinition',
  listKind: 'CustomResourceDefinitionList',
  namespaced: false,
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  verbs: ALL_VERBS,
  storage: 'apiextensions.k8s.io/customresourcedefinitions',
  schema: { groupVersion: 'apiextensions/v1', struct: 'CustomResourceDefinition' },
  requiresResourceVersion: true,
  prepareForCreate: (definition) => {
    definition.status = { conditions: [], acceptedNames: { plural: '', kind: '' }, storedVersions: [] };
    rememberStored(definition);
  },
  prepareForUpdate: (definition, old) => {
    definition.status = structuredClone(old.status);
    rememberStored(definition);
  },
  columns: [nameColumn(), column('Created At', 'date', 'ObjectMeta.creationTimestamp', ({ metadata }) => metadata.creationTimestamp ?? null)],
  defaults: ({ spec }) => {
    if (!spec) return;
    spec.names ??= { plural: '', kind: '' };
    const { names } = spec;
    if (names.kind) {
      names.singular ||= names.kind.toLowerCase();
      names.listKind ||= `${names.kind}List`;
    }
    spec.conversion ??= { strategy: 'None' };
    const service = spec.conversion.webhook?.clientConfig?.service;
    if (service) service.port ??= 443;
  },
  subresources: {
    status: {},
  },
});

/** Once a version was stored, objects of it may exist. */
function rememberStored({ spec, status }: CustomResourceDefinition): void {
  if (!status) return;
  const stored = spec.versions.filter((version) => version.storage).map((version) => version.name);
  status.storedVersions = [...new Set([...(status.storedVersions ?? []), ...stored])];
}

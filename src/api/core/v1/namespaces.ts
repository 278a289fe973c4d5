import type { Namespace } from '#api/types/core-v1';
import { defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';

/** The definition of Namespace. */
export const namespaces: ResourceDefinition<Namespace> = defineResource<Namespace>({
  group: '',
  version: 'v1',
  plural: 'namespaces',
  singular: 'namespace',
  kind: 'Namespace',
  listKind: 'NamespaceList',
  namespaced: false,
  shortNames: ['ns'],
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  storage: 'namespaces',
  schema: { groupVersion: 'core/v1', struct: 'Namespace' },
  columns: [nameColumn(), column('Status', 'string', { text: 'The status of the namespace' }, (namespace) => namespace.status?.phase ?? ''), ageColumn()],
  // So that selectors can name namespaces.
  defaults: ({ metadata }) => {
    if (metadata.name) metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
  },
  subresources: {
    status: {},
    special: {
      finalize: { kind: 'Namespace', verbs: ['update'] },
    },
  },
});

import type { Namespace } from '#api/types/core-v1';
import { defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { nameIsDnsLabel } from '../../machinery/names.ts';
import { invalid } from '../../machinery/field-error.ts';
import { validateFinalizers } from './namespace-finalizers.ts';

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
  hasGeneration: false,
  selectableFields: {
    'status.phase': ({ status }) => status?.phase ?? '',
  },
  prepareForCreate: (namespace) => {
    namespace.status = { phase: 'Active' };
    // The namespace controller takes it away when everything in the namespace is gone.
    namespace.spec ??= {};
    const finalizers = namespace.spec.finalizers ?? [];
    if (!finalizers.includes('kubernetes')) namespace.spec.finalizers = [...finalizers, 'kubernetes'];
    labelWithName(namespace);
  },
  prepareForUpdate: (namespace, old) => {
    namespace.spec = { ...namespace.spec, finalizers: old.spec?.finalizers };
    namespace.status = old.status;
    labelWithName(namespace);
  },
  validateName: nameIsDnsLabel,
  revalidatesMetadata: true,
  validate: (namespace) => validateFinalizers(namespace, false),
  columns: [nameColumn(), column('Status', 'string', { text: 'The status of the namespace' }, (namespace) => namespace.status?.phase ?? ''), ageColumn()],
  defaults: labelWithName,
  subresources: {
    status: {
      prepareForUpdate: (namespace, old) => {
        namespace.spec = old.spec;
      },
      validateUpdate: ({ metadata, status }) => {
        const phase = status?.phase ?? '';
        if (!metadata.deletionTimestamp)
          return phase === 'Active' ? [] : [invalid('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty")];
        return phase === 'Terminating' ? [] : [invalid('status.Phase', phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")];
      },
    },
    special: {
      finalize: { kind: 'Namespace', verbs: ['update'] },
    },
  },
});

/** So that selectors can name namespaces. */
function labelWithName({ metadata }: Namespace): void {
  if (metadata.name) metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
}

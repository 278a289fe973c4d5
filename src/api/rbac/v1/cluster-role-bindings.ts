import type { ClusterRoleBinding } from '#api/types/rbac-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn, wideColumn } from '../../printing/columns.ts';
import { defaultSubjects, RBAC_GROUP, subjectNames } from './subjects.ts';
import { nameIsPathSegment } from '../../machinery/names.ts';
import { validateBinding, validateBindingUpdate } from './validation.ts';

/** The definition of ClusterRoleBinding. */
export const clusterRoleBindings: ResourceDefinition<ClusterRoleBinding> = defineResource<ClusterRoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'clusterrolebindings',
  singular: 'clusterrolebinding',
  kind: 'ClusterRoleBinding',
  listKind: 'ClusterRoleBindingList',
  namespaced: false,
  verbs: ALL_VERBS,
  storage: 'clusterrolebindings',
  schema: { groupVersion: 'rbac/v1', struct: 'ClusterRoleBinding' },
  createsOnUpdate: true,
  validatesUpdatesTwice: true,
  validateName: nameIsPathSegment,
  validate: (binding) => validateBinding(binding, false),
  validateUpdate: validateBindingUpdate,
  columns: [
    nameColumn(),
    column('Role', 'string', 'ClusterRoleBinding.roleRef', ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
    ageColumn(),
    wideColumn('Users', 'string', { text: 'Users in the clusterRoleBinding' }, ({ subjects }) => subjectNames(subjects, 'User')),
    wideColumn('Groups', 'string', { text: 'Groups in the clusterRoleBinding' }, ({ subjects }) => subjectNames(subjects, 'Group')),
    wideColumn('ServiceAccounts', 'string', { text: 'ServiceAccounts in the clusterRoleBinding' }, ({ subjects }) => subjectNames(subjects, 'ServiceAccount')),
  ],
  defaults: ({ roleRef, subjects }) => {
    if (roleRef) roleRef.apiGroup ||= RBAC_GROUP;
    defaultSubjects(subjects);
  },
});

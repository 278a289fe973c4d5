import type { RoleBinding } from '#api/types/rbac-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn, wideColumn } from '../../printing/columns.ts';
import { defaultSubjects, RBAC_GROUP, subjectNames } from './subjects.ts';
import { nameIsPathSegment } from '../../machinery/names.ts';
import { validateBinding, validateBindingUpdate } from './validation.ts';

/** The definition of RoleBinding. */
export const roleBindings: ResourceDefinition<RoleBinding> = defineResource<RoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'rolebindings',
  singular: 'rolebinding',
  kind: 'RoleBinding',
  listKind: 'RoleBindingList',
  namespaced: true,
  verbs: ALL_VERBS,
  storage: 'rolebindings',
  schema: { groupVersion: 'rbac/v1', struct: 'RoleBinding' },
  createsOnUpdate: true,
  validatesUpdatesTwice: true,
  validateName: nameIsPathSegment,
  validate: (binding) => validateBinding(binding, true),
  validateUpdate: validateBindingUpdate,
  columns: [
    nameColumn(),
    column('Role', 'string', 'RoleBinding.roleRef', ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
    ageColumn(),
    wideColumn('Users', 'string', { text: 'Users in the roleBinding' }, ({ subjects }) => subjectNames(subjects, 'User')),
    wideColumn('Groups', 'string', { text: 'Groups in the roleBinding' }, ({ subjects }) => subjectNames(subjects, 'Group')),
    wideColumn('ServiceAccounts', 'string', { text: 'ServiceAccounts in the roleBinding' }, ({ subjects }) => subjectNames(subjects, 'ServiceAccount')),
  ],
  defaults: ({ roleRef, subjects }) => {
    if (roleRef) roleRef.apiGroup ||= RBAC_GROUP;
    defaultSubjects(subjects);
  },
});

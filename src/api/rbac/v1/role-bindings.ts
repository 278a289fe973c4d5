import type { RoleBinding } from '#api/types/rbac-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

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
});

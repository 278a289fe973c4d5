import type { ClusterRoleBinding } from '#api/types/rbac-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

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
});

import type { ClusterRole } from '#api/types/rbac-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { defaultColumns } from '../../printing/columns.ts';
import { nameIsPathSegment } from '../../machinery/names.ts';
import { isUpdate } from '../../machinery/is-update.ts';
import { validateClusterRole } from './validation.ts';

/** The definition of ClusterRole. */
export const clusterRoles: ResourceDefinition<ClusterRole> = defineResource<ClusterRole>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'clusterroles',
  singular: 'clusterrole',
  kind: 'ClusterRole',
  listKind: 'ClusterRoleList',
  namespaced: false,
  verbs: ALL_VERBS,
  storage: 'clusterroles',
  schema: { groupVersion: 'rbac/v1', struct: 'ClusterRole' },
  createsOnUpdate: true,
  validateName: nameIsPathSegment,
  validate: (role) => (isUpdate(role) ? [] : validateClusterRole(role)),
  // Upstream looks at the whole twice.
  validateUpdate: (role, old) => [...validateClusterRole(role, old), ...validateClusterRole(role, old)],
  revalidatesMetadata: true,
  columns: [...defaultColumns],
});

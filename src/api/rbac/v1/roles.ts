import type { Role } from '#api/types/rbac-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { defaultColumns } from '../../printing/columns.ts';
import { nameIsPathSegment } from '../../machinery/names.ts';
import { validateRules } from './validation.ts';

/** The definition of Role. */
export const roles: ResourceDefinition<Role> = defineResource<Role>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'roles',
  singular: 'role',
  kind: 'Role',
  listKind: 'RoleList',
  namespaced: true,
  verbs: ALL_VERBS,
  storage: 'roles',
  schema: { groupVersion: 'rbac/v1', struct: 'Role' },
  createsOnUpdate: true,
  validatesUpdatesTwice: true,
  validateName: nameIsPathSegment,
  validate: ({ rules }) => validateRules(rules, true),
  columns: [...defaultColumns],
});

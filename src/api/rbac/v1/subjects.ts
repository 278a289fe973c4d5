import type { Subject } from '#api/types/rbac-v1';

/** The names of the subjects of one kind, as tables show them; service accounts as `namespace/name`. */
export function subjectNames(subjects: readonly Subject[] | undefined, kind: 'User' | 'Group' | 'ServiceAccount'): string {
  const names = (subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name));
  return names.join(', ');
}

/** The group of roles, users and groups. */
export const RBAC_GROUP = 'rbac.authorization.k8s.io';

/** Users and groups belong to RBAC's own group, service accounts to the core group. */
export function defaultSubjects(subjects: readonly Subject[] | undefined): void {
  for (const subject of subjects ?? []) if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= RBAC_GROUP;
}

import type { Subject } from '#api/types/rbac-v1';

/** The names of the subjects of one kind, as tables show them; service accounts as `namespace/name`. */
export function subjectNames(subjects: readonly Subject[] | undefined, kind: 'User' | 'Group' | 'ServiceAccount'): string {
  const names = (subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name));
  return names.join(', ');
}

import type { Container } from '#api/types/core-v1';
import { humanDuration } from '../machinery/duration.ts';
import type { KubeObject } from '../machinery/object.ts';
import type { Column } from '../machinery/resource.ts';
import { type DescribedField, fieldDescriptions } from './descriptions.ts';

type ColumnValue<T extends KubeObject> = Column<T>['value'];
/** A description is a sentence, or the field whose documentation it is. */
type Description = DescribedField | { readonly text: string };

/** A column that is always shown. */
export function column<T extends KubeObject>(name: string, type: Column['type'], description: Description, value: ColumnValue<T>): Column<T> {
  return { name, type, description: typeof description === 'string' ? fieldDescriptions[description] : description.text, priority: 0, value };
}

/** A column that is shown with `-o wide`. */
export function wideColumn<T extends KubeObject>(name: string, type: Column['type'], description: Description, value: ColumnValue<T>): Column<T> {
  return { ...column(name, type, description, value), priority: 1 };
}

/** The Name column, which clients find by its format. */
export function nameColumn<T extends KubeObject>(value: (object: T) => string = (object) => object.metadata.name ?? ''): Column<T> {
  return { ...column('Name', 'string', 'ObjectMeta.name', value), format: 'name' };
}

/** The Age column. */
export function ageColumn<T extends KubeObject>(): Column<T> {
  const timeOf = (object: T) => object.metadata.creationTimestamp;
  return { ...column<T>('Age', 'string', 'ObjectMeta.creationTimestamp', (object, nowMs) => since(timeOf(object), nowMs)), timeOf };
}

/** What upstream shows of kinds that have no printer of their own. */
export const defaultColumns: readonly Column[] = [
  nameColumn(),
  column('Created At', 'date', 'ObjectMeta.creationTimestamp', (object) => object.metadata.creationTimestamp ?? null),
];

/** How long ago a time was, as people read it: `3d4h`; `<unknown>` without a time. */
export function since(time: string | undefined, nowMs: number): string {
  return time ? humanDuration(nowMs - Date.parse(time)) : '<unknown>';
}

/** The wide columns of everything with a pod template: container names and images. */
export function containerColumns<T extends KubeObject>(containersOf: (object: T) => readonly Container[] | undefined): Column<T>[] {
  const list = (object: T, field: 'name' | 'image') => (containersOf(object) ?? []).map((container) => container[field] ?? '').join(',');
  return [
    wideColumn('Containers', 'string', { text: 'Names of each container in the template.' }, (object) => list(object, 'name')),
    wideColumn('Images', 'string', { text: 'Images referenced by each container in the template.' }, (object) => list(object, 'image')),
  ];
}

/** Joins at most `max` items and says how many more there are: `a,b,c + 2 more...`. */
export function listSome(items: readonly string[], max: number, whenEmpty: string): string {
  if (items.length > max) return `${items.slice(0, max).join(',')} + ${items.length - max} more...`;
  return items.join(',') || whenEmpty;
}

/** `True` or `False`; `<unset>` when absent. */
export function printBool(value: boolean | undefined): string {
  return value === undefined ? '<unset>' : value ? 'True' : 'False';
}

/** Addresses of a load balancer's status, sorted, each once. */
export function loadBalancerAddresses(ingress: readonly { ip?: string | undefined; hostname?: string | undefined }[] | undefined): string {
  const addresses = (ingress ?? []).flatMap((point) => point.ip || point.hostname || []);
  return [...new Set(addresses)].sort().join(',');
}

import type { Scale } from '#api/types/autoscaling-v1';
import type { KubeObject } from '../machinery/object.ts';
import type { Column } from '../machinery/resource.ts';
import { ageColumn, column, nameColumn, since } from './columns.ts';

const asScale = (object: KubeObject): Scale => object as Scale;

/** What tables show of built-in kinds' scale. Follows kubernetes/pkg/printers/internalversion. */
export const scaleColumns: readonly Column[] = [
  // Unlike all others, this name has no format.
  column('Name', 'string', 'ObjectMeta.name', ({ metadata }) => metadata.name ?? ''),
  column('Desired', 'integer', { text: 'replicas is the desired number of instances for the scaled object.' }, (object) => asScale(object).spec?.replicas ?? 0),
  column(
    'Available',
    'integer',
    { text: 'replicas is the actual number of observed instances of the scaled object.' },
    (object) => asScale(object).status?.replicas ?? 0,
  ),
  ageColumn(),
];

/** What tables show of custom kinds' scale. Follows apiextensions-apiserver's getScaleColumnsForVersion. */
export const customScaleColumns: readonly Column[] = [
  nameColumn(),
  // No replicas are left out of a Scale, and so have no cell.
  column('Desired', 'integer', { text: 'Number of desired replicas' }, (object) => asScale(object).spec?.replicas || null),
  column('Available', 'integer', { text: 'Number of actual replicas' }, (object) => asScale(object).status?.replicas ?? 0),
  column('Age', 'date', 'ObjectMeta.creationTimestamp', ({ metadata: { creationTimestamp } }, nowMs) => since(creationTimestamp, nowMs)),
];

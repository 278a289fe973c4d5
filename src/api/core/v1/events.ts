import type { Event } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { column, nameColumn, since, wideColumn } from '../../printing/columns.ts';
import { nameIsPathSegment } from '../../machinery/names.ts';
import { validateEvent, validateEventUpdate } from './event-validation.ts';
import { eventsV1 } from '../../events/v1/events-v1.ts';

/** The definition of Event. */
export const events: ResourceDefinition<Event> = defineResource<Event>({
  group: '',
  version: 'v1',
  plural: 'events',
  singular: 'event',
  kind: 'Event',
  listKind: 'EventList',
  namespaced: true,
  shortNames: ['ev'],
  verbs: ALL_VERBS,
  storage: 'events',
  schema: { groupVersion: 'core/v1', struct: 'Event' },
  ttlSeconds: 60 * 60,
  alsoServedAs: [eventsV1],
  createsOnUpdate: true,
  defaultPropagation: 'Unsupported',
  // The core group has no rules for names of its own.
  validateName: nameIsPathSegment,
  validate: validateEvent,
  validateUpdate: validateEventUpdate,
  validatesUpdatesWhole: true,
  ignoresMetadataChanges: true,
  selectableFields: {
    'involvedObject.kind': ({ involvedObject }) => involvedObject.kind ?? '',
    'involvedObject.namespace': ({ involvedObject }) => involvedObject.namespace ?? '',
    'involvedObject.name': ({ involvedObject }) => involvedObject.name ?? '',
    'involvedObject.uid': ({ involvedObject }) => involvedObject.uid ?? '',
    'involvedObject.apiVersion': ({ involvedObject }) => involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': ({ involvedObject }) => involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': ({ involvedObject }) => involvedObject.fieldPath ?? '',
    reason: ({ reason }) => reason ?? '',
    reportingComponent: ({ reportingComponent }) => reportingComponent ?? '',
    source: ({ source, reportingComponent }) => source?.component || (reportingComponent ?? ''),
    type: ({ type }) => type ?? '',
  },
  columns: [
    column('Last Seen', 'string', 'Event.lastTimestamp', lastSeen),
    column('Type', 'string', 'Event.type', (event) => event.type ?? ''),
    column('Reason', 'string', 'Event.reason', (event) => event.reason ?? ''),
    column('Object', 'string', 'Event.involvedObject', ({ involvedObject: { kind = '', name } }) =>
      name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase(),
    ),
    wideColumn('Subobject', 'string', 'ObjectReference.fieldPath', (event) => event.involvedObject.fieldPath ?? ''),
    wideColumn('Source', 'string', 'Event.source', formatSource),
    column('Message', 'string', 'Event.message', (event) => (event.message ?? '').trim()),
    wideColumn('First Seen', 'string', 'Event.firstTimestamp', firstSeen),
    // An event of the new API that happened once has no count.
    wideColumn('Count', 'string', 'Event.count', ({ series, count }) => (series ? (series.count ?? 0) : count || 1)),
    { ...nameColumn(), priority: 1 },
  ],
});

function firstSeen({ firstTimestamp, eventTime }: Event, nowMs: number): string {
  return since(firstTimestamp ?? eventTime ?? undefined, nowMs);
}
function lastSeen(event: Event, nowMs: number): string {
  if (event.series) return since(event.series.lastObservedTime, nowMs);
  return event.lastTimestamp ? since(event.lastTimestamp, nowMs) : firstSeen(event, nowMs);
}
function formatSource({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component || reportingComponent || '';
  const instance = source?.host || reportingInstance;
  return instance ? `${component}, ${instance}` : component;
}

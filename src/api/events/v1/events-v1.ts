import type { Event as CoreEvent } from '#api/types/core-v1';
import type { Event } from '#api/types/events-v1';
import type { KubeObject } from '../../machinery/object.ts';
import type { ServedVersion } from '../../machinery/resource.ts';

/** Events as events.k8s.io/v1 names their fields; they are stored in the core group's form. */
export const eventsV1: ServedVersion<CoreEvent> = {
  group: 'events.k8s.io',
  version: 'v1',
  schema: { groupVersion: 'events/v1', struct: 'Event' },
  fromStored: (object) => fromCore(object) as KubeObject,
  toStored: (object) => toCore(object as Event),
  fieldLabels: {
    reason: 'reason',
    'regarding.kind': 'involvedObject.kind',
    'regarding.namespace': 'involvedObject.namespace',
    'regarding.name': 'involvedObject.name',
    'regarding.uid': 'involvedObject.uid',
    'regarding.apiVersion': 'involvedObject.apiVersion',
    'regarding.resourceVersion': 'involvedObject.resourceVersion',
    'regarding.fieldPath': 'involvedObject.fieldPath',
    reportingController: 'reportingComponent',
    type: 'type',
  },
};

function fromCore(event: CoreEvent): Event {
  const { involvedObject, message, source, firstTimestamp, lastTimestamp, count, reportingComponent, ...same } = event;
  return {
    ...same,
    apiVersion: 'events.k8s.io/v1',
    eventTime: same.eventTime ?? (null as never),
    series: same.series as Event['series'],
    regarding: involvedObject,
    note: message,
    reportingController: reportingComponent || undefined,
    deprecatedSource: source,
    deprecatedFirstTimestamp: firstTimestamp,
    deprecatedLastTimestamp: lastTimestamp,
    deprecatedCount: count,
  };
}

function toCore(event: Event): CoreEvent {
  const { regarding, note, deprecatedSource, deprecatedFirstTimestamp, deprecatedLastTimestamp, deprecatedCount, reportingController, ...same } = event;
  return {
    ...same,
    apiVersion: 'v1',
    involvedObject: regarding ?? {},
    message: note,
    source: deprecatedSource ?? {},
    firstTimestamp: deprecatedFirstTimestamp,
    lastTimestamp: deprecatedLastTimestamp,
    count: deprecatedCount,
    reportingComponent: reportingController ?? '',
    reportingInstance: same.reportingInstance ?? '',
  };
}

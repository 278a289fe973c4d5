import type { Event } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

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
  createsOnUpdate: true,
});

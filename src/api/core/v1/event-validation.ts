import type { Event } from '#api/types/core-v1';
import { type FieldError, invalid, required } from '../../machinery/field-error.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { isDns1123Subdomain, isQualifiedName } from '../../machinery/names.ts';
import { validateImmutable } from '../../machinery/object-meta.ts';
import type { HookContext } from '../../machinery/resource.ts';

const MAX_LENGTH = 128;
const MAX_NOTE_LENGTH = 1024;
const MISPLACED = 'does not match event.namespace';
/** What the newer API leaves to the older one. */
const OLD_FIELDS = ['firstTimestamp', 'lastTimestamp', 'count', 'source'] as const;

/** What is wrong with a new event: less where the request speaks of the core group's (pkg/apis/core/validation/events.go). */
export function validateEvent(event: Event, { group }: HookContext): FieldError[] {
  const errors = commonErrors(event, group);
  if (!group) return errors;
  const { metadata, type } = event;
  const name = metadata.name ?? '';
  errors.push(...isDns1123Subdomain(name).map((message) => invalid('metadata.name', name, message)), ...seriesErrors(event));
  if (!event.eventTime) errors.push(required('eventTime'));
  if (type !== 'Normal' && type !== 'Warning') errors.push(invalid('type', '', `has invalid value: ${type ?? ''}`));
  for (const field of OLD_FIELDS) if (isSet(event[field])) errors.push(invalid(field, '', 'needs to be unset'));
  return errors;
}
function isSet(value: Event[(typeof OLD_FIELDS)[number]]): boolean {
  return typeof value === 'object' && value !== null ? Boolean(value.component || value.host) : Boolean(value);
}

/** Of a changed one only the series may differ; the core group lets everything through that makes sense. Judges the whole. */
export function validateEventUpdate(event: Event, old: Event, { group }: HookContext): FieldError[] {
  const errors = commonErrors(event, group);
  if (!group) return errors;
  if (!jsonEqual((event.series ?? null) as JsonValue, (old.series ?? null) as JsonValue)) errors.push(...seriesErrors(event));
  const same = (field: keyof Event, path: string = field) => errors.push(...validateImmutable(event[field], old[field], path));
  for (const field of ['involvedObject', 'reason', 'message', 'source', 'firstTimestamp', 'lastTimestamp', 'count', 'reason', 'type'] as const) same(field);
  if (microseconds(event.eventTime) !== microseconds(old.eventTime)) same('eventTime');
  same('action');
  same('related');
  same('reportingComponent', 'reportingController');
  same('reportingInstance');
  return errors;
}
/** Clients write times with more digits than there are. */
function microseconds(time: string | null | undefined): string {
  return (time ?? '').replace(/(\.\d{6})\d+/, '$1');
}

function seriesErrors({ series }: Event): FieldError[] {
  if (!series) return [];
  const errors = (series.count ?? 0) < 2 ? [invalid('series.count', '', 'should be at least 2')] : [];
  return series.lastObservedTime ? errors : [...errors, required('series.lastObservedTime')];
}

function commonErrors(event: Event, group: string | undefined): FieldError[] {
  const namespace = event.metadata.namespace ?? '';
  const path = 'involvedObject.namespace';
  const about = event.involvedObject.namespace ?? '';
  const errors: FieldError[] = [];
  if (event.eventTime) {
    if (!about && namespace !== 'default' && namespace !== 'kube-system') errors.push(invalid(path, about, MISPLACED));
    errors.push(...reporterErrors(event, group ? 'reportingController' : 'reportingComponent'));
  } else if (about ? about !== namespace : namespace !== '' && namespace !== 'default') errors.push(invalid(path, about, MISPLACED));
  return [...errors, ...isDns1123Subdomain(namespace).map((message) => invalid('namespace', namespace, message))];
}

/** Events with a time to the microsecond say who reports what. */
function reporterErrors({ reportingComponent = '', reportingInstance = '', action = '', reason = '', message = '' }: Event, path: string): FieldError[] {
  const errors = reportingComponent ? [] : [required(path)];
  errors.push(...isQualifiedName(reportingComponent).map((text) => invalid(path, reportingComponent, text)));
  for (const [field, value] of Object.entries({ reportingInstance, action, reason })) {
    if (!value) errors.push(required(field));
    if (value.length > MAX_LENGTH) errors.push(invalid(field, '', `can have at most ${MAX_LENGTH} characters`));
  }
  if (message.length > MAX_NOTE_LENGTH) errors.push(invalid('message', '', `can have at most ${MAX_NOTE_LENGTH} characters`));
  return errors;
}

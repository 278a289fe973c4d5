import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeClock } from '#lib';
import type { Event } from '#api/types/core-v1';
import { formatFieldError } from '../../machinery/field-error.ts';
import { validateEvent, validateEventUpdate } from './event-validation.ts';

const context = (group: string) => ({ user: { username: 'u' }, clock: new FakeClock(), isDryRun: false, subresource: '', group });
const NEW = 'events.k8s.io';
const REPORTED = { eventTime: '2020-01-01T00:00:00.000000Z', reportingComponent: 'a/b', reportingInstance: 'i', action: 'A', reason: 'R', type: 'Normal' };
function event(fields: object, metadata: object = {}): Event {
  return { metadata: { name: 'e', namespace: 'n', ...metadata }, involvedObject: { namespace: 'n' }, ...fields } as Event;
}
const SHORT = / must consist of .*/;

void describe('an event is refused for', () => {
  const rows: readonly (readonly [string, string, object, object, string[]])[] = [
    ['nothing', '', {}, {}, []],
    ['another namespace', '', { involvedObject: { namespace: 'x' } }, {}, ['involvedObject.namespace: Invalid value: "x": does not match event.namespace']],
    ['no namespace', '', { involvedObject: {} }, {}, ['involvedObject.namespace: Invalid value: "": does not match event.namespace']],
    ['no namespace but the default one', '', { involvedObject: {} }, { namespace: 'default' }, []],
    ['no namespace of a node', '', { ...REPORTED, involvedObject: {} }, { namespace: 'kube-system' }, []],
    [
      'no reporter',
      '',
      { eventTime: REPORTED.eventTime },
      {},
      [
        'reportingComponent: Required value',
        'reportingComponent: Invalid value: "": name part must be non-empty',
        'reportingComponent: Invalid value: "": name part …',
        'reportingInstance: Required value',
        'action: Required value',
        'reason: Required value',
      ],
    ],
    [
      'long texts',
      NEW,
      { ...REPORTED, reportingInstance: 'x'.repeat(129), action: 'x'.repeat(129), reason: 'x'.repeat(129), message: 'x'.repeat(1025) },
      {},
      [
        'reportingInstance: Invalid value: "": can have at most 128 characters',
        'action: Invalid value: "": can have at most 128 characters',
        'reason: Invalid value: "": can have at most 128 characters',
        'message: Invalid value: "": can have at most 1024 characters',
      ],
    ],
    [
      'a namespace that is none',
      '',
      { involvedObject: { namespace: 'A_' } },
      { namespace: 'A_' },
      ['namespace: Invalid value: "A_": a lowercase RFC 1123 subdomain …'],
    ],
    [
      'what the new API demands',
      NEW,
      { type: 'X', firstTimestamp: 't', lastTimestamp: 't', count: 1, source: { component: 'c' }, series: { count: 1 } },
      { name: 'A_' },
      [
        'metadata.name: Invalid value: "A_": a lowercase RFC 1123 subdomain …',
        'series.count: Invalid value: "": should be at least 2',
        'series.lastObservedTime: Required value',
        'eventTime: Required value',
        'type: Invalid value: "": has invalid value: X',
        'firstTimestamp: Invalid value: "": needs to be unset',
        'lastTimestamp: Invalid value: "": needs to be unset',
        'count: Invalid value: "": needs to be unset',
        'source: Invalid value: "": needs to be unset',
      ],
    ],
    ['nothing of that in the old one', '', { type: 'X', count: 1, source: { component: 'c' }, series: { count: 1 } }, { name: 'A_' }, []],
  ];
  for (const [name, group, fields, metadata, expected] of rows) {
    void test(name, () => {
      const errors = validateEvent(event(fields, metadata), context(group)).map((error) => formatFieldError(error).replace(SHORT, ' …'));
      assert.deepEqual(errors, expected);
    });
  }
});

void describe('a changed event', () => {
  const old = event(REPORTED);
  const changed = { ...REPORTED, action: 'B', reason: 'S', message: 'm', type: 'Warning', reportingComponent: 'c', reportingInstance: 'j', count: 2 };
  void test('may be anything in the core group', () => assert.deepEqual(validateEventUpdate(event(changed), old, context('')), []));
  void test('keeps all but its series in the new one', () => {
    const fields = validateEventUpdate(event({ ...changed, related: {}, involvedObject: { namespace: 'n', name: 'x' } }), old, context(NEW)).map(
      ({ field }) => field,
    );
    const expected = ['involvedObject', 'reason', 'message', 'count', 'reason', 'type', 'action', 'related', 'reportingController', 'reportingInstance'];
    assert.deepEqual(fields, expected);
  });
  void test('may count on, and have finer times', () => {
    const series = { count: 2, lastObservedTime: REPORTED.eventTime };
    assert.deepEqual(validateEventUpdate(event({ ...REPORTED, eventTime: '2020-01-01T00:00:00.000000123Z', series }), old, context(NEW)), []);
    const wrong = validateEventUpdate(event({ ...REPORTED, series: { count: 1 } }), old, context(NEW)).map(formatFieldError);
    assert.deepEqual(wrong, ['series.count: Invalid value: "": should be at least 2', 'series.lastObservedTime: Required value']);
  });
});

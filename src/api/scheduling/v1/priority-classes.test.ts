import assert from 'node:assert/strict';
import { test } from 'node:test';
import { created, describeCreates, describeUpdates, updated } from '../../testing/kind-cases.ts';
import { priorityClasses } from './priority-classes.ts';

const named = (name: string, rest: object) => ({ metadata: { name }, ...rest });
const RESERVED = "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error:";
describeCreates(priorityClasses, [
  ['right', { value: 1_000_000_000 }, []],
  ['too high', { value: 1_000_000_001 }, ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000']],
  ["the system's own", named('system-node-critical', { value: 2_000_001_000 }), []],
  ['an unknown one of the system', named('system-x', {}), [`${RESERVED} system-x is not a known system priority class`]],
  [
    "the system's own with another value",
    named('system-cluster-critical', { value: 1 }),
    [`${RESERVED} value of system-cluster-critical PriorityClass must be 2000000000`],
  ],
  [
    "the system's own as default",
    named('system-cluster-critical', { value: 2_000_000_000, globalDefault: true }),
    [`${RESERVED} globalDefault of system-cluster-critical PriorityClass must be false`],
  ],
  ['a policy', { preemptionPolicy: 'X' }, ['preemptionPolicy: Unsupported value: "X": supported values: "PreemptLowerPriority", "Never"']],
  ['no policy', { preemptionPolicy: '' }, ['preemptionPolicy: Required value']],
]);
describeUpdates(priorityClasses, [
  [
    'everything',
    { value: 2, preemptionPolicy: 'Never' },
    { value: 1 },
    ['value: Forbidden: may not be changed in an update.', 'preemptionPolicy: Invalid value: "Never": field is immutable'],
  ],
]);
test('only what the system made cannot be deleted', () => {
  assert.equal(priorityClasses.deleteRefusal?.('system-node-critical'), 'this is a system priority class and cannot be deleted');
  assert.equal(priorityClasses.deleteRefusal?.('constructor'), undefined);
});
test('the generation stays the first', () => {
  const old = created(priorityClasses, { value: 1 });
  assert.equal(old.metadata.generation, 1);
  assert.equal(updated(priorityClasses, { value: 1, description: 'x' }, old).metadata.generation, 1);
});

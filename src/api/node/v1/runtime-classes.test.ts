import assert from 'node:assert/strict';
import { test } from 'node:test';
import { created, describeCreates, describeUpdates } from '../../testing/kind-cases.ts';
import { runtimeClasses } from './runtime-classes.ts';

const TOLERATION = { key: 'a', operator: 'Exists' };
describeCreates(runtimeClasses, [
  ['right', { handler: 'runc', overhead: { podFixed: { cpu: '1' } }, scheduling: { nodeSelector: { a: 'b' }, tolerations: [TOLERATION] } }, []],
  ['no handler', {}, ['handler: Required value']],
  ['a bad handler', { handler: 'a.b' }, ['handler: Invalid value: "a.b": must not contain dots']],
  ['overhead', { handler: 'a', overhead: { podFixed: { cpu: '-1' } } }, ['overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0']],
  [
    'a selector',
    { handler: 'a', scheduling: { nodeSelector: { a: '-' } } },
    [
      "scheduling.nodeSelector: Invalid value: \"-\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ],
  ],
  [
    'a toleration',
    { handler: 'a', scheduling: { tolerations: [{ operator: 'X', key: 'a' }] } },
    ['scheduling.tolerations[0].operator: Unsupported value: "X": supported values: "Equal", "Exists"'],
  ],
  [
    'a toleration twice',
    { handler: 'a', scheduling: { tolerations: [TOLERATION, TOLERATION] } },
    ['scheduling.tolerations[1]: Duplicate value: {"Key":"a","Operator":"Exists","Value":"","Effect":"","TolerationSeconds":null}'],
  ],
]);
describeUpdates(runtimeClasses, [
  ['another handler', { handler: 'b' }, { handler: 'a' }, ['handler: Invalid value: "b": field is immutable']],
  ['no handler', {}, { handler: 'a' }, ['handler: Required value', 'handler: Invalid value: "": field is immutable']],
]);
test('labels that nodes no longer have', () => {
  const scheduling = { nodeSelector: { 'beta.kubernetes.io/arch': 'x', constructor: 'x' } };
  assert.deepEqual(runtimeClasses.warnings?.(created(runtimeClasses, { handler: 'a', scheduling }), undefined), [
    'scheduling.nodeSelector: deprecated since v1.14; use "kubernetes.io/arch" instead',
  ]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectMeta } from '#api/types/meta-v1';
import { formatFieldError } from './field-error.ts';
import { validateFieldManager, validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts';

const ok: ObjectMeta = { name: 'x', namespace: 'n' };
const texts = (meta: ObjectMeta, namespaced = true): string[] => validateObjectMeta(meta, { namespaced }).map(formatFieldError);

test('new metadata is judged with upstream’s texts', () => {
  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' };
  const table: [ObjectMeta, string[]][] = [
    [ok, []],
    [{ namespace: 'n' }, ['metadata.name: Required value: name or generateName is required']],
    [{ name: 'x' }, ['metadata.namespace: Required value']],
    [{ ...ok, generation: -1 }, ['metadata.generation: Invalid value: -1: must be greater than or equal to 0']],
    [{ ...ok, ownerReferences: [{ ...owner, apiVersion: '' }] }, ['metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty']],
    [
      { ...ok, ownerReferences: [{ ...owner, apiVersion: 'a/b/c' }] },
      ['metadata.ownerReferences.apiVersion: Invalid value: "a/b/c": version must not be empty'],
    ],
    [{ ...ok, ownerReferences: [{ ...owner, kind: '' }] }, ['metadata.ownerReferences.kind: Invalid value: "": kind must not be empty']],
    [{ ...ok, ownerReferences: [{ ...owner, name: '' }] }, ['metadata.ownerReferences.name: Invalid value: "": name must not be empty']],
    [{ ...ok, ownerReferences: [{ ...owner, uid: '' }] }, ['metadata.ownerReferences.uid: Invalid value: "": uid must not be empty']],
    [{ ...ok, finalizers: ['bad'] }, ['metadata.finalizers[0]: Invalid value: "bad": name is neither a standard finalizer name nor is it fully qualified']],
    [{ ...ok, finalizers: ['a.b/c', 'orphan', 'kubernetes'] }, []],
    [
      { ...ok, finalizers: ['orphan', 'foregroundDeletion'] },
      ['metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set'],
    ],
    [{ ...ok, annotations: { 'A.B/c': 'x' } }, []],
    [{ ...ok, annotations: { a: 'x'.repeat(262144) } }, ['metadata.annotations: Too long: may not be more than 262144 bytes']],
  ];
  for (const [meta, expected] of table) assert.deepEqual(texts(meta), expected);
  assert.deepEqual(texts(ok, false), ['metadata.namespace: Forbidden: not allowed on this type']);
  const two = texts({
    ...ok,
    ownerReferences: [
      { ...owner, controller: true },
      { ...owner, uid: 'v', name: 'q', controller: true },
    ],
  });
  assert.match(two[0] ?? '', /: Only one reference can have Controller set to true\. Found "true" in references for Pod\/p and Pod\/q$/);
  assert.match(texts({ ...ok, ownerReferences: [{ ...owner, kind: 'Event' }] })[0] ?? '', /: \/v1, Kind=Event is disallowed from being an owner$/);
});

test('metadata keeps what identifies the object', () => {
  const old: ObjectMeta = { ...ok, uid: 'u', resourceVersion: '1', generation: 2, creationTimestamp: '2026-01-01T00:00:00Z' };
  const update = (change: ObjectMeta, from = old): string[] => validateObjectMetaUpdate({ ...from, ...change }, from).map(formatFieldError);
  assert.deepEqual(update({}), []);
  assert.deepEqual(update({ labels: { a: 'b' }, generation: 3 }), []);
  assert.deepEqual(update({ resourceVersion: '' }), ['metadata.resourceVersion: Invalid value: "": must be specified for an update']);
  assert.deepEqual(update({ generation: 1 }), ['metadata.generation: Invalid value: 1: must not be decremented']);
  assert.deepEqual(update({ name: 'y' }), ['metadata.name: Invalid value: "y": field is immutable']);
  assert.deepEqual(update({ uid: 'x' }), ['metadata.uid: Invalid value: "x": field is immutable']);
  assert.deepEqual(update({ finalizers: ['a.b/e', 'a.b/c'] }, { ...old, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a.b/c'] }), [
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a.b/e"}',
  ]);
});

test('field managers are short and printable', () => {
  assert.deepEqual(validateFieldManager('kubectl create'), []);
  assert.equal(validateFieldManager('x'.repeat(129)).length, 1);
  assert.deepEqual(validateFieldManager('é\nb\u{e0001}').map(formatFieldError), [
    'fieldManager: Invalid value: "é\\nb\\U000e0001": invalid character U+000A (at position 2)',
    'fieldManager: Invalid value: "é\\nb\\U000e0001": invalid character U+E0001 (at position 4)',
  ]);
});

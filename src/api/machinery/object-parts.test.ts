import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConditionLike, findCondition, isConditionTrue, removeCondition, setCondition } from './conditions.ts';
import { hasFinalizer, withFinalizer, withoutFinalizer } from './finalizers.ts';
import { controllerOf, isControlledBy, ownerReferenceTo } from './owner-reference.ts';

test('a condition’s time moves with its status only', () => {
  const ready: ConditionLike = { type: 'Ready', status: 'False', reason: 'A', lastTransitionTime: 't0' };
  const conditions = [ready, { type: 'Other', status: 'True' }];
  const reworded = setCondition(conditions, { type: 'Ready', status: 'False', reason: 'B' }, 't1');
  assert.deepEqual(reworded[0], { type: 'Ready', status: 'False', reason: 'B', lastTransitionTime: 't0' });
  const flipped = setCondition(conditions, { type: 'Ready', status: 'True' }, 't1');
  assert.deepEqual(findCondition(flipped, 'Ready'), { type: 'Ready', status: 'True', reason: 'A', lastTransitionTime: 't1' });
  assert.equal(setCondition(conditions, { type: 'Ready', status: 'False', reason: 'A' }, 't1'), conditions);
  assert.deepEqual(setCondition<ConditionLike>(undefined, { type: 'New', status: 'True' }, 't1'), [{ type: 'New', status: 'True', lastTransitionTime: 't1' }]);
  assert.ok(isConditionTrue(conditions, 'Other'));
  assert.ok(!isConditionTrue(conditions, 'Ready'));
  assert.deepEqual(removeCondition(conditions, 'Other'), [ready]);
  assert.equal(removeCondition(conditions, 'None'), conditions);
  assert.equal(conditions[0], ready);
});

test('finalizers are added and removed on copies', () => {
  const object = { metadata: { name: 'x', finalizers: ['a/b'] } };
  assert.equal(withFinalizer(object, 'a/b'), object);
  assert.deepEqual(withFinalizer(object, 'c/d').metadata.finalizers, ['a/b', 'c/d']);
  assert.deepEqual(withoutFinalizer(object, 'a/b').metadata, { name: 'x' });
  assert.equal(withoutFinalizer(object, 'c/d'), object);
  assert.ok(hasFinalizer(object, 'a/b'));
});

test('owner references name the controller by uid', () => {
  const type = { group: 'apps', version: 'v1', plural: 'replicasets', kind: 'ReplicaSet', namespaced: true };
  const owner = { metadata: { name: 'r', uid: 'u' } };
  const reference = ownerReferenceTo(owner, type);
  assert.deepEqual(reference, { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u', controller: true, blockOwnerDeletion: true });
  const owned = { metadata: { name: 'p', ownerReferences: [{ ...reference, uid: 'other', controller: false }, reference] } };
  assert.equal(controllerOf(owned), reference);
  assert.ok(isControlledBy(owned, owner));
  assert.ok(!isControlledBy(owned, { metadata: { name: 'r', uid: 'v' } }));
  assert.ok(!isControlledBy({ metadata: { name: 'p' } }, { metadata: { name: 'r' } }));
  assert.throws(() => ownerReferenceTo({ metadata: { name: 'r' } }, type), /Cannot refer to a ReplicaSet/);
});

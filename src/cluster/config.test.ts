import assert from 'node:assert/strict';
import { test } from 'node:test';
import { componentArg, numberArg, unknownArgs } from './config.ts';
import { durationArg } from './duration-arg.ts';

test('component arguments: the last counts, a bare one is true, dashes and signs are forgiven', () => {
  const args = ['max-pods=10', '--max-pods=20', 'bare', 'v+=x'];
  assert.equal(componentArg(args, 'max-pods'), '20');
  assert.equal(componentArg(args, 'bare'), 'true');
  assert.equal(componentArg(args, 'v'), 'x');
  assert.equal(componentArg(args, 'none'), undefined);
  assert.equal(numberArg(args, 'max-pods'), 20);
  assert.throws(() => numberArg(['max-pods=many'], 'max-pods'), /max-pods=many: a whole number is wanted/);
  assert.equal(durationArg(['etcd-compaction-interval=1m30s'], 'etcd-compaction-interval'), 90_000);
  assert.equal(durationArg([], 'etcd-compaction-interval'), undefined);
  assert.throws(() => durationArg(['etcd-compaction-interval=soon'], 'etcd-compaction-interval'), /=soon: a duration such as 5m0s is wanted/);
});

test('arguments without effect are known by name', () => {
  assert.deepEqual(unknownArgs('kubelet', ['max-pods=10', 'feature-gates=A=true']), ['feature-gates']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '#lib';
import { BandAllocator } from './band-allocator.ts';
import { IpRange } from './ip-range.ts';

test('free numbers come from the upper band until it is full', () => {
  const numbers = new BandAllocator(10, 4, seededRandom(1));
  const upper = Array.from({ length: 6 }, () => numbers.allocateNext() as number);
  assert.deepEqual(
    [...upper].sort((a, b) => a - b),
    [4, 5, 6, 7, 8, 9],
  );
  const lower = Array.from({ length: 4 }, () => numbers.allocateNext() as number);
  assert.deepEqual(
    [...lower].sort((a, b) => a - b),
    [0, 1, 2, 3],
  );
  assert.equal(numbers.allocateNext(), undefined);
  numbers.release(7);
  assert.equal(numbers.allocateNext(), 7);
});

test('a certain number is given once, and only within the range', () => {
  const numbers = new BandAllocator(4, 16, seededRandom(1));
  assert.equal(numbers.allocate(3), undefined);
  assert.equal(numbers.allocate(3), 'allocated');
  assert.equal(numbers.allocate(4), 'out-of-range');
  assert.equal(numbers.allocate(-1), 'out-of-range');
});

test('a service range leaves out the network and the broadcast address', () => {
  const range = new IpRange('10.43.0.8/29', seededRandom(1));
  assert.equal(range.firstAddress, '10.43.0.9');
  const all = Array.from({ length: 6 }, () => range.allocateNext() as string);
  assert.deepEqual([...all].sort(), ['10.43.0.10', '10.43.0.11', '10.43.0.12', '10.43.0.13', '10.43.0.14', '10.43.0.9']);
  assert.equal(range.allocateNext(), undefined);
  assert.equal(range.allocate('10.43.0.8'), 'out-of-range');
  assert.equal(range.allocate('10.43.0.9'), 'allocated');
  assert.equal(range.allocate('nonsense'), 'out-of-range');
});

test('a range that is none is refused by name', () => {
  assert.throws(() => new IpRange('10.43.0.0', seededRandom(1)), /Cannot use "10.43.0.0" for services/);
});

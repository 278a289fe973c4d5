import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IntOrStringError, isValidPercent, scaledIntOrPercent } from './int-or-string.ts';

test('percentages are scaled and rounded as told', () => {
  assert.equal(scaledIntOrPercent(3, 10, 'up'), 3);
  assert.equal(scaledIntOrPercent('25%', 10, 'up'), 3);
  assert.equal(scaledIntOrPercent('25%', 10, 'down'), 2);
  assert.equal(scaledIntOrPercent('100%', 7, 'down'), 7);
  assert.throws(() => scaledIntOrPercent('web', 7, 'down'), IntOrStringError);
  assert.throws(() => scaledIntOrPercent('2.5%', 7, 'down'), IntOrStringError);
});

test('isValidPercent wants digits and a percent sign', () => {
  assert.deepEqual(isValidPercent('25%'), []);
  assert.match(isValidPercent('25')[0] ?? '', /a valid percent string must be a numeric string followed by an ending '%'/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addQuantity,
  canonicalQuantity,
  compareQuantity,
  formatQuantity,
  isQuantity,
  milliQuantityOf,
  multiplyQuantity,
  parseQuantity,
  quantityMilliValue,
  quantityOf,
  QUANTITY_ERROR,
  quantityValue,
  subtractQuantity,
} from './quantity.ts';

test('quantities take their canonical form', () => {
  const table: [string | number, string][] = [
    ['0', '0'],
    ['0.0', '0'],
    ['-0', '0'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1.5', '1500m'],
    ['0.5', '500m'],
    [0.5, '500m'],
    [2, '2'],
    ['.5', '500m'],
    ['5.', '5'],
    ['+1', '1'],
    ['-1.5', '-1500m'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['1Ki', '1Ki'],
    ['0.5Ki', '512'],
    ['1000Ki', '1000Ki'],
    ['1000k', '1M'],
    ['1e3', '1e3'],
    ['1E3', '1e3'],
    ['12e6', '12e6'],
    ['1.2e3', '1200'],
    ['100e-3', '100e-3'],
    ['1E', '1E'],
    ['1n', '1n'],
    ['0.1n', '1n'],
    ['-0.1n', '-1n'],
    ['3u', '3u'],
    ['100000000', '100M'],
    ['128974848', '128974848'],
    ['9223372036854775808', '9223372036854775807'],
    ['100Ei', '9223372036854775807'],
    [' 1 ', '1'],
  ];
  for (const [text, expected] of table) assert.equal(canonicalQuantity(text), expected, String(text));
});

test('what is no quantity is refused with upstream’s texts', () => {
  for (const text of ['', 'abc', '1x', '1 Gi', '1.2.3', '1,5', 'Gi!']) {
    assert.throws(() => parseQuantity(text), { message: QUANTITY_ERROR }, text);
  }
  for (const text of ['1KiB', '1Kii', '1ee', '1mi']) assert.ok(!isQuantity(text), text);
  assert.throws(() => parseQuantity('1kk'), { message: "unable to parse quantity's suffix" });
  assert.throws(() => parseQuantity('--1'), { message: "unable to parse quantity's suffix" });
  assert.throws(() => parseQuantity('Gi'), { message: 'unable to parse numeric part of quantity' });
});

test('quantities are compared and combined exactly', () => {
  assert.equal(compareQuantity('1000m', '1'), 0);
  assert.equal(compareQuantity('1Gi', '1G'), 1);
  assert.equal(compareQuantity('-1', '1m'), -1);
  assert.equal(formatQuantity(addQuantity('100m', '0.9')), '1');
  assert.equal(formatQuantity(addQuantity('0', '1Gi')), '1Gi');
  assert.equal(formatQuantity(subtractQuantity('1Gi', '512Mi')), '512Mi');
  assert.equal(formatQuantity(multiplyQuantity('250m', 3)), '750m');
  assert.equal(formatQuantity(addQuantity('0.1', '0.2')), '300m');
  assert.equal(formatQuantity(quantityOf(2048, 'BinarySI')), '2Ki');
  assert.equal(formatQuantity(milliQuantityOf(1500)), '1500m');
});

test('whole and milli values are rounded up', () => {
  assert.equal(quantityValue('100m'), 1);
  assert.equal(quantityValue('1.1Gi'), 1181116007);
  assert.equal(quantityMilliValue('1'), 1000);
  assert.equal(quantityMilliValue('1u'), 1);
  assert.equal(quantityMilliValue('-1u'), -1);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateConfigData } from './config-data.ts';
import { defaultResourceList } from './resource-list.ts';

test('bytes that are null count nothing', () => {
  assert.deepEqual(validateConfigData({ binaryData: { a: null as unknown as string, b: 'AAAA' } }, false), []);
});

test('quantities are rounded to thousandths, away from zero, and stay quantities', () => {
  const list = { a: '1n', b: '-1500u', c: '999999999u', d: '-1058766409327177419980800u', e: '100m', f: '1Gi' };
  defaultResourceList(list);
  assert.deepEqual(list, { a: '1m', b: '-2m', c: '1k', d: '-1058766409327177419981m', e: '100m', f: '1Gi' });
});

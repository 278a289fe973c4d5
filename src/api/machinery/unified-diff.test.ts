import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unifiedDiff } from './unified-diff.ts';

const numbered = (change: Readonly<Record<number, string>>): string => Array.from({ length: 20 }, (_, i) => change[i] ?? `l${i}`).join('\n');
const rows: readonly (readonly [string, string, string, string])[] = [
  ['nothing changed', 'a\nb', 'a\nb', ''],
  ['one line', 'a', 'b', '@@ -1 +1 @@\n-a\n+b\n'],
  ['a line comes', 'a\nb', 'a\nx\nb', '@@ -1,2 +1,3 @@\n a\n+x\n b\n'],
  ['a line goes', 'a\nx\nb', 'a\nb', '@@ -1,3 +1,2 @@\n a\n-x\n b\n'],
  [
    'changes far from each other',
    numbered({}),
    numbered({ 1: 'X', 18: 'Y' }),
    '@@ -1,5 +1,5 @@\n l0\n-l1\n+X\n l2\n l3\n l4\n@@ -16,5 +16,5 @@\n l15\n l16\n l17\n-l18\n+Y\n l19\n',
  ],
  [
    'changes near each other',
    numbered({}),
    numbered({ 5: 'X', 12: 'Y' }),
    '@@ -3,14 +3,14 @@\n l2\n l3\n l4\n-l5\n+X\n l6\n l7\n l8\n l9\n l10\n l11\n-l12\n+Y\n l13\n l14\n l15\n',
  ],
  ['lines that are there more than once', 'a\nb\na\nb\nc', 'a\nb\nc', '@@ -1,5 +1,3 @@\n-a\n-b\n a\n b\n c\n'],
];
for (const [name, old, now, expected] of rows) void test(name, () => assert.equal(unifiedDiff(old, now), expected));

test('lines that are everywhere in a long text do not tell what belongs together', () => {
  const lines = (first: string): string => [first, ...Array.from({ length: 250 }, (_, i) => (i % 2 ? 'null' : `l${i}`))].join('\n');
  assert.equal(unifiedDiff(lines('a'), lines('b')), '@@ -1,4 +1,4 @@\n-a\n+b\n l0\n null\n l2\n');
});

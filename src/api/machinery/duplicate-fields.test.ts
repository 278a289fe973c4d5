import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findDuplicateFields } from './duplicate-fields.ts';

test('doubled keys of one object are found, with their path', () => {
  const table: [string, string[]][] = [
    ['{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}', []],
    ['{"spec":{"a":1,"a":2}}', ['duplicate field "spec.a"']],
    ['{"a":1,"a":1,"a":1}', ['duplicate field "a"']],
    ['{"a":[{"x":1},{"b":1,"b":2}],"a":3}', ['duplicate field "a[1].b"', 'duplicate field "a"']],
    ['{"a":"\\"}{,\\"a\\":","b":"\\\\","a":1}', ['duplicate field "a"']],
    ['{"\\u0061":1,"a":2}', ['duplicate field "a"']],
    ['{ "a" : [ [ {"x":1, "x":2} ], [1,2] ] , "b" : {} }', ['duplicate field "a[0][0].x"']],
    ['["a","a"]', []],
    ['"x"', []],
  ];
  for (const [text, expected] of table) assert.deepEqual(findDuplicateFields(text), expected, text);
});

import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { invalid, notSupported } from './field-error.ts';
import { goJson, goQuote } from './go-text.ts';

test('texts are quoted as Go quotes them', () => {
  const texts = [
    '',
    'plain ünï 😀',
    'a"b\\c',
    'tab\tline\n',
    'bell\u0007\v',
    'a\u0001b',
    'del\u007f',
    'nbsp\u00a0',
    'zero\u200bwidth',
    'private\u{f0000}',
    '<b>',
  ];
  deepEqual(texts.map(goQuote), [
    '""',
    '"plain ünï 😀"',
    '"a\\"b\\\\c"',
    '"tab\\tline\\n"',
    '"bell\\a\\v"',
    '"a\\x01b"',
    '"del\\x7f"',
    '"nbsp\\u00a0"',
    '"zero\\u200bwidth"',
    '"private\\U000f0000"',
    '"<b>"',
  ]);
});

test('values are written as Go writes JSON', () => {
  deepEqual(goJson({ a: '<b> & "c"\u2028' }), '{"a":"\\u003cb\\u003e \\u0026 \\"c\\"\\u2028"}');
});

test('field errors show values as Go does', () => {
  deepEqual(invalid('a', 'x\u0001', 'bad').message, 'Invalid value: "x\\x01": bad');
  deepEqual(invalid('a', ['<'], 'bad').message, 'Invalid value: ["\\u003c"]: bad');
  deepEqual(notSupported('a', 'y\u007f', ['z']).message, 'Unsupported value: "y\\x7f": supported values: "z"');
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { goJsonSyntaxError, goUnmarshalError } from './go-json-syntax.ts';

const END = 'unexpected end of JSON input';

void describe("Go's words for what is no JSON", () => {
  const rows: readonly (readonly [string, string])[] = [
    ['', END],
    ['{', END],
    ['{"a":1', END],
    ['"a', END],
    ['"\\', END],
    ['"\\u12', END],
    ['-', END],
    ['1e', END],
    ['tru', END],
    ['not json', "invalid character 'o' in literal null (expecting 'u')"],
    ['x', "invalid character 'x' looking for beginning of value"],
    ['{"a":}', "invalid character '}' looking for beginning of value"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
    ['[1 2]', "invalid character '2' after array element"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['01', "invalid character '1' after top-level value"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u12x4"', "invalid character 'x' in \\u hexadecimal character escape"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1e+x', "invalid character 'x' in exponent of numeric literal"],
    ['\u00e9', "invalid character 'Ã' looking for beginning of value"],
  ];
  for (const [text, expected] of rows) void test(JSON.stringify(text), () => assert.equal(goJsonSyntaxError(text), expected));
});

void test('what is JSON has no mistakes', () => {
  const samples = ['{}', ' [] ', 'null', '-0.5e-7', '"\\u00e9\\n\\""', '{"a":[1,{"b":[true,false,null]}],"c":{}}', '"é"', '12'];
  for (const text of samples) assert.equal(goJsonSyntaxError(text), '', text);
  for (const text of samples) assert.equal(goJsonSyntaxError(Buffer.from(text)), '', text);
});

void test('values of another sort are named as Go names them', () => {
  const type = { sort: 'object', goType: 'map[string]interface {}' } as const;
  for (const value of [null, {}]) assert.equal(goUnmarshalError(value, type), '');
  assert.equal(goUnmarshalError([], type), 'json: cannot unmarshal array into Go value of type map[string]interface {}');
  assert.equal(goUnmarshalError(true, type), 'json: cannot unmarshal bool into Go value of type map[string]interface {}');
  assert.equal(goUnmarshalError(1, type), 'json: cannot unmarshal number into Go value of type map[string]interface {}');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseYaml } from '#lib/yaml';
import { goYamlError } from './yaml-errors.ts';

const unreadable: [text: string, error: string][] = [
  ['a: [', 'yaml: did not find expected node content'],
  ['a: b: c', 'yaml: line 1: mapping values are not allowed in this context'],
  ['a: 1\n b: 2\n', 'yaml: line 2: mapping values are not allowed in this context'],
  ['a: 1\nb: "x', 'yaml: line 2: found unexpected end of stream'],
  ['a:\n\tb: 1\n', 'yaml: line 2: found character that cannot start any token'],
];
for (const [text, error] of unreadable) {
  test(`${JSON.stringify(text)}: ${error}`, () => {
    assert.throws(
      () => parseYaml(text),
      (cause) => {
        assert.equal(goYamlError(cause), error);
        return true;
      },
    );
  });
}
test('other mistakes are told in their own words', () => assert.equal(goYamlError(new Error('no')), 'yaml: no'));

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseYaml, parseYamlDocuments } from './yaml.ts';

for (const [source, expected] of [
  ['0644', 420],
  ['0o644', 420],
  ['0x1f', 31],
  ['-12', -12],
  ['1_000', 1000],
  ['1.5', 1.5],
  ['1e3', 1000],
  ['yes', true],
  ['off', false],
  ['12:30:45', '12:30:45'],
  ['2026-01-01', '2026-01-01'],
  ['0899', 899],
  ['1.2.3', '1.2.3'],
  ['~', null],
  ['"0644"', '0644'],
  ['1Gi', '1Gi'],
  ['-', [null]],
  ['', null],
  ['# nothing\n', null],
  ['---\na: 1\n---\nb: 2\n', { a: 1 }],
] as const) {
  test(`${source} is ${JSON.stringify(expected)}`, () => assert.deepEqual(parseYaml(source), expected));
}
test('merge keys and several documents', () => {
  assert.deepEqual(parseYamlDocuments('a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n---\n# nothing\n---\ne: 3\n'), [{ a: { b: 1 }, c: { b: 1, d: 2 } }, { e: 3 }]);
});

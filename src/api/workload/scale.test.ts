import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSelector, workloadScale } from './scale.ts';

test('columns show that a stored selector is none, a scale has none then', () => {
  const bad = { matchLabels: { a: 'line\nbreak' } };
  assert.equal(formatSelector(bad), '<error>');
  assert.equal(formatSelector({ matchLabels: { b: '1', a: '2' } }), 'a=2,b=1');
  assert.equal(formatSelector({}), '');
  assert.throws(() => workloadScale().selector({ metadata: {}, spec: { selector: bad } }));
});

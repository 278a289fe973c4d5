import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAccept } from './accept.ts';

describe('Accept, in the order of upstream', () => {
  for (const [header, expected] of [
    [undefined, ['*/*']],
    ['', ['*/*']],
    ['application/json', ['application/json']],
    ['application/yaml;q=0.5, application/json', ['application/json', 'application/yaml']],
    ['application/json;q=0.4, application/yaml;q=0.4', ['application/json', 'application/yaml']],
    // A wildcard gives way to what is named, even to what is wanted less.
    ['*/*, application/yaml;q=0.1', ['application/yaml', '*/*']],
    ['application/*, application/json;q=0.1', ['application/json', 'application/*']],
    ['*, text/html', ['text/html', '*/*']],
    // q=0 is the least wanted, but not refused.
    ['application/json;q=0, application/yaml', ['application/yaml', 'application/json']],
    ['application/json;q=x, application/yaml;q=0.1', ['application/yaml', 'application/json']],
    ['application, application/json/x, application/yaml', ['application/yaml']],
    [
      ['application/yaml', 'application/json'],
      ['application/yaml', 'application/json'],
    ],
  ] as const) {
    test(JSON.stringify(header), () =>
      assert.deepEqual(
        parseAccept(header as string).map(({ type }) => type),
        expected,
      ),
    );
  }
  test('parameters', () => {
    const [wish] = parseAccept('application/json;as=Table; v=v1 ;g=meta.k8s.io;x;y=1=2;q=1');
    assert.deepEqual({ ...wish?.parameters }, { as: 'Table', v: 'v1', g: 'meta.k8s.io' });
  });
});

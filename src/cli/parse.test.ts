import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { integer, list, text, toggle, UsageError } from './flag.ts';
import { parseFlags, peekFlag } from './parse.ts';

const flags = {
  'data-dir': text('folder', { short: 'd', env: ['K3S_DATA_DIR'] }),
  port: integer('port', { fallback: 6443 }),
  debug: toggle('debug', { env: ['K3S_DEBUG'] }),
  label: list('labels'),
  config: text('file', { short: 'c', fallback: '/etc/default.yaml' }),
};
const parse = (argv: string[], env: Record<string, string> = {}, file: Record<string, unknown> = {}) => parseFlags(flags, { argv, env, file });

describe('values', () => {
  const cases: [string[], Record<string, unknown>][] = [
    [[], { port: 6443, debug: false, label: [], 'data-dir': undefined }],
    [['--port', '1'], { port: 1 }],
    [['--port=1', '--port=2'], { port: 2 }],
    [['-port', '3'], { port: 3 }],
    [['-d', '/x'], { 'data-dir': '/x' }],
    [['--debug'], { debug: true }],
    [['--debug=false'], { debug: false }],
    [['--label', 'a=b', '--label', 'c'], { label: ['a=b', 'c'] }],
    [['--label', 'a,b'], { label: ['a', 'b'] }],
    [['--label', 'feature-gates=A=true,B=false'], { label: ['feature-gates=A=true,B=false'] }],
    [['--data-dir='], { 'data-dir': '' }],
  ];
  for (const [argv, expected] of cases) {
    test(argv.join(' ') || 'nothing', () => {
      const { values } = parse(argv);
      for (const [name, value] of Object.entries(expected)) assert.deepEqual(values[name as keyof typeof values], value);
    });
  }
});

test('the command line beats the file, the file beats the environment', () => {
  const env = { K3S_DATA_DIR: '/env', K3S_DEBUG: 'true' };
  assert.equal(parse([], env).values['data-dir'], '/env');
  assert.equal(parse([], env, { 'data-dir': '/file' }).values['data-dir'], '/file');
  assert.equal(parse(['-d', '/line'], env, { 'data-dir': '/file' }).values['data-dir'], '/line');
  assert.equal(parse([], env).values.debug, true);
});

test('a list on the command line replaces the one in the file, numbers and booleans in files count', () => {
  const file = { label: ['a=1', 'b=2'], port: 7443, debug: true };
  assert.deepEqual(parse([], {}, file).values.label, ['a=1', 'b=2']);
  assert.deepEqual(parse(['--label', 'c=3'], {}, file).values.label, ['c=3']);
  assert.deepEqual([parse([], {}, file).values.port, parse([], {}, file).values.debug], [7443, true]);
});

test('what is left, unknown keys, and where flags end', () => {
  assert.deepEqual(parse(['a', '--debug', 'b', '--', '--port', 'c']).rest, ['a', 'b', '--port', 'c']);
  assert.deepEqual(parse([], {}, { nonsense: 1 }).unknownKeys, ['nonsense']);
});

for (const [argv, message] of [
  [['--nope'], 'flag provided but not defined: -nope'],
  [['--port'], 'flag needs an argument: --port'],
  [['--port', 'x'], 'invalid value "x" for --port: a whole number is wanted'],
  [['--debug=x'], 'invalid boolean value "x" for --debug: use true or false'],
] as [string[], string][]) {
  test(`refuses ${argv.join(' ')}`, () => assert.throws(() => parse(argv), new UsageError(message)));
}

test('peekFlag finds one flag before the rest is understood', () => {
  assert.equal(peekFlag(flags, 'config', { argv: ['--debug', '-c', '/x.yaml'], env: {} }), '/x.yaml');
  assert.equal(peekFlag(flags, 'config', { argv: [], env: {} }), '/etc/default.yaml');
});

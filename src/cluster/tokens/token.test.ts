import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '#lib';
import { pathsOf } from '../config.ts';
import { ensureTokens, formatToken, parseToken } from './token.ts';

const hash = 'a'.repeat(64);
for (const [token, expected] of [
  [`K10${hash}::server:secret`, { caHash: hash, user: 'server', password: 'secret' }],
  [`K10${hash}::abcdef.0123456789abcdef`, { caHash: hash, user: '', password: 'abcdef.0123456789abcdef' }],
  ['K10::node:a:b', { caHash: '', user: 'node', password: 'a:b' }],
  [' plain\n', { caHash: '', user: '', password: 'plain' }],
] as const) {
  test(`parseToken reads ${token.trim().slice(0, 24)}`, () => assert.deepEqual(parseToken(token), expected));
}
test('parseToken refuses a CA hash of the wrong length', () => {
  assert.throws(() => parseToken('K10abc::server:x'), /invalid token CA hash length/);
});

test('tokens are made once, readable by root alone, kept at the next start, and another --token is refused', () => {
  const dir = mkdtempSync(join(tmpdir(), 'k3ts-token-'));
  try {
    const paths = pathsOf(dir);
    const first = ensureTokens(paths, { caPem: 'ca', random: seededRandom(1) });
    assert.deepEqual(ensureTokens(paths, { caPem: 'ca', random: seededRandom(2) }), first);
    assert.equal(readFileSync(`${paths.server}/node-token`, 'utf8').trim(), formatToken('ca', 'server', first.serverPassword));
    assert.equal(statSync(paths.serverToken).mode & 0o777, 0o600);
    assert.throws(() => ensureTokens(paths, { token: 'other', caPem: 'ca', random: seededRandom(3) }), /another one/);
    ensureTokens(paths, { token: first.serverPassword, caPem: 'ca', random: seededRandom(3) });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { mergeConfig, readConfigFiles } from './config-file.ts';
import { UsageError } from './flag.ts';

const cases: [string, Record<string, unknown>[], Record<string, unknown>][] = [
  ['the last file wins', [{ a: 1, b: 1 }, { a: 2 }], { a: 2, b: 1 }],
  ['key+ appends lists', [{ l: ['a'] }, { 'l+': ['b'] }, { 'l+': 'c' }], { l: ['a', 'b', 'c'] }],
  ['key+ appends texts', [{ t: 'a' }, { 't+': 'b' }], { t: 'ab' }],
  ['key+ starts a list', [{ 'l+': ['a'] }], { l: ['a'] }],
];
for (const [name, files, expected] of cases) {
  test(name, () => {
    const merged: Record<string, unknown> = {};
    for (const file of files) mergeConfig(merged, file);
    assert.deepEqual(merged, expected);
  });
}

test('drop-ins come after the file, in alphabetical order; a missing default file is fine', () => {
  const dir = mkdtempSync(join(tmpdir(), 'k3ts-config-'));
  try {
    const file = join(dir, 'config.yaml');
    assert.deepEqual(readConfigFiles(file, { mustExist: false }), {});
    assert.throws(() => readConfigFiles(file, { mustExist: true }), UsageError);
    writeFileSync(file, 'token: a\nnode-label:\n- x=1\n');
    mkdirSync(`${file}.d`);
    writeFileSync(join(`${file}.d`, '20-b.yaml'), 'token: c\n');
    writeFileSync(join(`${file}.d`, '10-a.yaml'), 'token: b\nnode-label+:\n- y=2\n');
    writeFileSync(join(`${file}.d`, 'ignored.txt'), 'token: z\n');
    assert.deepEqual(readConfigFiles(file, { mustExist: true }), { token: 'c', 'node-label': ['x=1', 'y=2'] });
    writeFileSync(file, '- a\n');
    assert.throws(() => readConfigFiles(file, { mustExist: true }), /must hold "flag-name: value" lines/);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

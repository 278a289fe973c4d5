import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathsOf } from '../config.ts';
import { ensureClusterCertificates } from './files.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse('2026-01-01T00:00:00Z');
const NAMES = ['kubernetes', 'localhost', '127.0.0.1', '::1'];

describe('the certificates on disk', () => {
  let dir: string;
  before(() => void (dir = mkdtempSync(join(tmpdir(), 'certificates-'))));
  after(() => rmSync(dir, { recursive: true }));

  it('are kept while they are good, and renewed with new names or when little time is left', () => {
    const paths = pathsOf(dir);
    const first = ensureClusterCertificates(paths, NAMES, NOW_MS);
    assert.deepEqual(ensureClusterCertificates(paths, NAMES, NOW_MS + DAY_MS), first);

    const renamed = ensureClusterCertificates(paths, [...NAMES, '192.0.2.7'], NOW_MS);
    assert.notEqual(renamed.apiserver.certPem, first.apiserver.certPem);
    assert.equal(renamed.apiserver.keyPem, first.apiserver.keyPem);
    assert.deepEqual({ ca: renamed.serverCa, admin: renamed.admin }, { ca: first.serverCa, admin: first.admin });

    const renewed = ensureClusterCertificates(paths, NAMES, NOW_MS + 300 * DAY_MS);
    assert.notEqual(renewed.admin.certPem, first.admin.certPem);
    assert.deepEqual(renewed.clientCa, first.clientCa);
  });
});

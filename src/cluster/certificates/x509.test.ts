import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createAuthority, createLeaf } from './x509.ts';

const validity = { notBeforeMs: Date.UTC(2026, 0, 1), notAfterMs: Date.UTC(2056, 0, 1) };

test('a leaf carries its subject, names and usages, and its authority vouches for it', () => {
  const authority = createAuthority({ commonName: 'k3s-server-ca@1' }, validity);
  const leaf = createLeaf(authority, {
    subject: { commonName: 'system:admin', organizations: ['system:masters'] },
    usages: ['clientAuth', 'serverAuth'],
    altNames: ['localhost', '127.0.0.1', '::1', 'fe80::12'],
    ...validity,
  });
  const certificate = new X509Certificate(leaf.certPem);
  assert.equal(certificate.subject, 'O=system:masters\nCN=system:admin');
  assert.equal(certificate.subjectAltName, 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, IP Address:FE80:0:0:0:0:0:0:12');
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.1']);
  assert.ok(certificate.verify(new X509Certificate(authority.certPem).publicKey));
  assert.ok(certificate.checkIssued(new X509Certificate(authority.certPem)));
  assert.ok(certificate.checkPrivateKey(createPrivateKey(leaf.keyPem)));
  assert.equal(new Date(certificate.validTo).getTime(), validity.notAfterMs);
});

test('openssl verifies the chain strictly', () => {
  const dir = mkdtempSync(join(tmpdir(), 'k3ts-x509-'));
  try {
    const now = Date.now();
    const fresh = { notBeforeMs: now - 1000, notAfterMs: now + 86_400_000 };
    const authority = createAuthority({ commonName: 'ca' }, fresh);
    const leaf = createLeaf(authority, { subject: { commonName: 'leaf' }, usages: ['serverAuth'], altNames: ['a.example'], ...fresh });
    writeFileSync(join(dir, 'ca.crt'), authority.certPem);
    writeFileSync(join(dir, 'leaf.crt'), leaf.certPem);
    const printed = execFileSync('openssl', ['verify', '-x509_strict', '-CAfile', join(dir, 'ca.crt'), join(dir, 'leaf.crt')], { encoding: 'utf8' });
    assert.match(printed, /leaf\.crt: OK/);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

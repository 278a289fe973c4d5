import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CertificateRequestError, parseCertificateRequest } from './certificate-request.ts';
import { parsePem } from './pem.ts';
import { CERTIFICATE, ECDSA_REQUEST, ED25519_REQUEST, RSA_REQUEST } from './test-requests.ts';

const refuses = (pem: string, message: string) => assert.throws(() => parseCertificateRequest(pem), new CertificateRequestError(message));
/** The request with one byte of its DER changed. */
function broken(pem: string, at: (der: Buffer) => number, type = 'CERTIFICATE REQUEST'): string {
  const der = Buffer.from(parsePem(pem)[0]?.der ?? []);
  const i = at(der);
  der[i] = (der[i] ?? 0) ^ 1;
  return `-----BEGIN ${type}-----\n${der.toString('base64')}\n-----END ${type}-----\n`;
}
const bytes = (der: Buffer) => `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;

void describe('certificate requests', () => {
  test('say who asks and for which names', () => {
    const request = parseCertificateRequest(ECDSA_REQUEST);
    assert.equal(request.commonName, 'u');
    assert.deepEqual(request.organizations, ['g1', 'g2']);
    assert.deepEqual(request.names, { dns: ['a.b'], emails: ['x@y'], uris: ['spiffe://a'], ips: [Buffer.from([10, 0, 0, 1])] });
    assert.equal(request.publicKey.asymmetricKeyType, 'ec');
  });
  test('of RSA and Ed25519', () => {
    assert.equal(parseCertificateRequest(RSA_REQUEST).commonName, 'rsa');
    assert.equal(parseCertificateRequest(ED25519_REQUEST).commonName, 'ed');
  });
  test('with another signature are refused', () => {
    const inName = (der: Buffer) => der.indexOf('rsa');
    refuses(broken(RSA_REQUEST, inName), 'crypto/rsa: verification error');
    refuses(
      broken(ED25519_REQUEST, (der) => der.indexOf('ed')),
      'x509: Ed25519 verification failure',
    );
    refuses(
      broken(ECDSA_REQUEST, (der) => der.indexOf('g1')),
      'x509: ECDSA verification failure',
    );
  });
  test('of another type, or none, are refused', () => {
    refuses('', 'PEM block type must be CERTIFICATE REQUEST');
    refuses(CERTIFICATE, 'PEM block type must be CERTIFICATE REQUEST');
  });
  test('whose bytes are wrong are refused', () => {
    const der = parsePem(ED25519_REQUEST)[0]?.der ?? Buffer.alloc(0);
    refuses(bytes(der.subarray(0, 20)), 'asn1: syntax error: data truncated');
    refuses(bytes(Buffer.concat([der, Buffer.from([0])])), 'asn1: syntax error: trailing data');
    refuses(bytes(Buffer.from([0x02, 0x01, 0x01])), 'asn1: structure error: tags do not match');
    refuses(bytes(Buffer.from([0x30, 0x89])), 'asn1: structure error: length too large');
  });
});

test('blocks of PEM', () => {
  assert.deepEqual(
    parsePem(`x\n${CERTIFICATE}y\n${ED25519_REQUEST}`).map(({ type }) => type),
    ['CERTIFICATE', 'CERTIFICATE REQUEST'],
  );
  assert.equal(parsePem('-----BEGIN A-----\nK: v\n\nYQ==\n-----END A-----')[0]?.hasHeaders, true);
  assert.deepEqual(parsePem('-----BEGIN A-----\n*\n-----END A-----'), []);
});

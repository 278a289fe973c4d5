/**
 * Makes the X.509 certificates of a cluster with node:crypto alone (docs/adr/0003: a library costs 130–350 ms of the first start).
 * Keys are ECDSA P-256, signatures ecdsa-with-SHA256, profiles those of k3s: see RFC 5280 for the fields.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import * as der from './der.ts';

const OID = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  sha256WithRsa: '1.2.840.113549.1.1.11',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}
/** PEM texts; `certPem` may hold a chain, leaf first. */
export interface KeyAndCertificate {
  readonly keyPem: string;
  readonly certPem: string;
}
export interface LeafProfile {
  readonly subject: Subject;
  readonly usages: readonly ('serverAuth' | 'clientAuth')[];
  /** DNS names and IP addresses. */
  readonly altNames?: readonly string[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** A new ECDSA P-256 key as SEC 1 PEM, the form k3s writes. */
export function createKeyPem(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'sec1', format: 'pem' }).toString();
}

/** A self-signed certificate authority. */
export function createAuthority(subject: Subject, validity: { notBeforeMs: number; notAfterMs: number }, keyPem: string = createKeyPem()): KeyAndCertificate {
  const key = createPrivateKey(keyPem);
  const keyId = keyIdentifier(createPublicKey(key));
  const extensions = [
    extension(OID.keyUsage, true, der.bitString(Buffer.from([0b10100100]), 2)), // digitalSignature, keyEncipherment, keyCertSign
    extension(OID.basicConstraints, true, der.sequence(der.boolean(true))),
    extension(OID.subjectKeyIdentifier, false, der.octetString(keyId)),
  ];
  return {
    keyPem,
    certPem: issue({ issuer: nameOf(subject), subject: nameOf(subject), publicKey: createPublicKey(key), signer: key, extensions, ...validity }),
  };
}

/** A certificate for `keyPem` (or a new key) signed by `authority`; its PEM holds the authority's certificate after the leaf, as k3s' files do. */
export function createLeaf(authority: KeyAndCertificate, profile: LeafProfile, keyPem: string = createKeyPem()): KeyAndCertificate {
  const publicKey = createPublicKey(createPrivateKey(keyPem));
  const issuer = new X509Certificate(authority.certPem);
  const altNames = (profile.altNames ?? []).map(generalName);
  const extensions = [
    extension(OID.keyUsage, true, der.bitString(Buffer.from([0b10100000]), 5)), // digitalSignature, keyEncipherment
    extension(OID.extendedKeyUsage, false, der.sequence(...profile.usages.map((usage) => der.objectIdentifier(OID[usage])))),
    extension(OID.authorityKeyIdentifier, false, der.sequence(der.implicit(0, keyIdentifier(issuer.publicKey)))),
    ...(altNames.length > 0 ? [extension(OID.subjectAltName, false, der.sequence(...altNames))] : []),
  ];
  const certPem = issue({
    issuer: rawSubject(issuer),
    subject: nameOf(profile.subject),
    publicKey,
    signer: createPrivateKey(authority.keyPem),
    extensions,
    notBeforeMs: profile.notBeforeMs,
    notAfterMs: profile.notAfterMs,
  });
  return { keyPem, certPem: certPem + authority.certPem };
}

interface Issue {
  readonly issuer: der.Der;
  readonly subject: der.Der;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: der.Der[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

function issue(options: Issue): string {
  const serial = randomBytes(16);
  serial[0] = (serial[0] ?? 0) & 0x7f || 1; // positive and never zero
  const algorithm =
    options.signer.asymmetricKeyType === 'rsa'
      ? der.sequence(der.objectIdentifier(OID.sha256WithRsa), Buffer.from([0x05, 0x00]))
      : der.sequence(der.objectIdentifier(OID.ecdsaWithSha256));
  const toBeSigned = der.sequence(
    der.explicit(0, der.integer(Buffer.from([2]))),
    der.integer(serial),
    algorithm,
    options.issuer,
    der.sequence(der.time(options.notBeforeMs), der.time(options.notAfterMs)),
    options.subject,
    options.publicKey.export({ type: 'spki', format: 'der' }),
    der.explicit(3, der.sequence(...options.extensions)),
  );
  const signature = sign('sha256', toBeSigned, options.signer);
  const body = der.sequence(toBeSigned, algorithm, der.bitString(signature)).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${body.replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

/** Organizations come before the common name, as Go writes them. */
function nameOf(subject: Subject): der.Der {
  const part = (oid: string, text: string) => der.set(der.sequence(der.objectIdentifier(oid), der.utf8String(text)));
  return der.sequence(...(subject.organizations ?? []).map((o) => part(OID.organization, o)), part(OID.commonName, subject.commonName));
}

/** The subject of a certificate byte for byte, so that issuer and authority match whoever made the authority. */
function rawSubject(certificate: X509Certificate): der.Der {
  // Certificate → tbsCertificate → [0] version, serial, algorithm, issuer, validity, subject
  const tbs = childrenOf(childrenOf(certificate.raw)[0] ?? Buffer.alloc(0));
  const subject = tbs[tbs[0]?.[0] === 0xa0 ? 5 : 4];
  if (!subject) throw new Error('Cannot read the subject of the certificate authority: its certificate is damaged');
  return subject;
}

function childrenOf(value: Buffer): Buffer[] {
  const content = contentStart(value);
  const children: Buffer[] = [];
  for (let at = content; at < value.length; ) {
    const rest = value.subarray(at);
    const size = contentStart(rest) + contentLength(rest);
    children.push(rest.subarray(0, size));
    at += size;
  }
  return children;
}
function contentStart(value: Buffer): number {
  const first = value[1] ?? 0;
  return first < 0x80 ? 2 : 2 + (first & 0x7f);
}
function contentLength(value: Buffer): number {
  const first = value[1] ?? 0;
  return first < 0x80 ? first : value.readUIntBE(2, first & 0x7f);
}

function keyIdentifier(publicKey: KeyObject): Buffer {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha1').update(spki).digest();
}

function extension(oid: string, critical: boolean, value: der.Der): der.Der {
  return der.sequence(der.objectIdentifier(oid), ...(critical ? [der.boolean(true)] : []), der.octetString(value));
}

function generalName(name: string): der.Der {
  if (isIPv4(name)) return der.implicit(7, Buffer.from(name.split('.').map(Number)));
  if (isIPv6(name)) return der.implicit(7, ipv6Bytes(name));
  return der.implicit(2, Buffer.from(name));
}

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail] = address.split('::');
  const groups = (text: string) => (text ? text.split(':').map((g) => Number.parseInt(g, 16)) : []);
  const [front, back] = [groups(head), groups(tail ?? '')];
  const all = tail === undefined ? front : [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back];
  const bytes = Buffer.alloc(16);
  for (const [i, group] of all.entries()) bytes.writeUInt16BE(group, i * 2);
  return bytes;
}

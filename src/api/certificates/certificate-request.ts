import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { parsePem } from './pem.ts';

/** What a PKCS#10 request asks for. */
export interface CertificateRequest {
  readonly commonName: string;
  /** The organizations of the subject: groups, for client certificates. */
  readonly organizations: readonly string[];
  readonly publicKey: KeyObject;
  readonly names: SubjectNames;
}
/** The names of the requested subjectAltName extension. */
export interface SubjectNames {
  readonly dns: readonly string[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
  /** In their 4 or 16 bytes. */
  readonly ips: readonly Buffer[];
}

/** A text or DER that is no request, in Go's words. */
export class CertificateRequestError extends Error {
  override readonly name = 'CertificateRequestError';
}

interface Value {
  readonly tag: number;
  readonly content: Buffer;
  /** Header and content. */
  readonly raw: Buffer;
}
const [SEQUENCE, SET, OBJECT_IDENTIFIER, OCTET_STRING] = [0x30, 0x31, 0x06, 0x04];
const [ATTRIBUTES, EXTENSIONS_TAG] = [0xa0, '1.2.840.113549.1.9.14'];
const [COMMON_NAME, ORGANIZATION, SUBJECT_ALT_NAME] = ['2.5.4.3', '2.5.4.10', '2.5.29.17'];
const PSS = '1.2.840.113549.1.1.10';

/** Digest and what a wrong signature is called, by the algorithm's object identifier. */
const SIGNATURES: Readonly<Record<string, readonly [string | null, string]>> = {
  '1.2.840.113549.1.1.5': ['sha1', 'crypto/rsa: verification error'],
  '1.2.840.113549.1.1.11': ['sha256', 'crypto/rsa: verification error'],
  '1.2.840.113549.1.1.12': ['sha384', 'crypto/rsa: verification error'],
  '1.2.840.113549.1.1.13': ['sha512', 'crypto/rsa: verification error'],
  [PSS]: ['sha256', 'crypto/rsa: verification error'],
  '1.2.840.10045.4.1': ['sha1', 'x509: ECDSA verification failure'],
  '1.2.840.10045.4.3.2': ['sha256', 'x509: ECDSA verification failure'],
  '1.2.840.10045.4.3.3': ['sha384', 'x509: ECDSA verification failure'],
  '1.2.840.10045.4.3.4': ['sha512', 'x509: ECDSA verification failure'],
  '1.3.101.112': [null, 'x509: Ed25519 verification failure'],
};

/** Reads the request in a PEM text and checks that who asks holds the key; throws CertificateRequestError. */
export function parseCertificateRequest(pem: string): CertificateRequest {
  const [block] = parsePem(pem);
  if (block?.type !== 'CERTIFICATE REQUEST') throw new CertificateRequestError('PEM block type must be CERTIFICATE REQUEST');
  const [outer, rest] = readValue(block.der, SEQUENCE);
  if (rest.length > 0) throw new CertificateRequestError('asn1: syntax error: trailing data');
  const [info, afterInfo] = readValue(outer.content, SEQUENCE);
  const [algorithm, afterAlgorithm] = readValue(afterInfo, SEQUENCE);
  const [signature] = readValue(afterAlgorithm, 0x03);
  const [, afterVersion] = readValue(info.content, 0x02);
  const [subject, afterSubject] = readValue(afterVersion, SEQUENCE);
  const [key, afterKey] = readValue(afterSubject, SEQUENCE);
  const publicKey = readKey(key.raw);
  checkSignature({ publicKey, signed: info.raw, signature: signature.content.subarray(1), algorithm: oid(readValue(algorithm.content, OBJECT_IDENTIFIER)[0]) });
  return { ...readSubject(subject.content), publicKey, names: readNames(afterKey) };
}

function readKey(der: Buffer): KeyObject {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch (cause) {
    throw new CertificateRequestError('x509: unsupported public key', { cause });
  }
}

function checkSignature(of: { publicKey: KeyObject; signed: Buffer; signature: Buffer; algorithm: string }): void {
  const [digest, mistake] = SIGNATURES[of.algorithm] ?? [];
  if (digest === undefined || mistake === undefined) throw new CertificateRequestError('x509: cannot verify signature: algorithm unimplemented');
  const padding = of.algorithm === PSS ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO } : {};
  let isRight = false;
  try {
    isRight = verify(digest, of.signed, { key: of.publicKey, ...padding }, of.signature);
  } catch {
    // A key of another sort than the signature.
  }
  if (!isRight) throw new CertificateRequestError(mistake);
}

function readSubject(rdns: Buffer): { commonName: string; organizations: string[] } {
  let commonName = '';
  const organizations: string[] = [];
  for (const rdn of values(rdns)) {
    for (const pair of values(rdn.content)) {
      const [type, value] = values(pair.content);
      if (!type || !value) continue;
      // The last common name counts.
      if (oid(type) === COMMON_NAME) commonName = value.content.toString('utf8');
      if (oid(type) === ORGANIZATION) organizations.push(value.content.toString('utf8'));
    }
  }
  return { commonName, organizations };
}

function readNames(rest: Buffer): SubjectNames {
  const names = { dns: [] as string[], emails: [] as string[], uris: [] as string[], ips: [] as Buffer[] };
  const attributes = rest.length > 0 ? values(rest).find(({ tag }) => tag === ATTRIBUTES) : undefined;
  for (const { tag, content } of attributes ? alternativeNames(attributes.content) : []) {
    if (tag === 0x81) names.emails.push(content.toString('latin1'));
    if (tag === 0x82) names.dns.push(content.toString('latin1'));
    if (tag === 0x86) names.uris.push(content.toString('latin1'));
    if (tag === 0x87) names.ips.push(content);
  }
  return names;
}

function alternativeNames(attributes: Buffer): Value[] {
  const requested = values(attributes)
    .map(({ content }) => values(content))
    .filter(([type]) => type && oid(type) === EXTENSIONS_TAG)
    .flatMap(([, set]) => (set?.tag === SET ? values(set.content) : []));
  return requested
    .flatMap(({ content }) => values(content))
    .map(({ content }) => values(content))
    .filter(([type]) => type && oid(type) === SUBJECT_ALT_NAME)
    .flatMap((parts) => parts.filter(({ tag }) => tag === OCTET_STRING))
    .flatMap(({ content }) => values(content))
    .flatMap(({ content }) => values(content));
}

function values(bytes: Buffer): Value[] {
  const list: Value[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const [value, after] = readValue(rest);
    list.push(value);
    rest = after;
  }
  return list;
}

/** The first value and what follows it. */
function readValue(bytes: Buffer, expected?: number): [Value, Buffer] {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) throw new CertificateRequestError('asn1: syntax error: data truncated');
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (lengthBytes > 4) throw new CertificateRequestError('asn1: structure error: length too large');
  const start = 2 + lengthBytes;
  const length = lengthBytes === 0 ? first : bytes.length < start ? Number.POSITIVE_INFINITY : bytes.readUIntBE(2, lengthBytes);
  if (start + length > bytes.length) throw new CertificateRequestError('asn1: syntax error: data truncated');
  if (expected !== undefined && tag !== expected) throw new CertificateRequestError('asn1: structure error: tags do not match');
  return [{ tag, content: bytes.subarray(start, start + length), raw: bytes.subarray(0, start + length) }, bytes.subarray(start + length)];
}

function oid({ content }: Value): string {
  const [first = 0, ...rest] = content;
  const arcs = [Math.min(2, Math.floor(first / 40))];
  arcs.push(first - (arcs[0] ?? 0) * 40);
  let arc = 0;
  for (const byte of rest) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  return arcs.join('.');
}

import { X509Certificate } from 'node:crypto';
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '#api/types/certificates-v1';
import { child, duplicate, type FieldError, forbidden, index, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { CertificateRequestError, parseCertificateRequest } from '../certificate-request.ts';
import { parsePem } from '../pem.ts';
import { validateSignerName } from '../signer-name.ts';

const USAGES =
  'any,cert sign,client auth,code signing,content commitment,crl sign,data encipherment,decipher only,digital signature,email protection,encipher only,ipsec end system,ipsec tunnel,ipsec user,key agreement,key encipherment,microsoft sgc,netscape sgc,ocsp signing,s/mime,server auth,signing,timestamping'.split(
    ',',
  );
const LEGACY_SIGNER = 'kubernetes.io/legacy-unknown';
const MIN_EXPIRATION_SECONDS = 600;
const CONDITIONS = 'status.conditions';
const FINAL = ['Approved', 'Denied', 'Failed'];
const EXCLUSIVE = 'Approved and Denied conditions are mutually exclusive';

/** Which part of a request a write may change. */
export type RequestPart = 'spec' | 'status' | 'approval';

/** What is wrong with a new CertificateSigningRequest; follows pkg/apis/certificates/validation. */
export function validateNewRequest(request: CertificateSigningRequest): FieldError[] {
  return validateRequest(request, undefined);
}

/** What is wrong with a request that replaces `old`: mistakes of earlier versions may stay. */
export function validateRequestUpdate(request: CertificateSigningRequest, old: CertificateSigningRequest, part: RequestPart): FieldError[] {
  const errors = validateRequest(request, old);
  for (const type of FINAL) {
    if (conditionsOf(request, type).length < conditionsOf(old, type).length) {
      errors.push(forbidden(CONDITIONS, `updates may not remove a condition of type ${JSON.stringify(type)}`));
    }
  }
  for (const type of part === 'approval' ? [] : ['Approved', 'Denied']) {
    const [now, before] = [conditionsOf(request, type), conditionsOf(old, type)];
    if (now.length > before.length) errors.push(forbidden(CONDITIONS, `updates may not add a condition of type ${JSON.stringify(type)}`));
    else if (now.length === before.length && !jsonEqual(plain(now), plain(before))) {
      errors.push(forbidden(CONDITIONS, `updates may not modify a condition of type ${JSON.stringify(type)}`));
    }
  }
  const [now = '', before = ''] = [request.status?.certificate, old.status?.certificate];
  if (now === before) return errors;
  if (part !== 'status') errors.push(forbidden('status.certificate', 'updates may not set certificate content'));
  else if (before) errors.push(forbidden('status.certificate', 'updates may not modify existing certificate content'));
  return errors;
}

function validateRequest({ spec, status }: CertificateSigningRequest, old: CertificateSigningRequest | undefined): FieldError[] {
  const errors = pemErrors(spec.request);
  const usages = spec.usages ?? [];
  if (usages.length === 0) errors.push(required('spec.usages'));
  if (!old?.spec.usages?.some((usage) => !USAGES.includes(usage))) {
    for (const [i, usage] of usages.entries()) if (!USAGES.includes(usage)) errors.push(notSupported(index('spec.usages', i), usage, USAGES));
  }
  if (!hasRepeated(old?.spec.usages)) {
    for (const [i, usage] of usages.entries()) if (usages.indexOf(usage) < i) errors.push(duplicate(index('spec.usages', i), usage));
  }
  if (spec.signerName === LEGACY_SIGNER && old?.spec.signerName !== LEGACY_SIGNER) {
    errors.push(invalid('spec.signerName', spec.signerName, 'the legacy signerName is not allowed via this API version'));
  } else errors.push(...validateSignerName(spec.signerName, 'spec.signerName'));
  const seconds = spec.expirationSeconds;
  if (seconds !== undefined && seconds < MIN_EXPIRATION_SECONDS) {
    errors.push(invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 600 seconds (10 minutes)'));
  }
  errors.push(...validateConditions(status?.conditions ?? [], old));
  return [...errors, ...validateCertificate(status?.certificate ?? '', old)];
}

function pemErrors(request: string | undefined): FieldError[] {
  try {
    parseCertificateRequest(Buffer.from(request ?? '', 'base64').toString('latin1'));
    return [];
  } catch (error) {
    if (!(error instanceof CertificateRequestError)) throw error;
    return [invalid('spec.request', request || null, error.message)];
  }
}

function validateConditions(conditions: readonly CertificateSigningRequestCondition[], old: CertificateSigningRequest | undefined): FieldError[] {
  const before = old?.status?.conditions ?? [];
  const types = new Set(before.map(({ type }) => type));
  const allows = { empty: types.has(''), repeated: hasRepeated(before.map(({ type }) => type)), both: types.has('Approved') && types.has('Denied') };
  const seen = new Set<string>();
  return conditions.flatMap(({ type, status }, i) => {
    const at = index(CONDITIONS, i);
    const errors: FieldError[] = [];
    if (!type && !allows.empty) errors.push(required(child(at, 'type')));
    const statuses = FINAL.includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    if (!status) errors.push(required(child(at, 'status')));
    else if (!statuses.includes(status)) errors.push(notSupported(child(at, 'status'), status, statuses));
    const other = type === 'Approved' ? 'Denied' : type === 'Denied' ? 'Approved' : undefined;
    if (!allows.both && other && seen.has(other)) errors.push(invalid(child(at, 'type'), type, EXCLUSIVE));
    if (!allows.repeated && seen.has(type)) errors.push(duplicate(child(at, 'type'), type));
    seen.add(type);
    return errors;
  });
}

function validateCertificate(certificate: string, old: CertificateSigningRequest | undefined): FieldError[] {
  const before = old?.status?.certificate ?? '';
  const mistake = certificateMistake(certificate);
  if (!mistake || (old && (certificate === before || certificateMistake(before)))) return [];
  return [invalid('status.certificate', '<certificate data>', mistake)];
}

/** Why it is no list of certificates. */
function certificateMistake(certificate: string): string | undefined {
  if (!certificate) return undefined;
  const blocks = parsePem(Buffer.from(certificate, 'base64').toString('latin1'));
  for (const { type, hasHeaders, der } of blocks) {
    if (type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(type)}`;
    if (hasHeaders) return 'no PEM block headers are permitted';
    if (der.length === 0) return 'found CERTIFICATE PEM block containing 0 certificates';
    try {
      void new X509Certificate(der);
    } catch {
      return 'x509: malformed certificate';
    }
  }
  return blocks.length > 0 ? undefined : 'must contain at least one CERTIFICATE PEM block';
}

function conditionsOf({ status }: CertificateSigningRequest, wanted: string): CertificateSigningRequestCondition[] {
  return (status?.conditions ?? []).filter(({ type }) => type === wanted);
}
function hasRepeated(list: readonly string[] | undefined): boolean {
  return new Set(list).size < (list?.length ?? 0);
}
function plain(value: unknown): JsonValue {
  return value as JsonValue;
}

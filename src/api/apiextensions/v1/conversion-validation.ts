/** Rules for spec.conversion. Follows validateCustomResourceConversion and k8s.io/apiserver/pkg/util/webhook/validation.go. */
import { X509Certificate } from 'node:crypto';
import type { CustomResourceConversion } from '#api/types/apiextensions-v1';
import { type FieldError, forbidden, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { isDns1035Label } from '../../machinery/names.ts';
import { webhookClientErrors } from '../../machinery/webhook-client.ts';

const STRATEGIES = ['None', 'Webhook'];
const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const DEFAULT_PORT = 443;

export interface ConversionOptions {
  readonly requiresKnownReview: boolean;
  readonly allowsBadCaBundle: boolean;
}

export function validateConversion(conversion: CustomResourceConversion | undefined, path: string, options: ConversionOptions): FieldError[] {
  if (!conversion) return [];
  const errors: FieldError[] = [];
  const { strategy, webhook } = conversion;
  if (!strategy) errors.push(required(`${path}.strategy`));
  else if (!STRATEGIES.includes(strategy)) errors.push(notSupported(`${path}.strategy`, strategy, STRATEGIES));
  const versions = webhook?.conversionReviewVersions ?? [];
  if (strategy === 'Webhook') return [...errors, ...clientErrors(conversion, `${path}.webhookClientConfig`, options), ...reviewErrors(versions, path, options)];
  const text = 'should not be set when strategy is not set to Webhook';
  if (webhook?.clientConfig) errors.push(forbidden(`${path}.webhookClientConfig`, text));
  if (versions.length > 0) errors.push(forbidden(`${path}.conversionReviewVersions`, text));
  return errors;
}

function clientErrors({ webhook }: CustomResourceConversion, path: string, { allowsBadCaBundle }: ConversionOptions): FieldError[] {
  const client = webhook?.clientConfig;
  if (!client) return [required(path, 'required when strategy is set to Webhook')];
  const { url, service, caBundle } = client;
  const errors = webhookClientErrors({ url, service: service && { ...service, port: service.port ?? DEFAULT_PORT } }, path);
  if (caBundle && !allowsBadCaBundle) errors.push(...caBundleErrors(caBundle, `${path}.caBundle`));
  return errors;
}

function reviewErrors(versions: readonly string[], path: string, { requiresKnownReview }: ConversionOptions): FieldError[] {
  const at = `${path}.conversionReviewVersions`;
  if (versions.length === 0) return [required(at)];
  const errors = versions.flatMap((version, i) => {
    if (versions.indexOf(version) < i) return [invalid(`${at}[${i}]`, version, 'duplicate version')];
    return isDns1035Label(version).map((text) => invalid(`${at}[${i}]`, version, text));
  });
  const isKnown = versions.some((version) => REVIEW_VERSIONS.includes(version));
  return requiresKnownReview && !isKnown ? [...errors, invalid(at, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`)] : errors;
}

export function caBundleErrors(caBundle: string, path: string): FieldError[] {
  const problem = bundleProblem(Buffer.from(caBundle, 'base64').toString('latin1'));
  return problem === undefined ? [] : [invalid(path, caBundle, `unable to load root certificates: ${problem}`)];
}

const PEM_BLOCK = /^-----BEGIN ([^\n]*?)-----[ \t\r]*\n([\s\S]*?)\n?-----END \1-----[ \t\r]*(?:\n|$)/m;

/** Why a bundle has no certificate that can be read; one is enough. Follows k8s.io/client-go/transport. */
function bundleProblem(pem: string): string | undefined {
  let problem: string | undefined;
  for (let rest = pem; rest !== ''; ) {
    const found = PEM_BLOCK.exec(rest);
    if (!found) return problem ?? 'unable to parse bytes as PEM block';
    const [block, type, body = ''] = found;
    rest = rest.slice(found.index + block.length);
    // Blocks with headers do not count.
    if (type !== 'CERTIFICATE' || body.includes(':')) continue;
    if (isCertificate(block)) return undefined;
    problem ??= 'failed to parse certificate: x509: malformed certificate';
  }
  return problem ?? 'no valid certificate authority data seen';
}
function isCertificate(block: string): boolean {
  try {
    return new X509Certificate(block).serialNumber !== '';
  } catch {
    return false;
  }
}

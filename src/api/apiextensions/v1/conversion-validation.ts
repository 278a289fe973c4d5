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
  const pem = Buffer.from(caBundle, 'base64').toString();
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) return [invalid(path, caBundle, 'unable to load root certificates: data does not contain any valid RSA or ECDSA certificates')];
  try {
    for (const block of blocks) new X509Certificate(block);
    return [];
  } catch (error) {
    return [invalid(path, caBundle, `unable to load root certificates: ${error instanceof Error ? error.message : String(error)}`)];
  }
}

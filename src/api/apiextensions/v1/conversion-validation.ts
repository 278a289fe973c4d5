/** Rules for spec.conversion. Follows validateCustomResourceConversion and k8s.io/apiserver/pkg/util/webhook/validation.go. */
import { X509Certificate } from 'node:crypto';
import type { CustomResourceConversion, ServiceReference } from '#api/types/apiextensions-v1';
import { type FieldError, forbidden, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { isDns1035Label, isDns1123Subdomain, isPortNumber } from '../../machinery/names.ts';

const STRATEGIES = ['None', 'Webhook'];
const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const FORM = '; desired format: https://host[/path]';

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
  const errors: FieldError[] = [];
  if ((url === undefined) === (service === undefined)) errors.push(required(path, 'exactly one of url or service is required'));
  else if (url !== undefined) errors.push(...urlErrors(url, `${path}.url`));
  else if (service) errors.push(...serviceErrors(service, `${path}.service`));
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

/** An https URL without anything but host and path. */
export function urlErrors(text: string, path: string): FieldError[] {
  if (!URL.canParse(text, 'none://')) return [required(path, `url must be a valid URL: parse ${JSON.stringify(text)}: invalid URL${FORM}`)];
  const [, scheme = ''] = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text) ?? [];
  const url = new URL(text, 'none://');
  const errors: FieldError[] = [];
  if (scheme !== 'https') errors.push(invalid(path, scheme, `'https' is the only allowed URL scheme${FORM}`));
  if (!url.host) errors.push(invalid(path, '', `host must be specified${FORM}`));
  const user = url.password ? `${url.username}:${url.password}` : url.username;
  if (user) errors.push(invalid(path, user, 'user information is not permitted in the URL'));
  if (url.hash.length > 1) errors.push(invalid(path, url.hash.slice(1), 'fragments are not permitted in the URL'));
  if (url.search.length > 1) errors.push(invalid(path, url.search.slice(1), 'query parameters are not permitted in the URL'));
  return errors;
}

export function serviceErrors({ name, namespace, path: urlPath, port = 443 }: ServiceReference, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${path}.name`, 'service name is required'));
  if (!namespace) errors.push(required(`${path}.namespace`, 'service namespace is required'));
  const portErrors = isPortNumber(port);
  if (portErrors.length > 0) errors.push(invalid(`${path}.port`, port, `port is not valid: ${portErrors.join(',')}`));
  if (!urlPath || urlPath === '/') return errors;
  const bad = (text: string): FieldError => invalid(`${path}.path`, urlPath, text);
  if (urlPath === '//') return [...errors, bad('segment[0] may not be empty')];
  if (!urlPath.startsWith('/')) errors.push(bad("must start with a '/'"));
  const steps = urlPath.slice(1).replace(/\/$/, '').split('/');
  const stepErrors = steps.flatMap((step, i) =>
    step === '' ? [bad(`segment[${i}] may not be empty`)] : isDns1123Subdomain(step).map((text) => bad(`segment[${i}]: ${text}`)),
  );
  return [...errors, ...stepErrors];
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

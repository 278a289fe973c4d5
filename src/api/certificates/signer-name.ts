import { invalidEach } from '../core/v1/pod/checks.ts';
import { type FieldError, invalid, required, tooLong } from '../machinery/field-error.ts';
import { isDns1123Label, isDns1123Subdomain } from '../machinery/names.ts';

const MAX_DOMAIN = 253;
const MAX_SIGNER_NAME = 571;

/** Who signs: `example.com/signer-name`. */
export function validateSignerName(name: string, path: string): FieldError[] {
  if (!name) return [required(path)];
  const [domain = '', segment = '', ...more] = name.split('/');
  if (!name.includes('/') || more.length > 0) {
    return [invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")];
  }
  const errors = Buffer.byteLength(domain) > MAX_DOMAIN ? [tooLong(path, MAX_DOMAIN)] : [];
  const labels = domain.split('.');
  errors.push(...firstWrong(labels, isDns1123Label, path, domain));
  if (labels.length < 2) errors.push(invalid(path, domain, 'should be a domain with at least two segments separated by dots'));
  errors.push(...firstWrong(segment.split('.'), isDns1123Subdomain, path, segment));
  return Buffer.byteLength(name) > MAX_SIGNER_NAME ? [...errors, tooLong(path, MAX_SIGNER_NAME)] : errors;
}

function firstWrong(labels: readonly string[], rule: (label: string) => string[], path: string, value: string): FieldError[] {
  const wrong = labels.find((label) => rule(label).length > 0);
  if (wrong === undefined) return [];
  return invalidEach(
    path,
    value,
    rule(wrong).map((message) => `validating label ${JSON.stringify(wrong)}: ${message}`),
  );
}

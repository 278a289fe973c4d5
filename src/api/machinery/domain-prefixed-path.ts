import { type FieldError, invalid, required } from './field-error.ts';
import { isDns1123Subdomain, regexError } from './names.ts';

const HTTP_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const HTTP_PATH_RE = new RegExp(`^${HTTP_PATH}$`);

/** What keeps a value from being a path behind a domain, `acme.io/foo`. Follows IsDomainPrefixedPath of k8s.io/apimachinery/pkg/util/validation. */
export function validateDomainPrefixedPath(value: string, path: string): FieldError[] {
  if (!value) return [required(path)];
  const slash = value.indexOf('/');
  const [host, rest] = [value.slice(0, slash), value.slice(slash + 1)];
  if (slash < 1 || !rest) return [invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  const errors = isDns1123Subdomain(host).map((message) => invalid(path, host, message));
  return HTTP_PATH_RE.test(rest) ? errors : [...errors, invalid(path, rest, regexError('Invalid path', HTTP_PATH))];
}

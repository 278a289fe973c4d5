/** How the API server reaches a webhook; follows k8s.io/apiserver/pkg/util/webhook/validation.go. */
import { type FieldError, invalid, required } from './field-error.ts';
import { isDns1123Subdomain, isPortNumber } from './names.ts';

const FORM = '; desired format: https://host[/path]';
// eslint-disable-next-line no-control-regex -- these are the characters Go refuses
const CONTROLS = /[\u0000-\u001f\u007f]/;
const BAD_ESCAPE = /%(?![0-9a-fA-F]{2}).{0,2}/;

/** Where a webhook's Service is. */
export interface WebhookService {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly path?: string | undefined;
  readonly port?: number | undefined;
}
export interface WebhookClient {
  readonly url?: string | undefined;
  readonly service?: WebhookService | undefined;
}

/** An address or a Service, one of both. */
export function webhookClientErrors({ url, service }: WebhookClient, path: string): FieldError[] {
  if ((url === undefined) === (service === undefined)) return [required(path, 'exactly one of url or service is required')];
  if (url !== undefined) return webhookUrlErrors(url, `${path}.url`);
  return service ? webhookServiceErrors(service, `${path}.service`) : [];
}

/** An https URL of nothing but host and path. */
export function webhookUrlErrors(text: string, path: string): FieldError[] {
  const { scheme, host, user, query, fragment } = urlParts(text);
  const fault = goUrlFault(text, host);
  if (fault) return [required(path, `url must be a valid URL: parse ${JSON.stringify(text)}: ${fault}${FORM}`)];
  const errors: FieldError[] = [];
  if (scheme !== 'https') errors.push(invalid(path, scheme, `'https' is the only allowed URL scheme${FORM}`));
  if (!host) errors.push(invalid(path, host, `host must be specified${FORM}`));
  // Upstream prints a struct without public fields.
  if (user !== undefined) errors.push(invalid(path, {}, 'user information is not permitted in the URL'));
  if (fragment) errors.push(invalid(path, fragment, 'fragments are not permitted in the URL'));
  if (query) errors.push(invalid(path, query, 'query parameters are not permitted in the URL'));
  return errors;
}

/** A Service's name, port and path. */
export function webhookServiceErrors({ name, namespace, path: urlPath, port = 0 }: WebhookService, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${path}.name`, 'service name is required'));
  if (!namespace) errors.push(required(`${path}.namespace`, 'service namespace is required'));
  const portErrors = isPortNumber(port);
  if (portErrors.length > 0) errors.push(invalid(`${path}.port`, port, `port is not valid: ${portErrors.join(',')}`));
  return [...errors, ...(urlPath === undefined || urlPath === '' || urlPath === '/' ? [] : pathErrors(urlPath, `${path}.path`))];
}

function pathErrors(urlPath: string, path: string): FieldError[] {
  if (urlPath === '//') return [invalid(path, urlPath, 'segment[0] may not be empty')];
  const errors = urlPath.startsWith('/') ? [] : [invalid(path, urlPath, "must start with a '/'")];
  const steps = urlPath.slice(1).replace(/\/$/, '').split('/');
  steps.forEach((step, i) => {
    if (step) errors.push(...isDns1123Subdomain(step).map((message) => invalid(path, urlPath, `segment[${i}]: ${message}`)));
    else errors.push(invalid(path, urlPath, `segment[${i}] may not be empty`));
  });
  return errors;
}

interface UrlParts {
  readonly scheme: string;
  readonly host: string;
  readonly user: string | undefined;
  readonly query: string;
  readonly fragment: string;
}
/** The parts as Go's net/url cuts them; URL of JavaScript mends what it is given. */
function urlParts(text: string): UrlParts {
  const [beforeFragment = '', ...fragments] = text.split('#');
  const [, scheme = '', rest = ''] = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(.*)$/s.exec(beforeFragment) ?? [];
  const [beforeQuery = '', ...queries] = rest.split('?');
  const authority = /^\/\/([^/]*)/.exec(beforeQuery)?.[1] ?? '';
  const at = authority.lastIndexOf('@');
  return {
    scheme: scheme.toLowerCase(),
    host: authority.slice(at + 1),
    user: at < 0 ? undefined : authority.slice(0, at),
    query: queries.join('?'),
    fragment: fragments.join('#'),
  };
}
/** Why Go does not take the text for a URL. */
function goUrlFault(text: string, host: string): string | undefined {
  if (CONTROLS.test(text)) return 'net/url: invalid control character in URL';
  if (text.startsWith(':')) return 'missing protocol scheme';
  if (/^[^a-zA-Z/?#][^/?#]*:/.test(text)) return 'first path segment in URL cannot contain colon';
  const port = /^(?:\[[^\]]*\]|[^:]*)(:.*)$/.exec(host)?.[1];
  if (port !== undefined && !/^:\d*$/.test(port)) return `invalid port ${JSON.stringify(port)} after host`;
  const space = /[ "<>\\^`{|}]/.exec(host)?.[0];
  if (space !== undefined) return `invalid character ${JSON.stringify(space)} in host name`;
  const escape = BAD_ESCAPE.exec(text.split('?')[0] ?? '')?.[0];
  return escape === undefined ? undefined : `invalid URL escape ${JSON.stringify(escape)}`;
}

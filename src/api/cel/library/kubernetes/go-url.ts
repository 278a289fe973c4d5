/** The parts of a URL, as Go's net/url keeps them. */
export interface GoUrl {
  readonly scheme: string;
  readonly opaque: string;
  /** As it stands in the text. */
  readonly host: string;
  readonly path: string;
  readonly rawPath: string;
  readonly query: string;
}

/** A URL, or Go's words for what is wrong. */
export type ParsedUrl = { readonly url: GoUrl } | { readonly fault: string };

const SCHEME = /^([a-zA-Z][a-zA-Z0-9+.-]*):/;
const BAD_ESCAPE = /%(?![0-9a-fA-F]{2}).{0,2}/s;
/** What stands for itself in a path; Go escapes everything else. */
const PLAIN_IN_PATH = /[A-Za-z0-9\-_.~$&+,/:;=@]/;

/** Go's `url.ParseRequestURI`: an absolute URL or path, without a fragment. */
export function parseRequestUri(text: string): ParsedUrl {
  return wrapped(text, parse(text, true));
}

/** Go's `url.Parse`. */
export function parseUrl(text: string): ParsedUrl {
  const hash = text.indexOf('#');
  return wrapped(text, parse(hash < 0 ? text : text.slice(0, hash), false));
}

function wrapped(text: string, result: ParsedUrl): ParsedUrl {
  return 'fault' in result ? { fault: `parse ${JSON.stringify(text)}: ${result.fault}` } : result;
}

function parse(text: string, isRequest: boolean): ParsedUrl {
  if (/\p{Cc}/u.test(text) && Array.from(text).some((character) => character < ' ' || character === '\u007f'))
    return { fault: 'net/url: invalid control character in URL' };
  if (text === '' && isRequest) return { fault: 'empty url' };
  if (text.startsWith(':')) return { fault: 'missing protocol scheme' };
  const scheme = SCHEME.exec(text)?.[1] ?? '';
  const afterScheme = scheme === '' ? text : text.slice(scheme.length + 1);
  const mark = afterScheme.indexOf('?');
  const rest = mark < 0 ? afterScheme : afterScheme.slice(0, mark);
  const base = { scheme: scheme.toLowerCase(), query: mark < 0 ? '' : afterScheme.slice(mark + 1), opaque: '', host: '' };
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { url: { ...base, opaque: rest, path: '', rawPath: '' } };
    if (isRequest) return { fault: 'invalid URI for request' };
    if ((rest.split('/')[0] as string).includes(':')) return { fault: 'first path segment in URL cannot contain colon' };
  }
  return withAuthority(base, rest, isRequest);
}

function withAuthority(base: Omit<GoUrl, 'path' | 'rawPath'>, rest: string, isRequest: boolean): ParsedUrl {
  const hasAuthority = (base.scheme !== '' || (!isRequest && !rest.startsWith('///'))) && rest.startsWith('//');
  if (!hasAuthority) return withPath(base, rest);
  const slash = rest.indexOf('/', 2);
  const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash);
  const at = authority.lastIndexOf('@');
  if (at >= 0 && !/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(authority.slice(0, at))) return { fault: 'net/url: invalid userinfo' };
  const host = authority.slice(at + 1);
  const fault = hostFault(host);
  return fault === undefined ? withPath({ ...base, host }, slash < 0 ? '' : rest.slice(slash)) : { fault };
}

function hostFault(host: string): string | undefined {
  const close = host.lastIndexOf(']');
  if (host.startsWith('[') && close < 0) return "missing ']' in host";
  const colon = host.startsWith('[') ? close + 1 : host.lastIndexOf(':');
  const port = colon < 0 ? '' : host.slice(colon);
  if (port !== '' && !/^:\d*$/.test(port)) return `invalid port ${JSON.stringify(port)} after host`;
  const escape = BAD_ESCAPE.exec(host);
  if (escape) return `invalid URL escape ${JSON.stringify(escape[0])}`;
  const bad = /[ "#/<>?@\\^`{|}]/.exec(host);
  return bad ? `invalid character ${JSON.stringify(bad[0])} in host name` : undefined;
}

function withPath(base: Omit<GoUrl, 'path' | 'rawPath'>, text: string): ParsedUrl {
  const escape = BAD_ESCAPE.exec(text);
  if (escape) return { fault: `invalid URL escape ${JSON.stringify(escape[0])}` };
  const path = unescapeText(text);
  return { url: { ...base, path, rawPath: escapePath(path) === text ? '' : text } };
}

function unescapeText(text: string): string {
  return text.includes('%')
    ? Buffer.from(
        text.replace(/%([0-9a-fA-F]{2})|[^%]/gsu, (found, hex?: string) =>
          hex ? String.fromCharCode(Number.parseInt(hex, 16)) : Buffer.from(found).toString('latin1'),
        ),
        'latin1',
      ).toString()
    : text;
}

function escapePath(path: string): string {
  return Array.from(Buffer.from(path), (byte) => {
    const character = String.fromCharCode(byte);
    return byte < 0x80 && PLAIN_IN_PATH.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }).join('');
}

/** The path with what needs it escaped; as it was given when that is right. */
export function escapedPath({ path, rawPath }: GoUrl): string {
  if (rawPath !== '' && /^[A-Za-z0-9\-_.~$&+,/:;=@!'()*[\]%]*$/.test(rawPath)) return rawPath;
  return path === '*' ? '*' : escapePath(path);
}

/** The host without its port and brackets. */
export function hostnameOf({ host }: GoUrl): string {
  const withoutPort = host.replace(/:\d*$/, (port, at: number) => (host.startsWith('[') && host[at - 1] !== ']' ? port : ''));
  return withoutPort.startsWith('[') && withoutPort.endsWith(']') ? withoutPort.slice(1, -1) : withoutPort;
}

/** The port's digits; empty when there is none. */
export function portOf({ host }: GoUrl): string {
  const match = /:(\d*)$/.exec(host);
  if (!match || (host.startsWith('[') && host[match.index - 1] !== ']')) return '';
  return match[1] as string;
}

/** The query's values by their keys; what cannot be read is left out. */
export function queryOf({ query }: GoUrl): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const pair of query.split('&')) {
    if (pair === '' || pair.includes(';') || BAD_ESCAPE.test(pair)) continue;
    const equals = pair.indexOf('=');
    const [key, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    const name = unescapeText(key.replaceAll('+', ' '));
    values.set(name, [...(values.get(name) ?? []), unescapeText(value.replaceAll('+', ' '))]);
  }
  return values;
}

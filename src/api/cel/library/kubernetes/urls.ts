import type { CelLibrary } from '../../environment.ts';
import { fail } from '../../errors.ts';
import { type CelFunction, celFunction, member, overload } from '../../functions.ts';
import { boolType, type CelType, listOf, mapOf, object, stringType } from '../../types.ts';
import { ArrayList, CelBoxed, type CelValue, ValueMap } from '../../values.ts';
import { escapedPath, type GoUrl, hostnameOf, parseRequestUri, parseUrl, portOf, queryOf } from './go-url.ts';

const URL_TYPE = object({ name: 'kubernetes.URL' });

/** A URL. */
export class CelUrl extends CelBoxed {
  readonly url: GoUrl;

  constructor(url: GoUrl) {
    super();
    this.url = url;
  }

  get type(): CelType {
    return URL_TYPE;
  }

  equals(other: CelValue): boolean {
    return other instanceof CelUrl && JSON.stringify(other.url) === JSON.stringify(this.url);
  }
}

/** Checked as a request's, because a URL must be absolute; then read again, because only so a fragment is cut off. */
function urlOf(text: string): CelUrl {
  const checked = parseRequestUri(text);
  const parsed = 'fault' in checked ? checked : parseUrl(text);
  return 'fault' in parsed ? fail(`URL parse error during conversion from string: ${parsed.fault}`) : new CelUrl(parsed.url);
}

function part(name: string, id: string, read: (url: GoUrl) => string): CelFunction {
  return celFunction(
    name,
    member(id, [URL_TYPE], stringType, (url) => read((url as CelUrl).url)),
  );
}

function query(url: GoUrl): ValueMap {
  return new ValueMap([...queryOf(url)].map(([key, values]) => [key, new ArrayList(values)] as const));
}

/** URLs, as k8s.io/apiserver/pkg/cel/library/urls.go. */
export const URLS: CelLibrary = {
  name: 'kubernetes.urls',
  types: [URL_TYPE],
  functions: [
    celFunction(
      'url',
      overload('string_to_url', [stringType], URL_TYPE, (text) => urlOf(text as string)),
    ),
    part('getScheme', 'url_get_scheme', ({ scheme }) => scheme),
    part('getHost', 'url_get_host', ({ host }) => host),
    part('getHostname', 'url_get_hostname', hostnameOf),
    part('getPort', 'url_get_port', portOf),
    part('getEscapedPath', 'url_get_escaped_path', escapedPath),
    celFunction(
      'getQuery',
      member('url_get_query', [URL_TYPE], mapOf(stringType, listOf(stringType)), (url) => query((url as CelUrl).url)),
    ),
    celFunction(
      'isURL',
      overload('is_url_string', [stringType], boolType, (text) => !('fault' in parseRequestUri(text as string))),
    ),
  ],
};

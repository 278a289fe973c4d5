import { parseFieldSelector } from '#api';

/**
 * What a URL asks for, as k8s.io/apiserver/pkg/endpoints/request/requestinfo.go reads it.
 * Resource paths are `/api/v1/…` and `/apis/<group>/<version>/…`; all others are documents.
 */
export interface RequestInfo {
  readonly isResourceRequest: boolean;
  readonly path: string;
  /** API verb for resources, HTTP method in lower case for documents. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** As given; empty when there is none. */
  readonly fieldSelector: string;
  /** What follows the subresource: the path that a proxy forwards. */
  readonly rest: string;
  /** Everything after the version: tells `…/pods` from `…/pods/`. */
  readonly parts: readonly string[];
  /** By the deprecated `/watch/` prefix, or `?watch`. */
  readonly isWatch: boolean;
}

// A Map: over HTTP/2 a method may be called `constructor`.
const VERBS = new Map([
  ['POST', 'create'],
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);
// Subresources of a namespace itself: `/namespaces/x/status` is not a resource called status.
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

/** Reads method, path and query; never fails: what is no resource path is a document. */
export function parseRequestInfo(method: string, path: string, query: URLSearchParams): RequestInfo {
  const document = {
    isResourceRequest: false,
    path,
    verb: method.toLowerCase(),
    group: '',
    version: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    fieldSelector: '',
    rest: '',
    parts: [],
    isWatch: false,
  };
  // Upstream splits what has been decoded: an escaped slash separates like any other.
  const split = path.split(path.includes('%') ? /\/|%2f/i : '/');
  let parts = split.slice(1).map(decodePart);
  while (parts.length > 0 && parts[parts.length - 1] === '') parts.pop();
  const isCore = parts[0] === 'api';
  if ((!isCore && parts[0] !== 'apis') || parts.length < (isCore ? 3 : 4)) return document;
  const group = isCore ? '' : (parts[1] as string);
  const version = (isCore ? parts[1] : parts[2]) as string;
  parts = parts.slice(isCore ? 2 : 3);

  let verb = VERBS.get(method) ?? '';
  let isWatch = false;
  let rawTail = split.slice(1 + (isCore ? 2 : 3));
  if ((parts[0] === 'watch' || parts[0] === 'proxy') && parts.length > 1) {
    verb = parts[0];
    isWatch = verb === 'watch';
    parts = parts.slice(1);
    rawTail = rawTail.slice(1);
  }
  let namespace = '';
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1] as string;
    if (parts.length > 2 && !NAMESPACE_SUBRESOURCES.has(parts[2] as string)) {
      parts = parts.slice(2);
      rawTail = rawTail.slice(2);
    }
  }
  const [resource = '', name = '', subresource = ''] = parts;
  // For lists and watches of one object by field selector, the name counts for authorization; not for deletions, nor by the deprecated prefix.
  let selected = '';
  const isCollection = name === '';
  if (isCollection && verb === 'get') {
    isWatch = isTrue(query.get('watch'));
    verb = isWatch ? 'watch' : 'list';
    selected = nameSelected(query.get('fieldSelector'));
  } else if (isCollection && verb === 'delete') {
    verb = 'deletecollection';
  }
  const rest = rawTail.length > 3 ? behind(path, split.slice(0, split.length - rawTail.length + 3)) : '';
  return {
    ...document,
    isResourceRequest: true,
    verb,
    group,
    version,
    namespace,
    resource,
    subresource,
    name: name || selected,
    fieldSelector: query.get('fieldSelector') ?? '',
    rest,
    parts,
    isWatch,
  };
}

/**
 * The one name that a field selector admits; '' when it admits others. Read by the parser that also chooses what is listed:
 * whoever may list only that name must not be able to write a selector that means something else to the list.
 */
export function nameSelected(selector: string | null | undefined): string {
  if (!selector) return '';
  try {
    const name = parseFieldSelector(selector).requiresExactMatch('metadata.name') ?? '';
    // What no path could name does not count.
    return name === '.' || name === '..' || /[/%]/.test(name) ? '' : name;
  } catch {
    // Whoever asks with it is told so behind authorization.
    return '';
  }
}

/** Booleans of query parameters as upstream converts them: `?watch`, `=1`, `=true` and anything but `0` and `false`. */
export function isTrue(value: string | null): boolean {
  if (value === null) return false;
  const text = value.toLowerCase();
  return text !== '0' && text !== 'false';
}

/** What follows the first parts of a path, as it was written. */
function behind(path: string, parts: readonly string[]): string {
  let at = 0;
  for (const part of parts) at += part.length + (path[at + part.length] === '%' ? 3 : 1);
  return path.slice(at);
}

function decodePart(part: string): string {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

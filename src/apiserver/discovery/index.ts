import { createHash } from 'node:crypto';
import { encodeProtobuf, type ProtobufObject, type ResourceDefinition } from '#api';
import type { DocumentHandler, DocumentResponse } from '../contract.ts';
import { type VersionInfo, version as ownVersion } from '../version.ts';
import { apiGroup, apiGroupDiscoveryList, apiGroupList, apiResourceList, apiVersions } from './documents.ts';
import { type ServedGroup, servedGroups } from './groups.ts';
import { accepts, type MediaType, parseAccept } from '../accept.ts';
import { type Format, isPrettyWanted, isRouted, MEDIA_TYPES, notAcceptable, onlyAccepted, type Wishes } from '../endpoints/media-type.ts';

export { type ServedGroup, type ServedResource, servedGroups } from './groups.ts';

export interface DiscoveryOptions {
  /** All definitions, built-in and custom. A new array means that they have changed. */
  resources(): readonly ResourceDefinition[];
  /** `host:port` that clients are told in /api. */
  readonly serverAddress: string;
  /** Paths that `GET /` lists beside those of discovery. */
  readonly paths?: readonly string[];
  readonly version?: VersionInfo;
}

type Encoded = Map<string, DocumentResponse>;
const AGGREGATED = 'g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Serves `/`, `/version`, `/api`, `/apis` and below: what there is, before any object. Each answer is encoded once until the definitions change. */
export function createDiscovery(options: DiscoveryOptions): DocumentHandler {
  const { serverAddress, paths = [], version = ownVersion } = options;
  let cachedFor: readonly ResourceDefinition[] | undefined;
  let bodies = new Map<string, () => object>();
  let encoded: Encoded = new Map();

  const refresh = () => {
    const resources = options.resources();
    if (resources === cachedFor) return;
    cachedFor = resources;
    encoded = new Map();
    bodies = discoveryBodies(servedGroups(resources), serverAddress);
    bodies.set('/', () => ({ paths: rootPaths(bodies.keys(), paths) }));
  };

  return {
    handle(path, query, headers) {
      if (path === '/version' || path === '/version/') return response(pretty(version), 'application/json');
      refresh();
      const trimmed = path === '/index.html' ? '/' : path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
      const body = bodies.get(trimmed);
      if (!body) return undefined;
      // The list of paths is for people.
      if (trimmed === '/') return response(pretty(body()), 'application/json');
      const aggregated = bodies.get(`${trimmed} aggregated`);
      const chosen = chooseForm(trimmed, headers, { pretty: query.get('pretty'), hasAggregated: aggregated !== undefined }) ?? refuse(trimmed, headers);
      // Few ask for YAML: it is neither kept nor its writer loaded before.
      const kept = headers['if-none-match'];
      if (chosen.format === 'yaml') return yamlOf((chosen.isAggregated && aggregated) || body, chosen).then((found) => unlessKept(found, kept));
      const key = `${trimmed} ${JSON.stringify(chosen)}`;
      let answer = encoded.get(key);
      if (!answer) encoded.set(key, (answer = encode((chosen.isAggregated && aggregated) || body, chosen)));
      return unlessKept(answer, kept);
    },
  };
}

function discoveryBodies(groups: readonly ServedGroup[], serverAddress: string): Map<string, () => object> {
  const named = groups.filter(({ name }) => name !== '');
  const core = groups.filter(({ name }) => name === '');
  const bodies = new Map<string, () => object>([
    ['/api', () => apiVersions(serverAddress)],
    ['/apis', () => apiGroupList(groups)],
    ['/api aggregated', () => apiGroupDiscoveryList(core)],
    ['/apis aggregated', () => apiGroupDiscoveryList(named)],
  ]);
  for (const group of groups) {
    if (group.name) bodies.set(`/apis/${group.name}`, () => apiGroup(group));
    for (const served of group.versions) {
      bodies.set(group.name ? `/apis/${group.name}/${served.version}` : `/api/${served.version}`, () => apiResourceList(group.name, served));
    }
  }
  return bodies;
}

function rootPaths(own: Iterable<string>, others: readonly string[]): string[] {
  return [...new Set([...own, ...others])].filter((path) => path !== '/' && !path.includes(' ')).sort();
}

interface Form {
  readonly format: Format;
  readonly isAggregated: boolean;
  readonly isPretty: boolean;
}

/** The first wish that can be granted; aggregated documents are a wish of their own. */
function chooseForm(
  path: string,
  headers: Wishes,
  { pretty: prettyParameter, hasAggregated }: { pretty: string | null; hasAggregated: boolean },
): Form | undefined {
  if (headers.accept && !isAggregator(path) && !isRouted(headers.accept)) return undefined;
  for (const wish of parseAccept(headers.accept)) {
    for (const [format, type] of MEDIA_TYPES) {
      if (!accepts(wish, type)) continue;
      const isAggregated = isAggregatedWish(wish);
      if (isAggregated === undefined || (isAggregated && !hasAggregated)) continue;
      return { format, isAggregated, isPretty: format === 'json' && (wish.parameters['pretty'] === '1' || isPrettyWanted(headers, prettyParameter)) };
    }
  }
  return undefined;
}
/** The aggregator names the forms that there are; the router of all else knows some media types and refuses the others itself. */
function refuse(path: string, { accept }: Wishes): never {
  throw isAggregator(path) ? onlyAccepted() : notAcceptable(accept);
}
/** Whether upstream's aggregator serves the path: the list of groups, and a group. */
function isAggregator(path: string): boolean {
  return /^\/apis(\/[^/]+)?$/.test(path);
}
/** Undefined: another form, which discovery does not have. */
function isAggregatedWish({ parameters: { g, v, as } }: MediaType): boolean | undefined {
  if (g === undefined && v === undefined && as === undefined) return false;
  return g === 'apidiscovery.k8s.io' && v === 'v2' && as === 'APIGroupDiscoveryList' ? true : undefined;
}

async function yamlOf(body: () => object, form: Form): Promise<DocumentResponse> {
  const { dump } = await import('js-yaml');
  const value = body();
  return withTag(response(Buffer.from(dump(JSON.parse(JSON.stringify(value)))), contentTypeOf(form)), value, form);
}

function encode(body: () => object, form: Form): DocumentResponse {
  const value = body();
  return withTag(response(encodedAs(value, form), contentTypeOf(form)), value, form);
}
/** All forms of what is aggregated have the same tag: that of its JSON. */
function withTag(answer: DocumentResponse, value: object, { isAggregated }: Form): DocumentResponse {
  if (!isAggregated) return answer;
  const etag = `"${createHash('sha512').update(JSON.stringify(value)).digest('hex').toUpperCase()}"`;
  return { ...answer, headers: { ...answer.headers, etag, vary: 'Accept', 'cache-control': 'public' } };
}
function encodedAs(value: object, { format, isPretty }: Form): Buffer {
  if (format === 'protobuf') return encodeProtobuf(value as ProtobufObject);
  return isPretty ? pretty(value) : Buffer.from(`${JSON.stringify(value)}\n`);
}
function contentTypeOf({ format, isAggregated }: Form): string {
  const type = MEDIA_TYPES.find(([each]) => each === format)?.[1] ?? '';
  return isAggregated ? `${type};${AGGREGATED}` : type;
}

function response(body: Buffer, contentType: string): DocumentResponse {
  return { status: 200, headers: { 'content-type': contentType }, body };
}

function unlessKept(answer: DocumentResponse, kept: string | string[] | undefined): DocumentResponse {
  const { 'content-type': _type, ...headers } = answer.headers;
  return headers['etag'] && kept === headers['etag'] ? { status: 304, headers, body: '' } : answer;
}

function pretty(value: object): Buffer {
  return Buffer.from(JSON.stringify(value, undefined, 2));
}

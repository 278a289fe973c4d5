import { createHash } from 'node:crypto';
import { type ResourceDefinition, StatusError } from '#api';
import type { DocumentHandler, DocumentResponse } from '../contract.ts';
import { type VersionInfo, version as ownVersion } from '../version.ts';
import { apiGroup, apiGroupDiscoveryList, apiGroupList, apiResourceList, apiVersions } from './documents.ts';
import { type ServedGroup, servedGroups } from './groups.ts';
import { accepts, type MediaType, parseAccept } from './negotiate.ts';

export { type ServedGroup, type ServedResource, servedGroups } from './groups.ts';
export { accepts, type MediaType, parseAccept } from './negotiate.ts';

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
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const YAML = 'application/yaml';

const OWN_PATHS = [
  '/.well-known/openid-configuration',
  '/healthz',
  '/livez',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/',
  '/openid/v1/jwks',
  '/readyz',
  '/version',
];

/** Serves `/`, `/version`, `/api`, `/apis` and below: what there is, before any object. Each answer is encoded once until the definitions change. */
export function createDiscovery(options: DiscoveryOptions): DocumentHandler {
  const { serverAddress, paths = OWN_PATHS, version = ownVersion } = options;
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
    handle(path, _query, headers) {
      if (path === '/version' || path === '/version/') return response(pretty(version), 'application/json');
      refresh();
      const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
      const body = bodies.get(trimmed);
      if (!body) return undefined;
      const format = chooseFormat(parseAccept(headers['accept']), trimmed);
      // Few ask for YAML: it is neither kept nor its writer loaded before.
      if (format === YAML) return yamlOf(body());
      const key = `${format} ${trimmed}`;
      let answer = encoded.get(key);
      if (!answer) encoded.set(key, (answer = encode((format === AGGREGATED && bodies.get(`${trimmed} aggregated`)) || body, format)));
      const { etag } = answer.headers;
      return etag && headers['if-none-match'] === etag ? notModified(answer) : answer;
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

function chooseFormat(wishes: readonly MediaType[], path: string): string {
  for (const wish of wishes) {
    const { g, v, as } = wish.parameters;
    if (as) {
      const isServed = g === 'apidiscovery.k8s.io' && v === 'v2' && as === 'APIGroupDiscoveryList' && (path === '/api' || path === '/apis');
      if (isServed && accepts(wish, 'application/json')) return AGGREGATED;
      continue;
    }
    if (accepts(wish, 'application/json')) return 'application/json';
    if (accepts(wish, YAML)) return YAML;
  }
  throw new StatusError(
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  );
}

async function yamlOf(body: object): Promise<DocumentResponse> {
  const { dump } = await import('js-yaml');
  return response(Buffer.from(dump(JSON.parse(JSON.stringify(body)))), YAML);
}

function encode(body: () => object, format: string): DocumentResponse {
  const text = `${JSON.stringify(body())}\n`;
  const answer = response(Buffer.from(text), format);
  if (format !== AGGREGATED) return answer;
  const etag = `"${createHash('sha512').update(text).digest('hex').toUpperCase()}"`;
  return { ...answer, headers: { ...answer.headers, etag, vary: 'Accept', 'cache-control': 'public' } };
}

function response(body: Buffer, contentType: string): DocumentResponse {
  return { status: 200, headers: { 'content-type': contentType }, body };
}

function notModified({ headers: { etag = '', vary = '' } }: DocumentResponse): DocumentResponse {
  return { status: 304, headers: { etag, vary }, body: '' };
}

function pretty(value: object): Buffer {
  return Buffer.from(JSON.stringify(value, undefined, 2));
}

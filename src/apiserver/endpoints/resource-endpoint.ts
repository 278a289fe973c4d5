import {
  escapeFieldValue,
  hasProtobuf,
  newBadRequest,
  newMethodNotSupported,
  type PatchType,
  PATCH_CONTENT_TYPES,
  type ResourceDefinition,
  StatusError,
} from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import { isTrue, type RequestInfo } from '../filters/request-info.ts';
import type { HttpAnswer, HttpRequest } from '../listener/http-message.ts';
import type { RequestTrace } from '../metrics/index.ts';
import { type Call, servedAs } from '../registry/call.ts';
import { readSelectors, selectionOf } from '../registry/filter.ts';
import { checkOptions, type SentOptions } from '../registry/options-check.ts';
import { readPatchBody } from '../registry/patch-body.ts';
import type { Registry } from '../registry/registry.ts';
import type { Resources } from '../resources.ts';
import { ResourceCache } from '../watch-cache/resource-cache.ts';
import { checkCustomVerb } from './custom-verbs.ts';
import { encodeResult } from './encode.ts';
import { attachWarnings, warningHeaders } from './error-warnings.ts';
import { negotiate, type Offer, unsupported } from './media-type.ts';
import { type Operation, runOperation } from './operations.ts';
import { listOptionsOf, watchOptionsOf } from './options.ts';
import { BODY_LIMIT, type BodySource, readBody, readDeleteOptions } from './read-body.ts';
import { noSuchResource, notAllowed } from './result.ts';
import type { SpecialCreates } from './special-creates.ts';
import type { Tunnels } from './tunnels.ts';
import { watchAnswer } from './watch-answer.ts';

/** Serves `/api/…` and `/apis/…` resource paths, behind authorization. */
export interface ResourceEndpoint {
  serve(request: HttpRequest, info: RequestInfo, query: URLSearchParams, user: UserInfo, trace: Pick<RequestTrace, 'routed'>): Promise<HttpAnswer>;
}
export interface ResourceEndpointParts {
  readonly registry: Registry;
  readonly special: SpecialCreates;
  /** Subresources that lead to a kubelet, a Pod or a Service. */
  readonly tunnels: Tunnels;
}

export function createResourceEndpoint({ registry, special, tunnels }: ResourceEndpointParts): ResourceEndpoint {
  return {
    async serve(request, info, query, user, trace) {
      const { resources } = registry;
      const definition = definitionOf(resources, info);
      if (!definition) return resources.isBuiltInGroup(info.group) ? Promise.reject(noSuchResource()) : pageNotFound();
      if (definition.custom) checkCustomVerb(definition, info);
      checkVerb(definition, info, request.method);
      const call = callOf(registry, definition, info, query, user, request.headers['user-agent']);
      // Upstream's routes of built-in kinds know HEAD only where they lead elsewhere.
      if (request.method === 'HEAD' && !definition.custom && info.subresource !== 'proxy') throw notAllowed();
      trace.routed(definition, request);
      const tunnel = info.subresource ? tunnels.find(call) : undefined;
      if (tunnel) return await tunnel(call, info, request, query);
      const accepted = negotiate(request.headers, query.get('pretty'), offerOf(call, info.verb === 'watch'));
      if (info.verb === 'watch') return withWarnings(call, await watchAnswer(registry, call, watchedBy(call, info, query), accepted, query));
      try {
        const operation = await operationOf(call, info, measured(request, info.verb, call, registry), query);
        const result = await runOperation(registry, special, call, operation);
        return withWarnings(call, await encodeResult(result, accepted, query, registry.clock.now()));
      } catch (error) {
        attachWarnings(error, call.warnings);
        throw error;
      }
    },
  };
}

function offerOf({ served }: Call, isStream: boolean): Offer {
  return { hasProtobuf: () => hasProtobuf(served.schema), hasForms: true, isStream };
}

/** `/watch/…/pods/x` names the one object that is watched; nobody was asked about others. */
function watchedBy(call: Call, { name, parts }: RequestInfo, query: URLSearchParams): ReturnType<typeof watchOptionsOf> {
  const options = watchOptionsOf(query);
  if (parts.length < 2) return options;
  const selectors = readSelectors(options);
  if (selectors.fields?.isEmpty ?? true) return { ...options, fieldSelector: `metadata.name=${escapeFieldValue(name)}` };
  if (selectionOf(call, selectors).name !== name) throw newBadRequest("fieldSelector metadata.name doesn't match requested name");
  return options;
}

function withWarnings(call: Call, answer: HttpAnswer): HttpAnswer {
  if (call.warnings.length === 0) return answer;
  return { ...answer, headers: { ...answer.headers, warning: warningHeaders(call.warnings) } };
}

function definitionOf(resources: Resources, info: RequestInfo): ResourceDefinition | undefined {
  const definition = resources.find({ group: info.group, version: info.version, plural: info.resource });
  if (!definition) return undefined;
  if (!definition.namespaced && info.namespace && definition.plural !== 'namespaces') return undefined;
  if (definition.namespaced && !info.namespace && (info.parts.length > 1 || isCustomElsewhere(definition, info))) return undefined;
  return definition;
}

/** Kinds that clients defined are only read across all namespaces: there is no path for anything else. */
function isCustomElsewhere({ custom }: ResourceDefinition, { verb }: RequestInfo): boolean {
  return custom !== undefined && verb !== 'list' && verb !== 'watch';
}

function pageNotFound(): HttpAnswer {
  return { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }, body: '404 page not found\n' };
}

/** Which methods a path takes: collections and objects differ, and so do kinds. */
function checkVerb(definition: ResourceDefinition, { verb, name, subresource, namespace, parts, rest }: RequestInfo, method: string): void {
  const isItem = parts.length > 1;
  // Kinds that are only asked (reviews) have no paths below their own.
  if (isItem && definition.storage === undefined && definition.plural !== 'componentstatuses') throw noSuchResource();
  // They are asked in a namespace, and never listed across all.
  if (definition.namespaced && !namespace && definition.storage === undefined) throw noSuchResource();
  // Of the deprecated prefixes upstream still serves only `watch`, of whole objects.
  if (!definition.custom && (verb === 'proxy' || (verb === 'watch' && subresource))) throw noSuchResource();
  if (subresource) {
    const { subresources } = definition;
    const all = subresources?.special ?? {};
    const special = Object.hasOwn(all, subresource) ? all[subresource] : undefined;
    const isKnown = special || (subresource === 'status' && subresources?.status) || (subresource === 'scale' && subresources?.scale);
    const isTooDeep = rest && subresource !== 'proxy' && !definition.custom;
    if (!isKnown || !name || isTooDeep) throw noSuchResource();
    const verbs: readonly string[] = special ? special.verbs : ['get', 'patch', 'update'];
    if (!verbs.includes(verb)) throw notAllowed();
    return;
  }
  // By the deprecated prefix every method would be a watch.
  if (verb === 'watch' && method !== 'GET' && method !== 'HEAD') throw notAllowed();
  const verbs: readonly string[] = definition.verbs;
  if (verb === 'watch' && !verbs.includes(verb) && verbs.includes('list')) throw newMethodNotSupported(definition, verb);
  const needsItem = verb === 'get' || verb === 'update' || verb === 'patch' || verb === 'delete';
  // Upstream's handler for kinds that clients defined does not mind a name in the path of what is created.
  const isRight = needsItem ? isItem : verb === 'watch' || !isItem || (verb === 'create' && definition.custom !== undefined);
  const needsNamespace = definition.namespaced && (verb === 'create' || verb === 'deletecollection');
  if (!isRight || (needsNamespace && !namespace) || !verbs.includes(verb)) throw notAllowed();
}

function callOf(
  registry: Registry,
  definition: ResourceDefinition,
  info: RequestInfo,
  query: URLSearchParams,
  user: UserInfo,
  userAgent: string | string[] | undefined,
): Call {
  const served = servedAs(definition, info.group, info.version);
  if (!served) throw noSuchResource();
  return {
    definition,
    served,
    cache: registry.caches.cacheOf(definition) ?? new ResourceCache(definition),
    user,
    namespace: definition.namespaced ? info.namespace : '',
    subresource: info.subresource,
    isDryRun: query.getAll('dryRun').includes('All'),
    fieldManager: query.get('fieldManager') || managerOf(userAgent),
    fieldValidation: (query.get('fieldValidation') || 'Warn') as Call['fieldValidation'],
    warnings: deprecationWarnings(definition),
  };
}

function deprecationWarnings({ deprecationWarning, custom }: ResourceDefinition): string[] {
  const warning = custom?.deprecationWarning ?? deprecationWarning;
  return warning === undefined ? [] : [warning];
}

const MAX_MANAGER_BYTES = 128;
/** The default field manager: the user agent up to its version, as many printable characters as there is room for. */
function managerOf(userAgent: string | string[] | undefined): string {
  const [name = ''] = String(userAgent ?? '').split('/');
  if (name.length <= MAX_MANAGER_BYTES && /^[ -~]*$/.test(name)) return name || 'unknown';
  let manager = '';
  for (const character of name.replaceAll(/(?! )[\p{C}\p{Z}]/gu, '')) {
    if (Buffer.byteLength(manager + character) > MAX_MANAGER_BYTES) break;
    manager += character;
  }
  return manager || 'unknown';
}

/** The request's body, measured when it is read. */
function measured(request: HttpRequest, verb: string, { served, definition }: Call, { meters }: Registry): BodySource {
  if (verb === 'get' || verb === 'list') return request;
  return {
    headers: request.headers,
    async body(limit) {
      const bytes = await request.body(limit);
      meters.requests.bodyRead(served.group, definition.plural, verb, bytes.length);
      return bytes;
    },
  };
}

async function operationOf(call: Call, info: RequestInfo, request: BodySource, query: URLSearchParams): Promise<Operation> {
  const { verb, name } = info;
  switch (verb) {
    case 'get':
      return { verb, name, resourceVersion: query.get('resourceVersion') ?? undefined };
    case 'list':
      return { verb, options: listOptionsOf(query) };
    case 'create':
      checkWrite('CreateOptions', query);
      return { verb, name: call.definition.custom ? '' : name, body: await readBody(request, call) };
    case 'update':
      checkWrite('UpdateOptions', query);
      return { verb, name, body: await readBody(request, call) };
    case 'patch':
      return await patchOf(call, name, request, query);
    case 'delete':
      return { verb, name, options: await readDeleteOptions(call, request, query) };
    case 'deletecollection':
      return { verb, list: listOptionsOf(query), options: await readDeleteOptions(call, request, query) };
    default:
      throw notAllowed();
  }
}

function checkWrite(kind: SentOptions['kind'], query: URLSearchParams, extra: Partial<SentOptions> = {}): void {
  // Nearly all requests send none of these.
  if (!query.has('dryRun') && !query.has('fieldManager') && !query.has('fieldValidation') && !extra.isApply && extra.force === undefined) return;
  const fieldManager = query.get('fieldManager') ?? undefined;
  checkOptions({ kind, dryRun: query.getAll('dryRun'), fieldManager, fieldValidation: query.get('fieldValidation') ?? undefined, ...extra });
}

async function patchOf(call: Call, name: string, request: BodySource, query: URLSearchParams): Promise<Operation> {
  const type = patchTypeOf(call, String(request.headers['content-type'] ?? ''));
  const force = query.get('force');
  checkWrite('PatchOptions', query, { isApply: type === 'apply', force: force === null ? undefined : isTrue(force) });
  const { patch, strictErrors } = await readPatchBody(await request.body(BODY_LIMIT), type, call);
  return { verb: 'patch', name, type, patch, strictErrors, force: isTrue(force) };
}

/** Types are compared as they are written. Of built-in kinds upstream's router refuses what it does not know; it takes lists, which its endpoint does not. */
function patchTypeOf({ definition }: Call, contentType: string): PatchType {
  const all = Object.entries(PATCH_CONTENT_TYPES) as [PatchType, string][];
  const types = definition.custom ? all.filter(([each]) => each !== 'strategic') : all;
  const isKnown = contentType.split(',').some((each) => types.some(([, mime]) => mime === (each.split(';')[0] as string).trim()));
  if (!isKnown && !definition.custom) throw new StatusError('UnsupportedMediaType', '415: Unsupported Media Type', { details: {} });
  const sent = contentType.split(';')[0];
  const type = types.find(([, mime]) => mime === sent)?.[0];
  if (type) return type;
  throw unsupported(types.map(([, mime]) => mime));
}

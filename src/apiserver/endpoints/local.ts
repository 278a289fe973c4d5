import {
  type ApiRequest,
  cloneJson,
  type ListOptions,
  type JsonValue,
  type KubeList,
  type KubeObject,
  apiVersionOf,
  type ResourceType,
  type WatchEvent,
  type WatchOptions,
} from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import { AsyncQueue, type Clock } from '#lib';
import { newAccessDenied } from '../authz/index.ts';
import type { Attributes, Decision } from '../contract.ts';
import { nameSelected } from '../filters/request-info.ts';
import { type Call, servedAs } from '../registry/call.ts';
import type { Registry } from '../registry/registry.ts';
import { bookmarkObject, watchObjects } from '../registry/watch.ts';
import type { Entry } from '../watch-cache/entry.ts';
import { ResourceCache } from '../watch-cache/resource-cache.ts';
import { inServedVersion } from '../registry/view.ts';
import { type Operation, runOperation } from './operations.ts';
import { noSuchResource } from './result.ts';
import type { SpecialCreates } from './special-creates.ts';

/** How many unread events an in-process watcher may have before it is cut off. */
const MAX_UNREAD_EVENTS = 50_000;

/** The API for the same process: no HTTP, no TLS, no JSON on reads. Matches client/contract.ts' LocalServer by shape. */
export interface LocalServer {
  request(request: ApiRequest): Promise<KubeObject | KubeList>;
  watch(request: { resource: ResourceType; user: UserInfo; options: WatchOptions }): AsyncIterable<WatchEvent>;
}

export interface LocalServerOptions {
  readonly registry: Registry;
  readonly special: SpecialCreates;
  readonly authorize: (attributes: Attributes) => Decision | Promise<Decision>;
}

export function createLocalServer(parts: LocalServerOptions): LocalServer {
  const { registry, authorize } = parts;
  const admitted = async (request: Target): Promise<Call> => {
    const call = callOf(registry, request);
    const attributes = attributesOf(call, request);
    const { decision, reason } = await authorize(attributes);
    if (decision !== 'allow') throw newAccessDenied(attributes, reason);
    return call;
  };
  return {
    async request(request) {
      const call = await admitted(targetOf(request));
      return await run(parts, call, request);
    },
    watch({ resource, user, options }) {
      return watchEvents(registry, () => admitted(selection({ resource, user, verb: 'watch' }, options)), options);
    },
  };
}

/** What of a request decides about it before it runs. */
interface Target {
  readonly resource: ResourceType;
  readonly user: UserInfo;
  readonly verb: string;
  readonly namespace: string;
  readonly name: string;
  readonly fieldSelector?: string | undefined;
  readonly subresource: string;
  readonly options: {
    dryRun?: boolean | readonly string[] | undefined;
    fieldManager?: string | undefined;
    fieldValidation?: Call['fieldValidation'] | undefined;
  };
}

function targetOf(request: ApiRequest): Target {
  const { resource, user, verb } = request;
  switch (request.verb) {
    case 'get':
      return { resource, user, verb, namespace: request.ref.namespace ?? '', name: request.ref.name, subresource: request.subresource ?? '', options: {} };
    case 'list':
      return selection({ resource, user, verb }, request.options);
    case 'deletecollection':
      return { ...selection({ resource, user, verb }, request.list), options: dryRunOf(request.options) };
    case 'delete':
      return { resource, user, verb, namespace: request.ref.namespace ?? '', name: request.ref.name, subresource: '', options: dryRunOf(request.options) };
    case 'create': {
      const { options = {}, name = '', namespace = '' } = request;
      return { resource, user, verb, namespace, name, subresource: options.subresource ?? '', options };
    }
    default: {
      const options = request.options ?? {};
      return { resource, user, verb, namespace: request.ref.namespace ?? '', name: request.ref.name, subresource: options.subresource ?? '', options };
    }
  }
}
/** For several objects: one that is selected by name counts as named, as over HTTP. */
function selection(asked: Pick<Target, 'resource' | 'user' | 'verb'>, options: ListOptions = {}): Target {
  const { namespace = '', fieldSelector } = options;
  const name = asked.verb === 'deletecollection' ? '' : nameSelected(fieldSelector);
  return { ...asked, namespace, name, fieldSelector, subresource: '', options: {} };
}
function dryRunOf(options: { dryRun?: string[] | undefined } | undefined): Target['options'] {
  return { dryRun: options?.dryRun };
}

function callOf(registry: Registry, target: Target): Call {
  const { resource, user } = target;
  // Kinds that are not served have to be emptied, too.
  const definition = registry.resources.findStored(resource);
  const served = definition && servedAs(definition, resource.group, resource.version);
  if (!definition || !served) throw noSuchResource();
  const cache = registry.caches.cacheOf(definition) ?? new ResourceCache(definition);
  const { dryRun, fieldManager, fieldValidation = 'Ignore' } = target.options;
  return {
    definition,
    served,
    cache,
    user,
    namespace: definition.namespaced ? target.namespace : '',
    subresource: target.subresource,
    isDryRun: Array.isArray(dryRun) ? dryRun.includes('All') : dryRun === true,
    fieldManager: fieldManager || managerOf(user.username ?? ''),
    fieldValidation,
    warnings: [],
  };
}
/** Programs are known by their names: upstream takes them from what its clients call themselves. */
function managerOf(username: string): string {
  if (username === 'system:apiserver') return 'kube-apiserver';
  return username.slice(username.lastIndexOf(':') + 1) || 'unknown';
}

function attributesOf(call: Call, target: Target): Attributes {
  return {
    user: target.user,
    verb: target.verb,
    isResourceRequest: true,
    apiGroup: call.served.group,
    apiVersion: call.served.version,
    resource: call.definition.plural,
    subresource: target.subresource,
    namespace: call.namespace,
    name: target.name,
    fieldSelector: target.fieldSelector ?? '',
    path: '',
  };
}

async function run(parts: LocalServerOptions, call: Call, request: ApiRequest): Promise<KubeObject | KubeList> {
  const result = await runOperation(parts.registry, parts.special, call, operationOf(request));
  switch (result.type) {
    case 'entry':
      return inServedVersion(call, result.entry.object);
    case 'object':
      return result.object as KubeObject;
    case 'list': {
      const { entries, metadata } = result.listed;
      return {
        kind: call.definition.listKind,
        apiVersion: apiVersionOf(call.served),
        metadata,
        items: await objectsOf(call, entries, parts.registry.clock),
      };
    }
  }
}

/** How long others wait at most while objects are parsed that nobody has asked for before: after a start, all of a large cluster's. */
const PARSING_MS = 5;

async function objectsOf(call: Call, entries: readonly Entry[], clock: Clock): Promise<KubeObject[]> {
  const objects: KubeObject[] = [];
  let until = clock.monotonic() + PARSING_MS;
  for (const entry of entries) {
    objects.push(inServedVersion(call, entry.object));
    if (objects.length % 64 !== 0 || clock.monotonic() < until) continue;
    await new Promise((resolve) => setImmediate(resolve));
    until = clock.monotonic() + PARSING_MS;
  }
  return objects;
}

function operationOf(request: ApiRequest): Operation {
  const { verb } = request;
  switch (verb) {
    case 'get':
      return { verb, name: request.ref.name, resourceVersion: request.options?.resourceVersion };
    case 'list':
      return { verb, options: request.options ?? {} };
    case 'create':
      return { verb, name: request.name ?? '', body: { value: copyOf(request.body) } };
    case 'update':
      return { verb, name: request.ref.name, body: { value: copyOf(request.body) } };
    case 'patch':
      return { verb, name: request.ref.name, type: request.options.type, patch: cloneJson(request.body), force: request.options.force ?? false };
    case 'delete':
      return { verb, name: request.ref.name, options: { ...request.options } };
    case 'deletecollection':
      return { verb, list: request.list ?? {}, options: { ...request.options } };
  }
}

// Bodies of clients in the same process are shared; decoding consumes what it is given.
function copyOf(body: KubeObject): JsonValue {
  return cloneJson(body) as unknown as JsonValue;
}

async function* watchEvents(registry: Registry, admitted: () => Promise<Call>, options: WatchOptions): AsyncGenerator<WatchEvent, void, void> {
  const call = await admitted();
  const queue = new AsyncQueue<WatchEvent>();
  const push = (type: 'ADDED' | 'MODIFIED' | 'DELETED', entry: Entry): void => {
    queue.push({ type, object: inServedVersion(call, entry.object) });
    if (queue.size > MAX_UNREAD_EVENTS) queue.end();
  };
  const stop = await watchObjects(registry, call, options, {
    initial: (entry) => push('ADDED', entry),
    change: (type, event) => push(type, event.shown(type)),
    bookmark: (revision, endsInitial) => queue.push({ type: 'BOOKMARK', object: bookmarkObject(call, revision, endsInitial) }),
    end: (error) => queue.end(error),
  });
  const onAbort = (): void => queue.cut();
  options.signal.addEventListener('abort', onAbort, { once: true });
  const timer = options.timeoutSeconds ? registry.clock.setTimer(options.timeoutSeconds * 1000, () => queue.end()) : undefined;
  if (options.signal.aborted) onAbort();
  try {
    yield* queue;
  } finally {
    stop();
    timer?.cancel();
    options.signal.removeEventListener('abort', onAbort);
  }
}

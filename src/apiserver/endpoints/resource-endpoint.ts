import { findResource, newMethodNotSupported, StatusError } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import type { RequestInfo } from '../filters/request-info.ts';
import type { HttpAnswer, HttpRequest } from '../listener/http-message.ts';
import { type Call, servedAs } from '../registry/call.ts';
import { createObject } from '../registry/create.ts';
import { decodeObject, parseJsonBody, parseYamlBody, type RawBody } from '../registry/decode-body.ts';
import { deleteObject } from '../registry/delete.ts';
import { listObjects } from '../registry/list.ts';
import { requireEntry } from '../registry/commit.ts';
import type { Registry } from '../registry/registry.ts';
import { updateObject } from '../registry/update.ts';
import { encodeResult } from './encode.ts';
import { bodyFormat, negotiate } from './media-type.ts';
import { deleteOptionsOf, listOptionsOf, watchOptionsOf } from './options.ts';
import type { Result } from './result.ts';
import { watchAnswer } from './watch-answer.ts';

const BODY_LIMIT = 3 * 1024 * 1024;

/** Serves `/api/…` and `/apis/…` resource paths, behind authorization. */
export interface ResourceEndpoint {
  serve(request: HttpRequest, info: RequestInfo, query: URLSearchParams, user: UserInfo): Promise<HttpAnswer>;
}

export function createResourceEndpoint(registry: Registry): ResourceEndpoint {
  return {
    async serve(request, info, query, user) {
      const call = callOf(registry, info, query, user, request.headers['user-agent']);
      const accepted = negotiate(request.headers.accept, query.get('pretty'), String(request.headers['user-agent'] ?? ''));
      if (info.verb === 'watch') return await watchAnswer(registry, call, watchOptionsOf(query), accepted, query);
      const result = await run(registry, call, request, info, query);
      const answer = await encodeResult(result, accepted, query, registry.clock.now());
      return call.warnings.length === 0 ? answer : { ...answer, headers: { ...answer.headers, warning: call.warnings.map(warningHeader) } };
    },
  };
}

async function run(registry: Registry, call: Call, request: HttpRequest, info: RequestInfo, query: URLSearchParams): Promise<Result> {
  const { name } = info;
  switch (info.verb) {
    case 'get':
      return { type: 'entry', call, entry: await requireEntry(registry, call, name), status: 200 };
    case 'list':
      return { type: 'list', call, listed: await listObjects(registry, call, listOptionsOf(query)) };
    case 'create': {
      const object = decodeObject(call, await readBody(request, call));
      return { type: 'entry', call, entry: await createObject(registry, call, object), status: 201 };
    }
    case 'update': {
      const object = decodeObject(call, await readBody(request, call));
      const { entry, isCreated } = await updateObject(registry, call, name, object, { mayCreate: call.definition.createsOnUpdate ?? false });
      return { type: 'entry', call, entry, status: isCreated ? 201 : 200 };
    }
    case 'delete': {
      const { entry } = await deleteObject(registry, call, name, deleteOptionsOf(query));
      return { type: 'entry', call, entry, status: 200 };
    }
    default:
      throw newMethodNotSupported({ group: info.group, plural: info.resource }, info.verb);
  }
}

function callOf(registry: Registry, info: RequestInfo, query: URLSearchParams, user: UserInfo, userAgent: string | string[] | undefined): Call {
  const definition = findResource({ group: info.group, version: info.version, plural: info.resource });
  const served = definition && servedAs(definition, info.group, info.version);
  const cache = definition && registry.caches.cacheOf(definition);
  if (!definition || !served || !cache) throw new StatusError('NotFound', 'the server could not find the requested resource', { details: {} });
  return {
    definition,
    served,
    cache,
    user,
    namespace: definition.namespaced ? info.namespace : '',
    subresource: info.subresource,
    isDryRun: query.getAll('dryRun').includes('All'),
    fieldManager: query.get('fieldManager') || String(userAgent ?? 'unknown').split('/')[0] || 'unknown',
    fieldValidation: (query.get('fieldValidation') || 'Warn') as Call['fieldValidation'],
    warnings: [],
  };
}

async function readBody(request: HttpRequest, call: Call): Promise<RawBody> {
  const format = bodyFormat(request.headers['content-type']);
  const bytes = await request.body(BODY_LIMIT);
  return format === 'yaml' ? await parseYamlBody(bytes) : parseJsonBody(bytes, call.fieldValidation !== 'Ignore');
}

function warningHeader(text: string): string {
  return `299 - ${JSON.stringify(text)}`;
}

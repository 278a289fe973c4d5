import { newInternalError, StatusError } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import type { Clock, Log } from '#lib';
import { newAccessDenied } from './authz/index.ts';
import type { Attributes, Credentials, Decision, DocumentHandler } from './contract.ts';
import { statusAnswer } from './endpoints/encode.ts';
import type { ResourceEndpoint } from './endpoints/resource-endpoint.ts';
import { parseRequestInfo, type RequestInfo } from './filters/request-info.ts';
import type { HttpAnswer, HttpRequest } from './listener/http-message.ts';

/** What the chain asks at its stations. */
export interface ChainOptions {
  /** Throws StatusError Unauthorized. */
  readonly authenticate: (credentials: Credentials) => Promise<UserInfo>;
  readonly authorize: (attributes: Attributes) => Decision | Promise<Decision>;
  readonly resources: ResourceEndpoint;
  /** Asked in order; the first that answers serves. */
  readonly documents: readonly DocumentHandler[];
  /** Serves paths that are no API's before anything else looks at them (the supervisor's own). */
  readonly fallback?: ((request: HttpRequest) => Promise<HttpAnswer> | undefined) | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Everything between a request and its answer: authenticate → authorize → route. The handler it makes never rejects. */
export function createChain(options: ChainOptions): (request: HttpRequest) => Promise<HttpAnswer> {
  return async (request) => {
    try {
      const own = options.fallback?.(request);
      return own ? await own : await serve(options, request);
    } catch (error) {
      return failureAnswer(error, options.log);
    }
  };
}

async function serve(options: ChainOptions, request: HttpRequest): Promise<HttpAnswer> {
  const user = await options.authenticate(credentialsOf(request));
  const query = new URLSearchParams(request.search);
  const info = parseRequestInfo(request.method, request.path, query);
  const attributes = attributesOf(info, user);
  const answer = options.authorize(attributes);
  const { decision, reason } = answer instanceof Promise ? await answer : answer;
  if (decision !== 'allow') throw newAccessDenied(attributes, reason);
  return info.isResourceRequest ? await options.resources.serve(request, info, query, user) : await serveDocument(options, request, query);
}

function credentialsOf(request: HttpRequest): Credentials {
  const { authorization } = request.headers;
  const bearerToken = typeof authorization === 'string' && /^bearer /i.test(authorization) ? authorization.slice(7).trim() : undefined;
  if (request.certificateProblem !== undefined && !bearerToken) throw new StatusError('Unauthorized', 'Unauthorized');
  return { certificate: request.certificate, bearerToken: bearerToken || undefined, headers: request.headers };
}

/** The question that a request puts to the authorizers. */
export function attributesOf(info: RequestInfo, user: UserInfo): Attributes {
  return {
    user,
    verb: info.verb,
    isResourceRequest: info.isResourceRequest,
    apiGroup: info.group,
    apiVersion: info.version,
    resource: info.resource,
    subresource: info.subresource,
    namespace: info.namespace,
    name: info.name,
    path: info.path,
  };
}

async function serveDocument(options: ChainOptions, request: HttpRequest, query: URLSearchParams): Promise<HttpAnswer> {
  for (const handler of options.documents) {
    const document = await handler.handle(request.path, query, request.headers);
    if (document) return { status: document.status, headers: { ...document.headers }, body: document.body };
  }
  return await unknownPath(options, request, query);
}

/** Paths nobody serves: a Status below a group version, the list of paths elsewhere. */
async function unknownPath(options: ChainOptions, request: HttpRequest, query: URLSearchParams): Promise<HttpAnswer> {
  if (/^\/(api|apis\/[^/]+)\/[^/]+\/?$/.test(request.path)) {
    return statusAnswer(new StatusError('NotFound', 'the server could not find the requested resource', { details: {} }).toStatus());
  }
  for (const handler of options.documents) {
    const index = await handler.handle('/', query, request.headers);
    if (index) return { status: 404, headers: { ...index.headers }, body: index.body };
  }
  return { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }, body: '404 page not found\n' };
}

function failureAnswer(error: unknown, log: Log): HttpAnswer {
  if (!(error instanceof StatusError)) log.error('Request failed', { err: error });
  const status = (error instanceof StatusError ? error : newInternalError(error)).toStatus();
  const answer = statusAnswer(status);
  const seconds = status.details?.retryAfterSeconds;
  return seconds ? { ...answer, headers: { ...answer.headers, 'retry-after': String(seconds) } } : answer;
}

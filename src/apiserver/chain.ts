import { newInternalError, StatusError } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import { type Clock, type Log, systemRandom } from '#lib';
import { isAccessDenied, newAccessDenied } from './authz/index.ts';
import type { Attributes, Credentials, Decision, DocumentHandler } from './contract.ts';
import { statusAnswer } from './endpoints/encode.ts';
import { warningHeaders, warningsOf } from './endpoints/error-warnings.ts';
import type { ResourceEndpoint } from './endpoints/resource-endpoint.ts';
import { notAllowed, NotRoutedError } from './endpoints/result.ts';
import { allottedTo, Deadlines } from './filters/deadlines.ts';
import type { FlowClassification, FlowHeaders } from './filters/flow-classification.ts';
import { createImpersonation, type Impersonation } from './filters/impersonation.ts';
import { parseRequestInfo, type RequestInfo } from './filters/request-info.ts';
import type { HttpAnswer, HttpRequest } from './listener/http-message.ts';
import type { ApiServerMetrics, RequestTrace } from './metrics/index.ts';
import type { Resources } from './resources.ts';

/** What the chain asks at its stations. */
export interface ChainOptions {
  /** Throws StatusError Unauthorized. */
  readonly authenticate: (credentials: Credentials) => Promise<UserInfo>;
  readonly authorize: (attributes: Attributes) => Decision | Promise<Decision>;
  /** Says with which priority a request is served. */
  readonly flows: Pick<FlowClassification, 'headersFor'>;
  readonly resources: ResourceEndpoint;
  /** Every kind that is served at the moment. */
  readonly kinds: Resources;
  /** Asked in order; the first that answers serves. */
  readonly documents: readonly DocumentHandler[];
  /** Serves paths that are no API's before anything else looks at them (the supervisor's own). */
  readonly fallback?: ((request: HttpRequest) => Promise<HttpAnswer> | undefined) | undefined;
  readonly metrics: ApiServerMetrics;
  readonly clock: Clock;
  readonly log: Log;
}

interface Stations extends ChainOptions {
  readonly impersonation: Impersonation;
  readonly deadlines: Deadlines;
}

/** Everything between a request and its answer: authenticate → impersonate → authorize → route. The handler it makes never rejects. */
export function createChain(options: ChainOptions): (request: HttpRequest) => Promise<HttpAnswer> {
  const stations: Stations = { ...options, impersonation: createImpersonation(options.authorize), deadlines: new Deadlines(options.clock) };
  const failed = (error: unknown, request: HttpRequest): Promise<HttpAnswer> => failureAnswer(error, request, options.log);
  return (request) =>
    new Promise((resolve) => {
      if (request.path.includes('%') && MALFORMED.test(request.path)) return resolve(malformed());
      const found: Found = {};
      const answer = (given: HttpAnswer): void => resolve(withCommonHeaders(given, request, found));
      const own = ownAnswer(options, request);
      if (own) own.catch((error: unknown) => failed(error, request)).then(resolve, () => {});
      else serve(stations, request, answer, found).then(answer, (error: unknown) => void failed(error, request).then(answer));
    });
}

// Go's HTTP server refuses such paths before anybody sees them.
const MALFORMED = /%(?![\dA-Fa-f]{2})/;
function malformed(): HttpAnswer {
  return { status: 400, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: '400 Bad Request' };
}

/** The supervisor's answer, if the path is its own. */
function ownAnswer({ fallback }: ChainOptions, request: HttpRequest): Promise<HttpAnswer> | undefined {
  try {
    return fallback?.(request);
  } catch (error) {
    return Promise.reject(error as Error);
  }
}

/** What upstream sends with every answer; what the answer says of the same itself counts. */
function withCommonHeaders(answer: HttpAnswer, { headers }: HttpRequest, { flow, warnings }: Found): HttpAnswer {
  const given = headers['audit-id'];
  const auditId = typeof given === 'string' && given !== '' ? given : systemRandom.uuid();
  const allHeaders: HttpAnswer['headers'] = { 'audit-id': auditId, 'cache-control': 'no-cache, private', ...flow, ...answer.headers };
  if (warnings) allHeaders['warning'] = [...warningHeaders(warnings), ...[answer.headers['warning'] ?? []].flat()];
  return { ...answer, headers: allHeaders };
}

/** `answerLate` is given the answer when it does not come in time. */
async function serve(stations: Stations, request: HttpRequest, answerLate: (answer: HttpAnswer) => void, found: Found): Promise<HttpAnswer> {
  const query = new URLSearchParams(request.search);
  const info = parseRequestInfo(request.method, request.path, query);
  const isLong = isLongRunning(info);
  // A time that is none is refused before anybody asks who wants it.
  const allotted = isLong ? undefined : allottedTo(info, query);
  const trace = stations.metrics.requests.begin(info, isLong);
  const late = (answer: HttpAnswer): void => {
    trace.timedOut();
    answerLate(answer);
  };
  const waiting = allotted && stations.deadlines.begin(allotted, trace.startedMs, late);
  try {
    return trace.answered(await serveAs(stations, { request, info, query, trace, found }));
  } catch (error) {
    trace.failed(error instanceof StatusError ? error.code : 500, !(error instanceof NotRoutedError));
    throw error;
  } finally {
    waiting?.end();
  }
}

/** What the stations found out, whatever the answer is. */
interface Found {
  flow?: FlowHeaders | undefined;
  /** About the credentials: they are sent with failures too. */
  warnings?: string[] | undefined;
}

/** A request on its way through the chain. */
interface Passage {
  readonly request: HttpRequest;
  readonly info: RequestInfo;
  readonly query: URLSearchParams;
  readonly trace: RequestTrace;
  readonly found: Found;
}

async function serveAs(stations: Stations, { request, info, query, trace, found }: Passage): Promise<HttpAnswer> {
  const { authentication } = stations.metrics;
  const credentials = credentialsOf(request, found);
  let caller: UserInfo;
  try {
    caller = await stations.authenticate(credentials);
  } catch (error) {
    authentication.notAuthenticated(credentials, trace.startedMs);
    throw error;
  }
  let sinceMs = authentication.authenticated(credentials, caller, trace.startedMs);
  const other = stations.impersonation.userFor(request, () => attributesOf(info, caller));
  const user = other ? await other : caller;
  if (other) sinceMs = stations.clock.monotonic();
  // Of what runs long only watches begin like other requests.
  if (info.verb === 'watch' || !isLongRunning(info)) found.flow = stations.flows.headersFor(info, user);
  const attributes = attributesOf(info, user);
  let decision: Decision | undefined;
  try {
    decision = await stations.authorize(attributes);
  } finally {
    authentication.authorized(decision, sinceMs);
  }
  if (decision.decision !== 'allow') throw newAccessDenied(attributes, decision.reason);
  if (info.isResourceRequest) return await stations.resources.serve(request, info, query, user, trace);
  if (HEALTH_PATHS.has(request.path)) trace.routedToHealth(request.path);
  return await serveDocument(stations, request, query);
}

const HEALTH_PATHS = new Set(['/healthz', '/livez', '/readyz']);
const CONNECTING = new Set(['exec', 'attach', 'portforward', 'proxy']);
function isLongRunning({ verb, subresource }: RequestInfo): boolean {
  return verb === 'watch' || verb === 'proxy' || CONNECTING.has(subresource) || subresource === 'log';
}

function credentialsOf(request: HttpRequest, found: Found): Credentials {
  const { authorization } = request.headers;
  const warn = authorization === undefined ? undefined : (text: string): unknown => (found.warnings ??= []).push(text);
  const bearerToken = typeof authorization === 'string' ? bearerTokenOf(authorization, warn) : undefined;
  if (request.certificateProblem !== undefined && !bearerToken) throw new StatusError('Unauthorized', 'Unauthorized');
  const proxyName = request.proxyCertificate?.commonName;
  // What a proxy says of groups must not be taken for several because of a comma in a name.
  const headers = proxyName === undefined ? request.headers : (request.distinctHeaders ?? request.headers);
  return { certificate: request.certificate, proxyName, bearerToken: bearerToken || undefined, headers, warn };
}

/** The word after `Bearer`; none after two spaces, as upstream. */
function bearerTokenOf(authorization: string, warn?: (text: string) => unknown): string | undefined {
  const [scheme = '', token] = authorization.trim().split(' ');
  if (scheme.toLowerCase() !== 'bearer') return undefined;
  if (token === '') warn?.('the provided Authorization header contains extra space before the bearer token, and is ignored');
  return token;
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
    fieldSelector: info.fieldSelector,
    path: info.path,
  };
}

async function serveDocument(options: ChainOptions, request: HttpRequest, query: URLSearchParams): Promise<HttpAnswer> {
  for (const handler of options.documents) {
    const document = await handler.handle(request.path, query, request.headers);
    if (document && request.method !== 'GET' && isRead(request.path, options.kinds)) throw notAllowed();
    if (document) return { status: document.status, headers: { ...document.headers }, body: document.body };
  }
  return unknownPath(options, request);
}

/** Paths nobody serves: a Status below a group version, plain text elsewhere (k8s.io/apiserver/pkg/util/notfoundhandler). */
function unknownPath(options: ChainOptions, request: HttpRequest): HttpAnswer {
  if (isServedGroup(request.path, options.kinds)) {
    throw new StatusError('NotFound', 'the server could not find the requested resource', { details: {} });
  }
  return { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }, body: '404 page not found\n' };
}

const READ_ONLY = /^\/(version|api|\.well-known\/openid-configuration|openid\/v1\/jwks)\/?$/;

/** Documents of which upstream serves only GET; of others it serves whatever is asked. */
function isRead(path: string, kinds: Resources): boolean {
  return READ_ONLY.test(path) || isServedGroup(path, kinds);
}

/** `/api/v2` and `/apis/apps/v9`: the group is served, the version is not. */
function isServedGroup(path: string, kinds: Resources): boolean {
  const match = /^\/(?:api|apis\/([^/]+))\/[^/]+\/?$/.exec(path);
  return match !== null && kinds.isBuiltInGroup(match[1] ?? '');
}

/** A failure in the form that the client takes. */
async function failureAnswer(error: unknown, { method, path, headers, search }: HttpRequest, log: Log): Promise<HttpAnswer> {
  // Not foreseen: whoever mends it needs to know where.
  if (!(error instanceof StatusError)) log.error('Request failed', { method, path, err: error, stack: stackOf(error) });
  const status = (error instanceof StatusError ? error : newInternalError(error)).toStatus();
  const answer = await statusAnswer(status, headers, new URLSearchParams(search));
  const seconds = status.details?.retryAfterSeconds;
  const warnings = warningsOf(error);
  const allHeaders = {
    ...answer.headers,
    ...(seconds ? { 'retry-after': String(seconds) } : {}),
    ...(isAccessDenied(error) ? { 'x-content-type-options': 'nosniff' } : {}),
    ...(warnings.length > 0 ? { warning: warningHeaders(warnings) } : {}),
  };
  return { ...answer, headers: allHeaders };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

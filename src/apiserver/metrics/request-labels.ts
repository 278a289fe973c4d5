import type { ResourceDefinition } from '#api';
import { isTrue, type RequestInfo } from '../filters/request-info.ts';

/** What a request is counted as: the labels of apiserver_request_total but for the code. */
export interface RequestLabels {
  readonly verb: string;
  readonly dryRun: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly scope: string;
  /** `apiserver`; '' for health checks. */
  readonly component: string;
}

/** What of a request its labels are made of. */
export interface LabelledRequest {
  readonly method: string;
  readonly search: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Subresources by which a client is connected to something else; `log` among them, as upstream names it. */
const CONNECT_SUBRESOURCES = new Set(['log', 'exec', 'portforward', 'attach', 'proxy']);
/** Over HTTP/2 a client may call its method as it likes. */
const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
const APPLY_TYPES = new Set<unknown>(['application/apply-patch+yaml', 'application/apply-patch+cbor']);

/** What tells the requests for one part of a kind apart: few values each. */
export interface RequestForm {
  readonly verb: string;
  readonly scope: string;
  readonly dryRun: string;
}

/** The form of a request for a kind that is served. */
export function formOf(info: RequestInfo, request: LabelledRequest, definition: ResourceDefinition): RequestForm {
  // A built-in kind's routes know whether they are for one object; of a custom kind upstream asks what the request says.
  const scope = definition.custom ? requestScope(info) : routeScope(info, definition);
  return { verb: reportedVerb(info, request, scope), scope, dryRun: dryRunOf(request.search) };
}

/** The labels of such a request. */
export function labelsOf({ group, version, resource, subresource }: RequestInfo, form: RequestForm): RequestLabels {
  return { ...form, group, version, resource, subresource, component: 'apiserver' };
}

const VERBS = ['GET', 'LIST', 'WATCH', 'POST', 'PUT', 'PATCH', 'APPLY', 'DELETE', 'CONNECT', 'other'];
const SCOPES = ['resource', 'namespace', 'cluster'];
const DRY_RUNS = ['', 'All', 'invalid'];

/** A number for each form. */
export function numberOf({ verb, scope, dryRun }: RequestForm): number {
  return (VERBS.indexOf(verb) * SCOPES.length + SCOPES.indexOf(scope)) * DRY_RUNS.length + (dryRun === '' ? 0 : DRY_RUNS.indexOf(dryRun));
}

/** The labels of `/healthz`, `/livez` and `/readyz`, which upstream counts by path. */
export function healthLabels(path: string): RequestLabels {
  return { verb: 'GET', dryRun: '', group: '', version: '', resource: '', subresource: path, scope: '', component: '' };
}

/** What a request is about, by what it says (upstream's CleanScope). */
export function requestScope({ name, verb, namespace }: RequestInfo): string {
  if (name || verb === 'create') return 'resource';
  return namespace ? 'namespace' : 'cluster';
}

function routeScope({ parts, verb, namespace }: RequestInfo, { namespaced }: ResourceDefinition): string {
  if (parts.length > 1 || verb === 'create') return 'resource';
  return namespaced && namespace ? 'namespace' : 'cluster';
}

function reportedVerb(info: RequestInfo, { method, headers, search }: LabelledRequest, scope: string): string {
  if (info.isWatch || info.verb === 'watch') return 'WATCH';
  if (CONNECT_SUBRESOURCES.has(info.subresource)) return 'CONNECT';
  if (method === 'GET' || method === 'HEAD') {
    if (method === 'GET' && search.includes('watch') && isTrue(new URLSearchParams(search).get('watch'))) return 'WATCH';
    return scope === 'resource' ? 'GET' : 'LIST';
  }
  if (method === 'PATCH' && APPLY_TYPES.has(headers['content-type'])) return 'APPLY';
  return METHODS.has(method) ? method : 'other';
}

/** `All`, `invalid` or nothing. */
function dryRunOf(search: string): string {
  if (!search.includes('dryRun')) return '';
  const values = new URLSearchParams(search).getAll('dryRun');
  if (values.length === 0) return '';
  return values.every((value) => value === 'All') ? 'All' : 'invalid';
}

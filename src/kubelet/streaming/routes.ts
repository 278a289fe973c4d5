/** The paths of the kubelet's API. Follows k8s.io/kubernetes pkg/kubelet/server/server.go. */

/** A container as paths name it; `uid` when the path has one. */
export interface ContainerPath {
  readonly namespace: string;
  readonly pod: string;
  readonly uid?: string | undefined;
  readonly container: string;
}
export type StreamVerb = 'exec' | 'attach' | 'portForward';
export type Route =
  | { readonly name: 'healthz' | 'pods' | 'runningpods' | 'stats' | 'metrics' | 'metricsResource' | 'metricsProbes' | 'configz' }
  | { readonly name: 'logs'; readonly path: string }
  | ({ readonly name: 'containerLogs' | 'run' } & ContainerPath)
  | ({ readonly name: StreamVerb } & ContainerPath);

const FIXED: Readonly<
  Record<string, Route['name'] & ('healthz' | 'pods' | 'runningpods' | 'stats' | 'metrics' | 'metricsResource' | 'metricsProbes' | 'configz')>
> = {
  '/healthz': 'healthz',
  '/healthz/ping': 'healthz',
  '/healthz/log': 'healthz',
  '/healthz/syncloop': 'healthz',
  '/pods': 'pods',
  '/runningpods': 'runningpods',
  '/stats/summary': 'stats',
  '/metrics': 'metrics',
  '/metrics/cadvisor': 'metrics',
  '/metrics/resource': 'metricsResource',
  '/metrics/probes': 'metricsProbes',
  '/configz': 'configz',
};

/** What a path asks for; undefined: 404. */
export function routeOf(pathname: string): Route | undefined {
  const fixed = FIXED[pathname.length > 1 ? pathname.replace(/\/$/, '') : pathname];
  if (fixed) return { name: fixed };
  if (pathname === '/logs' || pathname.startsWith('/logs/')) return { name: 'logs', path: pathname.slice('/logs'.length) };
  const [verb = '', ...parts] = pathname.slice(1).split('/').map(decode);
  if (verb === 'containerLogs' && parts.length === 3) return { name: 'containerLogs', ...containerPath(parts) };
  if ((verb === 'exec' || verb === 'attach' || verb === 'run') && (parts.length === 3 || parts.length === 4)) return { name: verb, ...containerPath(parts) };
  if (verb === 'portForward' && (parts.length === 2 || parts.length === 3)) return { name: 'portForward', ...containerPath([...parts, '']) };
  return undefined;
}

function containerPath(parts: readonly string[]): ContainerPath {
  const [namespace = '', pod = '', third = '', fourth] = parts;
  return fourth === undefined ? { namespace, pod, container: third } : { namespace, pod, uid: third, container: fourth };
}
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The subresource of `nodes` that a route counts as when asking whether somebody may use it. */
export function subresourceOf(route: Route): string {
  switch (route.name) {
    case 'stats':
      return 'stats';
    case 'metrics':
    case 'metricsResource':
    case 'metricsProbes':
      return 'metrics';
    case 'logs':
      return 'log';
    default:
      return 'proxy';
  }
}

/** The verb of an HTTP method, as authorizers know it. */
export function verbOf(method: string): string {
  return { POST: 'create', GET: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }[method] ?? '';
}

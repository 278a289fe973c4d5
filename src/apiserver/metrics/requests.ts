import type { ResourceDefinition } from '#api';
import type { Clock, Counter, Gauge, Histogram, Metrics } from '#lib';
import type { RequestInfo } from '../filters/request-info.ts';
import type { HttpAnswer } from '../listener/http-message.ts';
import { countedStream, countedTunnel } from './counted-answers.ts';
import { formOf, healthLabels, type LabelledRequest, labelsOf, numberOf, requestScope, type RequestLabels } from './request-labels.ts';

/** Upstream's bounds of apiserver_request_duration_seconds. */
export const REQUEST_SECONDS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
/** The objective is judged by the same bounds but for the two smallest. */
const SLI_SECONDS = REQUEST_SECONDS.slice(2);
const RESPONSE_BYTES = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
const BODY_BYTES = Array.from({ length: 31 }, (_, i) => 50_000 + i * 100_000);

const LABELS = ['component', 'group', 'resource', 'scope', 'subresource', 'verb', 'version'];
const MUTATING = new Set(['create', 'update', 'patch', 'delete', 'deletecollection', 'post', 'put']);

/** Subresources whose answers upstream does not measure. */
const UNMEASURED = new Set(['exec', 'attach', 'portforward', 'proxy']);

/** What one kind of request is counted with, looked up once. */
interface Children {
  readonly labels: RequestLabels;
  readonly byCode: Map<number, Counter>;
  readonly duration: Histogram;
  /** Absent for dry runs, which no objective is about. */
  readonly objective: Histogram | undefined;
  size: Histogram | undefined;
}

/** One request on its way. It is counted once it has been routed: what is refused before, or leads nowhere, upstream does not count either. */
export interface RequestTrace {
  readonly startedMs: number;
  /** The request has come to those who serve a kind. */
  routed(definition: ResourceDefinition, request: LabelledRequest): void;
  /** The request has come to a health check. */
  routedToHealth(path: string): void;
  /** Counts the request when its answer is over; returns the answer to give. */
  answered(answer: HttpAnswer): HttpAnswer;
  /** The client was told that it took too long; what it asked for goes on. */
  timedOut(): void;
  /** The request failed; `wasRouted`: not for lack of anybody who serves it. */
  failed(code: number, wasRouted: boolean): void;
}

/** Counts requests, by upstream's names. */
export class RequestMetrics {
  readonly #clock: Clock;
  /** By kind, version and subresource; then by the form's number. */
  readonly #children = new WeakMap<ResourceDefinition, Map<string, Map<string, (Children | undefined)[]>>>();
  readonly #health = new Map<string, Children>();
  readonly #families: ReturnType<typeof familiesIn>;
  readonly #reading: Gauge;
  readonly #mutating: Gauge;

  constructor(registry: Metrics, clock: Clock) {
    this.#clock = clock;
    this.#families = familiesIn(registry);
    this.#reading = this.#families.inflight.labels('readOnly');
    this.#mutating = this.#families.inflight.labels('mutating');
  }

  /** Begins a request. Those that run long (watches, exec and the like) are not counted as being in flight. */
  begin(info: RequestInfo, isLongRunning: boolean): RequestTrace {
    const inflight = isLongRunning ? undefined : MUTATING.has(info.verb) ? this.#mutating : this.#reading;
    return new Trace(this, info, inflight, this.#clock.monotonic());
  }

  /** The body of a write to a kind that is served was read. */
  bodyRead(group: string, plural: string, verb: string, bytes: number): void {
    this.#families.body.labels(group, plural, verb === 'deletecollection' ? 'delete_collection' : verb).observe(bytes);
  }
  /** A request was given up after `code` (504: it took too long). */
  terminated(labels: RequestLabels, code: number): void {
    this.#families.terminations.labels(String(code), ...valuesOf(labels)).add();
  }
  /** An answer was broken off. */
  aborted({ group, resource, subresource, verb, version }: RequestLabels, scope: string): void {
    this.#families.aborts.labels(group, resource, scope, subresource, verb, version).add();
  }
  tlsHandshakeFailed(): void {
    this.#families.tlsErrors.labels().add();
  }

  /** Counts one that is over. */
  ended(children: Children, code: number, startedMs: number, bytes: number | undefined): void {
    const { labels } = children;
    let counter = children.byCode.get(code);
    if (!counter) {
      const { component, dryRun, group, resource, scope, subresource, verb, version } = labels;
      children.byCode.set(code, (counter = this.#families.total.labels(String(code), component, dryRun, group, resource, scope, subresource, verb, version)));
    }
    counter.add();
    const seconds = (this.#clock.monotonic() - startedMs) / 1000;
    children.duration.observe(seconds);
    children.objective?.observe(seconds);
    if (bytes === undefined) return;
    children.size ??= this.#families.sizes.labels(...valuesOf(labels));
    children.size.observe(bytes);
  }
  /** The gauge of those that run long. */
  longRunning(labels: RequestLabels, scope: string): Gauge {
    return this.#families.longRunning.labels(...valuesOf({ ...labels, scope }));
  }
  deprecatedRequested({ group, resource, subresource, version }: RequestLabels): void {
    this.#families.deprecated.labels(group, '', resource, subresource, version).set(1);
  }

  /** What a request for a kind is counted with: found without making a key. */
  childrenOf(definition: ResourceDefinition, info: RequestInfo, request: LabelledRequest): Children {
    let versions = this.#children.get(definition);
    if (!versions) this.#children.set(definition, (versions = new Map()));
    let parts = versions.get(info.version);
    if (!parts) versions.set(info.version, (parts = new Map()));
    let cells = parts.get(info.subresource);
    if (!cells) parts.set(info.subresource, (cells = []));
    const form = formOf(info, request, definition);
    return (cells[numberOf(form)] ??= this.#make(labelsOf(info, form)));
  }
  healthChildren(path: string): Children {
    let found = this.#health.get(path);
    if (!found) this.#health.set(path, (found = this.#make(healthLabels(path))));
    return found;
  }
  #make(labels: RequestLabels): Children {
    const { component, dryRun, group, resource, scope, subresource, verb, version } = labels;
    const duration = this.#families.duration.labels(component, dryRun, group, resource, scope, subresource, verb, version);
    const objective = dryRun ? undefined : this.#families.objective.labels(...valuesOf(labels));
    return { labels, byCode: new Map(), duration, objective, size: undefined };
  }
}

class Trace implements RequestTrace {
  readonly startedMs: number;
  readonly #metrics: RequestMetrics;
  readonly #info: RequestInfo;
  readonly #inflight: Gauge | undefined;
  #definition: ResourceDefinition | undefined;
  #request: LabelledRequest | undefined;
  #healthPath: string | undefined;

  constructor(metrics: RequestMetrics, info: RequestInfo, inflight: Gauge | undefined, startedMs: number) {
    this.#metrics = metrics;
    this.#info = info;
    this.#inflight = inflight;
    this.startedMs = startedMs;
    inflight?.add(1);
  }
  routed(definition: ResourceDefinition, request: LabelledRequest): void {
    this.#definition = definition;
    this.#request = request;
  }
  routedToHealth(path: string): void {
    this.#healthPath = path;
  }
  timedOut(): void {
    const children = this.#children;
    if (children) this.#metrics.terminated(children.labels, 504);
  }
  failed(code: number, wasRouted: boolean): void {
    this.#inflight?.add(-1);
    if (wasRouted) this.#end(code, 0);
  }
  answered(answer: HttpAnswer): HttpAnswer {
    this.#inflight?.add(-1);
    const { status, body, stream, tunnel } = answer;
    if (stream || tunnel) return this.#answeredAtLength(answer);
    this.#end(status, sizeOf(body));
    return answer;
  }

  #answeredAtLength(answer: HttpAnswer): HttpAnswer {
    const children = this.#children;
    if (!children) return answer;
    const { labels } = children;
    // What is read from a log is no connection to anything.
    const gauge = labels.subresource === 'log' ? undefined : this.#metrics.longRunning(labels, requestScope(this.#info));
    gauge?.add(1);
    const over = (bytes: number, isAborted = false): void => {
      gauge?.add(-1);
      // A watch that is cut off ends; upstream counts those by themselves.
      if (isAborted && labels.verb !== 'WATCH') this.#metrics.aborted(labels, requestScope(this.#info));
      this.#end(answer.status, bytes);
    };
    const { stream, tunnel } = answer;
    return stream ? { ...answer, stream: countedStream(stream, over) } : { ...answer, tunnel: tunnel && countedTunnel(tunnel, () => over(0)) };
  }
  get #children(): Children | undefined {
    if (this.#definition && this.#request) return this.#metrics.childrenOf(this.#definition, this.#info, this.#request);
    return this.#healthPath === undefined ? undefined : this.#metrics.healthChildren(this.#healthPath);
  }
  #end(code: number, bytes: number): void {
    const children = this.#children;
    if (!children) return;
    this.#metrics.ended(children, code, this.startedMs, this.#isMeasured() ? bytes : undefined);
    const { custom, deprecationWarning } = this.#definition ?? {};
    if ((custom ? custom.deprecationWarning : deprecationWarning) !== undefined) this.#metrics.deprecatedRequested(children.labels);
  }
  /** Whether the size of the answer is. */
  #isMeasured(): boolean {
    const { method } = this.#request ?? {};
    if ((method !== 'GET' && method !== 'HEAD') || UNMEASURED.has(this.#info.subresource)) return false;
    return !(this.#definition?.custom && this.#info.verb === 'watch');
  }
}

function valuesOf({ component, group, resource, scope, subresource, verb, version }: RequestLabels): string[] {
  return [component, group, resource, scope, subresource, verb, version];
}

/** Before compression; of lists that are made while they are sent about. */
function sizeOf(body: HttpAnswer['body']): number {
  if (body === undefined) return 0;
  return typeof body === 'string' || Buffer.isBuffer(body) ? body.length : body.sizeHint;
}

function familiesIn(registry: Metrics) {
  const deprecated = ['group', 'removed_release', 'resource', 'subresource', 'version'];
  return {
    total: registry.counter('apiserver_request_total', '[STABLE] Requests by what they asked for and how they were answered.', [
      'code',
      'component',
      'dry_run',
      ...LABELS.slice(1),
    ]),
    duration: registry.histogram('apiserver_request_duration_seconds', '[STABLE] How long requests took, in seconds.', REQUEST_SECONDS, [
      'component',
      'dry_run',
      ...LABELS.slice(1),
    ]),
    objective: registry.histogram(
      'apiserver_request_sli_duration_seconds',
      '[ALPHA] How long requests took without webhooks and queues, in seconds.',
      SLI_SECONDS,
      LABELS,
    ),
    longRunning: registry.gauge('apiserver_longrunning_requests', '[STABLE] Long-running requests that are open now.', LABELS),
    inflight: registry.gauge('apiserver_current_inflight_requests', '[STABLE] Requests that are being answered now, by request kind.', ['request_kind']),
    sizes: registry.histogram('apiserver_response_sizes', '[STABLE] Sizes of the answers to reading requests, in bytes.', RESPONSE_BYTES, LABELS),
    body: registry.histogram('apiserver_request_body_size_bytes', '[ALPHA] Sizes of request bodies, in bytes.', BODY_BYTES, ['group', 'resource', 'verb']),
    terminations: registry.counter('apiserver_request_terminations_total', '[ALPHA] Requests that the server gave up to protect itself.', ['code', ...LABELS]),
    aborts: registry.counter('apiserver_request_aborts_total', '[ALPHA] Requests whose answer was broken off.', LABELS.slice(1)),
    deprecated: registry.gauge('apiserver_requested_deprecated_apis', '[STABLE] Deprecated APIs that were asked for.', deprecated),
    tlsErrors: registry.counter('apiserver_tls_handshake_errors_total', '[ALPHA] Connections whose TLS handshake failed.'),
  };
}

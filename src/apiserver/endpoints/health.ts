import type { DocumentHandler, DocumentResponse } from '../contract.ts';
import type { HealthObserver } from '../metrics/health.ts';
import type { WriteHealth } from '../registry/write-health.ts';
import type { WatchCaches } from '../watch-cache/watch-caches.ts';
import { HOOK_CHECKS, type StartHooks } from './start-hooks.ts';

export interface HealthParts {
  readonly writes: WriteHealth;
  readonly caches: WatchCaches;
  /** What is done of the start. */
  readonly hooks: StartHooks;
  /** Whether the server has begun to stop. */
  readonly isStopping: () => boolean;
  /** Is told what every check found. */
  readonly observe: HealthObserver;
}

/** One thing that must be well; the answer is what is wrong. */
interface Check {
  readonly name: string;
  run(): string | undefined;
}
type Page = 'healthz' | 'livez' | 'readyz';

const HEADERS = { 'content-type': 'text/plain; charset=utf-8' };
const TEXT = { ...HEADERS, 'x-content-type-options': 'nosniff' };

// A log that blocks blocks the answer too: lines are written before whoever writes them goes on.
const FIRST = ['ping', 'log', 'etcd'];
const READINESS = ['etcd-readiness', 'informer-sync'];
const NAMES: Readonly<Record<Page, readonly string[]>> = {
  healthz: [...FIRST, ...HOOK_CHECKS],
  livez: [...FIRST, ...HOOK_CHECKS],
  readyz: [...FIRST, ...READINESS, ...HOOK_CHECKS, 'shutdown'],
};

/** Every page of this handler, for the list of paths. */
export const HEALTH_PATHS: readonly string[] = Object.entries(NAMES).flatMap(([page, names]) => [`/${page}`, ...names.map((name) => `/${page}/${name}`)]);

/** `/livez`, `/readyz`, `/healthz`, with `?verbose`, `?exclude=` and a path for each check, in upstream's words, order and names. */
export function createHealth(parts: HealthParts): DocumentHandler {
  const pages = new Map(Object.entries(NAMES).map(([page, names]) => [page, names.map((name) => ({ name, run: checkOf(parts, page as Page, name) }))]));
  const { observe } = parts;
  return {
    handle(path, query) {
      const [, page = '', ...rest] = path.split('/');
      const all = pages.get(page);
      if (!all) return undefined;
      if (rest.length > 0) return single(all, rest.join('/'));
      return answer(page, all, { excluded: new Set(query.getAll('exclude')), isVerbose: query.has('verbose'), observe });
    },
  };
}

function checkOf({ writes, caches, hooks, isStopping }: HealthParts, page: Page, name: string): Check['run'] {
  switch (name) {
    case 'ping':
    case 'log':
      return () => undefined;
    case 'etcd':
      // No restart makes room or repairs a disk, and reads go on: liveness does not depend on it.
      return () => (page === 'livez' ? undefined : writes.problem);
    case 'etcd-readiness':
      return () => writes.problem;
    case 'informer-sync':
      return () => caches.problem;
    case 'shutdown':
      return () => (isStopping() ? 'process is shutting down' : undefined);
    default:
      return () => (hooks.isDone(name) ? undefined : 'not finished');
  }
}

function single(checks: readonly Check[], name: string): DocumentResponse | undefined {
  const check = checks.find((each) => each.name === name);
  if (!check) return undefined;
  const problem = check.run();
  return problem === undefined ? { status: 200, headers: HEADERS, body: 'ok' } : { status: 500, headers: TEXT, body: `internal server error: ${problem}\n` };
}

interface Asked {
  readonly excluded: ReadonlySet<string>;
  readonly isVerbose: boolean;
  readonly observe: HealthObserver;
}

function answer(page: string, checks: readonly Check[], { excluded, isVerbose, observe }: Asked): DocumentResponse {
  let text = '';
  let isWell = true;
  for (const check of checks) {
    if (excluded.has(check.name)) {
      text += `[+]${check.name} excluded: ok\n`;
      continue;
    }
    const problem = check.run();
    observe(check.name, page, problem === undefined);
    if (problem !== undefined) isWell = false;
    // Why something failed is for the log; anyone may read this page.
    text += problem === undefined ? `[+]${check.name} ok\n` : `[-]${check.name} failed: reason withheld\n`;
  }
  const unknown = [...excluded].filter((each) => !checks.some((check) => check.name === each)).sort();
  if (unknown.length > 0) text += `warn: some health checks cannot be excluded: no matches for ${unknown.map((each) => JSON.stringify(each)).join(',')}\n`;
  if (!isWell) return { status: 500, headers: TEXT, body: `${text}${page} check failed\n` };
  return { status: 200, headers: TEXT, body: isVerbose ? `${text}${page} check passed\n` : 'ok' };
}

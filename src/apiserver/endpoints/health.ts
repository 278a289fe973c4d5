import type { DocumentHandler, DocumentResponse } from '../contract.ts';
import type { HealthObserver } from '../metrics/health.ts';
import type { WriteHealth } from '../registry/write-health.ts';
import type { WatchCaches } from '../watch-cache/watch-caches.ts';

export interface HealthParts {
  readonly writes: WriteHealth;
  readonly caches: WatchCaches;
  /** Whether bootstrapping is over and the rest of the program is ready. */
  readonly isReady: () => boolean;
  /** Is told what every check found. */
  readonly observe: HealthObserver;
}

/** One thing that must be well; the answer is what is wrong. */
interface Check {
  readonly name: string;
  run(): string | undefined;
}

const TEXT = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };

/** `/livez`, `/readyz`, `/healthz`, with `?verbose`, `?exclude=` and a path for each check, in upstream's words. */
export function createHealth({ writes, caches, isReady, observe }: HealthParts): DocumentHandler {
  const ping: Check = { name: 'ping', run: () => undefined };
  const etcd: Check = { name: 'etcd', run: () => writes.problem };
  // No restart makes room or repairs a disk, and reads go on.
  const served: Check = { name: 'etcd', run: () => undefined };
  const informers: Check = { name: 'informer-sync', run: () => caches.problem };
  const bootstrap: Check = { name: 'poststarthook/rbac/bootstrap-roles', run: () => (isReady() ? undefined : 'not finished') };
  // Liveness does not depend on what a restart would not repair.
  const checks: Readonly<Record<string, readonly Check[]>> = {
    livez: [ping, served],
    healthz: [ping, etcd, bootstrap],
    readyz: [ping, etcd, informers, bootstrap],
  };
  return {
    handle(path, query) {
      const [, name = '', ...rest] = path.split('/');
      const all = Object.hasOwn(checks, name) ? checks[name] : undefined;
      if (!all) return undefined;
      if (rest.length > 0) return single(all, rest.join('/'));
      return answer(name, all, { excluded: new Set(query.getAll('exclude')), isVerbose: query.has('verbose'), observe });
    },
  };
}

function single(checks: readonly Check[], name: string): DocumentResponse | undefined {
  const check = checks.find((each) => each.name === name);
  if (!check) return undefined;
  const problem = check.run();
  return problem === undefined ? { status: 200, headers: TEXT, body: 'ok' } : { status: 500, headers: TEXT, body: `internal server error: ${problem}\n` };
}

interface Asked {
  readonly excluded: ReadonlySet<string>;
  readonly isVerbose: boolean;
  readonly observe: HealthObserver;
}

function answer(name: string, checks: readonly Check[], { excluded, isVerbose, observe }: Asked): DocumentResponse {
  let text = '';
  let isWell = true;
  for (const check of checks) {
    if (excluded.has(check.name)) {
      text += `[+]${check.name} excluded: ok\n`;
      continue;
    }
    const problem = check.run();
    observe(check.name, name, problem === undefined);
    if (problem !== undefined) isWell = false;
    // Why something failed is for the log; anyone may read this page.
    text += problem === undefined ? `[+]${check.name} ok\n` : `[-]${check.name} failed: reason withheld\n`;
  }
  const unknown = [...excluded].filter((each) => !checks.some((check) => check.name === each));
  if (unknown.length > 0) text += `warn: some health checks cannot be excluded: no matches for ${unknown.map((each) => JSON.stringify(each)).join(', ')}\n`;
  if (!isWell) return { status: 500, headers: TEXT, body: `${text}${name} check failed\n` };
  return { status: 200, headers: TEXT, body: isVerbose ? `${text}${name} check passed\n` : 'ok' };
}

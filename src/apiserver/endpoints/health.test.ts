import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DocumentResponse } from '../contract.ts';
import type { WriteHealth } from '../registry/write-health.ts';
import type { WatchCaches } from '../watch-cache/watch-caches.ts';
import { createHealth, HEALTH_PATHS } from './health.ts';
import { StartHooks, type StartPart } from './start-hooks.ts';

const PARTS: readonly StartPart[] = ['caches', 'extensions', 'objects', 'services', 'apiServices', 'legacyTokens', 'flows'];

function pages({
  done = PARTS,
  writes,
  caches,
  isStopping = false,
}: {
  done?: readonly StartPart[];
  writes?: string;
  caches?: string;
  isStopping?: boolean;
} = {}) {
  const hooks = new StartHooks();
  for (const part of done) hooks.done(part);
  const health = createHealth({
    writes: { problem: writes } as WriteHealth,
    caches: { problem: caches } as WatchCaches,
    hooks,
    isStopping: () => isStopping,
    observe: () => {},
  });
  return (path: string) => {
    const { pathname, searchParams } = new URL(path, 'https://x');
    return health.handle(pathname, searchParams, {}) as DocumentResponse | undefined;
  };
}
const namesIn = (text: string): string[] => Array.from(text.matchAll(/^\[.\](\S+) /gm), ([, name = '']) => name);
const failedIn = (text: string): string[] => Array.from(text.matchAll(/^\[-\](\S+) failed: reason withheld$/gm), ([, name = '']) => name);

// As kube-apiserver 1.36 lists them, without those that k3ts has not.
const HOOKS =
  `start-apiserver-admission-initializer generic-apiserver-start-informers priority-and-fairness-config-consumer start-apiextensions-informers start-apiextensions-controllers
  crd-informer-synced start-system-namespaces-controller start-cluster-authentication-info-controller storage-readiness start-legacy-token-tracking-controller
  start-service-ip-repair-controllers
  rbac/bootstrap-roles scheduling/bootstrap-system-priority-classes priority-and-fairness-config-producer bootstrap-controller
  start-kubernetes-service-cidr-controller start-kube-aggregator-informers apiservice-status-local-available-controller apiservice-registration-controller
  apiservice-discovery-controller kube-apiserver-autoregistration autoregister-completion apiservice-openapi-controller apiservice-openapiv3-controller`
    .split(/\s+/)
    .map((name) => (name === 'autoregister-completion' ? name : `poststarthook/${name}`));

test('checks have upstream’s names and order', () => {
  const get = pages();
  for (const [page, names] of [
    ['livez', ['ping', 'log', 'etcd', ...HOOKS]],
    ['healthz', ['ping', 'log', 'etcd', ...HOOKS]],
    ['readyz', ['ping', 'log', 'etcd', 'etcd-readiness', 'informer-sync', ...HOOKS, 'shutdown']],
  ] as const) {
    const text = String(get(`/${page}?verbose`)?.body);
    assert.deepEqual(namesIn(text), names);
    assert.ok(text.endsWith(`] ok\n${page} check passed\n`.slice(2)), text.slice(-60));
    for (const name of names) {
      assert.equal(get(`/${page}/${name}`)?.body, 'ok');
      assert.ok(HEALTH_PATHS.includes(`/${page}/${name}`));
    }
  }
  for (const path of ['/livez/informer-sync', '/livez/shutdown', '/readyz/none', '/healthz/', '/healthz/ping/']) assert.equal(get(path), undefined, path);
});

test('each check fails with what it tells of, and no other', () => {
  const started = (done: readonly StartPart[]): string[] => failedIn(String(pages({ done })('/readyz')?.body));
  assert.deepEqual(started([]), HOOKS);
  assert.deepEqual(started(PARTS.filter((part) => part !== 'services')), [
    'poststarthook/start-service-ip-repair-controllers',
    'poststarthook/bootstrap-controller',
    'poststarthook/start-kubernetes-service-cidr-controller',
  ]);
  const table: [get: ReturnType<typeof pages>, page: string, failed: string[]][] = [
    [pages({ writes: 'disk full' }), 'readyz', ['etcd', 'etcd-readiness']],
    [pages({ writes: 'disk full' }), 'healthz', ['etcd']],
    [pages({ writes: 'disk full' }), 'livez', []],
    [pages({ caches: 'lost' }), 'readyz', ['informer-sync']],
    [pages({ caches: 'lost' }), 'healthz', []],
    [pages({ isStopping: true }), 'readyz', ['shutdown']],
    [pages({ isStopping: true }), 'livez', []],
  ];
  for (const [get, page, failed] of table) {
    const answer = get(`/${page}?verbose`);
    assert.deepEqual([answer?.status, failedIn(String(answer?.body))], [failed.length > 0 ? 500 : 200, failed], page);
  }
});

test('answers are upstream’s to the letter', () => {
  const get = pages({ writes: 'disk full' });
  const body = (path: string) => [get(path)?.status, get(path)?.body];
  assert.deepEqual(body('/readyz/etcd'), [500, 'internal server error: disk full\n']);
  assert.deepEqual(pages({ done: [] })('/livez/poststarthook/rbac/bootstrap-roles')?.body, 'internal server error: not finished\n');
  assert.deepEqual(pages({ isStopping: true })('/readyz/shutdown')?.body, 'internal server error: process is shutting down\n');
  assert.deepEqual(body('/livez'), [200, 'ok']);
  const failed = String(get('/healthz?exclude=ping&exclude=z&exclude=b')?.body);
  assert.match(failed, /^\[\+\]ping excluded: ok\n\[\+\]log ok\n\[-\]etcd failed: reason withheld\n/);
  assert.match(failed, /\nwarn: some health checks cannot be excluded: no matches for "b","z"\nhealthz check failed\n$/);
  const well = get('/readyz?exclude=etcd&exclude=etcd-readiness&exclude=none&verbose=false');
  assert.match(String(well?.body), /\nwarn: some health checks cannot be excluded: no matches for "none"\nreadyz check passed\n$/);
  assert.deepEqual(well?.headers, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
});

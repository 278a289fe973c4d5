/**
 * Holds the floors (docs/architecture.md): which folder of src/ may import which, faces only, no cycles. Prints every breach; exit code 1 when there is one.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** folder → the folders whose faces it may import (besides itself, Node and npm). Tests, and what is written for tests (`testing/`, `conformance/`), may import anything. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  api: ['lib'],
  datastore: ['lib'],
  client: ['lib', 'api'],
  apiserver: ['lib', 'api', 'datastore'],
  controllers: ['lib', 'api', 'client'],
  scheduler: ['lib', 'api', 'client'],
  kubelet: ['lib', 'api', 'client'],
  network: ['lib', 'api', 'client'],
  addons: ['lib', 'api', 'client'],
  cluster: ['lib', 'api', 'datastore', 'client', 'apiserver', 'controllers', 'scheduler', 'kubelet', 'network', 'addons'],
  provision: ['lib', 'api', 'client'],
  cli: ['lib', 'api', 'datastore', 'client', 'apiserver', 'controllers', 'scheduler', 'kubelet', 'network', 'addons', 'cluster', 'provision'],
};
/** Imports that name no face but data or a single module, and the folder they count as. */
const EXTRA_FACES = /^#(api\/types|api\/cel|lib|cluster\/config)(\/|$)/;

interface Import {
  readonly specifier: string;
  readonly isTypeOnly: boolean;
}

function importsOf(source: string): Import[] {
  const found: Import[] = [];
  const statement = /^\s*(?:import|export)\s+(type\s+)?[^'";]*?from\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;
  for (const match of source.matchAll(statement)) {
    found.push({ specifier: (match[2] ?? match[3] ?? match[4]) as string, isTypeOnly: match[1] !== undefined });
  }
  return found;
}

function folderOf(file: string): string {
  return file.split('/')[1] ?? '';
}

const faces = (JSON.parse(readFileSync('package.json', 'utf8')) as { imports: Record<string, string> }).imports;
function resolve(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return normalize(join(dirname(file), specifier));
  if (!specifier.startsWith('#')) return undefined;
  const exact = faces[specifier];
  if (exact) return normalize(exact);
  const pattern = Object.keys(faces).find((key) => key.endsWith('/*') && specifier.startsWith(key.slice(0, -1)));
  return pattern ? normalize((faces[pattern] as string).replace('*', specifier.slice(pattern.length - 1))) : undefined;
}

function breachesOf(file: string, imports: readonly Import[]): string[] {
  const from = folderOf(file);
  const isTest = /\.test\.ts$|\/(conformance|testing)\//.test(file);
  const breaches: string[] = [];
  for (const { specifier } of imports) {
    const target = resolve(file, specifier);
    if (target === undefined) continue;
    const to = folderOf(target);
    if (specifier.startsWith('.') && to !== from && target.startsWith('src/') && !isTest)
      breaches.push(`${file}: reaches into src/${to} by path: import its face #${to}`);
    if (specifier.startsWith('#') && to === from && !EXTRA_FACES.test(specifier) && !isTest)
      breaches.push(`${file}: imports its own face ${specifier}: import the file directly`);
    if (to === from || isTest || !target.startsWith('src/')) continue;
    const allowed = MAY_IMPORT[from];
    if (allowed && !allowed.includes(to)) breaches.push(`${file}: src/${from} may not import src/${to} (floors: docs/architecture.md)`);
  }
  return breaches;
}

/** A cycle among the imports that run, as a list of files; undefined when there is none. */
function findCycle(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const state = new Map<string, 'open' | 'done'>();
  const path: string[] = [];
  const visit = (file: string): string[] | undefined => {
    if (state.get(file) === 'done') return undefined;
    if (state.get(file) === 'open') return [...path.slice(path.indexOf(file)), file];
    state.set(file, 'open');
    path.push(file);
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next);
      if (cycle) return cycle;
    }
    path.pop();
    state.set(file, 'done');
    return undefined;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file);
    if (cycle) return cycle;
  }
  return undefined;
}

const files = globSync('src/**/*.ts')
  .filter((file) => !file.startsWith('src/api/gen/'))
  .sort();
const breaches: string[] = [];
const graph = new Map<string, string[]>();
for (const file of files) {
  const imports = importsOf(readFileSync(file, 'utf8'));
  breaches.push(...breachesOf(file, imports));
  graph.set(
    file,
    imports
      .filter((i) => !i.isTypeOnly)
      .map((i) => resolve(file, i.specifier))
      .filter((target): target is string => target !== undefined),
  );
}
const cycle = findCycle(graph);
if (cycle) breaches.push(`import cycle: ${cycle.join(' -> ')}`);
for (const breach of breaches) console.error(breach);
console.log(`floors: ${files.length} files, ${breaches.length} breaches`);
process.exitCode = breaches.length > 0 ? 1 : 0;

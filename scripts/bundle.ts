/**
 * Bundles the program into dist/ with esbuild: less to read, compile and hold in memory at every start. `bin/k3ts` runs
 * the bundle only while nothing in src/ is newer, else the sources themselves, so that an edit is never masked. Without esbuild (an install
 * without development packages) there is no bundle.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..');
const outdir = join(root, 'dist');
const main = join(outdir, 'main.js');
const KEEP_MS = 24 * 3_600_000;
/** What is started by its file: the program and its worker threads. */
const ENTRIES: Readonly<Record<string, string>> = {
  main: join(root, 'src/main.ts'),
  'datastore-worker': join(root, 'src/datastore/drivers/sqlite/worker.ts'),
};

/** Files that the program finds beside its sources stay there: their addresses are rewritten as seen from dist/; started sources become entries. */
const addresses: Plugin = {
  name: 'addresses',
  setup(build) {
    build.onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta')) return undefined;
      const contents = text.replaceAll(/new URL\((['"`])(\.[^'"`]*)\1, import\.meta\.url\)/g, (_, quote: string, address: string) => {
        return `new URL(${quote}${addressInBundle(resolve(dirname(path), address))}${quote}, import.meta.url)`;
      });
      return { contents, loader: 'ts' };
    });
  },
};

function addressInBundle(file: string): string {
  if (!file.endsWith('.ts')) return relative(outdir, file);
  const entry = Object.entries(ENTRIES).find(([, source]) => source === file);
  if (!entry) throw new Error(`Cannot bundle ${relative(root, file)}: it is started by its address; add it to ENTRIES in scripts/bundle.ts`);
  return `./${entry[0]}.js`;
}

async function bundle(): Promise<void> {
  const { build } = await import('esbuild');
  const begunAt = new Date();
  const { outputFiles } = await build({
    entryPoints: { ...ENTRIES },
    outdir,
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    legalComments: 'none',
    logLevel: 'warning',
    // CommonJS packages ask for Node's modules by require.
    banner: { js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);` },
    plugins: [addresses],
  });
  mkdirSync(outdir, { recursive: true });
  for (const { path, contents } of outputFiles) if (path !== main) writeFileSync(path, contents);
  // The program itself comes last, for whoever starts it now; what was edited while the bundle was made is newer than it.
  writeFileSync(`${main}.new`, outputFiles.find(({ path }) => path === main)?.contents ?? '');
  utimesSync(`${main}.new`, begunAt, begunAt);
  renameSync(`${main}.new`, main);
}

/** A running server may still load a part of the bundle that it was started from: only what is long out of use goes. */
function removeOld(): void {
  for (const name of existsSync(outdir) ? readdirSync(outdir) : []) {
    const file = join(outdir, name);
    if (Date.now() - statSync(file).mtimeMs > KEEP_MS) rmSync(file, { force: true });
  }
}

removeOld();
if (existsSync(join(root, 'node_modules/esbuild'))) await bundle();
else rmSync(main, { force: true });

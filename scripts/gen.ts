/**
 * `npm run gen`: makes src/api/gen from src/api/facts and the official client's descriptions, when an input changed.
 * `--check` only says whether it is current (exit 1 if not).
 */
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderDescriptions } from './gen/descriptions.ts';
import { isGenerated, moduleName, renderTypes, type ApiFacts } from './gen/types.ts';

const root = join(import.meta.dirname, '..');
const out = join(root, 'src/api/gen');
const stamp = join(out, '.inputs');

function inputsHash(): string {
  const hash = createHash('sha256');
  const inputs = [
    ...globSync('scripts/gen/*.ts', { cwd: root }),
    'scripts/gen.ts',
    'src/api/machinery/facts.ts',
    'src/api/facts/api.json',
    'package-lock.json',
  ].sort();
  for (const file of inputs) hash.update(file).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

function write(name: string, content: string): void {
  const file = join(out, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

const hash = inputsHash();
const isCurrent = existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
if (process.argv.includes('--check')) {
  if (!isCurrent) console.error('src/api/gen is not current: run `npm run gen`');
  process.exitCode = isCurrent ? 0 : 1;
} else if (!isCurrent) {
  rmSync(out, { recursive: true, force: true });
  const facts = JSON.parse(readFileSync(join(root, 'src/api/facts/api.json'), 'utf8')) as ApiFacts;
  for (const groupVersion of Object.keys(facts).filter(isGenerated)) write(`types/${moduleName(groupVersion)}.ts`, renderTypes(facts, groupVersion));
  write('descriptions.json', renderDescriptions(facts, join(root, 'node_modules/@kubernetes/client-node/dist/gen/models')));
  write('.inputs', hash);
}

/**
 * Replays recorded answers against a control plane in this process, for work on what differs:
 * `scripts/node test/upstream/replay.ts [--only 'crud-*'] [--verbose] [--all]` (`--all`: the known differences too).
 */
import { parseArgs } from 'node:util';
import { knownDifferences } from './known-differences.ts';
import { replayScenario, startReplay } from './replay-scenario.ts';
import { readScenarios } from './scenario.ts';

const { values } = parseArgs({ options: { only: { type: 'string', default: '*' }, verbose: { type: 'boolean' }, all: { type: 'boolean' } } });
const pattern = new RegExp(`^${values.only.replace(/[.+^${}()|]/g, '\\$&').replaceAll('*', '.*')}$`);
const known = knownDifferences();

await using replay = await startReplay();
let passed = 0;
let failed = 0;
for (const scenario of readScenarios((name) => pattern.test(name))) {
  const steps = await replayScenario(replay.client, scenario);
  const wrong = steps.filter(({ id, differences }) => differences.length > 0 && (values.all || !known.has(`${scenario.name}/${id}`)));
  const stale = steps.filter(({ id, differences }) => differences.length === 0 && known.has(`${scenario.name}/${id}`));
  passed += steps.length - wrong.length;
  failed += wrong.length;
  console.log(`${wrong.length > 0 ? 'FAIL' : 'ok  '} ${scenario.name} ${steps.length - wrong.length}/${steps.length}`);
  for (const { id, method, path, differences, note } of wrong) {
    console.log(`     ${id} ${method} ${path}`);
    for (const line of values.verbose ? differences : differences.slice(0, 4)) console.log(`       ${line}`);
    if (note) console.log(`       note: ${note}`);
  }
  for (const { id } of stale) console.log(`     ${id}: is answered alike, but docs/compatibility.md names it`);
}
console.log(`${passed} passed, ${failed} failed`);

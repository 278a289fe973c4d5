/** Every recorded answer of real upstream servers is given alike, but for the steps that docs/compatibility.md names with the reason. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { knownDifferences } from './known-differences.ts';
import { replayScenario, startReplay } from './replay-scenario.ts';
import { comparedSteps, readScenarios } from './scenario.ts';

const known = knownDifferences();
const scenarios = readScenarios();
let replay: Awaited<ReturnType<typeof startReplay>>;

before(async () => {
  replay = await startReplay();
});
after(async () => {
  await replay[Symbol.asyncDispose]();
});

describe('recorded answers', { concurrency: 4 }, () => {
  for (const scenario of scenarios) {
    it(`${scenario.name}: ${scenario.about}`, async () => {
      const steps = await replayScenario(replay.client, scenario);
      const isKnown = (id: string): boolean => known.has(`${scenario.name}/${id}`);
      const wrong = steps.filter(({ id, differences }) => differences.length > 0 && !isKnown(id));
      const stale = steps.filter(({ id, differences }) => differences.length === 0 && isKnown(id));
      assert.deepEqual(wrong, []);
      assert.deepEqual(
        stale.map(({ id }) => id),
        [],
        'docs/compatibility.md names steps that are answered alike',
      );
    });
  }
});

it('names only steps that there are', () => {
  const all = new Set(scenarios.flatMap((scenario) => comparedSteps(scenario).map(({ id }) => `${scenario.name}/${id}`)));
  assert.deepEqual(
    [...known.keys()].filter((step) => !all.has(step)),
    [],
  );
});

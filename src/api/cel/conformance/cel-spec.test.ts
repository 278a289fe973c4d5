import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import leftOut from './left-out.json' with { type: 'json' };
import { runSpecCase, specCases } from './spec-case.ts';

const cases = specCases();
const reasonOf = new Map(Object.entries(leftOut).flatMap(([reason, ids]) => ids.map((id) => [id, reason] as const)));

describe('cel-spec', () => {
  for (const given of cases) if (!reasonOf.has(given.id)) test(`${given.id}: ${given.spec.expr}`, () => runSpecCase(given));
});

test('every case that is left out exists, and would fail', () => {
  const byId = new Map(cases.map((given) => [given.id, given]));
  for (const id of reasonOf.keys()) {
    const given = byId.get(id);
    assert.ok(given, `no such case: ${id}`);
    // A case that wants a failure can fail for the reason that it is left out for.
    if (given.spec.evalError === undefined) assert.throws(() => runSpecCase(given), `${id} passes: run it`);
  }
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { type Described, objectOf } from '../conformance/described-type.ts';
import * as cel from '../index.ts';

/** Rules that hold of a resource, and what each costs as upstream's celcoststability_test.go has it. */
interface Group {
  readonly name: string;
  readonly fields: Readonly<Record<string, Described>>;
  readonly self: unknown;
  readonly costs: Readonly<Record<string, number>>;
}

const GROUPS = JSON.parse(readFileSync(new URL('rule-costs.json', import.meta.url), 'utf8')) as Group[];
for (const { name, fields, self, costs } of GROUPS)
  describe(name, () => {
    const type = objectOf(fields);
    for (const [rule, cost] of Object.entries(costs))
      test(rule, () => {
        const compiled = cel.compile(rule, { variables: { self: type } });
        assert.ok('program' in compiled, 'issues' in compiled ? cel.formatIssues(compiled.issues) : '');
        assert.deepEqual(compiled.program.evaluate({ self: cel.adaptJson(self, type) }), { value: true, cost });
      });
  });

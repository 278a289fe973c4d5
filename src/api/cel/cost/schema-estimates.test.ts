import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { loadCel } from '../../custom/cel/cel-module.ts';
import { compileRule } from '../../custom/cel/compiled-rule.ts';
import { type DeclaredType, declaredType } from '../../custom/cel/declared-type.ts';
import type { JsonSchema } from '../../custom/json-schema.ts';

/** What a schema's rule may cost as upstream's compilation_test.go has it: with no limits in the schema (null: too much to count), and with `max` wherever it says `$max`. */
interface Row {
  readonly rule: string;
  readonly schema: unknown;
  readonly unbounded: number | null;
  readonly max: number;
  readonly bounded: number;
}

const ROWS = JSON.parse(readFileSync(new URL('schema-estimates.json', import.meta.url), 'utf8')) as Row[];
const REFUSED = 10_000_000;

function estimate({ rule, schema }: Row, max: number | undefined): number {
  const limited = JSON.parse(JSON.stringify(schema), (_, value: unknown) => (value === '$max' ? max : value)) as JsonSchema;
  const compiled = compileRule({ rule }, declaredType(limited, false) as DeclaredType);
  assert.equal(compiled.error, undefined);
  return compiled.maxCost;
}

describe('what a rule may cost, by its schema', async () => {
  await loadCel();
  for (const row of ROWS)
    test(`${row.rule} of ${JSON.stringify(row.schema)}`, () => {
      const unbounded = estimate(row, undefined);
      if (row.unbounded === null) assert.ok(unbounded > REFUSED);
      else assert.equal(unbounded, row.unbounded);
      assert.equal(estimate(row, row.max), row.bounded);
    });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as cel from '../index.ts';
import { type Described, objectOf } from './described-type.ts';

/** Rules that hold of a resource, and others with what is wrong with them, from upstream's TestValidationExpressions of custom resources. */
interface Group {
  readonly name: string;
  readonly fields: Readonly<Record<string, Described>>;
  readonly self: unknown;
  readonly valid: readonly string[];
  readonly errors: Readonly<Record<string, string>>;
}

const GROUPS = JSON.parse(readFileSync(new URL('rules.json', import.meta.url), 'utf8')) as Group[];

function answer(rule: string, type: cel.CelType, self: unknown): unknown {
  const compiled = cel.compile(rule, { variables: { self: type } });
  if ('issues' in compiled) return `${compiled.isPlanFailure ? 'program instantiation' : 'compilation'} failed: ${cel.formatIssues(compiled.issues)}`;
  try {
    return compiled.program.evaluate({ self: cel.adaptJson(self, type) }).value;
  } catch (error) {
    if (error instanceof cel.CelEvaluationError) return error.message;
    throw error;
  }
}

for (const { name, fields, self, valid, errors } of GROUPS)
  describe(name, () => {
    const type = objectOf(fields);
    for (const rule of valid) test(rule, () => assert.equal(answer(rule, type, self), true));
    for (const [rule, error] of Object.entries(errors))
      test(rule, () => {
        const found = answer(rule, type, self);
        assert.ok(typeof found === 'string' && found.includes(error), String(found));
      });
  });

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as cel from '../index.ts';

/** A type in the table: a scalar's name, with a question mark when it may be null, or what it consists of. */
type Described =
  | string
  | { readonly list: Described }
  | { readonly set: Described }
  | { readonly mapList: Described; readonly keys: readonly string[] }
  | { readonly map: Described }
  | { readonly object: Readonly<Record<string, Described>> };

/** Rules that hold of a resource, and what each costs as upstream's celcoststability_test.go has it. */
interface Group {
  readonly name: string;
  readonly fields: Readonly<Record<string, Described>>;
  readonly self: unknown;
  readonly costs: Readonly<Record<string, number>>;
}

const GROUPS = JSON.parse(readFileSync(new URL('rule-costs.json', import.meta.url), 'utf8')) as Group[];
const SCALARS: Readonly<Record<string, cel.CelType>> = {
  int: cel.intType,
  double: cel.doubleType,
  string: cel.stringType,
  bool: cel.boolType,
  bytes: cel.bytesType,
  dyn: cel.dynType,
  timestamp: cel.timestampType,
  duration: cel.durationType,
};

function typeOf(described: Described): cel.CelType {
  if (typeof described === 'string') return described.endsWith('?') ? cel.nullable(typeOf(described.slice(0, -1))) : (SCALARS[described] as cel.CelType);
  if ('list' in described) return cel.listOf(typeOf(described.list));
  if ('set' in described) return cel.listOf(typeOf(described.set), { listType: 'set' });
  if ('mapList' in described) return cel.listOf(typeOf(described.mapList), { listType: 'map', listMapKeys: described.keys });
  if ('map' in described) return cel.mapOf(cel.stringType, typeOf(described.map));
  return objectOf(described.object);
}

function objectOf(properties: Readonly<Record<string, Described>>): cel.CelType {
  const fields = Object.entries(properties).map(([property, described]) => [cel.escapeFieldName(property) ?? property, { type: typeOf(described), property }]);
  return cel.object({ name: JSON.stringify(properties), fields: Object.fromEntries(fields) as Record<string, cel.CelField> });
}

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

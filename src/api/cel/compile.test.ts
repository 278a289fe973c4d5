import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  adaptJson,
  boolType,
  bytesType,
  CelCostExceededError,
  type CelType,
  type CelValue,
  compile,
  doubleType,
  durationType,
  dynType,
  escapeFieldName,
  formatIssues,
  formatType,
  intType,
  JSON_PATCH,
  kubernetesEnvironment,
  listOf,
  mapOf,
  nullable,
  object,
  stringType,
  timestampType,
} from './index.ts';

const SELF = object({
  name: 'Self',
  fields: {
    replicas: intType,
    maxReplicas: intType,
    name: stringType,
    names: listOf(stringType),
    labels: mapOf(stringType, stringType),
    ratio: doubleType,
    since: timestampType,
    wait: durationType,
    data: bytesType,
    maybe: nullable(intType),
    nulls: listOf(nullable(intType)),
    any: dynType,
    x__dash__y: { type: stringType, property: 'x-y' },
    tags: listOf(stringType, { listType: 'set' }),
    ports: listOf(object({ name: 'Port', fields: { name: stringType, port: intType } }), { listType: 'map', listMapKeys: ['name'] }),
    items: listOf(object({ name: 'Item', fields: { size: intType } })),
  },
});
const JSON_SELF = {
  replicas: 3,
  maxReplicas: 5,
  name: 'web',
  names: ['a', 'b'],
  labels: { app: 'x' },
  ratio: 2,
  since: '2024-01-02T03:04:05Z',
  wait: '1h30m',
  data: 'aGk=',
  maybe: null,
  nulls: [null],
  any: { n: 1, d: 1.5, list: [1, 'a', null] },
  'x-y': 'dash',
  tags: ['b', 'a'],
  ports: [
    { name: 'http', port: 80 },
    { name: 'https', port: 443 },
  ],
  items: [{ size: 1 }, { size: 2 }],
};
const variables = { self: SELF, oldSelf: SELF };

function run(expression: string, json: unknown = JSON_SELF, costLimit = 1_000_000): { value: CelValue; cost: number } {
  const compiled = compile(expression, { variables });
  assert.ok('program' in compiled, 'issues' in compiled ? formatIssues(compiled.issues) : '');
  return compiled.program.evaluate({ self: adaptJson(json, SELF), oldSelf: adaptJson(json, SELF) }, { costLimit });
}

/** Expressions that hold of JSON_SELF, and what they cost as upstream counts. */
const HOLD: readonly (readonly [expression: string, cost: number])[] = [
  ['self.replicas <= self.maxReplicas', 5],
  ["self.name == 'web'", 3],
  ["self.names.all(n, n in ['a', 'b', 'c'])", 2 + 2 * 4 + 1],
  ["'app' in self.labels && self.labels['app'] == 'x'", 3 + 4],
  ['self.ratio == 2.0 && self.ratio > 1', -1],
  ["self.since < timestamp('2025-01-01T00:00:00Z')", 3],
  ["self.wait == duration('90m')", 3],
  ["self.data == b'hi'", 3],
  ['!has(self.maybe)', 2],
  ['self.nulls[0] == null', 4],
  ["self.any.n == 1 && self.any.d == 1.5 && self.any.list[1] == 'a' && self.any.list[2] == null", -1],
  ["self.x__dash__y == 'dash'", 3],
  ["self.tags == ['a', 'b']", -1],
  ["self.tags + ['a', 'c'] == ['a', 'b', 'c']", -1],
  ['(self.ports + [oldSelf.ports[0]]).size() == 2', -1],
  ['self.items.map(i, i.size).sum() == 3', -1],
  ['self.items.exists_one(i, i.size == 2)', -1],
  ['self == oldSelf', -1],
  ["self.names.size() == 2 ? self.name == 'web' : false", 3 + 2 + 2],
];

describe('rules', () => {
  for (const [expression, cost] of HOLD) {
    test(expression, () => {
      const result = run(expression);
      assert.equal(result.value, true);
      if (cost >= 0) assert.equal(result.cost, cost);
    });
  }

  test('has() asks for the field, whatever is above it', () => {
    assert.equal(run('has(self.name)', {}).value, false);
    assert.equal(run('has(self.any.n)', { any: {} }).value, false);
    assert.throws(() => run('has(self.any.n)', {}), { message: 'no such key: any' });
  });

  test('a part of && and || that fails does not matter when the other decides', () => {
    assert.equal(run("self.name == 'x' || true", {}).value, true);
    assert.equal(run('self.replicas > 1 && false', {}).value, false);
    assert.throws(() => run('self.replicas > 1 && true', {}), { message: 'no such key: replicas' });
    assert.equal(run('[0, 1].exists(x, 1 / x == 1)').value, true);
    assert.throws(() => run('[0, 1].all(x, 1 / x == 1)'), { message: 'division by zero' });
  });

  test('an evaluation stops as soon as it costs more than it may', () => {
    const names = { names: Array.from({ length: 10_000 }, (_, i) => `n${i}`) };
    assert.throws(() => run('self.names.all(a, self.names.all(b, a == b || a != b))', names, 100_000), CelCostExceededError);
    assert.throws(() => run('lists.range(1000000000).size() > 0'), CelCostExceededError);
    assert.throws(() => run('self.names.distinct().size() > 0', names), { message: 'operation cancelled: actual cost limit exceeded' });
  });

  test('a variable given as a function is made once, and only when it is used', () => {
    const compiled = compile('flag && (names.size() > 0 || names.size() == 0)', { variables: { flag: boolType, names: listOf(stringType) } });
    assert.ok('program' in compiled);
    let made = 0;
    const names = (): CelValue => {
      made++;
      return adaptJson([], listOf(stringType));
    };
    assert.equal(compiled.program.evaluate({ flag: false, names }).value, false);
    assert.equal(made, 0);
    assert.equal(compiled.program.evaluate({ flag: true, names }).value, true);
    assert.equal(made, 1);
  });

  test('a hostile pattern costs time linear in the text', () => {
    const json = { name: `${'a'.repeat(100_000)}!` };
    run("self.name.matches('^(a+)+$')", { name: 'a' });
    // The best of some tries: the machine may do other things too.
    const times = Array.from({ length: 5 }, () => {
      const start = performance.now();
      assert.equal(run("self.name.matches('^(a+)+$')", json).value, false);
      return performance.now() - start;
    });
    assert.ok(Math.min(...times) < 50, times.join(' ms, '));
  });
});

describe('estimates', () => {
  const sizes = ({ type }: { type: CelType }) => (type.kind === 'list' || type.kind === 'string' ? { min: 0, max: 1000 } : undefined);
  const estimates: readonly (readonly [expression: string, min: number, max: number])[] = [
    ['self.replicas <= self.maxReplicas', 5, 5],
    ['self.names.all(x, true)', 3, 2 + 3000 + 1],
    ["self.name.startsWith('abc')", 3, 3],
    ["self.name.matches('abcd')", 3, 2 + 101],
    ['has(self.name)', 1, 1],
    ["self.name + 'ab' == 'x'", 4, 2 + 101 + 1],
  ];
  for (const [expression, min, max] of estimates) {
    test(expression, () => {
      const compiled = compile(expression, { variables });
      assert.ok('program' in compiled);
      assert.deepEqual(compiled.program.estimateCost(sizes), { min, max });
    });
  }
});

describe('messages', () => {
  const wrong: readonly (readonly [expression: string, text: string])[] = [
    ['self.replica <= 1', "ERROR: <input>:1:5: undefined field 'replica'\n | self.replica <= 1\n | ....^"],
    ['x + 1 == 2', "ERROR: <input>:1:1: undeclared reference to 'x' (in container '')\n | x + 1 == 2\n | ^"],
    ['self.name <= 1', "ERROR: <input>:1:11: found no matching overload for '_<=_' applied to '(string, int)'\n | self.name <= 1\n | ..........^"],
    ['size(self.name', "ERROR: <input>:1:15: Syntax error: missing ')' at '<EOF>'\n | size(self.name\n | ..............^"],
    ['self.name.foo()', "ERROR: <input>:1:14: undeclared reference to 'foo' (in container '')\n | self.name.foo()\n | .............^"],
    ['self.items.all(i, i.size)', "ERROR: <input>:1:20: expected type 'bool' but found 'int'\n | self.items.all(i, i.size)\n | ...................^"],
    [
      "self.name = 'x'",
      "ERROR: <input>:1:11: Syntax error: token recognition error at: '= '\n | self.name = 'x'\n | ..........^\nERROR: <input>:1:13: Syntax error: extraneous input ''x'' expecting <EOF>\n | self.name = 'x'\n | ............^",
    ],
    [
      "jsonpatch.escapeKey('a')",
      "ERROR: <input>:1:1: undeclared reference to 'jsonpatch' (in container '')\n | jsonpatch.escapeKey('a')\n | ^\nERROR: <input>:1:20: undeclared reference to 'escapeKey' (in container '')\n | jsonpatch.escapeKey('a')\n | ...................^",
    ],
  ];
  for (const [expression, text] of wrong) {
    test(expression, () => {
      const compiled = compile(expression, { variables });
      assert.equal('issues' in compiled ? formatIssues(compiled.issues) : 'none', text);
    });
  }

  test('a text with very many faults is given up', () => {
    const compiled = compile('@'.repeat(50_000), { variables });
    assert.ok('issues' in compiled);
    assert.match(formatIssues(compiled.issues.slice(0, 200)), /more errors were truncated$/);
    const operators = compile(`1 ${'+ '.repeat(40_000)}`, { variables });
    assert.ok('issues' in operators && operators.issues.length < 50);
    const deep = compile(`${'['.repeat(5_000)}1${']'.repeat(5_000)} == []`, { variables });
    assert.ok('issues' in deep);
    assert.equal(deep.issues[0]?.message, 'expression recursion limit exceeded: 250');
    assert.ok('issues' in compile(' '.repeat(100_001), { variables }));
  });
});

test('property names get the names that CEL sees', () => {
  const names = {
    a: 'a',
    'x-y': 'x__dash__y',
    'a.b': 'a__dot__b',
    'a/b': 'a__slash__b',
    a__b: 'a__underscores__b',
    in: '__in__',
    namespace: '__namespace__',
    '1a': undefined,
    'a b': undefined,
  };
  assert.deepEqual(Object.fromEntries(Object.keys(names).map((name) => [name, escapeFieldName(name)])), names);
});

test('an environment can be extended', () => {
  const environment = kubernetesEnvironment.extend(JSON_PATCH);
  const compiled = compile("jsonpatch.escapeKey('a/b~c') == 'a~1b~0c'", { variables: {}, environment });
  assert.ok('program' in compiled);
  assert.equal(compiled.program.evaluate({}).value, true);
  assert.equal(formatType(compiled.program.resultType), 'bool');
});

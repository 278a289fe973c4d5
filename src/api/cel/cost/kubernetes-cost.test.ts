import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../compile.ts';
import { CelEnvironment } from '../environment.ts';
import { formatIssues } from '../source.ts';
import { kubernetesEnvironment } from '../kubernetes-environment.ts';
import { AUTHORIZER_TYPE, authorizerValue } from '../library/kubernetes/authorizer.ts';
import { JSON_PATCH } from '../library/kubernetes/json-patch.ts';
import type { CelRange, CelSizeEstimator } from '../program.ts';

/** Upstream counts its library's costs without folding constants. */
const environment = new CelEnvironment([...kubernetesEnvironment.libraries, JSON_PATCH], { hasNoFolding: true });
const variables = { authorizer: AUTHORIZER_TYPE };
const bindings = { authorizer: authorizerValue(() => ({ allowed: true })) };
/** Texts of unknown size have up to 12 characters. */
const estimateSize: CelSizeEstimator = ({ type }) => (type.kind === 'string' || type.kind === 'bytes' ? { min: 0, max: 12 } : undefined);

const INTS = '[1, 2, 3, 4, 5]';
const UINTS = '[uint(1), uint(2), uint(3), uint(4), uint(5)]';
const DOUBLES = '[1.0, 2.0, 3.0, 4.0, 5.0]';
const BOOLS = '[false, true, false, true, false]';
const STRINGS = "['012345678901', '012345678901', '012345678901', '012345678901', '012345678901']";
const BYTES = "[bytes('012345678901'), bytes('012345678901'), bytes('012345678901'), bytes('012345678901'), bytes('012345678901')]";
const DURATIONS = "[duration('1s'), duration('2s'), duration('3s'), duration('4s'), duration('5s')]";
const TIMESTAMPS = `[${[1, 2, 3, 4, 5].map((day) => `timestamp('2011-01-0${day}T00:00:00.000+01:00')`).join(', ')}]`;
const TEXT = "'01234567890123456789012345678901234567890123456789'";

type Case = readonly [expression: string, estimate: number | readonly [number, number], cost: number];

function each(operations: readonly string[], lists: readonly (readonly [string, number | readonly [number, number], number, string?])[]): Case[] {
  return operations.flatMap((operation) => lists.map(([list, estimate, cost, arg = '']) => [`${list}.${operation}(${arg})`, estimate, cost] as const));
}

const IPV4 = "ip('192.168.0.1')";
const IPV6 = "ip('2001:db8:3333:4444:5555:6666:7777:8888')";
const NET4 = "cidr('192.168.0.0/16')";
const NET6 = "cidr('2001:db8::/32')";
const ACCESSORS = ['family', 'isUnspecified', 'isLoopback', 'isLinkLocalMulticast', 'isLinkLocalUnicast', 'isGlobalUnicast'];
const URL = "url('https:://kubernetes.io/')";
const DEPLOYMENT = "authorizer.group('apps').resource('deployments').subresource('status').namespace('test').name('backend')";
const SELECTOR = 'spec.nodeName=example-node-name.fully.qualified.domain.name.example.com';

const CASES: readonly Case[] = [
  ...each(
    ['sum'],
    [
      [INTS, 15, 15],
      [UINTS, 20, 20],
      [DOUBLES, 15, 15],
      [DURATIONS, 20, 20],
    ],
  ),
  ...each(
    ['isSorted', 'max', 'min'],
    [
      [INTS, 15, 15],
      [UINTS, 20, 20],
      [DOUBLES, 15, 15],
      [BOOLS, 15, 15],
      [STRINGS, [15, 25], 15],
      [BYTES, [25, 35], 25],
      [DURATIONS, 20, 20],
      [TIMESTAMPS, 20, 20],
    ],
  ),
  ...each(
    ['indexOf', 'lastIndexOf'],
    [
      [INTS, 15, 15, '3'],
      [UINTS, 21, 21, 'uint(3)'],
      [DOUBLES, 15, 15, '3.0'],
      [BOOLS, 15, 15, 'true'],
      [STRINGS, [15, 25], 15, "'x'"],
      [BYTES, [26, 36], 26, "bytes('x')"],
      [DURATIONS, 21, 21, "duration('3s')"],
      [TIMESTAMPS, 21, 21, "timestamp('2011-01-03T00:00:00.000+01:00')"],
      [TEXT, 5, 5, "'123'"],
    ],
  ),
  ...['getScheme', 'getHostname', 'getHost', 'getPort', 'getEscapedPath', 'getQuery'].map((name) => [`${URL}.${name}()`, 4, 4] as const),
  [`${URL} == url('https:://kubernetes.io/')`, [7, 9], 7],
  [`${URL} == url('http://x.b')`, 5, 5],
  [IPV4, 2, 2],
  [IPV6, 4, 4],
  ...ACCESSORS.flatMap((name) => [[`${IPV4}.${name}()`, 3, 3] as const, [`${IPV6}.${name}()`, 5, 5] as const]),
  [`${IPV4} == ${IPV4}`, 5, 5],
  [`${IPV6} == ${IPV4}`, 7, 7],
  ["ip.isCanonical('192.168.0.1')", 3, 3],
  ["ip.isCanonical('2001:db8:3333:4444:5555:6666:7777:8888')", 8, 8],
  ["ip.isCanonical('2001:db8::abcd')", 3, 3],
  [NET4, 2, 2],
  [NET6, 2, 2],
  ...['ip', 'prefixLength', 'masked'].flatMap((name) => [[`${NET4}.${name}()`, 3, 3] as const, [`${NET6}.${name}()`, 3, 3] as const]),
  [`${NET4} == ${NET6}`, 5, 5],
  ...["cidr('192.0.0.0/30')", "cidr('192.168.0.0/16')", "'192.0.0.0/30'", "'192.168.0.0/16'"].map(
    (other) => [`${NET4}.containsCIDR(${other})`, [7, 11], 7] as const,
  ),
  [`${NET4}.containsIP(ip('192.0.0.1'))`, [4, 7], 4],
  [`${NET4}.containsIP(ip('192.169.169.250'))`, [5, 8], 5],
  [`${NET4}.containsIP('192.0.0.1')`, [4, 7], 4],
  [`${NET4}.containsIP('192.169.0.1')`, [5, 8], 5],
  ...["cidr('2001:db8::/126')", "'2001:db8::/126'"].map((other) => [`${NET6}.containsCIDR(${other})`, [7, 11], 7] as const),
  [`${NET6}.containsIP(${IPV6})`, [7, 10], 7],
  [`${NET6}.containsIP('2001:db8::1')`, [5, 8], 5],
  ["'ABCDEFGHIJ abcdefghij'.lowerAscii()", 3, 3],
  ["'ABCDEFGHIJ abcdefghij'.lowerAscii() == 'abcdefghij ABCDEFGHIJ'.lowerAscii()", [7, 9], 9],
  ["'ABCDEFGHIJ abcdefghij'.upperAscii()", 3, 3],
  ["strings.quote('ABCDEFGHIJ abcdefghij')", 3, 3],
  ["strings.quote('ABCDEFGHIJ abcdefghij') == strings.quote('ABCDEFGHIJ abcdefghij')", [7, 11], 9],
  ["'abc 123 def 123'.replace('123', '456')", 3, 3],
  ["'abc 123 def 123'.replace('', 'x')", 3, 3],
  ["'abc 123 def 123'.replace('123', '')", 3, 3],
  ["'abc 123 def 123'.replace('123', '456', 1)", 3, 3],
  ["'abc 123 def 123'.split(' ')", 3, 3],
  ["'abc 123 def 123'.split(' ', 1)", 3, 3],
  ["'abc 123 def 123'.substring(5)", 2, 2],
  ["'abc 123 def 123'.substring(5, 8)", 2, 2],
  ["'  abc 123 def 123  '.trim()", 2, 2],
  ["['aa', 'bb', 'cc', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].join(' ')", [11, 23], 15],
  ["['aa', 'bb', 'cc', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].join()", [10, 22], 13],
  ["'abc 123 def 123'.find('123')", 2, 2],
  ["'abc 123 def 123'.findAll('123')", 2, 2],
  ["'abc 123 def 123'.findAll('123', 1)", 2, 2],
  ["jsonpatch.escapeKey('abc/def~ abc/def~')", 2, 2],
  ["authorizer.path('/healthz')", 2, 2],
  [DEPLOYMENT, 6, 6],
  [`authorizer.group('').resource('pods').fieldSelector('${SELECTOR}')`, 1821, 1821],
  [`authorizer.group('').resource('pods').labelSelector('${SELECTOR}')`, 1821, 1821],
  ["authorizer.path('/healthz').check('get').allowed()", 350_003, 350_003],
  ...['allowed', 'reason', 'errored', 'error'].map((name) => [`${DEPLOYMENT}.check('create').${name}()`, 350_007, 350_007] as const),
  ['quantity("12Mi")', 1, 1],
  ['isQuantity("20M")', 1, 1],
  ['quantity("200M") == quantity("0.2G") && quantity("0.2G") == quantity("200M")', [3, 6], 6],
  ['quantity("50M").isLessThan(quantity("50Mi"))', 3, 3],
  ['quantity("200M").compareTo(quantity("0.2G")) > 0', 4, 4],
  ['quantity("50k").add(quantity("20")) == quantity("50.02k")', 5, 5],
  ['quantity("50k").add(20).sub(quantity("100k")).sub(-50000).asInteger() > 0', 7, 7],
  ['quantity("50.703k").asApproximateFloat() > 0.0', 3, 3],
  ['format.named("dns1123subdomain")', 1, 1],
  ['format.named("dns1123Subdomain").value().validate("my-name")', 34, 17],
  ['format.named("dns1123Label").value().validate("my-name")', 34, 10],
  ['format.named("dns1123Label").value() == format.named("dns1123Label").value()', [5, 11], 5],
  ['sets.contains([], [])', 21, 21],
  ['sets.contains([1, 2, 3, 4], [2, 3])', 29, 29],
  ['sets.contains([[1], [2, 3]], [[2, 3.0]])', 53, 53],
  ['!sets.contains([1], ["1", 1])', 24, 24],
  ['sets.equivalent([1, 2, 3], [3u, 2.0, 1])', 39, 39],
  ['sets.equivalent([[1.0], [2, 3]], [[1], [2, 3.0]])', 69, 69],
  ['!sets.equivalent([1, 2], [2u, 2, 2.0])', 34, 34],
  ['sets.intersects([[1], [2, 3]], [[1, 2], [2, 3.0]])', 65, 65],
  ['!sets.intersects([1], [])', 22, 22],
  ['semver("1.0.0")', 1, 1],
  ['isSemver("1234.56789012345.67890123456789")', 4, 4],
  ['semver("1.2.3").minor()', 2, 2],
  ['semver("1.0.0").isLessThan(semver("1.1.0"))', 3, 3],
  ["{'a': 1, 'b': 2}.all(k, v, v > 0)", [37, 41], 41],
  ["{'a': 1, 'b': 2}.exists(k, v, v > 0)", [39, 43], 40],
  ["{'a': 1, 'b': 2}.existsOne(k, v, v > 0)", [38, 40], 40],
  ["{'a': 1, 'b': 2}.transformMap(k, v, v + 1)", 71, 71],
  ["{'a': 1, 'b': 2}.transformMap(k, v, v < 5, v + 1)", [67, 75], 75],
  ["{'a': 1, 'b': 2}.transformMapEntry(k, v, {k: v + 1})", 131, 131],
  ["{'a': 1, 'b': 2}.transformMapEntry(k, v, v < 5, {k: v + 1})", [67, 135], 135],
  ['[1, 2].all(i, v, v > 0)', [17, 21], 21],
  ['[1, 2].exists(i, v, v > 0)', [19, 23], 20],
  ['[1, 2].existsOne(i, v, v > 0)', [18, 20], 20],
  ['[1, 2].transformList(i, v, v + 1)', 49, 49],
  ['[1, 2].transformList(i, v, v < 5, v + 1)', [27, 53], 53],
];

for (const [expression, estimate, cost] of CASES) {
  test(`cost of ${expression}`, () => {
    const compiled = compile(expression, { variables, environment });
    assert.ok('program' in compiled, 'issues' in compiled ? formatIssues(compiled.issues) : '');
    const expected: CelRange = typeof estimate === 'number' ? { min: estimate, max: estimate } : { min: estimate[0], max: estimate[1] };
    assert.deepEqual(compiled.program.estimateCost(estimateSize), expected);
    assert.equal(compiled.program.evaluate(bindings).cost, cost);
  });
}

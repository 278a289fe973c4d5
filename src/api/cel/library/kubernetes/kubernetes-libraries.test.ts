import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compile } from '../../compile.ts';
import { formatIssues } from '../../source.ts';
import type { CelValue } from '../../values.ts';
import { AUTHORIZER_TYPE, authorizerValue, type AuthorizationCheck, RESOURCE_CHECK_TYPE, requestResourceValue } from './authorizer.ts';

function evaluate(expression: string): CelValue {
  const compiled = compile(expression, { variables: {} });
  assert.ok('program' in compiled, 'issues' in compiled ? formatIssues(compiled.issues) : '');
  return compiled.program.evaluate({}).value;
}

/** Expressions that hold. Most are the examples of upstream's documentation. */
const TRUE: Readonly<Record<string, readonly string[]>> = {
  urls: [
    "url('/path').getScheme() == ''",
    "url('HTTPS://example.com/').getScheme() == 'https'",
    "url('https://example.com:80/').getHost() == 'example.com:80'",
    "url('https://[::1]:80/').getHost() == '[::1]:80'",
    "url('https://[::1]:80/').getHostname() == '::1'",
    "url('https://127.0.0.1:80/').getHostname() == '127.0.0.1'",
    "url('https://example.com:80/').getPort() == '80'",
    "url('https://[::1]/').getPort() == ''",
    "url('https://user:pass@example.com/path').getHost() == 'example.com'",
    "url('https://example.com/path with spaces/').getEscapedPath() == '/path%20with%20spaces/'",
    "url('https://example.com/a%2Fb').getEscapedPath() == '/a%2Fb'",
    "url('https://example.com').getEscapedPath() == ''",
    "url('https://example.com/path?k1=a&k2=b&k2=c').getQuery() == {'k1': ['a'], 'k2': ['b', 'c']}",
    "url('https://example.com/path?key with spaces=value+with+spaces').getQuery() == {'key with spaces': ['value with spaces']}",
    "url('https://example.com/path?').getQuery() == {}",
    "url('https://example.com/path#fragment').getEscapedPath() == '/path'",
    "isURL('https://a:b@example.com:80/path?query=val#fragment')",
    "isURL('/absolute-path')",
    "isURL('https://example.com:80/')",
    "!isURL('https://a:b:c/')",
    "!isURL('../relative-path')",
    "!isURL('https://[::1')",
    "!isURL('')",
    "url('https://a/') == url('https://a/')",
  ],
  regex: [
    "'abc 123'.find('[0-9]+') == '123'",
    "'abc 123'.find('[0-9]+$') == '123'",
    "'abc'.find('[0-9]+') == ''",
    "'123 abc 456'.findAll('[0-9]+') == ['123', '456']",
    "'123 abc 456'.findAll('[0-9]+', 1) == ['123']",
    "'123 abc 456'.findAll('[0-9]+', 0) == []",
    "'xyz'.findAll('[0-9]+') == []",
    "'hello'.matches('^h.*o$')",
  ],
  lists: [
    '[1, 2, 3].isSorted()',
    '![3, 1].isSorted()',
    "['a', 'b', 'b'].isSorted()",
    '[1, 3].sum() == 4',
    '[1.5, 3.0].sum() == 4.5',
    "[duration('1s'), duration('2s')].sum() == duration('3s')",
    'dyn([]).sum() == 0',
    "['b', 'a'].max() == 'b'",
    '[1, 3, 2].min() == 1',
    "['a', 'b', 'b', 'c'].indexOf('b') == 1",
    "['a', 'b', 'b', 'c'].lastIndexOf('b') == 2",
    '[1.0].indexOf(1.1) == -1',
    "[].indexOf('x') == -1",
    '[1, 2, 3, 4].slice(1, 3) == [2, 3]',
    '[[1], [2, 3]].flatten() == [1, 2, 3]',
    "[3, 1, 2].sort() == [1, 2, 3] && ['b', 'a'].sort() == ['a', 'b']",
    "[{'n': 2}, {'n': 1}].sortBy(e, e.n) == [{'n': 1}, {'n': 2}]",
    'lists.range(3) == [0, 1, 2]',
    '[1, 2].reverse() == [2, 1]',
    '[1, 2, 1].distinct() == [1, 2]',
  ],
  quantity: [
    "isQuantity('1.3G') && isQuantity('1.3Gi') && !isQuantity('1,3G') && isQuantity('10000k') && !isQuantity('200K')",
    "quantity('50000000G').isInteger() && quantity('50k').isInteger() && !quantity('9999999999999999999999999999999999999G').isInteger()",
    "quantity('1.5k').isInteger() && !quantity('1.5Ki').isInteger() && !quantity('1.0').isInteger() && quantity('1.0').add(quantity('0')).sub(quantity('1.0')) == quantity('0')",
    "quantity('1').add(quantity('0.0')).isInteger() && !quantity('9223372036854775').add(quantity('9223372036854775807')).isInteger()",
    "quantity('8Gi').isInteger() && !quantity('1000000000000Gi').isInteger()",
    "!quantity('1000m').isInteger()",
    "quantity('50k').asInteger() == 50000",
    "quantity('50k').sub(20000).asApproximateFloat() == 30000.0",
    "sign(quantity('-1')) == -1 && sign(quantity('0')) == 0",
    "quantity('50k').add(quantity('20k')) == quantity('70k')",
    "quantity('50k').add(20) == quantity('50020')",
    "quantity('50k').add(20).sub(quantity('100k')).sub(-50000) == quantity('20')",
    "quantity('200M').compareTo(quantity('0.2G')) == 0",
    "quantity('50M').compareTo(quantity('50Mi')) == -1",
    "quantity('150Mi').isGreaterThan(quantity('100Mi'))",
    "quantity('50M').isLessThan(quantity('100M'))",
    "quantity('200M') == quantity('0.2G') && quantity('200M') != quantity('0.3G')",
  ],
  addresses: [
    "isIP('127.0.0.1') && isIP('::1') && !isIP('256.0.0.1') && !isIP('::ffff:1.2.3.4') && !isIP('fe80::1%eth0') && !isIP('01.2.3.4')",
    "ip('127.0.0.1').family() == 4 && ip('::1').family() == 6",
    "ip('0.0.0.0').isUnspecified() && ip('::').isUnspecified() && !ip('::1').isUnspecified()",
    "ip('127.0.0.1').isLoopback() && ip('::1').isLoopback() && !ip('192.168.0.1').isLoopback()",
    "ip('224.0.0.1').isLinkLocalMulticast() && !ip('224.0.1.1').isLinkLocalMulticast() && ip('ff02::1').isLinkLocalMulticast()",
    "ip('169.254.169.254').isLinkLocalUnicast() && ip('fe80::1').isLinkLocalUnicast() && !ip('fd80::1').isLinkLocalUnicast()",
    "ip('192.168.0.1').isGlobalUnicast() && !ip('255.255.255.255').isGlobalUnicast() && !ip('ff00::1').isGlobalUnicast()",
    "ip.isCanonical('127.0.0.1') && ip.isCanonical('2001:db8::abcd') && !ip.isCanonical('2001:DB8::ABCD') && !ip.isCanonical('2001:db8:0:0:0:0:0:abcd')",
    "string(ip('2001:DB8:0:0:1:0:0:1')) == '2001:db8::1:0:0:1'",
    "ip('::1') == ip('0:0:0:0:0:0:0:1') && ip('1.2.3.4') != ip('1.2.3.5')",
    "isCIDR('192.168.0.0/16') && isCIDR('::1/128') && !isCIDR('192.168.0.0/33') && !isCIDR('192.168.0.0') && !isCIDR('192.168.0.0/08')",
    "cidr('192.168.0.0/24').containsIP(ip('192.168.0.1')) && !cidr('192.168.0.0/24').containsIP('192.168.1.1')",
    "!cidr('192.168.0.0/24').containsIP('::1')",
    "cidr('192.168.0.0/16').containsCIDR(cidr('192.168.10.0/24')) && !cidr('192.168.1.0/24').containsCIDR('192.168.2.0/24')",
    "!cidr('192.168.10.0/24').containsCIDR('192.168.0.0/16')",
    "cidr('192.168.0.1/24').ip() == ip('192.168.0.1') && cidr('192.168.0.1/24').masked() == cidr('192.168.0.0/24')",
    "cidr('192.168.0.1/24') != cidr('192.168.0.1/24').masked() && cidr('::1/128').prefixLength() == 128",
    "string(cidr('192.168.0.1/24')) == '192.168.0.1/24'",
    "type(ip('::1')) == net.IP && type(cidr('::1/1')) == net.CIDR",
  ],
  format: [
    "!format.dns1123Label().validate('my-name').hasValue()",
    "format.dns1123Label().validate('My').value().size() == 1",
    "!format.named('dns1123Subdomain').value().validate('apiextensions.k8s.io').hasValue()",
    "!format.named('nonexistent').hasValue()",
    "!format.dns1123LabelPrefix().validate('my-label-').hasValue()",
    "format.dns1035Label().validate('1a').hasValue()",
    "!format.qualifiedName().validate('apiextensions.k8s.io/v1beta1').hasValue()",
    "!format.labelValue().validate('').hasValue()",
    "format.uri().validate('://') == optional.of(['parse \"://\": missing protocol scheme'])",
    "format.uuid().validate('x') == optional.of(['does not match the UUID format'])",
    "!format.uuid().validate('123e4567-e89b-12d3-a456-426614174000').hasValue()",
    "format.byte().validate('#') == optional.of(['invalid base64']) && !format.byte().validate('aGVsbG8=').hasValue()",
    "format.date().validate('2021-02-30').hasValue() && !format.date().validate('2021-01-01').hasValue()",
    "!format.datetime().validate('2021-01-01T00:00:00Z').hasValue()",
    "format.named('date').value() == format.date()",
  ],
  semver: [
    "isSemver('1.0.0') && !isSemver('v1.0.0') && !isSemver('1.0') && !isSemver('01.0.0') && isSemver('0.1.0-alpha.1+build')",
    "isSemver('v1.0', true) && semver('v1.0', true) == semver('1.0.0') && semver('01.01.01', true) == semver('1.1.1')",
    "semver('1.2.3').major() == 1 && semver('1.2.3').minor() == 2 && semver('1.2.3').patch() == 3",
    "semver('1.2.3').compareTo(semver('1.2.3')) == 0 && semver('1.2.3').compareTo(semver('2.0.0')) == -1",
    "semver('1.0.0-alpha').isLessThan(semver('1.0.0')) && semver('1.0.0-alpha.2').isLessThan(semver('1.0.0-alpha.10'))",
    "semver('1.0.0-alpha.1').isLessThan(semver('1.0.0-alpha.beta')) && semver('2.0.0').isGreaterThan(semver('1.9.9'))",
    "semver('1.0.0+a') == semver('1.0.0+b')",
  ],
  strings: [
    "'hello mellow'.indexOf('ello', 2) == 7 && 'hello'.lastIndexOf('l') == 3 && 'tacocat'.substring(4) == 'cat'",
    "'hello hello'.replace('he', 'we') == 'wello wello' && 'abc'.replace('', '-') == '-a-b-c-' && 'hello hello'.replace('he', 'we', 1) == 'wello hello'",
    "'a b c'.split(' ', 2) == ['a', 'b c'] && 'ab'.split('') == ['a', 'b'] && ['x', 'y'].join('-') == 'x-y'",
    "'  \\ttrim\\n  '.trim() == 'trim' && 'TacoCat'.lowerAscii() == 'tacocat' && 'x'.charAt(1) == ''",
    'strings.quote(\'a"b\\n\') == \'"a\\\\"b\\\\n"\'',
    "'%s has %d of %.2f'.format([dyn('x'), 3, 1234.5]) == 'x has 3 of 1,234.50'",
    "'%s'.format([[dyn('abc'), 1.5, null, timestamp('2023-02-03T23:31:20Z')]]) == '[\"abc\", 1.500000, null, timestamp(\"2023-02-03T23:31:20Z\")]'",
    "'%s'.format([{'b': dyn(1), 'a': b'xyz'}]) == '{\"a\":b\"xyz\", \"b\":1}'",
    "'%.1e'.format([1234.5]) == '1.2\\u202f\\u00d7\\u202f10\\u2070\\u00b3'",
    "'%x %X %o %b'.format([dyn(255), 'ab', 8, true]) == 'ff 6162 10 1'",
  ],
  sets: ['sets.contains([1, 2], [2])', '!sets.intersects([1], [2])', 'sets.equivalent([1, 1], [1])'],
  loops: [
    "{'a': 1, 'b': 2}.all(k, v, v > 0) && [5, 6].exists(i, v, i == 1 && v == 6) && [1, 2].existsOne(i, v, v == 2)",
    "[1, 2].transformList(i, v, v > 1, i * 10) == [10] && {'a': 1}.transformMap(k, v, v + 1) == {'a': 2}",
    "{'a': 'x'}.transformMapEntry(k, v, {v: k}) == {'x': 'a'}",
    '[1, 2, 3].map(x, x > 1, x * 2) == [4, 6] && [1, 2, 3].filter(x, x > 1) == [2, 3] && [1, 2].exists_one(x, x == 1)',
  ],
  optionals: [
    "{'a': 1}[?'a'].orValue(0) == 1 && {'a': 1}.?b.orValue(0) == 0 && [1][?3].hasValue() == false",
    "{'a': {'b': 1}}.?a.b == optional.of(1) && {?'x': optional.none()} == {} && [?optional.of(1)] == [1]",
    "{'a': 2}.?a.optMap(x, x * 2).value() == 4 && {'a': [7]}.?a.optFlatMap(x, x[?0]).value() == 7",
    "optional.none().or(optional.of(1)).value() == 1 && optional.ofNonZeroValue('') == optional.none()",
  ],
  numbers: [
    'dyn(1) == 1u && 1 < 1.5 && 2u > 1',
    '9223372036854775807 - 1 == 9223372036854775806',
    '7 / -2 == -3 && -7 % 3 == -1',
    'int(3.9) == 3 && uint("5") == 5u',
  ],
};

for (const [library, expressions] of Object.entries(TRUE)) {
  describe(library, () => {
    for (const expression of expressions) test(expression, () => assert.equal(evaluate(expression), true));
  });
}

const FAILURES: readonly (readonly [expression: string, message: string])[] = [
  ['1 / (1 - 1) > 0', 'division by zero'],
  ['1 % (1 - 1) > 0', 'modulus by zero'],
  ['9223372036854775807 + 1 > 0', 'integer overflow'],
  ['[1, 2][5] == 1', 'index out of bounds: 5'],
  ["{'a': 1}['x'] == 1", 'no such key: x'],
  ["{'a': 1}.x == 1", 'no such key: x'],
  ["dyn(1) == 1 && dyn('a') > dyn(1)", 'no such overload'],
  ["dyn(1).startsWith('a')", 'no such overload: startsWith(int, string)'],
  ["'abc'.charAt(9) == ''", 'index out of range: 9'],
  ["'abc'.substring(2, 1) == ''", 'invalid substring range. start: 2, end: 1'],
  ['[].max() == 1', 'max called on empty list'],
  ["quantity('1x') == quantity('1')", "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"],
  ["ip('1.2.3') == ip('1.2.3.4')", 'IP Address "1.2.3" parse error during conversion from string: ParseAddr("1.2.3"): IPv4 address too short'],
  [
    'ip("2001:db8:::68").family() == 6',
    'IP Address "2001:db8:::68" parse error during conversion from string: ParseAddr("2001:db8:::68"): each colon-separated field must have at least one digit (at ":68")',
  ],
  [
    'cidr("192.168.0.0/").prefixLength() == 1',
    'network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("192.168.0.0/"): bad bits after slash: ""',
  ],
  ["quantity('9999999999999999999999999999999999999G').asInteger() == 1", 'cannot convert value to integer'],
  ["url('x') == url('x')", 'URL parse error during conversion from string: parse "x": invalid URI for request'],
  ["semver('1.0') == semver('1.0.0')", 'No Major.Minor.Patch elements found'],
  ['[1].slice(0, 2) == []', 'cannot slice(0, 2), list is length 1'],
  ['optional.none().value() == 1', 'optional.none() dereference'],
  ["{'a': 1, 'b': 1}.transformMapEntry(k, v, {v: k}) == {}", 'insert failed: key 1 already exists'],
  ["int('9' + 'x') == 1", "type conversion error from 'string' to 'int'"],
  ["'%d'.format([dyn('x')]) == ''", 'error during formatting: decimal clause can only be used on integers, was given string'],
];

/** Literals that the types allow and Kubernetes refuses all the same. */
const REFUSED: readonly (readonly [expression: string, message: string])[] = [
  ["duration('1x') == duration('1s')", 'invalid duration argument'],
  ["timestamp('2020') == timestamp('2021-01-01T00:00:00Z')", 'invalid timestamp argument'],
  ["'a'.matches('(')", 'invalid matches argument'],
  ["[1, dyn('a')].size() == 2", "expected type 'int' but found 'dyn'"],
  ["{'a': 1, 'b': dyn(1)}.size() == 2", "expected type 'int' but found 'dyn'"],
  ["['a', 1].size() == 2", "expected type 'string' but found 'int'"],
  ["'%s'.format([]) == ''", 'index 0 out of range'],
  ["'%d'.format(['a']) == ''", 'error during formatting: decimal clause can only be used on integers, was given string'],
  ["'%s'.format(['a', 'b']) == ''", 'too many arguments supplied to string.format (expected 1, got 2)'],
  ["'%q'.format(['a']) == ''", 'could not parse formatting clause: unrecognized formatting clause "q"'],
];

describe('literals', () => {
  for (const [expression, message] of REFUSED) {
    test(expression, () => {
      const compiled = compile(expression, { variables: {} });
      assert.ok('issues' in compiled);
      assert.deepEqual(
        compiled.issues.map((issue) => issue.message),
        [message],
      );
    });
  }

  test('a conversion of a constant that fails is told when the program is made', () => {
    assert.deepEqual(compile("int('x') == 1", { variables: {} }), {
      issues: [{ line: -1, column: 0, message: "type conversion error from 'string' to 'int'", text: "type conversion error from 'string' to 'int'" }],
      isPlanFailure: true,
    });
  });
});

describe('failures', () => {
  for (const [expression, message] of FAILURES) {
    test(expression, () => assert.throws(() => evaluate(expression), { name: 'CelEvaluationError', message }));
  }
});

test('an authorizer answers through the function it is given', () => {
  const asked: AuthorizationCheck[] = [];
  const authorize = (check: AuthorizationCheck) => {
    asked.push(check);
    return { allowed: check.verb === 'get', reason: 'because' };
  };
  const variables = { authorizer: AUTHORIZER_TYPE, 'authorizer.requestResource': RESOURCE_CHECK_TYPE };
  const bindings = {
    authorizer: authorizerValue(authorize),
    'authorizer.requestResource': requestResourceValue(authorize, { group: '', resource: 'pods', namespace: 'ns', name: 'x' }),
  };
  const text =
    "authorizer.path('/healthz').check('get').allowed() && !authorizer.serviceAccount('ns', 'sa').group('apps').resource('deployments').namespace('d').check('list').allowed() && authorizer.requestResource.check('get').reason() == 'because'";
  const compiled = compile(text, { variables });
  assert.ok('program' in compiled, 'issues' in compiled ? formatIssues(compiled.issues) : '');
  assert.equal(compiled.program.evaluate(bindings, { costLimit: 2_000_000 }).value, true);
  assert.deepEqual(asked, [
    { path: '/healthz', verb: 'get' },
    { serviceAccount: { namespace: 'ns', name: 'sa' }, group: 'apps', resource: 'deployments', namespace: 'd', verb: 'list' },
    { group: '', resource: 'pods', namespace: 'ns', name: 'x', verb: 'get' },
  ]);
});

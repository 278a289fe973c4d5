import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from './field-error.ts';
import { parseFieldSelector } from './field-selector.ts';
import { formatLabelSelector, parseSelector, selectorFromSet, selectorOf, validateLabelSelector } from './selector.ts';

const LABELS = { app: 'web', tier: 'front', empty: '', n: '5' };

test('label selectors match', () => {
  const table: [string, boolean][] = [
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app!=web', false],
    ['missing!=x', true],
    ['app in (web,db)', true],
    ['app in (db)', false],
    ['app notin (db)', true],
    ['missing notin (db)', true],
    ['app', true],
    ['!app', false],
    ['!missing', true],
    ['empty=', true],
    ['empty', true],
    ['app=web,tier=back', false],
    ['app=web, tier in (front, back), !gone', true],
    ['n>4', true],
    ['n<5', false],
    ['app>4', false],
    ['toString', false],
    ['in in (in)', false],
  ];
  for (const [text, matches] of table) assert.equal(parseSelector(text).matches(LABELS), matches, text);
  assert.equal(parseSelector('app').matches(undefined), false);
});

test('label selectors print in canonical form', () => {
  const table: [string, string][] = [
    ['b=1,a=2', 'a=2,b=1'],
    ['x in (b, a,b)', 'x in (a,b)'],
    ['x in ()', 'x in ()'],
    ['x in (a,)', 'x in (,a)'],
    [' ! x , y > 3', '!x,y>3'],
    ['x!=1', 'x!=1'],
    ['x==1', 'x==1'],
    ['x=', 'x='],
    ['a,b', 'a,b'],
  ];
  for (const [text, printed] of table) assert.equal(parseSelector(text).toString(), printed, text);
});

test('what is no label selector is refused with upstream’s texts', () => {
  const table: [string, string][] = [
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a,', "found '', expected: identifier after ','"],
    [',a', "found ',', expected: !, identifier, or 'end of string'"],
    ['=a', "found '=', expected: !, identifier, or 'end of string'"],
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a=(b)', "unable to parse requirement: found '(', expected: identifier"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['a>x', "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer"],
  ];
  for (const [text, message] of table) assert.throws(() => parseSelector(text), { message }, text);
  assert.throws(() => parseSelector('-a=b'), /^SelectorError: unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of/);
  assert.throws(() => parseSelector('a=-b'), /^SelectorError: unable to parse requirement: values\[0\]\[a\]: Invalid value: "-b": a valid label must be/);
});

test('LabelSelector objects become selectors', () => {
  const selector = selectorOf({
    matchLabels: { tier: 'front' },
    matchExpressions: [
      { key: 'app', operator: 'In', values: ['web', 'db'] },
      { key: 'x', operator: 'DoesNotExist' },
    ],
  });
  assert.equal(selector.toString(), 'app in (db,web),tier=front,!x');
  assert.ok(selector.matches(LABELS));
  assert.ok(selectorOf({}).matches(undefined));
  assert.ok(!selectorOf(undefined).matches(LABELS));
  assert.ok(selectorFromSet({ app: 'web' }).matches(LABELS));
  assert.equal(formatLabelSelector({}), '<none>');
  assert.equal(formatLabelSelector({ matchExpressions: [{ key: 'x', operator: 'Bogus' }] }), '<error>');
  assert.throws(() => selectorOf({ matchExpressions: [{ key: 'x', operator: 'Bogus' }] }), { message: '"Bogus" is not a valid label selector operator' });
});

test('LabelSelector fields are validated with upstream’s texts', () => {
  const texts = (selector: Parameters<typeof validateLabelSelector>[0]): string[] => validateLabelSelector(selector, 'spec.selector').map(formatFieldError);
  assert.deepEqual(texts({ matchLabels: { a: 'b' } }), []);
  assert.deepEqual(texts({ matchExpressions: [{ key: 'a', operator: 'In' }] }), [
    "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
  ]);
  assert.deepEqual(texts({ matchExpressions: [{ key: 'a', operator: 'Exists', values: ['x'] }] }), [
    "spec.selector.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
  ]);
  assert.deepEqual(texts({ matchExpressions: [{ key: 'a', operator: 'What' }] }), [
    'spec.selector.matchExpressions[0].operator: Invalid value: "What": not a valid selector operator',
  ]);
  assert.match(texts({ matchLabels: { a: '-' } })[0] ?? '', /^spec\.selector\.matchLabels: Invalid value: "-": a valid label must be an empty string/);
});

test('field selectors are parsed, matched and printed', () => {
  const values: Record<string, string> = { 'metadata.name': 'x', 'status.phase': 'Running', odd: 'a,b=c\\d' };
  const valueOf = (field: string): string => values[field] ?? '';
  const table: [string, boolean][] = [
    ['', true],
    ['metadata.name=x', true],
    ['metadata.name==x', true],
    ['metadata.name!=x', false],
    ['metadata.name=x,status.phase!=Pending', true],
    ['odd=a\\,b\\=c\\\\d', true],
    ['other=', true],
  ];
  for (const [text, matches] of table) assert.equal(parseFieldSelector(text).matches(valueOf), matches, text);
  assert.equal(parseFieldSelector('odd=a\\,b,x!=1').toString(), 'odd=a\\,b,x!=1');
  assert.equal(parseFieldSelector('a=1,b!=2').requiresExactMatch('a'), '1');
  assert.equal(parseFieldSelector('a=1,b!=2').requiresExactMatch('b'), undefined);
  assert.throws(() => parseFieldSelector('foo'), { message: "invalid selector: 'foo'; can't understand 'foo'" });
  assert.throws(() => parseFieldSelector('a=\\x'), { message: 'invalid field selector: invalid escape sequence: \\x' });
});

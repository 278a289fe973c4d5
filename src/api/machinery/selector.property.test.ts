import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '#lib';
import { integer, pick } from '../testing/generate-object.ts';
import { escapeFieldValue, type FieldSelector, parseFieldSelector } from './field-selector.ts';
import { parseSelector, selectorFromSet, selectorOf } from './selector.ts';
import { SelectorError } from './selector-requirement.ts';

const RUNS = 3_000;
const KEYS = ['app', 'tier', 'example.com/role', 'n', 'in', 'notin', 'A_b.c-d', 'x0'];
const VALUES = ['', 'web', 'db', 'a.b_c-d', '0', '5', '7', '100', 'in', 'A'];

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}
type Labels = Record<string, string>;

function randomRequirement(random: Random): Requirement {
  const key = pick(random, KEYS);
  const operator = pick(random, ['=', '==', '!=', 'in', 'notin', 'exists', '!', '>', '<']);
  if (operator === 'exists' || operator === '!') return { key, operator, values: [] };
  if (operator === '>' || operator === '<') return { key, operator, values: [String(integer(random, 0, 120))] };
  const count = operator === 'in' || operator === 'notin' ? integer(random, 1, 4) : 1;
  return { key, operator, values: Array.from({ length: count }, () => pick(random, VALUES)) };
}
function randomLabels(random: Random): Labels {
  return Object.fromEntries(KEYS.filter(() => random.number() < 0.5).map((key) => [key, pick(random, VALUES)]));
}
/** The text of a requirement, with blanks where they mean nothing. */
function textOf({ key, operator, values }: Requirement, random: Random): string {
  const blank = (): string => pick(random, ['', '', ' ', '\t']);
  switch (operator) {
    case 'exists':
      return `${blank()}${key}${blank()}`;
    case '!':
      return `${blank()}!${blank()}${key}${blank()}`;
    case 'in':
    case 'notin':
      return `${blank()}${key} ${operator} (${values.map((value) => blank() + value + blank()).join(',')})${blank()}`;
    default:
      return `${blank()}${key}${blank()}${operator}${blank()}${values[0]}${blank()}`;
  }
}
/** What selectors mean, told without any. */
function meets({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  const isNumber = value !== undefined && /^\d+$/.test(value);
  switch (operator) {
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case '>':
      return isNumber && Number(value) > Number(values[0]);
    case '<':
      return isNumber && Number(value) < Number(values[0]);
    default:
      return value !== undefined && values.includes(value);
  }
}

test('label selectors select what they say, and print what they mean', () => {
  let selected = 0;
  for (let seed = 0; seed < RUNS; seed++) {
    const random = seededRandom(seed);
    const requirements = Array.from({ length: integer(random, 0, 4) }, () => randomRequirement(random));
    const text = requirements.map((each) => textOf(each, random)).join(',');
    const selector = parseSelector(text);
    const printed = selector.toString();
    const again = parseSelector(printed);
    assert.equal(again.toString(), printed, text);
    for (let i = 0; i < 5; i++) {
      const labels = randomLabels(random);
      const expected = requirements.every((each) => meets(each, labels));
      assert.equal(selector.matches(labels), expected, `${text} ${JSON.stringify(labels)}`);
      assert.equal(again.matches(labels), expected, `${printed} ${JSON.stringify(labels)}`);
      if (expected) selected++;
    }
  }
  assert.ok(selected > RUNS / 2, String(selected));
});

test('any text is a selector or is refused with a SelectorError', () => {
  const pieces = ['a', 'b/c', '=', '==', '!=', '!', ',', '(', ')', ' in ', ' notin ', '>', '<', ' ', '-', '\\', '\u0000', 'ä', '"', '..', '/'];
  for (let seed = 0; seed < RUNS; seed++) {
    const random = seededRandom(seed);
    const text = Array.from({ length: integer(random, 1, 8) }, () => pick(random, pieces)).join('');
    try {
      const selector = parseSelector(text);
      assert.equal(parseSelector(selector.toString()).toString(), selector.toString(), text);
    } catch (error) {
      assert.ok(error instanceof SelectorError, `${text}: ${String(error)}`);
    }
  }
});

test('LabelSelector objects, plain maps and their texts select alike', () => {
  const names: Record<string, string> = { in: 'In', notin: 'NotIn', exists: 'Exists', '!': 'DoesNotExist' };
  for (let seed = 0; seed < RUNS; seed++) {
    const random = seededRandom(seed);
    const matchLabels = randomLabels(random);
    const expressions = Array.from({ length: 3 }, () => randomRequirement(random)).filter(({ operator }) => names[operator]);
    const matchExpressions = expressions.map(({ key, operator, values }) => ({ key, operator: names[operator] as string, values: [...values] }));
    const selector = selectorOf({ matchLabels, matchExpressions });
    const labels = { ...(random.number() < 0.7 ? matchLabels : {}), ...randomLabels(random) };
    const expected = Object.entries(matchLabels).every(([key, value]) => labels[key] === value) && expressions.every((each) => meets(each, labels));
    assert.equal(selector.matches(labels), expected, `seed ${seed}`);
    assert.equal(parseSelector(selector.toString()).matches(labels), expected, selector.toString());
    assert.equal(
      selectorFromSet(matchLabels).matches(labels),
      Object.entries(matchLabels).every(([key, value]) => labels[key] === value),
    );
  }
});

test('field selectors select what they say, whatever their values hold', () => {
  const fields = ['metadata.name', 'metadata.namespace', 'spec.nodeName', 'status.phase'];
  const values = ['', 'x', 'a,b', 'a=b', 'a\\b', '\\,=', '!=', 'ä'];
  for (let seed = 0; seed < RUNS; seed++) {
    const random = seededRandom(seed);
    const terms = Array.from({ length: integer(random, 0, 4) }, () => ({
      field: pick(random, fields),
      operator: pick(random, ['=', '==', '!=']),
      value: pick(random, values),
    }));
    const text = terms.map(({ field, operator, value }) => `${field}${operator}${escapeFieldValue(value)}`).join(',');
    const selector = parseFieldSelector(text);
    const object: Record<string, string> = Object.fromEntries(fields.map((field) => [field, pick(random, values)]));
    const expected = terms.every(({ field, operator, value }) => (object[field] === value) === (operator !== '!='));
    const valueOf = (field: string): string => object[field] ?? '';
    assert.equal(selector.matches(valueOf), expected, text);
    const printed = selector.toString();
    // Terms are sorted as they were written: `==` prints as `=`.
    const termsOf = ({ requirements }: FieldSelector): string[] => requirements.map((each) => JSON.stringify(each)).sort();
    assert.deepEqual(termsOf(parseFieldSelector(printed)), termsOf(selector), text);
    assert.equal(parseFieldSelector(printed).matches(valueOf), expected, printed);
  }
});

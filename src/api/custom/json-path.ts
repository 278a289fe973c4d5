/**
 * The JSON paths of printer columns and selectable fields. Follows k8s.io/client-go/util/jsonpath for one expression: fields, `['name']`, indexes,
 * slices, `[*]`, unions, `..` and filters such as `[?(@.type=="Ready")]`.
 */
import type { JsonValue } from '../machinery/json.ts';
import { isObject } from '../machinery/json-value.ts';

type Step =
  | { readonly type: 'field'; readonly name: string }
  | { readonly type: 'all' }
  | { readonly type: 'deep' }
  | { readonly type: 'slice'; readonly from: number | undefined; readonly to: number | undefined; readonly by: number }
  | { readonly type: 'index'; readonly at: number }
  | { readonly type: 'union'; readonly names: readonly string[] }
  | { readonly type: 'filter'; readonly left: readonly Step[]; readonly operator: string; readonly right: readonly Step[] | JsonValue };

export interface JsonPath {
  /** All that the path leads to; nothing where a member is missing. */
  find(root: JsonValue): JsonValue[];
}

/** Parses `.spec.a[0].b`; an Error where that is no path. */
export function parseJsonPath(text: string): JsonPath | Error {
  try {
    const steps = new Parser(text).steps();
    return { find: (root) => walk(steps, root) };
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

class Parser {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    this.#text = text;
  }

  steps(): Step[] {
    const steps: Step[] = [];
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at];
      if (character === '$' || character === '@') this.#at++;
      else if (character === '.') steps.push(...this.#dotted());
      else if (character === '[') steps.push(this.#bracket());
      else steps.push(...this.#name());
    }
    return steps;
  }

  #dotted(): Step[] {
    this.#at++;
    if (this.#text[this.#at] === '.') {
      this.#at++;
      return [{ type: 'deep' }, ...this.#name()];
    }
    return this.#text[this.#at] === '[' ? [] : this.#name();
  }
  #name(): Step[] {
    let name = '';
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] as string;
      if (character === '\\') name += this.#text[++this.#at] ?? '';
      else if ('.[ ]{}$@'.includes(character)) break;
      else name += character;
    }
    if (name === '' && this.#at < this.#text.length) throw new Error(`unexpected ${JSON.stringify(this.#text[this.#at])}`);
    return name === '' ? [] : name === '*' ? [{ type: 'all' }] : [{ type: 'field', name }];
  }

  #bracket(): Step {
    const end = this.#closing();
    const inner = this.#text.slice(this.#at + 1, end).trim();
    this.#at = end + 1;
    if (inner === '*') return { type: 'all' };
    if (inner.startsWith('?(') && inner.endsWith(')')) return filterOf(inner.slice(2, -1));
    const names = [...inner.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g)].map(([, single, double]) => (single ?? double ?? '').replace(/\\(.)/g, '$1'));
    if (names.length > 0) return names.length === 1 ? { type: 'field', name: names[0] as string } : { type: 'union', names };
    if (/^-?\d+$/.test(inner)) return { type: 'index', at: Number(inner) };
    const slice = /^(-?\d*):(-?\d*)(?::(-?\d*))?$/.exec(inner);
    if (!slice) throw new Error(`invalid array index ${inner}`);
    const number = (part: string | undefined): number | undefined => (part ? Number(part) : undefined);
    return { type: 'slice', from: number(slice[1]), to: number(slice[2]), by: number(slice[3]) ?? 1 };
  }
  #closing(): number {
    let quote = '';
    let depth = 0;
    for (let i = this.#at; i < this.#text.length; i++) {
      const character = this.#text[i] as string;
      if (character === '\\') i++;
      else if (quote) quote = character === quote ? '' : quote;
      else if (character === '"' || character === "'") quote = character;
      else if (character === '[') depth++;
      else if (character === ']' && --depth === 0) return i;
    }
    throw new Error('unterminated array');
  }
}

function filterOf(text: string): Step {
  const match = /^(.*?)\s*(==|!=|<=|>=|<|>)\s*(.*)$/s.exec(text.trim());
  if (!match) return { type: 'filter', left: new Parser(text.trim()).steps(), operator: 'exists', right: null };
  const [, left = '', operator = '', right = ''] = match;
  return { type: 'filter', left: new Parser(left).steps(), operator, right: operandOf(right) };
}
function operandOf(text: string): readonly Step[] | JsonValue {
  if (/^(['"]).*\1$/s.test(text)) return text.slice(1, -1).replace(/\\(.)/g, '$1');
  if (text === 'true' || text === 'false') return text === 'true';
  if (text !== '' && !Number.isNaN(Number(text))) return Number(text);
  return new Parser(text).steps();
}

function walk(steps: readonly Step[], root: JsonValue): JsonValue[] {
  let found = [root];
  for (const step of steps) found = found.flatMap((value) => take(step, value));
  return found;
}

function take(step: Step, value: JsonValue): JsonValue[] {
  switch (step.type) {
    case 'field':
      return memberOf(value, step.name);
    case 'union':
      return step.names.flatMap((name) => memberOf(value, name));
    case 'all':
      return Array.isArray(value) ? value : isObject(value) ? (Object.values(value) as JsonValue[]) : [];
    case 'deep':
      return [value, ...(typeof value === 'object' && value !== null ? (Object.values(value) as JsonValue[]).flatMap((each) => take(step, each)) : [])];
    case 'index':
      return Array.isArray(value) ? value.slice(step.at, step.at === -1 ? undefined : step.at + 1) : [];
    case 'slice':
      return Array.isArray(value) ? value.slice(step.from, step.to).filter((_, i) => i % Math.max(1, step.by) === 0) : [];
    case 'filter':
      return Array.isArray(value) ? value.filter((item) => holds(step, item)) : [];
  }
}
function memberOf(value: JsonValue, name: string): JsonValue[] {
  const member = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return member === undefined ? [] : [member];
}

function holds(filter: Step & { type: 'filter' }, item: JsonValue): boolean {
  const [left] = walk(filter.left, item);
  if (filter.operator === 'exists') return left !== undefined;
  const right = Array.isArray(filter.right) ? walk(filter.right as Step[], item)[0] : (filter.right as JsonValue);
  if (left === undefined || right === undefined || left === null || right === null) return false;
  switch (filter.operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    default:
      return left >= right;
  }
}

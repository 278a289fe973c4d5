import type { JsonObject, JsonValue } from '#api';
import { deleteAt, setAt, valueAt } from './paths.ts';
import { isObject, textOf } from './scenario.ts';

/** What templates may name: `{{ns}}` and the answers so far by the ids of their steps. */
export interface TemplateContext {
  readonly namespace: string;
  readonly answers: JsonObject;
}

/** Fills `{{…}}` in a value; `{"$from": "step.body", "$set": {path: value}, "$del": [path]}` is an earlier answer, changed. */
export function expand(value: JsonValue, context: TemplateContext): JsonValue {
  if (typeof value === 'string') return expandText(value, context);
  if (Array.isArray(value)) return value.map((item) => expand(item, context));
  if (!isObject(value)) return value;
  if (typeof value['$from'] === 'string') return changedAnswer(value, value['$from'], context);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [textOf(expandText(key, context)), expand(member ?? null, context)]));
}

function expandText(text: string, context: TemplateContext): JsonValue {
  const whole = /^\{\{([^{}]+)\}\}$/.exec(text);
  if (whole) return lookUp(whole[1] ?? '', context) ?? text;
  return text.replace(/\{\{([^{}]+)\}\}/g, (template, key: string) => {
    const found = lookUp(key, context);
    return found === undefined ? template : typeof found === 'string' ? found : JSON.stringify(found);
  });
}

function lookUp(key: string, { namespace, answers }: TemplateContext): JsonValue | undefined {
  const [, repeated, times] = /^repeat (\S+) (\d+)$/.exec(key) ?? [];
  if (repeated !== undefined) return repeated.repeat(Number(times));
  return key === 'ns' ? namespace : valueAt(answers, key);
}

function changedAnswer(template: JsonObject, from: string, context: TemplateContext): JsonValue {
  const answer = structuredClone(valueAt(context.answers, from) ?? {}) as JsonObject;
  for (const path of (template['$del'] ?? []) as string[]) deleteAt(answer, path);
  for (const [path, value] of Object.entries((template['$set'] ?? {}) as JsonObject)) setAt(answer, path, expand(value ?? null, context));
  return answer;
}

/** The same text in a scenario's other words. */
export function rewrite(text: string, words: Readonly<Record<string, string>> = {}): string {
  let rewritten = text;
  for (const [from, to] of Object.entries(words)) rewritten = rewritten.replaceAll(from, to);
  return rewritten;
}

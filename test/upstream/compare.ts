import type { JsonObject, JsonValue } from '#api';
import { deleteAt } from './paths.ts';
import type { Scenario, Step, StepAnswer } from './scenario.ts';
import { withoutNews } from './since-1.20.ts';
import { rewrite } from './template.ts';

const MAX_DIFFERENCES = 8;
const MAX_SHOWN = 300;

/** How an answer differs from the recorded one: `body.spec.replicas: want 1 got 2`. Empty: it does not. */
export function compareAnswer(scenario: Scenario, step: Step, answer: StepAnswer): string[] {
  const ignored = [...(scenario.ignore ?? []), ...(step.ignore ?? [])];
  const wanted = comparable(scenario, step.expect as StepAnswer, ignored);
  const got = comparable(scenario, answer, ignored);
  const { headers } = wanted;
  const differences: string[] = [];
  addDifferences(wanted.status, got.status, 'status', differences);
  addDifferences(wanted.contentType, got.contentType, 'contentType', differences);
  addDifferences(wanted.body, got.body, 'body', differences);
  if (headers) addDifferences(headers as JsonObject, (got.headers ?? {}) as JsonObject, 'headers', differences);
  return differences;
}

function comparable(scenario: Scenario, answer: StepAnswer, ignored: readonly string[]): StepAnswer {
  const copy = JSON.parse(rewrite(JSON.stringify(answer), scenario.rewrite)) as StepAnswer;
  const ignore = (): void => {
    for (const path of ignored) if (!path.startsWith('$')) deleteAt(copy.body, path);
  };
  if (ignored.includes('$contentType')) delete copy.contentType;
  if (ignored.includes('$body')) delete copy.body;
  ignore();
  if (scenario.server !== 'core-1.20' || copy.body === undefined) return copy;
  copy.body = withoutNews(copy.body);
  ignore();
  return copy;
}

function addDifferences(wanted: JsonValue | undefined, got: JsonValue | undefined, path: string, into: string[]): void {
  if (into.length >= MAX_DIFFERENCES) return;
  if (!areBothLists(wanted, got) && !areBothObjects(wanted, got)) {
    if (wanted !== got) into.push(`${path}: want ${shown(wanted)} got ${shown(got)}`);
    return;
  }
  if (Array.isArray(wanted) && Array.isArray(got) && wanted.length !== got.length) into.push(`${path}: want ${wanted.length} items, got ${got.length}`);
  const [left, right] = [wanted as JsonObject, got as JsonObject];
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) addDifferences(left[key], right[key], memberPath(path, key, wanted), into);
}

function areBothLists(a: unknown, b: unknown): boolean {
  return Array.isArray(a) && Array.isArray(b);
}
function areBothObjects(a: unknown, b: unknown): boolean {
  const isPlain = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
  return isPlain(a) && isPlain(b);
}
function memberPath(path: string, key: string, owner: JsonValue | undefined): string {
  if (Array.isArray(owner)) return `${path}[${key}]`;
  return /^[\w$-]+$/.test(key) ? `${path}.${key}` : `${path}['${key}']`;
}
function shown(value: JsonValue | undefined): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return '(absent)';
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

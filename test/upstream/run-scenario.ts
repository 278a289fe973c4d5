import { randomBytes } from 'node:crypto';
import type { JsonObject, JsonValue } from '#api';
import { delay } from './delay.ts';
import { normalise, normaliseEvents, normaliseText, order, type Substitutions } from './normalise.ts';
import { valueAt } from './paths.ts';
import { isObject, type Scenario, type Step, type StepAnswer, textOf } from './scenario.ts';
import type { UpstreamClient, WireAnswer } from './upstream-client.ts';
import { expand, rewrite, type TemplateContext } from './template.ts';

/** What a step gave: an answer, or why there was none. */
export type StepResult = { readonly answer: StepAnswer } | { readonly error: string };

interface Run extends TemplateContext {
  readonly client: UpstreamClient;
  readonly scenario: Scenario;
  readonly substitutions: Substitutions;
  /** Paths of objects that steps have created, to be deleted. */
  readonly created: Set<string>;
}

const MERGE_PATCH = 'application/merge-patch+json';
const WAIT_MS = 5_000;
const POLL_MS = 20;

/** Runs a scenario's steps in a fresh namespace and clears up behind them. */
export async function runScenario(client: UpstreamClient, scenario: Scenario): Promise<StepResult[]> {
  const namespace = `t${randomBytes(5).toString('hex')}`;
  const run: Run = { client, scenario, namespace, answers: {}, substitutions: [[namespace, '<ns>']], created: new Set() };
  const results: StepResult[] = [];
  try {
    await createNamespace(run);
    for (const step of scenario.steps) results.push(await runStep(run, step));
  } finally {
    await cleanUp(run);
  }
  return results;
}

async function runStep(run: Run, step: Step): Promise<StepResult> {
  try {
    // Times in answers have whole seconds: what must differ in them has to wait.
    if (step.sleep) await delay(step.sleep);
    return { answer: step.watch ? await watchStep(run, step) : await requestStep(run, step) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

async function requestStep(run: Run, step: Step): Promise<StepAnswer> {
  const request = requestOf(run, step);
  const deadline = Date.now() + WAIT_MS;
  let answer = await run.client.send(request);
  while (step.waitFor && !isAwaited(run, step.waitFor, answer) && Date.now() < deadline) {
    await delay(POLL_MS);
    answer = await run.client.send(request);
  }
  const body = bodyOf(answer);
  run.answers[step.id] = { status: answer.status, body, headers: answer.headers as JsonObject };
  rememberCreated(run, step, { status: answer.status, path: request.path, body });
  const normal = normalise(body, run.substitutions);
  if (step.sort && isObject(normal) && Array.isArray(normal['items'])) normal['items'].sort((a, b) => order(nameOf(a), nameOf(b)));
  return { status: answer.status, contentType: answer.headers['content-type'] ?? '', body: normal, ...checkedHeaders(run, step, answer) };
}

async function watchStep(run: Run, step: Step): Promise<StepAnswer> {
  const { events: count = 1000, ms = 2000 } = step.until ?? {};
  const { lines, ...answer } = await run.client.watch(requestOf(run, step), { count, ms });
  const contentType = answer.headers['content-type'] ?? '';
  if (answer.status !== 200) return { status: answer.status, contentType, body: normalise(bodyOf(answer), run.substitutions) };
  const events = lines.map((line) => JSON.parse(line) as JsonValue);
  run.answers[step.id] = { status: answer.status, body: events, headers: answer.headers as JsonObject };
  const body = normaliseEvents(events, run.substitutions) as JsonValue[];
  if (step.sort) body.sort((a, b) => order(nameOf(valueAt(a, 'object')), nameOf(valueAt(b, 'object'))));
  return { status: answer.status, contentType, body };
}

function requestOf(run: Run, step: Step): { method: string; path: string; headers: Record<string, string>; body?: string } {
  const path = rewrite(textOf(expand(step.path, run)), run.scenario.rewrite);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(expand({ ...step.headers }, run) as Record<string, string>)) headers[name.toLowerCase()] = value;
  if (step.body === undefined) return { method: step.method, path, headers };
  const body = expand(step.body, run);
  headers['content-type'] ??= 'application/json';
  return { method: step.method, path, headers, body: rewrite(typeof body === 'string' ? body : JSON.stringify(body), run.scenario.rewrite) };
}

function isAwaited(run: Run, { status, path, equals }: NonNullable<Step['waitFor']>, answer: WireAnswer): boolean {
  if (status !== undefined && answer.status !== status) return false;
  if (path === undefined) return true;
  const value = valueAt(bodyOf(answer), path);
  return equals === undefined ? value !== undefined : textOf(value) === textOf(expand(equals, run));
}

function bodyOf({ headers, text }: WireAnswer): JsonValue {
  if (!headers['content-type']?.includes('json')) return text;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

function checkedHeaders(run: Run, { checkHeaders }: Step, { headers }: WireAnswer): Pick<StepAnswer, 'headers'> {
  if (!checkHeaders) return {};
  const value = (name: string): string | null => (headers[name] === undefined ? null : normaliseText(headers[name], run.substitutions));
  return { headers: Object.fromEntries(checkHeaders.map((name) => [name, value(name)])) };
}

function nameOf(object: JsonValue | undefined): string {
  return textOf(valueAt(object, 'metadata.name'));
}

function rememberCreated(run: Run, { method }: Step, { status, path, body }: { status: number; path: string; body: JsonValue }): void {
  const name = valueAt(body, 'metadata.name');
  if (status !== 201 || typeof name !== 'string' || valueAt(body, 'kind') === 'Status') return;
  if (path.includes('dryRun') || /\/(binding|eviction|token|status|scale)(\?|$)/.test(path)) return;
  const [place = ''] = path.split('?');
  run.created.add(method === 'POST' ? `${place}/${name}` : place);
}

async function createNamespace({ client, scenario, namespace }: Run): Promise<void> {
  // The recorder's way to say that a scenario needs none.
  if ((scenario as { namespace?: boolean }).namespace === false) return;
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await client.send({ method: 'POST', path: '/api/v1/namespaces', headers, body });
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  for (let attempt = 0; attempt < 100; attempt++) {
    if ((await client.send({ method: 'GET', path: `${accounts}/default`, headers: {} })).status === 200) return;
    await delay(POLL_MS);
  }
  throw new Error(`No default service account appeared in the namespace of scenario ${scenario.name}`);
}

async function cleanUp({ client, created, namespace }: Run): Promise<void> {
  for (const path of [...created].reverse()) {
    const { text } = await client.send({ method: 'DELETE', path: `${path}?gracePeriodSeconds=0&propagationPolicy=Background`, headers: {} });
    if (!text.includes('"finalizers"')) continue;
    await client.send({ method: 'PATCH', path, headers: { 'content-type': MERGE_PATCH }, body: '{"metadata":{"finalizers":null}}' });
  }
  await client.send({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}`, headers: {} });
}

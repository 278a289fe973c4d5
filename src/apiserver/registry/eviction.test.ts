import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, startTestServer, type TestServer } from '../testing/test-server.ts';

const PODS = '/api/v1/namespaces/default/pods';
const BUDGETS = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
const CANNOT = "Cannot evict pod as it would violate the pod's disruption budget.";

async function ok(answer: Promise<Answer>): Promise<Answer> {
  const done = await answer;
  assert.ok(done.status < 300, done.text);
  return done;
}
async function serverWithAccount(): Promise<TestServer> {
  const api = await startTestServer();
  await ok(api.fetch('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } }));
  return api;
}
/** A Pod of `app=a` that runs, ready or not. */
async function running(api: TestServer, name: string, isReady = true): Promise<void> {
  const pod = { metadata: { name, labels: { app: 'a' } }, spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] } };
  await ok(api.fetch('POST', PODS, { body: pod }));
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] };
  await patch(api, `${PODS}/${name}/status`, { status });
}
async function patch(api: TestServer, path: string, body: object): Promise<void> {
  await ok(api.fetch('PATCH', path, { headers: { 'content-type': 'application/merge-patch+json' }, body }));
}
async function budget(api: TestServer, name: string, spec: object, status: object): Promise<void> {
  await ok(api.fetch('POST', BUDGETS, { body: { metadata: { name }, spec: { selector: { matchLabels: { app: 'a' } }, ...spec } } }));
  await patch(api, `${BUDGETS}/${name}/status`, { status: { observedGeneration: 1, ...status } });
}
function evict(api: TestServer, name: string, more: object = {}, query = ''): Promise<Answer> {
  return api.fetch('POST', `${PODS}/${name}/eviction${query}`, { body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name }, ...more } });
}

test('a budget with nothing to spend refuses, one with something counts down and says so when it is spent', async () => {
  await using api = await serverWithAccount();
  for (const name of ['p', 'q']) await running(api, name);
  await budget(api, 'b', {}, { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 });
  const dry = await ok(evict(api, 'p', {}, '?dryRun=All'));
  assert.deepEqual([dry.status, dry.json['status']], [201, 'Success']);
  assert.equal((await api.fetch('GET', `${BUDGETS}/b`)).json['status']?.['disruptionsAllowed'], 1, 'a dry run spends nothing');

  await ok(evict(api, 'p'));
  const { status } = (await api.fetch('GET', `${BUDGETS}/b`)).json;
  assert.equal(status?.['disruptionsAllowed'], 0);
  assert.deepEqual(Object.keys(status?.['disruptedPods'] ?? {}), ['p']);
  const condition = status?.['conditions']?.['0'];
  assert.deepEqual([condition?.['type'], condition?.['status'], condition?.['reason']], ['DisruptionAllowed', 'False', 'InsufficientPods']);

  const refused = await evict(api, 'q');
  assert.equal(refused.status, 429);
  assert.deepEqual(refused.json, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: CANNOT,
    reason: 'TooManyRequests',
    details: { causes: [{ reason: 'DisruptionBudget', message: 'The disruption budget b needs 1 healthy pods and has 2 currently' }] },
    code: 429,
  });
});

test('a budget that no controller has seen yet asks to come back', async () => {
  await using api = await serverWithAccount();
  await running(api, 'p');
  await budget(api, 'b', {}, { observedGeneration: 0, disruptionsAllowed: 1 });
  const answer = await evict(api, 'p');
  assert.equal(answer.status, 429);
  assert.equal(answer.headers['retry-after'], '10');
  assert.equal(answer.json['details']?.['retryAfterSeconds'], 10);
});

test('two budgets for a Pod are refused as a failure of the server', async () => {
  await using api = await serverWithAccount();
  await running(api, 'p');
  for (const name of ['a', 'b']) await budget(api, name, {}, { disruptionsAllowed: 1 });
  const answer = await evict(api, 'p');
  assert.deepEqual(answer.json, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    code: 500,
  });
});

test('a Pod that is not ready goes where the budget is met, or always where it says so', async () => {
  await using api = await serverWithAccount();
  for (const name of ['p', 'q', 'r']) await running(api, name, false);
  await budget(api, 'b', {}, { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1 });
  await ok(evict(api, 'p'));
  await patch(api, `${BUDGETS}/b/status`, { status: { currentHealthy: 0 } });
  assert.equal((await evict(api, 'q')).status, 429);
  await patch(api, `${BUDGETS}/b`, { spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow' } });
  await ok(evict(api, 'q'));
});

test('Pods that serve nobody go whatever budgets say', async () => {
  await using api = await serverWithAccount();
  await budget(api, 'b', {}, { disruptionsAllowed: 0 });
  await ok(api.fetch('POST', PODS, { body: { metadata: { name: 'pending', labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i' }] } } }));
  await ok(evict(api, 'pending'));
  await running(api, 'over');
  await patch(api, `${PODS}/over/status`, { status: { phase: 'Succeeded' } });
  await ok(evict(api, 'over'));
});

test('names and preconditions must be those of the Pod', async () => {
  await using api = await serverWithAccount();
  await running(api, 'p');
  const unnamed = await api.fetch('POST', `${PODS}/p/eviction`, { body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: {} } });
  assert.deepEqual([unnamed.status, unnamed.json['message']], [400, 'name in URL does not match name in Eviction object']);
  const other = await evict(api, 'p', { deleteOptions: { preconditions: { uid: 'x' } } });
  assert.equal(other.status, 409);
  const unlike = await evict(api, 'p', { deleteOptions: { dryRun: ['X'] } }, '?dryRun=All');
  assert.equal(unlike.json['message'], 'Non-matching dry-run options in request and content: [All] and [X]');
  await ok(evict(api, 'p', { deleteOptions: { gracePeriodSeconds: 3 } }));
  assert.equal((await api.fetch('GET', `${PODS}/p`)).json['metadata']?.['deletionGracePeriodSeconds'], 3);
});

test('an evicted Pod says so, whatever is wrong with the deletion; in a dry run it does not', async () => {
  await using api = await serverWithAccount();
  await running(api, 'p');
  const reasons = async (): Promise<unknown[]> => {
    const conditions = (await api.fetch('GET', `${PODS}/p`)).json['status']?.['conditions'] as unknown as Record<string, unknown>[];
    return conditions.filter(({ type }) => type === 'DisruptionTarget').map(({ status, reason, message }) => [status, reason, message]);
  };
  await ok(evict(api, 'p', {}, '?dryRun=All'));
  assert.deepEqual(await reasons(), []);
  const wrong = await evict(api, 'p', { deleteOptions: { propagationPolicy: 'Nope' } });
  assert.equal(wrong.status, 422, wrong.text);
  assert.deepEqual(await reasons(), [['True', 'EvictionByEvictionAPI', 'Eviction API: evicting']]);
  const { resourceVersion } = (await api.fetch('GET', `${PODS}/p`)).json['metadata'] as unknown as { resourceVersion: string };
  await ok(evict(api, 'p', { deleteOptions: { preconditions: { resourceVersion } } }));
});

test('evictions of the old version are taken', async () => {
  await using api = await serverWithAccount();
  await running(api, 'p');
  const answer = await ok(evict(api, 'p', { apiVersion: 'policy/v1beta1' }));
  assert.deepEqual([answer.status, answer.json['status']], [201, 'Success']);
});

/** Answers about objects of a kind that clients defined, where they differ from those about built-in kinds. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestServer, type TestServer, textOf } from '../testing/test-server.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const GROUP = '/apis/example.com/v1';
const WIDGETS = `${GROUP}/namespaces/default/widgets`;
const SCALE = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' };
const MERGE = { 'content-type': 'application/merge-patch+json' };

let server: TestServer;
before(async () => {
  server = await startTestServer();
  await server.fetch('POST', CRDS, { body: definition({ size: { type: 'integer' } }) });
  await untilServed();
});
after(() => server[Symbol.asyncDispose]());

function definition(status: object, rules: readonly object[] = []): object {
  const properties = {
    spec: { type: 'object', properties: { replicas: { type: 'integer' } } },
    status: { type: 'object', properties: status, 'x-kubernetes-validations': rules },
  };
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { type: 'object', properties } },
    subresources: { status: {}, scale: SCALE },
  };
  const metadata = { name: 'widgets.example.com' };
  return { metadata, spec: { group: 'example.com', scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget' }, versions: [version] } };
}
async function untilServed(): Promise<void> {
  const deadline = performance.now() + 5_000;
  for (;;) {
    const { status, text } = await server.fetch('GET', WIDGETS);
    if (status === 200) return;
    assert.ok(performance.now() < deadline, text);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
function widget(name: string, more: object = {}): object {
  return { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name }, spec: {}, ...more };
}
async function ask(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<[number, string]> {
  const { status, json, text } = await server.fetch(method, path, { headers, ...(body ? { body } : {}) });
  return [status, text.startsWith('{') ? textOf(json['message'] ?? json['kind']) : text.trim()];
}

test('a scale needs replicas that are there', async () => {
  await server.fetch('POST', WIDGETS, { body: widget('scaled') });
  const path = `${WIDGETS}/scaled/scale`;
  const missing = 'Internal error occurred: the spec replicas field ".spec.replicas" does not exist';
  assert.deepEqual(await ask('GET', path), [500, missing]);
  assert.deepEqual(await ask('PATCH', path, { metadata: { labels: { a: 'b' } } }, MERGE), [400, 'the spec replicas field ".spec.replicas" cannot be empty']);
  const negative = 'Widget.example.com "scaled" is invalid: .spec.replicas: Invalid value: -1: should be a non-negative integer';
  assert.deepEqual(await ask('PATCH', path, { spec: { replicas: -1 } }, MERGE), [422, negative]);
  assert.deepEqual(await ask('PATCH', path, { spec: { replicas: 2 } }, MERGE), [200, 'Scale']);
  assert.deepEqual(await ask('GET', path), [200, 'Scale']);
  assert.deepEqual(await ask('GET', `${WIDGETS}/none/scale`), [404, 'widgets.example.com "none" not found']);
});

test('paths are taken as the handler of such kinds takes them', async () => {
  assert.deepEqual(await ask('POST', `${GROUP}/widgets`, widget('x')), [404, '404 page not found']);
  assert.deepEqual(await ask('DELETE', `${GROUP}/widgets`), [404, '404 page not found']);
  assert.deepEqual(await ask('PUT', WIDGETS, widget('x')), [400, 'name must be provided']);
  assert.deepEqual(await ask('PATCH', WIDGETS, {}, MERGE), [400, 'name must be provided']);
  assert.deepEqual(await ask('POST', `${WIDGETS}/whatever`, widget('named')), [201, 'Widget']);
});

test('a status is written with a version', async () => {
  await server.fetch('POST', WIDGETS, { body: widget('versioned') });
  const text = 'widgets.example.com "versioned" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update';
  assert.deepEqual(await ask('PUT', `${WIDGETS}/versioned/status`, widget('versioned', { status: { size: 1 } })), [422, text]);
});

test('what was wrong with a status before is let pass, and warned about', async () => {
  const path = `${WIDGETS}/rated/status`;
  await server.fetch('POST', WIDGETS, { body: widget('rated') });
  await server.fetch('PATCH', path, { headers: MERGE, body: { status: { size: 9, other: 1 } } });
  const stricter = definition({ size: { type: 'integer', maximum: 5, 'x-kubernetes-validations': [{ rule: 'self < 4' }] }, other: { type: 'integer' } });
  const { json } = await server.fetch('GET', `${CRDS}/widgets.example.com`);
  await server.fetch('PUT', `${CRDS}/widgets.example.com`, { body: { ...stricter, metadata: json['metadata'] } });
  const deadline = performance.now() + 5_000;
  let answer = await server.fetch('PATCH', path, { headers: MERGE, body: { status: { other: 2 } } });
  while (answer.headers['warning'] !== `299 - "status.size: Invalid value: 9: failed rule: self < 4"`) {
    assert.ok(performance.now() < deadline, answer.text);
    answer = await server.fetch('PATCH', path, { headers: MERGE, body: { status: { other: 2 } } });
  }
  assert.equal(answer.status, 200);
  assert.equal((await ask('PATCH', path, { status: { size: 8 } }, MERGE))[0], 422);
});

test('what is stored with another type than today cannot be applied to', async () => {
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  await server.fetch('POST', WIDGETS, { body: widget('typed', { spec: { replicas: 1 } }) });
  const { json } = await server.fetch('GET', `${CRDS}/widgets.example.com`);
  const changed = JSON.parse(JSON.stringify(definition({})).replace('"replicas":{"type":"integer"}', '"replicas":{"type":"string"}')) as object;
  const { status } = await server.fetch('PUT', `${CRDS}/widgets.example.com`, { body: { ...changed, metadata: json['metadata'] } });
  assert.equal(status, 200);
  const wanted =
    'failed to create typed live object (default/typed; example.com/v1, Kind=Widget): .spec.replicas: expected string, got &value.valueUnstructured{Value:1}';
  const deadline = performance.now() + 5_000;
  for (;;) {
    const [code, text] = await ask('PATCH', `${WIDGETS}/typed?fieldManager=m`, widget('typed'), headers);
    if (text === wanted && code === 500) return;
    assert.ok(performance.now() < deadline, text);
  }
});

test('what one version owns cannot be judged with fields that it does not know', async () => {
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  const text = JSON.stringify(definition({})).replaceAll('widget', 'gadget').replaceAll('Widget', 'Gadget');
  const crd = JSON.parse(text) as { spec: { versions: [object] } };
  const [first] = crd.spec.versions;
  const known = JSON.stringify(first).replace('"replicas":{"type":"integer"}', '"replicas":{"type":"integer"},"extra":{"type":"string"}');
  const second = { ...(JSON.parse(known) as object), name: 'v2' };
  const spec = { ...crd.spec, versions: [{ ...first, storage: false }, second] };
  assert.equal((await server.fetch('POST', CRDS, { body: { ...crd, spec } })).status, 201);
  const base = '/apis/example.com';
  const path = 'namespaces/default/gadgets/one';
  const gadget = (version: string, fields: object): object => ({
    apiVersion: `example.com/${version}`,
    kind: 'Gadget',
    metadata: { name: 'one' },
    spec: fields,
  });
  const deadline = performance.now() + 5_000;
  while ((await ask('PATCH', `${base}/v1/${path}?fieldManager=a`, gadget('v1', { replicas: 1 }), headers))[0] !== 201) assert.ok(performance.now() < deadline);
  const problem = '.spec.extra: field not declared in schema';
  const apply = (manager: string): Promise<unknown> =>
    ask('PATCH', `${base}/v2/${path}?fieldManager=${manager}`, gadget('v2', { replicas: 1, extra: 'x' }), headers);
  assert.deepEqual(await apply('b'), [500, `failed to convert new object: ${problem}`]);
  assert.deepEqual(await apply('a'), [500, `failed to prune fields: failed to convert merged object to last applied version: ${problem}`]);
});

test('bodies have to say what they are', async () => {
  const unrecognized = 'the object provided is unrecognized (must be of type Widget)';
  const ofVersion = (version: string): string => `the API version in the data (${version}) does not match the expected API version (example.com/v1)`;
  const CASES: readonly (readonly [object, string])[] = [
    [{}, `${unrecognized}: Object 'Kind' is missing in '{}' ({})`],
    [{ apiVersion: 'example.com/v1' }, `${unrecognized}: Object 'Kind' is missing in '{"apiVersion":"example.com/v1"}' ({"apiVersion":"example.com/v1" ...)`],
    [{ apiVersion: 'a/b/c', kind: 'Widget' }, `${unrecognized}: unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c","kind":" ...)`],
    [{ kind: 'Widget', metadata: { name: 'x' } }, ofVersion('')],
    [{ apiVersion: 'v1', kind: 'Widget', metadata: { name: 'x' }, spec: {} }, ofVersion('v1')],
  ];
  for (const [body, message] of CASES) assert.deepEqual(await ask('POST', WIDGETS, body), [400, message]);
  const { headers } = await server.fetch('POST', WIDGETS, { body: { apiVersion: 'v1', kind: 'Widget', metadata: { name: 'x' }, spec: {} } });
  assert.equal(headers['warning'], undefined);
});

test('patches that change the version are judged as validation judges it', async () => {
  await server.fetch('POST', WIDGETS, { body: widget('patched') });
  for (const [apiVersion, shown] of [
    ['example.com/v9', 'example.com/v9'],
    [null, ''],
  ]) {
    const message = `Widget.example.com "patched" is invalid: apiVersion: Invalid value: "${shown}": must be example.com/v1`;
    assert.deepEqual(await ask('PATCH', `${WIDGETS}/patched`, { apiVersion }, MERGE), [422, message]);
  }
});

test('rules are not asked of what has no name', async () => {
  const { json } = await server.fetch('GET', `${CRDS}/widgets.example.com`);
  const ruled = definition({ size: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self > 0' }] } });
  await server.fetch('PUT', `${CRDS}/widgets.example.com`, { body: { ...ruled, metadata: json['metadata'] } });
  const unchecked = 'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';
  const wanted = `Widget.example.com "" is invalid: [metadata.name: Required value: name or generateName is required, <nil>: Invalid value: null: ${unchecked}]`;
  const deadline = performance.now() + 5_000;
  for (;;) {
    const [, text] = await ask('POST', WIDGETS, { apiVersion: 'example.com/v1', kind: 'Widget' });
    if (text === wanted) return;
    assert.ok(performance.now() < deadline, text);
  }
});

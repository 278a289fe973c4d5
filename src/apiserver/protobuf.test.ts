import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { openDatastore } from '#datastore';
import { codecFor, decodeProtobuf, encodeProtobuf, type JsonObject, type ProtobufWatchEvent, schemaRefOf, type SchemaRef } from '#api';
import { ProtobufWatch, WATCH_LIST } from './testing/protobuf-watch.ts';
import { type Answer, startTestServer } from './testing/test-server.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const HEADERS = { accept: PROTOBUF, 'content-type': PROTOBUF };
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

const configMap = (name: string, data: Record<string, string> = {}): JsonObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
const bodyOf = (object: JsonObject): Buffer => encodeProtobuf(object);
/** What a protobuf answer says, as the kind's codec completes it. */
function read(answer: Answer): JsonObject {
  assert.equal(answer.headers['content-type'], PROTOBUF, answer.text);
  return complete(decodeProtobuf(answer.bytes));
}
function complete(object: JsonObject): JsonObject {
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  const ref = schemaRefOf(apiVersion, kind) as SchemaRef;
  return codecFor<JsonObject>(ref).convert(object).object;
}
const metadataOf = (object: JsonObject | undefined): JsonObject => object?.['metadata'] as JsonObject;

test('objects go in and out, and are what JSON says they are', async () => {
  await using api = await startTestServer();
  const created = await api.fetch('POST', CONFIG_MAPS, { headers: HEADERS, body: encodeProtobuf(configMap('a', { x: 'y' })) });
  assert.equal(created.status, 201);
  const inJson = (await api.fetch('GET', `${CONFIG_MAPS}/a`)).json as unknown as JsonObject;
  assert.deepEqual(read(created), inJson);
  const updated = await api.fetch('PUT', `${CONFIG_MAPS}/a`, { headers: HEADERS, body: bodyOf({ ...inJson, data: { x: 'z' } }) });
  assert.deepEqual([updated.status, read(updated)['data']], [200, { x: 'z' }]);
  const patched = await api.fetch('PATCH', `${CONFIG_MAPS}/a`, {
    headers: { accept: PROTOBUF, 'content-type': 'application/merge-patch+json' },
    body: { data: { w: '1' } },
  });
  assert.deepEqual(read(patched)['data'], { w: '1', x: 'z' });

  const list = read(await api.fetch('GET', CONFIG_MAPS, { headers: HEADERS }));
  const listInJson = (await api.fetch('GET', CONFIG_MAPS)).json as unknown as JsonObject;
  assert.deepEqual(list, listInJson);
  assert.deepEqual(read(await api.fetch('GET', CONFIG_MAPS, { headers: HEADERS })), listInJson, 'again, from what is kept');

  // client-go sends the options in the version of the resource.
  const wrong = bodyOf({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'other' } });
  assert.equal((await api.fetch('DELETE', `${CONFIG_MAPS}/a`, { headers: HEADERS, body: wrong })).status, 409);
  const options = bodyOf({ apiVersion: 'apps/v1', kind: 'DeleteOptions', propagationPolicy: 'Background' });
  const deleted = read(await api.fetch('DELETE', `${CONFIG_MAPS}/a`, { headers: HEADERS, body: options }));
  assert.deepEqual([deleted['kind'], deleted['status']], ['Status', 'Success']);
});

test('other versions, subresources and reviews', async () => {
  await using api = await startTestServer();
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } } },
  };
  const path = '/apis/apps/v1/namespaces/default/deployments';
  assert.equal((await api.fetch('POST', path, { headers: HEADERS, body: encodeProtobuf(deployment) })).status, 201);
  const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'd', namespace: 'default' }, spec: { replicas: 3 } };
  const scaled = read(await api.fetch('PUT', `${path}/d/scale`, { headers: HEADERS, body: encodeProtobuf(scale) }));
  assert.deepEqual([scaled['kind'], scaled['spec']], ['Scale', { replicas: 3 }]);

  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } };
  const reviewed = read(await api.fetch('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { headers: HEADERS, body: encodeProtobuf(review) }));
  assert.equal((reviewed['status'] as JsonObject)['allowed'], true);

  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e', namespace: 'default' },
    involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
    reason: 'R',
  };
  assert.equal((await api.fetch('POST', '/api/v1/namespaces/default/events', { headers: HEADERS, body: encodeProtobuf(event) })).status, 201);
  const events = read(await api.fetch('GET', '/apis/events.k8s.io/v1/namespaces/default/events', { headers: HEADERS }));
  assert.deepEqual([events['apiVersion'], (events['items'] as JsonObject[])[0]?.['reason']], ['events.k8s.io/v1', 'R']);
});

test('subresources that act: tokens, bindings, evictions', async () => {
  await using api = await startTestServer();
  const post = async (path: string, object: JsonObject): Promise<JsonObject> => {
    const answer = await api.fetch('POST', `/api/v1/namespaces/default/${path}`, { headers: HEADERS, body: bodyOf(object) });
    assert.equal(answer.status, 201, answer.text);
    return read(answer);
  };
  await post('serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
  await post('pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } });
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: null, expirationSeconds: 3600 } };
  const { status } = (await post('serviceaccounts/default/token', request)) as { status: { token: string } };
  assert.equal(status.token.split('.').length, 3);
  const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'p' }, target: { kind: 'Node', name: 'n' } };
  assert.equal((await post('pods/p/binding', binding))['status'], 'Success');
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' }, deleteOptions: { gracePeriodSeconds: 0 } };
  assert.equal((await post('pods/p/eviction', eviction))['status'], 'Success');
  assert.equal((await api.fetch('GET', '/api/v1/namespaces/default/pods/p')).status, 404);
});

describe('forms', () => {
  const partial = (kind: string, version = 'v1'): string => `${PROTOBUF};as=${kind};g=meta.k8s.io;v=${version}`;
  test('metadata alone, of objects and lists', async () => {
    await using api = await startTestServer();
    await api.fetch('POST', CONFIG_MAPS, { body: configMap('a', { x: 'y' }) });
    const one = read(await api.fetch('GET', `${CONFIG_MAPS}/a`, { headers: { accept: partial('PartialObjectMetadata') } }));
    assert.deepEqual([one['apiVersion'], one['kind'], metadataOf(one)['name'], one['data']], ['meta.k8s.io/v1', 'PartialObjectMetadata', 'a', undefined]);
    const list = read(await api.fetch('GET', CONFIG_MAPS, { headers: { accept: partial('PartialObjectMetadataList') } }));
    assert.deepEqual(
      (list['items'] as JsonObject[]).map((item) => [metadataOf(item)['name'], item['data']]),
      [['a', undefined]],
    );
    const mistaken = await api.fetch('GET', CONFIG_MAPS, { headers: { accept: partial('PartialObjectMetadata') } });
    assert.equal(mistaken.status, 406);
    assert.match(mistaken.text, /you requested PartialObjectMetadata, but the requested object is a list \(\*core\.ConfigMapList\)/);
    const old = await api.fetch('GET', `${CONFIG_MAPS}/a`, { headers: { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1beta1' } });
    assert.equal(old.json['apiVersion'] as unknown, 'meta.k8s.io/v1beta1');
  });
  test('errors are answered as the client takes them', async () => {
    await using api = await startTestServer();
    const missing = await api.fetch('GET', `${CONFIG_MAPS}/none`, { headers: { accept: PROTOBUF } });
    assert.deepEqual([missing.status, read(missing)['reason']], [404, 'NotFound']);
    const table = await api.fetch('GET', CONFIG_MAPS, { headers: { accept: `${PROTOBUF};as=Table;g=meta.k8s.io;v=v1` } });
    assert.deepEqual([table.status, table.headers['content-type'], table.json['reason'] as unknown], [406, 'application/json', 'NotAcceptable']);
    assert.ok(table.text.startsWith('{\n  "kind"'), 'for people');
    for (const path of [`${CONFIG_MAPS}/none`, CONFIG_MAPS, '/apis/apps']) {
      const { text } = await api.fetch('GET', path, { headers: { 'user-agent': 'curl/8.0' } });
      assert.ok(text.startsWith('{\n  "kind"') && text.endsWith('\n}'), text);
      assert.ok((await api.fetch('GET', path)).text.endsWith('}\n'));
    }
  });
  test('discovery', async () => {
    await using api = await startTestServer();
    const get = async (path: string, accept = PROTOBUF): Promise<Answer> => api.fetch('GET', path, { headers: { accept } });
    for (const path of ['/apis', '/apis/apps', '/apis/apps/v1', '/api/v1']) {
      const inJson = (await api.fetch('GET', path)).json as unknown as JsonObject;
      assert.deepEqual(read(await get(path)), complete(inJson), path);
    }
    assert.equal(decodeProtobuf((await get('/api')).bytes)['kind'], 'APIVersions');
    const form = 'g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const aggregated = await get('/apis', `${PROTOBUF};${form}`);
    assert.equal(aggregated.headers['content-type'], `${PROTOBUF};${form}`);
    const names = (decodeProtobuf(aggregated.bytes)['items'] as JsonObject[]).map((item) => metadataOf(item)['name']);
    assert.ok(names.includes('apps'), JSON.stringify(names));
  });
  test('large answers are compressed for those who take it', async () => {
    await using api = await startTestServer();
    for (const name of ['a', 'b']) await api.fetch('POST', CONFIG_MAPS, { body: configMap(name, { x: 'y'.repeat(100_000) }) });
    const answer = await api.fetch('GET', CONFIG_MAPS, { headers: { accept: PROTOBUF, 'accept-encoding': 'gzip' } });
    assert.deepEqual([answer.headers['content-encoding'], answer.headers['content-type']], ['gzip', PROTOBUF]);
    assert.equal((decodeProtobuf(gunzipSync(answer.bytes))['items'] as unknown[]).length, 2);
  });
});

test('custom resources are never protobuf, their metadata and their definitions are', { timeout: 20_000 }, async () => {
  await using api = await startTestServer();
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
    },
  };
  const defined = await api.fetch('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { headers: HEADERS, body: encodeProtobuf(definition) });
  const [version] = (read(defined)['spec'] as { versions: unknown[] }).versions;
  assert.deepEqual(version, definition.spec.versions[0]);
  const widgets = '/apis/example.com/v1/namespaces/default/widgets';
  const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: {} };
  let created = 404;
  while (created === 404) created = (await api.fetch('POST', widgets, { body: widget })).status;
  assert.equal(created, 201);

  const refused = await api.fetch('GET', widgets, { headers: { accept: PROTOBUF } });
  assert.deepEqual([refused.status, read(refused)['reason']], [406, 'NotAcceptable']);
  const other = await api.fetch('GET', widgets, { headers: { accept: `${PROTOBUF}, application/json` } });
  assert.deepEqual([other.status, other.json['kind'] as unknown], [200, 'WidgetList']);
  const metadata = await api.fetch('GET', `${widgets}/w`, { headers: { accept: `${PROTOBUF};as=PartialObjectMetadata;g=meta.k8s.io;v=v1` } });
  assert.equal(metadataOf(read(metadata))['name'], 'w');
  const options = bodyOf({ apiVersion: 'v1', kind: 'DeleteOptions' });
  assert.equal((await api.fetch('DELETE', `${widgets}/w`, { headers: { 'content-type': PROTOBUF }, body: options })).status, 200);
});

test('bodies that are no protobuf, or damaged, are refused in the words of upstream', async () => {
  await using api = await startTestServer();
  const good = encodeProtobuf(configMap('a'));
  const raw = (...bytes: number[]): Buffer => Buffer.concat([Buffer.from('k8s\0'), Buffer.from([0x12, bytes.length, ...bytes])]);
  const summary = (bytes: Buffer): string => `${bytes.subarray(0, 30).toString('hex')}${bytes.length > 30 ? ' ...' : ''}`;
  const unrecognized = 'the object provided is unrecognized (must be of type ConfigMap)';
  const cases: [Buffer, string][] = [
    [Buffer.from('{}'), `${unrecognized}: provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] ({})`],
    [Buffer.alloc(0), `${unrecognized}: empty data (<empty>)`],
    [Buffer.from('k8s\0'), `${unrecognized}: empty body (6b387300)`],
    [good.subarray(0, 40), `${unrecognized}: unexpected EOF (${summary(good)})`],
    [raw(0x0a, 0x05), 'ConfigMap in version "v1" cannot be handled as a ConfigMap: unexpected EOF'],
    [raw(0x08, 0x05), 'ConfigMap in version "v1" cannot be handled as a ConfigMap: proto: wrong wireType = 0 for field ObjectMeta'],
  ];
  for (const [body, message] of cases) {
    const answer = await api.fetch('POST', CONFIG_MAPS, { headers: { 'content-type': PROTOBUF }, body });
    assert.deepEqual([answer.status, answer.json['message']], [400, message]);
  }
  const pod = bodyOf({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { containers: [] } });
  const other = await api.fetch('POST', CONFIG_MAPS, { headers: { 'content-type': PROTOBUF }, body: pod });
  assert.equal(other.status, 400);
  assert.match(other.text, /Pod in version \\"v1\\" cannot be handled as a ConfigMap/);
});

describe('watches', () => {
  const seen = ({ type, object }: ProtobufWatchEvent): unknown[] => [type, object['kind'], metadataOf(object)['name'], object['data']];

  test('an informer sees the initial state, its end, and every change, as JSON would show them', { timeout: 20_000 }, async () => {
    await using api = await startTestServer();
    await api.fetch('DELETE', CONFIG_MAPS);
    await api.fetch('POST', CONFIG_MAPS, { body: configMap('a', { x: '1' }) });
    using watch = new ProtobufWatch(api, `${CONFIG_MAPS}${WATCH_LIST}`, PROTOBUF);
    assert.equal(await watch.contentType, `${PROTOBUF};stream=watch`);
    const [initial, bookmark] = await watch.until(2);
    assert.deepEqual(seen(initial as ProtobufWatchEvent), ['ADDED', 'ConfigMap', 'a', { x: '1' }]);
    assert.deepEqual(
      [bookmark?.type, bookmark?.object['kind'], metadataOf(bookmark?.object)['annotations']],
      ['BOOKMARK', 'ConfigMap', { 'k8s.io/initial-events-end': 'true' }],
    );

    await api.fetch('POST', CONFIG_MAPS, { headers: HEADERS, body: encodeProtobuf(configMap('b')) });
    await api.fetch('PATCH', `${CONFIG_MAPS}/a`, { headers: { 'content-type': 'application/merge-patch+json' }, body: { data: { x: 'ä'.repeat(40_000) } } });
    const { json } = await api.fetch('GET', `${CONFIG_MAPS}/a`);
    await api.fetch('DELETE', `${CONFIG_MAPS}/b`);
    const events = (await watch.until(5)).slice(2);
    assert.deepEqual(
      events.map(({ type, object }) => [type, metadataOf(object)['name']]),
      [
        ['ADDED', 'b'],
        ['MODIFIED', 'a'],
        ['DELETED', 'b'],
      ],
    );
    assert.deepEqual(complete(events[1]?.object as JsonObject), json);
  });

  test('metadata alone, and what an unknown past is answered with', { timeout: 20_000 }, async () => {
    await using api = await startTestServer();
    await api.fetch('DELETE', CONFIG_MAPS);
    await api.fetch('POST', CONFIG_MAPS, { body: configMap('a', { x: '1' }) });
    using watch = new ProtobufWatch(api, `${CONFIG_MAPS}${WATCH_LIST}`, `${PROTOBUF};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`);
    const events = await watch.until(2);
    assert.deepEqual(events.map(seen), [
      ['ADDED', 'PartialObjectMetadata', 'a', undefined],
      ['BOOKMARK', 'PartialObjectMetadata', undefined, undefined],
    ]);
  });

  test('an unknown past is an ERROR event with a Status', { timeout: 20_000 }, async () => {
    const datastore = await openDatastore({ endpoint: 'memory' });
    for (const name of ['a', 'b']) await datastore.create(`/registry/configmaps/default/${name}`, encodeProtobuf(configMap(name)));
    await datastore.compact(datastore.revision);
    await using api = await startTestServer({ datastore });
    using watch = new ProtobufWatch(api, `${CONFIG_MAPS}?watch=1&resourceVersion=1`, PROTOBUF);
    const [gone] = await watch.until(1);
    assert.deepEqual([gone?.type, gone?.object['kind'], gone?.object['reason']], ['ERROR', 'Status', 'Expired']);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { services } from '#api';
import { FakeClock, waitFor } from '#lib';
import { type Answer, startTestServer, type TestServer, textOf, whileTimePasses } from './testing/test-server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const PODS = '/api/v1/namespaces/default/pods';
const SERVICES = '/api/v1/namespaces/default/services';
const MERGE = { 'content-type': 'application/merge-patch+json' };
const APPLY = { 'content-type': 'application/apply-patch+yaml' };

/** A server whose namespace `default` can hold Pods. */
async function start(): Promise<TestServer> {
  const api = await startTestServer();
  await api.fetch('POST', '/api/v1/namespaces/default/serviceaccounts', { body: { metadata: { name: 'default' } } });
  return api;
}
async function ok(answer: Promise<Answer>): Promise<Answer> {
  const result = await answer;
  assert.ok(result.status < 300, result.text);
  return result;
}
const names = ({ json }: Answer): unknown[] => (json['items'] as unknown as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);

test('finalizers hold an object that is being deleted, and nothing is added to them then', async () => {
  await using api = await start();
  await ok(api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'a', finalizers: ['x.y/a'] } } }));
  const deleted = await ok(api.fetch('DELETE', `${CONFIG_MAPS}/a`));
  assert.equal(deleted.json['kind'], 'ConfigMap');
  assert.ok(deleted.json['metadata']?.['deletionTimestamp']);
  const added = await api.fetch('PATCH', `${CONFIG_MAPS}/a`, { headers: MERGE, body: { metadata: { finalizers: ['x.y/a', 'x.y/b'] } } });
  assert.equal(added.status, 422);
  const again = await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'a' } } });
  assert.equal(again.json['message'], 'object is being deleted: configmaps "a" already exists');
  await ok(api.fetch('PATCH', `${CONFIG_MAPS}/a`, { headers: MERGE, body: { metadata: { finalizers: null } } }));
  assert.equal((await api.fetch('GET', `${CONFIG_MAPS}/a`)).status, 404);
});

test('the propagation policy becomes a finalizer, and a Status says that all is gone', async () => {
  await using api = await start();
  await ok(api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'a' } } }));
  const dry = await ok(api.fetch('DELETE', `${CONFIG_MAPS}/a`, { body: { propagationPolicy: 'Foreground', dryRun: ['All'] } }));
  assert.deepEqual(dry.json['metadata']?.['finalizers'], ['foregroundDeletion']);
  const wrong = await api.fetch('DELETE', `${CONFIG_MAPS}/a`, { body: { preconditions: { uid: 'other' } } });
  assert.equal(wrong.status, 409);
  const gone = await ok(api.fetch('DELETE', `${CONFIG_MAPS}/a`));
  assert.equal(gone.json['kind'], 'Status');
  assert.equal(gone.json['details']?.['name'], 'a');
});

test('options of a deletion that cannot be read are a failure of the server, as upstream has it', async () => {
  await using api = await start();
  await ok(api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'a' } } }));
  for (const [body, message] of [
    ['{"gracePeriodSeconds":"x"}', 'json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64'],
    ['{', "couldn't get version/kind; json parse error: unexpected end of JSON input"],
    ['{"a":}', "couldn't get version/kind; json parse error: invalid character '}' looking for beginning of value"],
    ['{"kind":5}', "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string"],
    ['{"apiVersion":"a/b/c"}', 'unexpected GroupVersion string: a/b/c'],
  ]) {
    const answer = await api.fetch('DELETE', `${CONFIG_MAPS}/a`, { body });
    assert.deepEqual([answer.status, answer.json['reason'], answer.json['message']], [500, undefined, message]);
  }
});

test('an Event has no dependents, whatever its deletion asks for; the deleted object is answered where upstream answers it', async () => {
  await using api = await start();
  const events = '/api/v1/namespaces/default/events';
  await ok(api.fetch('POST', events, { body: { metadata: { name: 'e' }, involvedObject: { namespace: 'default' } } }));
  assert.equal((await ok(api.fetch('DELETE', `${events}/e?propagationPolicy=Orphan`))).json['status'], 'Success');
  const classes = '/apis/resource.k8s.io/v1/deviceclasses';
  await ok(api.fetch('POST', classes, { body: { metadata: { name: 'c' }, spec: {} } }));
  assert.equal((await ok(api.fetch('DELETE', `${classes}/c`))).json['kind'], 'DeviceClass');
});

test('what new objects cannot say of themselves is dropped, or refused once all else is right', async () => {
  await using api = await start();
  const sent = { name: 'a', deletionTimestamp: '2001-01-01T00:00:00Z', deletionGracePeriodSeconds: 3, selfLink: '/x', resourceVersion: '0' };
  const made = await ok(api.fetch('POST', CONFIG_MAPS, { body: { metadata: sent } }));
  assert.deepEqual(Object.keys(made.json['metadata'] ?? {}).sort(), ['creationTimestamp', 'name', 'namespace', 'resourceVersion', 'uid']);
  for (const [name, resourceVersion, status] of [
    ['b', '5', 500],
    ['B', '5', 422],
    ['c', 'x', 201],
  ] as const) {
    assert.equal((await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name, resourceVersion } } })).status, status, name);
  }
  const taken = await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'a', generateName: 'x-' } } });
  assert.equal(taken.json['message'], 'configmaps "a" already exists, the server was not able to generate a unique name for the object');
  assert.equal(taken.json['details']?.['retryAfterSeconds'], 1);
});

test('a Pod on a node is deleted in two steps, one without a node at once', async () => {
  await using api = await start();
  const pod = (name: string, nodeName?: string) => ({
    metadata: { name },
    spec: { nodeName, terminationGracePeriodSeconds: 7, containers: [{ name: 'c', image: 'i' }] },
  });
  await ok(api.fetch('POST', PODS, { body: pod('waiting') }));
  await ok(api.fetch('DELETE', `${PODS}/waiting`));
  assert.equal((await api.fetch('GET', `${PODS}/waiting`)).status, 404);
  await ok(api.fetch('POST', PODS, { body: pod('bound', 'n1') }));
  const marked = await ok(api.fetch('DELETE', `${PODS}/bound`));
  const negative = await ok(api.fetch('DELETE', `${PODS}/bound?gracePeriodSeconds=-5&dryRun=All`));
  assert.equal(negative.json['metadata']?.['deletionGracePeriodSeconds'], 1);
  assert.equal(marked.json['metadata']?.['deletionGracePeriodSeconds'], 7);
  await ok(api.fetch('DELETE', `${PODS}/bound`, { body: { gracePeriodSeconds: 0 } }));
  assert.equal((await api.fetch('GET', `${PODS}/bound`)).status, 404);
});

test('binding puts a Pod on a node once', async () => {
  await using api = await start();
  await ok(api.fetch('POST', PODS, { body: { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } } }));
  const bind = (node: string) => api.fetch('POST', `${PODS}/p/binding`, { body: { metadata: { name: 'p' }, target: { kind: 'Node', name: node } } });
  await ok(bind('n1'));
  assert.equal((await bind('n2')).json['message'], 'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"');
  const bound = await api.fetch('GET', `${PODS}/p`);
  assert.equal(bound.json['spec']?.['nodeName'], 'n1');
});

test('binding asks for what it names beforehand, and leaves nothing of why the Pod waited', async () => {
  await using api = await start();
  const spec = { schedulingGates: [{ name: 'a/b' }], containers: [{ name: 'c', image: 'i' }] };
  const gated = await ok(api.fetch('POST', PODS, { body: { metadata: { name: 'p', labels: { a: '1', b: '2' } }, spec } }));
  const message = 'Scheduling is blocked due to non-empty scheduling gates';
  const waiting = { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message, lastProbeTime: null, lastTransitionTime: null };
  assert.deepEqual(gated.json['status']?.['conditions'], [waiting]);
  const free = await ok(api.fetch('PUT', `${PODS}/p`, { body: { ...gated.json, spec: { ...gated.json['spec'], schedulingGates: [] } } }));
  const bind = (metadata: object) => api.fetch('POST', `${PODS}/p/binding`, { body: { metadata: { name: 'p', ...metadata }, target: { name: 'n' } } });
  const problem = textOf((await bind({ resourceVersion: '1' })).json['message']);
  assert.match(
    problem,
    /^Operation cannot be fulfilled on pods "p": StorageError: .* ResourceVersion in precondition: 1, ResourceVersion in object meta: \d+$/,
  );
  await ok(bind({ resourceVersion: free.json['metadata']?.['resourceVersion'], labels: { b: '3', c: '4' } }));
  const { metadata, status } = (await api.fetch('GET', `${PODS}/p`)).json;
  assert.deepEqual(metadata?.['labels'], { a: '1', b: '3', c: '4' });
  const { lastTransitionTime, ...scheduled } = status?.['conditions']?.['0'] ?? {};
  assert.ok(lastTransitionTime);
  assert.deepEqual(scheduled, { type: 'PodScheduled', status: 'True', lastProbeTime: null });
});

test('a binding has a name', async () => {
  await using api = await start();
  const nameless = await api.fetch('POST', '/api/v1/namespaces/default/bindings', { body: { metadata: {}, target: { name: 'n' } } });
  assert.deepEqual([nameless.status, nameless.json['message']], [400, 'Name parameter required.']);
});

test("finalizers of updates are Kubernetes' own or have a domain, too", async () => {
  await using api = await start();
  const made = await ok(api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'f' } } }));
  const body = { ...made.json, metadata: { ...made.json['metadata'], finalizers: ['foo', 'a.b/c'] } };
  const refused = await api.fetch('PUT', `${CONFIG_MAPS}/f`, { body });
  const text = 'metadata.finalizers[0]: Invalid value: "foo": name is neither a standard finalizer name nor is it fully qualified';
  assert.equal(refused.json['message'], `ConfigMap "f" is invalid: ${text}`);
});

test('generated names are new ones, and dry runs store nothing', async () => {
  await using api = await start();
  const body = { metadata: { generateName: 'x-' } };
  const made = await Promise.all(Array.from({ length: 20 }, () => ok(api.fetch('POST', CONFIG_MAPS, { body }))));
  assert.equal(new Set(made.map(({ json }) => textOf(json['metadata']?.['name']))).size, 20);
  const dry = await ok(api.fetch('POST', `${CONFIG_MAPS}?dryRun=All`, { body: { metadata: { name: 'dry' } } }));
  assert.equal(dry.json['metadata']?.['resourceVersion'], undefined);
  assert.equal((await api.fetch('GET', `${CONFIG_MAPS}/dry`)).status, 404);
});

test('an update that changes nothing writes nothing', async () => {
  await using api = await start();
  const made = await ok(api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'a' }, data: { x: '1', y: '2' } } }));
  const same = await ok(api.fetch('PUT', `${CONFIG_MAPS}/a`, { body: { ...made.json, data: { y: '2', x: '1' } } }));
  assert.equal(same.json['metadata']?.['resourceVersion'], made.json['metadata']?.['resourceVersion']);
});

test('mistakes in the metadata of an update are counted as often as upstream finds them', async () => {
  await using api = await start();
  const base = '/api/v1/namespaces/default';
  const uid = 'metadata.uid';
  const event = { involvedObject: { namespace: 'default' } };
  const slice = { addressType: 'IPv4' };
  const ingress = { spec: { defaultBackend: { resource: { kind: 'K', name: 'n' } } } };
  // How often a wrong label and another uid are told of.
  const rows: readonly (readonly [string, object, number, number])[] = [
    [CONFIG_MAPS, {}, 4, 2],
    [`${base}/resourcequotas`, {}, 3, 2],
    [`${base}/limitranges`, {}, 3, 1],
    [`${base}/endpoints`, {}, 4, 2],
    [`${base}/events`, event, 2, 1],
    ['/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', slice, 3, 1],
    ['/apis/networking.k8s.io/v1/namespaces/default/ingresses', ingress, 4, 2],
    ['/apis/networking.k8s.io/v1/namespaces/default/networkpolicies', {}, 3, 2],
    ['/apis/networking.k8s.io/v1/ingressclasses', { spec: { controller: 'a.b/c' } }, 4, 2],
  ];
  for (const [path, body, ofLabel, ofUid] of rows) {
    await ok(api.fetch('POST', path, { body: { ...body, metadata: { name: 'a' } } }));
    const fieldsOf = async (metadata: object): Promise<string[]> => {
      const { json } = await api.fetch('PATCH', `${path}/a`, { headers: MERGE, body: { metadata } });
      return (json['details'] as unknown as { causes: { field: string }[] }).causes.map(({ field }) => field);
    };
    assert.deepEqual(
      await fieldsOf({ labels: { 'a b': 'c' } }),
      Array.from({ length: ofLabel }, () => 'metadata.labels'),
      path,
    );
    assert.deepEqual(
      await fieldsOf({ uid: 'other' }),
      Array.from({ length: ofUid }, () => uid),
      path,
    );
  }
});

test("a Namespace's finalizers are judged where they are written by themselves", async () => {
  await using api = await start();
  const body = { metadata: { name: 'default' }, spec: { finalizers: ['a.b/c', 'd'] } };
  const { status, json } = await api.fetch('PUT', '/api/v1/namespaces/default/finalize', { body });
  const text = 'name is neither a standard finalizer name nor is it fully qualified';
  assert.deepEqual([status, json['message']], [422, `Namespace "default" is invalid: spec.finalizers[1]: Invalid value: "d": ${text}`]);
});

test('pages show one state, whatever is written between them', async () => {
  await using api = await start();
  for (const name of ['a', 'b', 'c', 'd']) await ok(api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name } } }));
  const first = await ok(api.fetch('GET', `${CONFIG_MAPS}?limit=2`));
  assert.deepEqual(names(first), ['a', 'b']);
  assert.equal(first.json['metadata']?.['remainingItemCount'], 2);
  await ok(api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'bb' } } }));
  await ok(api.fetch('DELETE', `${CONFIG_MAPS}/d`));
  const token = encodeURIComponent(textOf(first.json['metadata']?.['continue']));
  const second = await ok(api.fetch('GET', `${CONFIG_MAPS}?limit=2&continue=${token}`));
  assert.deepEqual(names(second), ['c', 'd']);
  assert.equal(second.json['metadata']?.['resourceVersion'], first.json['metadata']?.['resourceVersion']);
  await api.datastore.compact(api.datastore.revision);
  const late = await api.fetch('GET', `${CONFIG_MAPS}?limit=2&continue=${token}`);
  assert.equal(late.status, 410);
  assert.equal(late.json['reason'], 'Expired');
  const rest = encodeURIComponent(textOf(late.json['metadata']?.['continue']));
  assert.deepEqual(names(await ok(api.fetch('GET', `${CONFIG_MAPS}?continue=${rest}`))), ['bb', 'c']);
});

test('selectors by label and field choose what is listed, and deleted together', async () => {
  await using api = await start();
  for (const name of ['a', 'b', 'c']) await ok(api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name, labels: { odd: String(name !== 'b') } } } }));
  assert.deepEqual(names(await api.fetch('GET', `${CONFIG_MAPS}?labelSelector=odd%3Dtrue`)), ['a', 'c']);
  assert.deepEqual(names(await api.fetch('GET', `${CONFIG_MAPS}?labelSelector=odd%3Dtrue&fieldSelector=metadata.name!%3Da`)), ['c']);
  assert.deepEqual(names(await api.fetch('GET', '/api/v1/configmaps?fieldSelector=metadata.namespace%3Ddefault,metadata.name%3Db')), ['b']);
  await ok(api.fetch('DELETE', `${CONFIG_MAPS}?labelSelector=odd%3Dtrue`));
  assert.deepEqual(names(await api.fetch('GET', CONFIG_MAPS)), ['b']);
});

test('a watch list is ended by a bookmark, and an unknown past is an ERROR event', async () => {
  const clock = new FakeClock(Date.now());
  await using api = await startTestServer({ clock });
  await ok(api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'a' } } }));
  const path = `${CONFIG_MAPS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1`;
  const list = await whileTimePasses(clock, api.fetch('GET', path));
  const events = list.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; object: { metadata: { annotations?: object } } });
  assert.deepEqual(
    events.map(({ type }) => type),
    ['ADDED', 'BOOKMARK'],
  );
  assert.deepEqual(events[1]?.object.metadata.annotations, { 'k8s.io/initial-events-end': 'true' });
  const forbidden = await api.fetch('GET', `${CONFIG_MAPS}?watch=1&sendInitialEvents=true`);
  assert.equal(forbidden.status, 422);
});

test('tables and metadata are served to those who ask for them', async () => {
  await using api = await start();
  await ok(api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'a' }, data: { x: '1' } } }));
  const table = await ok(api.fetch('GET', CONFIG_MAPS, { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' } }));
  assert.equal(table.json['kind'], 'Table');
  const [row] = table.json['rows'] as unknown as { cells: unknown[]; object: { kind: string } }[];
  assert.deepEqual(row?.cells.slice(0, 2), ['a', 1]);
  assert.equal(row?.object.kind, 'PartialObjectMetadata');
  const partial = await ok(api.fetch('GET', `${CONFIG_MAPS}/a`, { headers: { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' } }));
  assert.equal(partial.json['kind'], 'PartialObjectMetadata');
  assert.equal(partial.json['data'], undefined);
  const yaml = await ok(api.fetch('GET', `${CONFIG_MAPS}/a`, { headers: { accept: 'application/yaml' } }));
  assert.match(yaml.text, /^kind: ConfigMap$/m);
});

test('server-side apply owns fields, and a scale is its parent’s', async () => {
  await using api = await start();
  const apply = (manager: string, replicas: number) =>
    api.fetch('PATCH', `/apis/apps/v1/namespaces/default/deployments/d?fieldManager=${manager}`, {
      headers: APPLY,
      body: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'd' },
        spec: {
          replicas,
          selector: { matchLabels: { a: 'b' } },
          template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
        },
      },
    });
  assert.equal((await apply('one', 2)).status, 201);
  const conflict = await apply('two', 3);
  assert.equal(conflict.status, 409);
  assert.match(textOf(conflict.json['message']), /conflict with "one": \.spec\.replicas/);
  const scaled = await ok(api.fetch('PATCH', '/apis/apps/v1/namespaces/default/deployments/d/scale', { headers: MERGE, body: { spec: { replicas: 5 } } }));
  assert.equal(scaled.json['kind'], 'Scale');
  assert.equal(scaled.json['spec']?.['replicas'], 5);
});

test('services get addresses and ports, and a taken one is refused', async () => {
  await using api = await start();
  const service = (name: string, spec: object) => api.fetch('POST', SERVICES, { body: { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } } });
  const first = await ok(service('a', { type: 'NodePort' }));
  const spec = first.json['spec'] as unknown as { clusterIP: string; ports: { nodePort: number }[]; ipFamilies: string[] };
  assert.match(spec.clusterIP, /^10\.43\./);
  assert.deepEqual(spec.ipFamilies, ['IPv4']);
  const sameIp = await service('b', { clusterIP: spec.clusterIP });
  assert.match(textOf(sameIp.json['message']), /failed to allocate IP .*: provided IP is already allocated/);
  const samePort = await service('b', { type: 'NodePort', ports: [{ port: 80, nodePort: spec.ports[0]?.nodePort }] });
  assert.match(textOf(samePort.json['message']), /spec\.ports\[0\]\.nodePort: Invalid value: \d+: provided port is already allocated/);
  await ok(api.fetch('DELETE', `${SERVICES}/a`));
  await ok(service('b', { clusterIP: spec.clusterIP }));
  const headless = await ok(service('c', { clusterIP: 'None', selector: { a: 'b' } }));
  assert.equal(headless.json['spec']?.['clusterIP'], 'None');
});

test('the kubernetes Service is there, and comes back when it is deleted', async () => {
  const clock = new FakeClock(Date.now());
  await using api = await startTestServer({ advertiseAddress: '192.0.2.1', clock });
  const service = await ok(api.fetch('GET', `${SERVICES}/kubernetes`));
  assert.equal(service.json['spec']?.['clusterIP'], '10.43.0.1');
  const slice = await ok(api.fetch('GET', '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes'));
  assert.deepEqual(slice.json['endpoints']?.['0']?.['addresses'], ['192.0.2.1']);
  const back = api.fetch(
    'GET',
    `${SERVICES}?watch=1&fieldSelector=metadata.name%3Dkubernetes&timeoutSeconds=1&resourceVersion=${textOf(service.json['metadata']?.['resourceVersion'])}`,
  );
  await ok(api.fetch('DELETE', `${SERVICES}/kubernetes`));
  await waitFor('the Service to be made again', () => api.server.reader.get(services, { namespace: 'default', name: 'kubernetes' }));
  const types = (await whileTimePasses(clock, back)).text
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { type: string }).type);
  assert.deepEqual(types, ['DELETED', 'ADDED']);
});

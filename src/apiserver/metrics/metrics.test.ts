import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { test } from 'node:test';
import { once } from 'node:events';
import { allResources } from '#api';
import { createMetrics, FakeClock } from '#lib';
import { parseRequestInfo } from '../filters/request-info.ts';
import type { AnswerSink } from '../listener/http-message.ts';
import { startTestServer, type TestServer, textOf } from '../testing/test-server.ts';
import { RequestMetrics } from './requests.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

/** The samples of a page: names with their labels, and values. */
function samplesOf(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    const at = line.lastIndexOf(' ');
    if (line && !line.startsWith('#')) samples.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return samples;
}
/** The names of a sample's labels, in the order in which they are shown. */
function labelNamesOf(sample: string): string {
  return Array.from(sample.matchAll(/([a-z_]+)="/g), ([, name]) => name).join(' ');
}
async function scrape(api: TestServer, page = '/metrics'): Promise<string> {
  const { status, text } = await api.fetch('GET', page);
  assert.equal(status, 200);
  return text;
}

/** One watch as a client opens it; resolves with the first event, and what closes it. */
async function watchOne(api: TestServer, path: string): Promise<() => Promise<void>> {
  const session = http2.connect(api.url, { ca: api.caPem, cert: api.admin.certPem, key: api.admin.keyPem });
  const stream = session.request({ ':path': path });
  await once(stream, 'data');
  return async () => {
    const closed = once(session, 'close');
    stream.close();
    session.close();
    await closed;
  };
}

const REQUEST = 'component group resource scope subresource verb version';
const COUNTED = `component dry_run ${REQUEST.slice('component '.length)}`;
/** Upstream's names and labels, for what this server has done when the test looks. */
const NAMES: Readonly<Record<string, string>> = {
  apiserver_request_total: `code ${COUNTED}`,
  apiserver_request_duration_seconds_count: COUNTED,
  apiserver_request_duration_seconds_bucket: `${COUNTED} le`,
  apiserver_request_sli_duration_seconds_count: REQUEST,
  apiserver_longrunning_requests: REQUEST,
  apiserver_current_inflight_requests: 'request_kind',
  apiserver_response_sizes_count: REQUEST,
  apiserver_request_body_size_bytes_count: 'group resource verb',
  apiserver_requested_deprecated_apis: 'group removed_release resource subresource version',
  apiserver_watch_events_total: 'group resource version',
  apiserver_watch_events_sizes_count: 'group resource version',
  apiserver_watch_list_duration_seconds_count: 'group resource scope version',
  apiserver_watch_cache_events_received_total: 'group resource',
  apiserver_watch_cache_events_dispatched_total: 'group resource',
  apiserver_watch_cache_resource_version: 'group resource',
  apiserver_watch_cache_initializations_total: 'group resource',
  watch_cache_capacity: 'group resource',
  aggregator_unavailable_apiservice: 'name',
  apiserver_cache_list_total: 'group index resource',
  apiserver_cache_list_fetched_objects_total: 'group index resource',
  apiserver_cache_list_returned_objects_total: 'group resource',
  apiserver_resource_objects: 'group resource',
  apiserver_resource_size_estimate_bytes: 'group resource',
  apiserver_watch_cache_consistent_read_total: 'fallback group resource success',
  apiserver_watch_cache_read_wait_seconds_count: 'group resource',
  apiserver_storage_list_total: 'group resource',
  apiserver_storage_list_fetched_objects_total: 'group resource',
  apiserver_storage_list_evaluated_objects_total: 'group resource',
  apiserver_storage_list_returned_objects_total: 'group resource',
  apiserver_storage_objects: 'resource',
  apiserver_storage_size_bytes: 'storage_cluster_id',
  apiserver_storage_events_received_total: 'group resource',
  etcd_request_duration_seconds_count: 'group operation resource',
  etcd_requests_total: 'group operation resource',
  apiserver_admission_controller_admission_duration_seconds_count: 'name operation rejected type',
  apiserver_admission_step_admission_duration_seconds_count: 'operation rejected type',
  authenticated_user_requests: 'username',
  authentication_attempts: 'result',
  authentication_duration_seconds_count: 'result',
  authorization_attempts_total: 'result',
  authorization_duration_seconds_count: 'result',
  apiserver_authorization_decisions_total: 'decision name type',
  apiserver_client_certificate_expiration_seconds_count: '',
  kubernetes_build_info: 'build_date compiler git_commit git_tree_state git_version go_version major minor platform',
  kubernetes_feature_enabled: 'name stage',
  process_cpu_seconds_total: '',
  process_open_fds: '',
  process_resident_memory_bytes: '',
  process_start_time_seconds: '',
};

/** How requests are counted: the labels that tell them apart, in the order of the page. */
const REQUESTS: readonly [method: string, path: string, options: { body?: unknown; type?: string }, counted: string][] = [
  ['POST', CONFIG_MAPS, { body: { metadata: { name: 'a' } } }, '201 "" /v1/configmaps/ resource POST'],
  ['POST', CONFIG_MAPS, { body: { metadata: { name: 'a' } } }, '409 "" /v1/configmaps/ resource POST'],
  ['POST', `${CONFIG_MAPS}?dryRun=All`, { body: { metadata: { name: 'b' } } }, '201 "All" /v1/configmaps/ resource POST'],
  ['POST', `${CONFIG_MAPS}?dryRun=some`, { body: { metadata: { name: 'b' } } }, '422 "invalid" /v1/configmaps/ resource POST'],
  ['GET', `${CONFIG_MAPS}/a`, {}, '200 "" /v1/configmaps/ resource GET'],
  ['GET', `${CONFIG_MAPS}/none`, {}, '404 "" /v1/configmaps/ resource GET'],
  ['GET', CONFIG_MAPS, {}, '200 "" /v1/configmaps/ namespace LIST'],
  ['GET', '/api/v1/configmaps?fieldSelector=metadata.name%3Da', {}, '200 "" /v1/configmaps/ cluster LIST'],
  ['GET', '/api/v1/namespaces/default', {}, '200 "" /v1/namespaces/ resource GET'],
  ['PUT', `${CONFIG_MAPS}/a`, { body: { metadata: { name: 'a' }, data: { x: 'y' } } }, '200 "" /v1/configmaps/ resource PUT'],
  ['PATCH', `${CONFIG_MAPS}/a`, { body: {}, type: 'application/merge-patch+json' }, '200 "" /v1/configmaps/ resource PATCH'],
  ['GET', '/api/v1/namespaces/default/pods/none/log', {}, '404 "" /v1/pods/log resource CONNECT'],
  ['GET', '/apis/apps/v1/namespaces/default/deployments/none/scale', {}, '404 "" apps/v1/deployments/scale resource GET'],
  ['DELETE', `${CONFIG_MAPS}/a`, {}, '200 "" /v1/configmaps/ resource DELETE'],
  ['DELETE', CONFIG_MAPS, {}, '200 "" /v1/configmaps/ namespace DELETE'],
  ['GET', '/api/v1/endpoints', {}, '200 "" /v1/endpoints/ cluster LIST'],
];

test('requests are counted by upstream’s names and labels', async () => {
  await using api = await startTestServer();
  const seen = new Map<string, number>();
  for (const [method, path, { body, type }, counted] of REQUESTS) {
    await api.fetch(method, path, { ...(body === undefined ? {} : { body }), ...(type ? { headers: { 'content-type': type } } : {}) });
    seen.set(counted, (seen.get(counted) ?? 0) + 1);
  }
  const found = new Map<string, number>();
  for (const [sample, value] of samplesOf(await scrape(api))) {
    const labels = Object.fromEntries(Array.from(sample.matchAll(/([a-z_]+)="([^"]*)"/g), ([, name, text]) => [name, text]));
    const { code, dry_run: dryRun, group, version, resource, subresource, scope, verb } = labels;
    if (sample.startsWith('apiserver_request_total{')) found.set(`${code} "${dryRun}" ${group}/${version}/${resource}/${subresource} ${scope} ${verb}`, value);
  }
  assert.deepEqual(Object.fromEntries(found), Object.fromEntries(seen));
});

test('every family has upstream’s name and labels', async () => {
  await using api = await startTestServer();
  for (const [method, path, { body }] of REQUESTS) await api.fetch(method, path, body === undefined ? {} : { body });
  await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'watched' } } });
  // What has changed since is read from the datastore.
  const { metadata } = (await api.fetch('GET', CONFIG_MAPS)).json;
  await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'later' } } });
  await api.fetch('GET', `${CONFIG_MAPS}?resourceVersionMatch=Exact&resourceVersion=${textOf(metadata?.['resourceVersion'])}`);
  const close = await watchOne(api, `${CONFIG_MAPS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`);
  // Somebody without rights makes the authorizers below the first decide.
  await api.fetch('GET', '/version', { headers: { 'impersonate-user': 'nobody' } });
  const text = await scrape(api);
  const samples = [...samplesOf(text).keys()];
  for (const [name, labels] of Object.entries(NAMES)) {
    const own = samples.filter((sample) => sample === name || sample.startsWith(`${name}{`));
    assert.notEqual(own.length, 0, name);
    for (const sample of own) assert.equal(labelNamesOf(sample), labels, sample);
  }
  assert.match(
    text,
    /apiserver_longrunning_requests\{component="apiserver",group="",resource="configmaps",scope="namespace",.*verb="WATCH",version="v1"\} 1\n/,
  );
  await close();
  const later = await scrape(api);
  assert.match(later, /apiserver_longrunning_requests\{.*resource="configmaps".*\} 0\n/);
  assert.match(later, /apiserver_request_total\{code="200",.*resource="configmaps",scope="namespace",subresource="",verb="WATCH",version="v1"\} 1\n/);
});

test('what happens is counted where it happens', async () => {
  await using api = await startTestServer();
  const before = samplesOf(await scrape(api));
  const versions: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    const { json } = await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name } } });
    versions.push(textOf(json['metadata']?.['resourceVersion']));
  }
  await api.fetch('GET', `${CONFIG_MAPS}?labelSelector=a%3Db`);
  // What has changed since is read from the datastore.
  await api.fetch('GET', `${CONFIG_MAPS}?fieldSelector=metadata.name!%3Da&resourceVersionMatch=Exact&resourceVersion=${versions[1]}`);
  const after = samplesOf(await scrape(api));
  const grown = (sample: string): number => (after.get(sample) ?? 0) - (before.get(sample) ?? 0);
  const kind = 'group="",resource="configmaps"';
  const expected: readonly [string, number][] = [
    ['etcd_requests_total{group="",operation="create",resource="configmaps"}', 3],
    [`apiserver_watch_cache_events_received_total{${kind}}`, 3],
    [`apiserver_storage_events_received_total{${kind}}`, 3],
    [`apiserver_resource_objects{${kind}}`, 3],
    ['apiserver_storage_objects{resource="configmaps"}', 3],
    ['apiserver_cache_list_total{group="",index="",resource="configmaps"}', 1],
    ['apiserver_watch_cache_consistent_read_total{fallback="false",group="",resource="configmaps",success="true"}', 1],
    [`apiserver_watch_cache_read_wait_seconds_count{${kind}}`, 1],
    [`apiserver_storage_list_total{${kind}}`, 1],
    [`apiserver_storage_list_fetched_objects_total{${kind}}`, 2],
    [`apiserver_storage_list_evaluated_objects_total{${kind}}`, 2],
    [`apiserver_storage_list_returned_objects_total{${kind}}`, 1],
    [`apiserver_request_body_size_bytes_count{${kind},verb="create"}`, 3],
    [`apiserver_cache_list_returned_objects_total{${kind}}`, 0],
    ['apiserver_admission_step_admission_duration_seconds_count{operation="CREATE",rejected="false",type="admit"}', 3],
    ['apiserver_admission_controller_admission_duration_seconds_count{name="ResourceQuota",operation="CREATE",rejected="false",type="validate"}', 3],
    ['apiserver_admission_controller_admission_duration_seconds_count{name="CertificateApproval",operation="CREATE",rejected="false",type="validate"}', 0],
    ['apiserver_client_certificate_expiration_seconds_count', 6],
    ['authentication_attempts{result="success"}', 6],
    ['authorization_attempts_total{result="allowed"}', 6],
  ];
  for (const [sample, count] of expected) assert.equal(grown(sample), count, sample);
  // All of whom the fetched list was chosen from.
  assert.ok(grown('apiserver_cache_list_fetched_objects_total{group="",index="",resource="configmaps"}') >= 3);
});

test('APIServices are shown as unavailable until they are, and not at all when they are gone', async () => {
  await using api = await startTestServer();
  const path = '/apis/apiregistration.k8s.io/v1/apiservices';
  const spec = { group: 'far.example.com', version: 'v1', groupPriorityMinimum: 10, versionPriority: 10, service: { namespace: 'default', name: 'far' } };
  const unavailable = async (): Promise<[number | undefined, number | undefined]> => {
    const samples = samplesOf(await scrape(api));
    return [samples.get('aggregator_unavailable_apiservice{name="v1.apps"}'), samples.get('aggregator_unavailable_apiservice{name="v1.far.example.com"}')];
  };
  await api.fetch('POST', path, { body: { metadata: { name: 'v1.far.example.com' }, spec: { ...spec, insecureSkipTLSVerify: true } } });
  assert.deepEqual(await unavailable(), [0, 1]);
  await api.fetch('DELETE', `${path}/v1.far.example.com`);
  assert.deepEqual(await unavailable(), [0, undefined]);
});

test('health checks are counted by themselves', async () => {
  await using api = await startTestServer();
  await api.fetch('GET', '/readyz');
  await api.fetch('GET', '/livez?exclude=etcd');
  const slis = samplesOf(await scrape(api, '/metrics/slis'));
  assert.equal(slis.get('kubernetes_healthcheck{name="ping",type="readyz"}'), 1);
  assert.equal(slis.get('kubernetes_healthchecks_total{name="ping",status="success",type="livez"}'), 1);
  assert.equal(slis.get('kubernetes_healthcheck{name="etcd",type="livez"}'), undefined);
  const total = /apiserver_request_total\{code="200",component="",dry_run="",group="",resource="",scope="",subresource="\/readyz",verb="GET",version=""\} 1\n/;
  assert.match(await scrape(api), total);
});

test('nothing that clients make up grows the metrics', async () => {
  await using api = await startTestServer();
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const versions = [{ name: 'v1', served: true, storage: true, schema }];
  const spec = { group: 'example.com', scope: 'Cluster', names: { plural: 'widgets', kind: 'Widget' }, versions };
  await api.fetch('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body: { metadata: { name: 'widgets.example.com' }, spec } });
  const ask = async (i: number): Promise<void> => {
    const nobody = { headers: { 'impersonate-user': `nobody-${i}` } };
    await api.fetch('GET', `/api/v1/nothing${i}`);
    await api.fetch('GET', `/api/v1x${i}/pods`);
    await api.fetch('GET', `/apis/group${i}/v1/things/x`);
    await api.fetch('GET', `/path${i}`);
    await api.fetch('GET', `/healthz/x${i}`);
    await api.fetch(`METHOD${i}`, CONFIG_MAPS);
    await api.fetch(`METHOD${i}`, `${CONFIG_MAPS}/x/part${i}`);
    await api.fetch('GET', `${CONFIG_MAPS}/x/part${i}`);
    await api.fetch('GET', `/apis/example.com/v1/widgets/x/part${i}`);
    await api.fetch('GET', `/apis/example.com/v1/namespaces/n${i}/widgets/x/part${i}`);
    await api.fetch('GET', `/api/v1/watch/namespaces/default/configmaps/x/part${i}`);
    await api.fetch('GET', `${CONFIG_MAPS}/x${i}?dryRun=value${i}`);
    await api.fetch('GET', `/api/v1/namespaces/n${i}/configmaps`);
    await api.fetch('GET', CONFIG_MAPS, nobody);
    await api.fetch('GET', CONFIG_MAPS, { headers: { authorization: `Bearer ${i}` } });
  };
  await ask(0);
  const before = samplesOf(await scrape(api)).size;
  for (let i = 1; i < 8; i++) await ask(i);
  assert.equal(samplesOf(await scrape(api)).size, before);
});

test('an answer that is broken off is counted as such', () => {
  const registry = createMetrics();
  const requests = new RequestMetrics(registry, new FakeClock());
  const info = parseRequestInfo('GET', '/api/v1/namespaces/n/pods/p/log', new URLSearchParams());
  const definition = allResources.find(({ plural }) => plural === 'pods');
  assert.ok(definition);
  const breakOff = (given: AnswerSink): void => {
    given.write(Buffer.alloc(2000));
    given.abort();
  };
  const trace = requests.begin(info, true);
  trace.routed(definition, { method: 'GET', search: '', headers: {} });
  let close = (): void => {};
  const sink: AnswerSink = {
    bufferedBytes: 0,
    connection: {},
    write: () => {},
    end: () => {},
    abort: () => close(),
    onDrain: () => {},
    onClose: (run) => void (close = run),
  };
  const answer = trace.answered({ status: 200, headers: {}, stream: breakOff });
  answer.stream?.(sink);
  const text = registry.render();
  assert.match(text, /apiserver_request_aborts_total\{group="",resource="pods",scope="resource",subresource="log",verb="CONNECT",version="v1"\} 1\n/);
  assert.match(text, /apiserver_response_sizes_sum\{.*subresource="log",verb="CONNECT".*\} 2000\n/);
  assert.doesNotMatch(text, /apiserver_longrunning_requests/);
});

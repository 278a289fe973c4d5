import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { openDatastore } from '#datastore';
import { FakeClock, waitFor } from '#lib';
import { type JsonEvent, JsonWatch } from '../testing/json-watch.ts';
import { type Answer, startTestServer, type TestServer, textOf, whileTimePasses } from '../testing/test-server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const MERGE = { 'content-type': 'application/merge-patch+json' };
const INVALID = 'ListOptions.meta.k8s.io "" is invalid: ';
const NEEDS = 'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
const ALONE = 'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
const INITIAL_END = { 'k8s.io/initial-events-end': 'true' };
const TIMEOUT = '&timeoutSeconds=1';

/** `ADDED a`, `BOOKMARK end`, `ERROR 410`. */
function brief({ type, object }: JsonEvent): string {
  if (type === 'ERROR') return `ERROR ${textOf(object['code'])}`;
  if (type === 'BOOKMARK') return object['metadata']?.['annotations'] ? 'BOOKMARK end' : 'BOOKMARK';
  return `${type} ${textOf(object['metadata']?.['name'])}`;
}

async function hasEnded(watch: JsonWatch): Promise<boolean> {
  const ended = watch.ended.then(() => true);
  return await Promise.race([ended, new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))]);
}

void suite('watches', () => {
  const clock = new FakeClock(Date.now());
  let api: TestServer;
  let first = '';
  const versionOf = ({ json }: Answer): string => textOf(json['metadata']?.['resourceVersion']);
  const versionNow = async (): Promise<string> => versionOf(await api.fetch('GET', CONFIG_MAPS));
  const patch = (name: string, body: object): Promise<Answer> => api.fetch('PATCH', `${CONFIG_MAPS}/${name}`, { headers: MERGE, body });
  /** The whole of a watch that ends by itself. */
  const whole = async (path: string, headers: Record<string, string> = {}): Promise<JsonEvent[]> => {
    const { status, text } = await whileTimePasses(clock, api.fetch('GET', path, { headers }));
    assert.equal(status, 200, text);
    const lines = text.split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as JsonEvent);
  };

  before(async () => {
    api = await startTestServer({ clock });
    await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'a', labels: { app: 'x' } } } });
    first = await versionNow();
    await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'b' } } });
  });
  after(() => api[Symbol.asyncDispose]());

  void test('begin with the state or with what came after a version', async () => {
    const table: readonly [string, string[]][] = [
      ['', ['ADDED a', 'ADDED b']],
      ['&resourceVersion=', ['ADDED a', 'ADDED b']],
      ['&resourceVersion=0', ['ADDED a', 'ADDED b']],
      ['&resourceVersion=FIRST', ['ADDED b']],
      ['&resourceVersion=NOW', []],
      ['&allowWatchBookmarks=true', ['ADDED a', 'ADDED b', 'BOOKMARK end']],
      ['&allowWatchBookmarks=true&resourceVersion=0', ['ADDED a', 'ADDED b', 'BOOKMARK end']],
      ['&allowWatchBookmarks=true&resourceVersion=FIRST', ['ADDED b']],
      ['&sendInitialEvents=true&resourceVersionMatch=NotOlderThan', ['ADDED a', 'ADDED b']],
      ['&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true', ['ADDED a', 'ADDED b', 'BOOKMARK end']],
      ['&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=FIRST', ['ADDED a', 'ADDED b', 'BOOKMARK end']],
      ['&sendInitialEvents=false&resourceVersionMatch=NotOlderThan', []],
      ['&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=0&allowWatchBookmarks=true', []],
      ['&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion=FIRST', ['ADDED b']],
      ['&fieldSelector=metadata.name%3Db', ['ADDED b']],
      ['&labelSelector=app', ['ADDED a']],
      ['&limit=1', ['ADDED a', 'ADDED b']],
      // A version that is still to come is waited for in silence, or not at all.
      ['&resourceVersion=99999999', []],
      ['&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=99999999', ['ERROR 504']],
    ];
    const now = await versionNow();
    for (const [query, wanted] of table) {
      const path = `${CONFIG_MAPS}?watch=1${TIMEOUT}${query.replace('FIRST', first).replace('NOW', now)}`;
      assert.deepEqual((await whole(path)).map(brief), wanted, query);
    }
  });

  void test('with options that make no sense are refused in upstream’s words', async () => {
    const table: readonly [string, number, string][] = [
      ['sendInitialEvents=true', 422, `${INVALID}${NEEDS}`],
      ['sendInitialEvents=false', 422, `${INVALID}${NEEDS}`],
      ['resourceVersionMatch=NotOlderThan', 422, `${INVALID}${ALONE}`],
      ['resourceVersionMatch=Exact', 422, `${INVALID}[${ALONE}, resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"]`],
      [
        'resourceVersionMatch=Exact&sendInitialEvents=true',
        422,
        `${INVALID}[${NEEDS}, resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"]`,
      ],
      [
        'resourceVersionMatch=NotOlderThan&sendInitialEvents=true&continue=x',
        422,
        `${INVALID}resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided`,
      ],
      ['continue=x', 422, `${INVALID}resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided`],
      ['resourceVersion=abc', 500, 'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax'],
      ['timeoutSeconds=abc', 400, 'strconv.ParseInt: parsing "abc": invalid syntax'],
      ['labelSelector=a%3D%3D%3Db', 400, "unable to parse requirement: found '=', expected: identifier"],
      ['fieldSelector=spec.x%3Db', 400, '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"'],
    ];
    for (const [query, status, message] of table) {
      const answer = await api.fetch('GET', `${CONFIG_MAPS}?watch=1&${query}`);
      assert.equal(answer.status, status, `${query}: ${answer.text}`);
      assert.equal(answer.json['message'], message, query);
    }
    // The prefix alone makes no watch of the options.
    const prefixed: readonly [string, string][] = [
      ['sendInitialEvents=true', 'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list'],
      ['resourceVersionMatch=Exact', 'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided'],
    ];
    for (const [query, message] of prefixed) {
      const answer = await api.fetch('GET', `/api/v1/watch/namespaces/default/configmaps?${query}`);
      assert.deepEqual([answer.status, answer.json['message']], [422, `${INVALID}${message}`], query);
    }
    const wrongName = await api.fetch('GET', `/api/v1/watch/namespaces/default/configmaps/a?fieldSelector=metadata.name%3Db`);
    assert.deepEqual([wrongName.status, wrongName.json['message']], [400, "fieldSelector metadata.name doesn't match requested name"]);
  });

  void test('of one object, by path and by field, and by the old prefix', async () => {
    const table: readonly [string, string[]][] = [
      [
        '/api/v1/watch/configmaps?x=y',
        ['ADDED a', 'ADDED b', 'ADDED extension-apiserver-authentication', 'ADDED kube-apiserver-legacy-service-account-token-tracking'],
      ],
      ['/api/v1/watch/namespaces/default/configmaps?x=y', ['ADDED a', 'ADDED b']],
      ['/api/v1/watch/namespaces/default/configmaps?allowWatchBookmarks=true', ['ADDED a', 'ADDED b']],
      ['/api/v1/watch/namespaces/default/configmaps?allowWatchBookmarks=true&watch=true', ['ADDED a', 'ADDED b', 'BOOKMARK end']],
      ['/api/v1/watch/namespaces/default/configmaps?resourceVersion=FIRST&resourceVersionMatch=Exact', ['ADDED b']],
      ['/api/v1/watch/namespaces/default/configmaps/a?x=y', ['ADDED a']],
      ['/api/v1/watch/namespaces/default/configmaps/a?fieldSelector=metadata.name%3Da', ['ADDED a']],
      ['/api/v1/watch/namespaces/default/configmaps/a?fieldSelector=,', ['ADDED a']],
      ['/api/v1/watch/namespaces/default/configmaps/none?x=y', []],
      ['/api/v1/watch/namespaces/default?x=y', ['ADDED default']],
      ['/api/v1/configmaps?watch=true&fieldSelector=metadata.namespace%3Ddefault,metadata.name%3Db', ['ADDED b']],
      ['/api/v1/configmaps?watch=true&fieldSelector=metadata.namespace%3Dother', []],
    ];
    for (const [path, wanted] of table) assert.deepEqual((await whole(path.replace('FIRST', first) + TIMEOUT)).map(brief), wanted, path);
    // On the path of an object it is an ordinary get.
    assert.equal((await api.fetch('GET', `${CONFIG_MAPS}/a?watch=true`)).json['kind'], 'ConfigMap');
  });

  void test('tell what enters and leaves the selection, with what was last selected', async () => {
    const since = await versionNow();
    await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'moves', labels: { app: 'no' } } } });
    await patch('moves', { metadata: { labels: { app: 'yes' } }, data: { step: '1' } });
    await patch('moves', { data: { step: '2' } });
    const left = await patch('moves', { metadata: { labels: { app: 'no' } }, data: { step: '3' } });
    await patch('moves', { data: { step: '4' } });
    await patch('moves', { metadata: { labels: { app: 'yes' } }, data: { step: '5' } });
    await api.fetch('DELETE', `${CONFIG_MAPS}/moves`);
    const gone = await versionNow();
    const path = `${CONFIG_MAPS}?watch=1&resourceVersion=${since}${TIMEOUT}`;
    const read = (events: JsonEvent[]): string[] => events.map(({ type, object }) => `${type} ${textOf(object['data']?.['step'] ?? ('' as never))}`);
    const selected = await whole(`${path}&labelSelector=app%3Dyes`);
    assert.deepEqual(read(selected), ['ADDED 1', 'MODIFIED 2', 'DELETED 2', 'ADDED 5', 'DELETED 5']);
    const versions = selected.map(({ object }) => textOf(object['metadata']?.['resourceVersion']));
    // What leaves is shown as it was last seen, at the version of the change that took it away.
    assert.deepEqual([versions[2], versions[4]], [versionOf(left), gone]);
    assert.equal(selected[2]?.object['metadata']?.['labels']?.['app'], 'yes');
    assert.deepEqual(read(await whole(path)), ['ADDED ', 'MODIFIED 1', 'MODIFIED 2', 'MODIFIED 3', 'MODIFIED 4', 'MODIFIED 5', 'DELETED 5']);
  });

  void test('in tables and in metadata', async () => {
    const path = `${CONFIG_MAPS}?watch=1&allowWatchBookmarks=true${TIMEOUT}`;
    const tables = await whole(path, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    assert.deepEqual(
      tables.map(({ type, object }) => [type, textOf(object['kind']), object['columnDefinitions'] === null]),
      [
        ['ADDED', 'Table', false],
        ['ADDED', 'Table', true],
        ['BOOKMARK', 'Table', true],
      ],
    );
    const metadata = { resourceVersion: await versionNow(), annotations: INITIAL_END };
    assert.deepEqual(tables[2]?.object['rows'], [{ cells: null, object: { kind: 'ConfigMap', apiVersion: 'v1', metadata } }]);
    const parts = await whole(path, { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' });
    assert.deepEqual(
      parts.map(({ type, object }) => [type, textOf(object['kind']), object['data']]),
      [
        ['ADDED', 'PartialObjectMetadata', undefined],
        ['ADDED', 'PartialObjectMetadata', undefined],
        ['BOOKMARK', 'PartialObjectMetadata', undefined],
      ],
    );
  });

  void test('are told how far they came each minute and shortly before their end, when they ask', async () => {
    const time = new FakeClock(Date.now());
    await using own = await startTestServer({ clock: time });
    await own.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'a' } } });
    const now = versionOf(await own.fetch('GET', CONFIG_MAPS));
    using asked = new JsonWatch(own, `${CONFIG_MAPS}?watch=1&allowWatchBookmarks=true&resourceVersion=${Number(now) - 1}&timeoutSeconds=90`);
    using silent = new JsonWatch(own, `${CONFIG_MAPS}?watch=1&resourceVersion=${now}&timeoutSeconds=90`);
    assert.equal((await asked.started)['content-type'], 'application/json');
    await silent.started;
    assert.deepEqual((await asked.until(1)).map(brief), ['ADDED a']);
    await time.advance(60_000);
    assert.deepEqual((await asked.until(2)).map(brief), ['ADDED a', 'BOOKMARK']);
    await time.advance(27_999);
    assert.equal(asked.events.length, 2);
    await time.advance(1);
    const [, , last] = await asked.until(3);
    assert.deepEqual(last?.object, { kind: 'ConfigMap', apiVersion: 'v1', metadata: { resourceVersion: now } });
    await time.advance(2_000);
    await Promise.all([asked.ended, silent.ended]);
    assert.deepEqual([asked.events.length, silent.events.length], [3, 0]);
  });

  void test('without a time of their own end after half an hour to an hour', async () => {
    using watch = new JsonWatch(api, `${CONFIG_MAPS}?watch=1&resourceVersion=${await versionNow()}`);
    await watch.started;
    let isOver = false;
    void watch.ended.then(() => (isOver = true));
    await clock.advance(1_799_000);
    assert.ok(!isOver);
    await clock.advance(1_802_000);
    await watch.ended;
  });

  void test('of a version to come are told only what comes after it', async () => {
    const ahead = Number(await versionNow()) + 2;
    using watch = new JsonWatch(api, `${CONFIG_MAPS}?watch=1&resourceVersion=${ahead}`);
    await watch.started;
    for (let i = 0; i < 4; i++) await patch('a', { data: { step: String(i) } });
    const [event] = await watch.until(1);
    assert.equal(Number(event?.object['metadata']?.['resourceVersion']), ahead + 1);
  });

  void test('from a forgotten version are told so, and have to list again', async () => {
    const datastore = await openDatastore({ endpoint: 'memory' });
    for (let i = 0; i < 3; i++) await datastore.create(`/registry/other/${i}`, Buffer.from('{}'));
    await using own = await startTestServer({ datastore });
    const { text } = await own.fetch('GET', `${CONFIG_MAPS}?watch=1&resourceVersion=1`);
    const [event, ...more] = text.trim().split('\n');
    assert.equal(more.length, 0);
    const { type, object } = JSON.parse(event ?? '') as JsonEvent;
    assert.equal(type, 'ERROR');
    assert.match(textOf(object['message']), /^too old resource version: 1 \(\d+\)$/);
    assert.deepEqual(
      { ...object, message: '' },
      { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: '', reason: 'Expired', code: 410 },
    );
  });

  void test('of custom resources end with their definition', async () => {
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const widgets = '/apis/example.com/v1/widgets';
    const schema = { openAPIV3Schema: { type: 'object' } };
    const names = { plural: 'widgets', kind: 'Widget' };
    const spec = { group: 'example.com', scope: 'Cluster', names, versions: [{ name: 'v1', served: true, storage: true, schema }] };
    await api.fetch('POST', definitions, { body: { metadata: { name: 'widgets.example.com' }, spec } });
    await waitFor('the kind', async () => (await api.fetch('GET', widgets)).status === 200);
    await api.fetch('POST', widgets, { body: { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' } } });
    using watch = new JsonWatch(api, `${widgets}?watch=1`);
    assert.deepEqual((await watch.until(1)).map(brief), ['ADDED w']);
    await api.fetch('DELETE', `${definitions}/widgets.example.com`);
    await watch.ended;
    assert.deepEqual(watch.events.map(brief), ['ADDED w', 'DELETED w']);
  });

  void test('that wait while their kind is defined anew begin with the new one or end, and lists answer', async () => {
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const gadgets = '/apis/example.com/v1/gadgets';
    const spec = (extra: object) => ({
      group: 'example.com',
      scope: 'Cluster',
      names: { plural: 'gadgets', kind: 'Gadget' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: extra } } }],
    });
    await api.fetch('POST', definitions, { body: { metadata: { name: 'gadgets.example.com' }, spec: spec({}) } });
    await waitFor('the kind', async () => (await api.fetch('GET', gadgets)).status === 200);
    const ahead = Number(await versionNow()) + 40;
    using watch = new JsonWatch(api, `${gadgets}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=${ahead}`);
    const list = api.fetch('GET', `${gadgets}?resourceVersion=${ahead}`);
    await versionNow();
    await api.fetch('PATCH', `${definitions}/gadgets.example.com`, { headers: MERGE, body: { spec: spec({ size: { type: 'integer' } }) } });
    const make = (name: string): Promise<Answer> =>
      api.fetch('POST', `${gadgets}?fieldValidation=Strict`, { body: { apiVersion: 'example.com/v1', kind: 'Gadget', metadata: { name }, size: 1 } });
    await waitFor('the new definition', async () => (await make('g')).status !== 400);
    while (Number(await versionNow()) < ahead) await patch('a', { data: { step: await versionNow() } });
    const { status, json, text } = await list;
    assert.ok(status === 429 || textOf(json['items']).includes('"g"'), text);
    await make('h');
    await waitFor('the event or the end', async () => watch.events.some((event) => brief(event) === 'ADDED h') || (await hasEnded(watch)));
  });

  void test('end when the server stops', async () => {
    const other = await startTestServer({ clock });
    using watch = new JsonWatch(other, '/api/v1/configmaps?watch=1');
    await watch.started;
    await Promise.all([watch.ended, other.server.stop()]);
    assert.ok(watch.events.every(({ type }) => type === 'ADDED'));
    await other[Symbol.asyncDispose]();
  });
});

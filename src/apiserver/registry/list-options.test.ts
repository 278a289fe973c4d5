import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { allResources } from '#api';
import { FakeClock } from '#lib';
import { type Answer, startTestServer, type TestServer, textOf, whileTimePasses } from '../testing/test-server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const EVENTS = '/api/v1/namespaces/default/events';
const TOO_OLD = 'The resourceVersion for the provided list is too old.';
const INVALID = 'ListOptions.meta.k8s.io "" is invalid: ';
const NO_VERSION = 'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided';
const BAD_VERSION = 'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax';
const NOT_VALID = 'invalid continue token: continue key is not valid';

const tokenOf = (token: unknown): string => Buffer.from(typeof token === 'string' ? token : JSON.stringify(token)).toString('base64url');
const token = (rv: unknown, start: unknown, v: unknown = 'meta.k8s.io/v1'): string => `continue=${tokenOf({ v, rv, start })}`;
const names = ({ json }: Answer): string => {
  const items = json['items'] as unknown as { metadata: { name: string } }[];
  return items.map(({ metadata }) => metadata.name).join('');
};

void suite('options of lists', () => {
  const clock = new FakeClock(Date.now());
  let api: TestServer;
  /** After `a`, `b` and `c`; after `b` was deleted and `d` came. */
  const revisions = { first: '', second: '' };
  const metadataOf = ({ json }: Answer, field: string): string => textOf(json['metadata']?.[field]);
  const get = (path: string): Promise<Answer> => whileTimePasses(clock, api.fetch('GET', path));
  /** Stands for revisions in the tables. */
  const filledIn = (text: string): string => text.replaceAll('FIRST', revisions.first).replaceAll('SECOND', revisions.second);

  before(async () => {
    api = await startTestServer({ clock });
    for (const name of ['a', 'b', 'c']) await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name, labels: { app: name } } } });
    revisions.first = metadataOf(await api.fetch('GET', CONFIG_MAPS), 'resourceVersion');
    await api.fetch('DELETE', `${CONFIG_MAPS}/b`);
    await api.fetch('POST', CONFIG_MAPS, { body: { metadata: { name: 'd', labels: { app: 'd' } } } });
    revisions.second = metadataOf(await api.fetch('GET', CONFIG_MAPS), 'resourceVersion');
    for (const name of ['e', 'f']) {
      const involvedObject = { kind: 'Pod', name, namespace: 'default' };
      await api.fetch('POST', EVENTS, { body: { metadata: { name }, involvedObject } });
    }
  });
  after(() => api[Symbol.asyncDispose]());

  void test('choose the state and how much of it is shown', async () => {
    // Query, what is listed, at which revision (empty: the newest), whether more follows, how many.
    const table: readonly [string, string, string, boolean, number?][] = [
      ['', 'acd', '', false],
      ['resourceVersion=', 'acd', '', false],
      ['limit=0', 'acd', '', false],
      ['limit=-1', 'acd', '', false],
      ['limit=2', 'ac', '', true, 1],
      ['limit=3', 'acd', '', false],
      ['resourceVersion=0', 'acd', '', false],
      // Any version will do: everything that is at hand.
      ['resourceVersion=0&limit=1', 'acd', '', false],
      ['resourceVersion=0&limit=1&resourceVersionMatch=NotOlderThan', 'acd', '', false],
      ['resourceVersion=FIRST', 'acd', '', false],
      ['resourceVersion=FIRST&resourceVersionMatch=NotOlderThan', 'acd', '', false],
      ['resourceVersion=FIRST&resourceVersionMatch=NotOlderThan&limit=1', 'a', '', true, 2],
      // Without a match, a limit asks for the very version.
      ['resourceVersion=FIRST&limit=2', 'ab', 'FIRST', true, 1],
      ['resourceVersion=FIRST&limit=5', 'abc', 'FIRST', false],
      ['resourceVersion=FIRST&resourceVersionMatch=Exact', 'abc', 'FIRST', false],
      ['resourceVersion=FIRST&resourceVersionMatch=Exact&limit=1', 'a', 'FIRST', true, 2],
      ['resourceVersion=SECOND&resourceVersionMatch=Exact', 'acd', 'SECOND', false],
      // With a selector nobody counts, and what follows need not be selected.
      ['labelSelector=app%3Da&limit=1', 'a', '', true],
      ['labelSelector=app%3Dd&limit=1', 'd', '', false],
      ['labelSelector=app%20in%20(a,c)&limit=2', 'ac', '', true],
      ['fieldSelector=metadata.name!%3Da&limit=1', 'c', '', true],
      ['fieldSelector=metadata.namespace%3Ddefault&limit=1', 'a', '', true],
      ['fieldSelector=metadata.namespace%3Dother', '', '', false],
      ['fieldSelector=metadata.name%3Dc&limit=1', 'c', '', false],
      ['fieldSelector=metadata.name%3Db&resourceVersion=FIRST&resourceVersionMatch=Exact', 'b', 'FIRST', false],
      ['fieldSelector=metadata.name%3Dc,metadata.name%3Dd', '', '', false],
    ];
    for (const [query, listed, revision, hasMore, remaining] of table) {
      const answer = await get(`${CONFIG_MAPS}?${filledIn(query)}`);
      assert.equal(answer.status, 200, `${query}: ${answer.text}`);
      assert.equal(names(answer), listed, query);
      if (revision) assert.equal(metadataOf(answer, 'resourceVersion'), filledIn(revision), query);
      else assert.ok(Number(metadataOf(answer, 'resourceVersion')) >= Number(revisions.second), query);
      assert.equal(answer.json['metadata']?.['continue'] !== undefined, hasMore, query);
      assert.equal(answer.json['metadata']?.['remainingItemCount'], remaining, query);
      assert.equal(answer.json['kind'], 'ConfigMapList');
    }
    // Upstream's cache has no Events.
    const events = await get(`${EVENTS}?resourceVersion=0&limit=1`);
    assert.equal(names(events), 'e');
    assert.equal(events.json['metadata']?.['remainingItemCount'], 1);
    assert.match((await get('/api/v1/namespaces/none/configmaps')).text, /"items":\[\]/);
  });

  void test('leave a list of nothing a list of its kind', async () => {
    for (const { group, version, plural, kind, verbs, storage } of allResources) {
      if (!verbs.includes('list') || storage === undefined) continue;
      const apiVersion = group ? `${group}/${version}` : version;
      const { json } = await get(`/${group ? 'apis' : 'api'}/${apiVersion}/${plural}?fieldSelector=metadata.name%3Dno-such`);
      const { metadata, ...rest } = json;
      assert.deepEqual(rest, { kind: `${kind}List`, apiVersion, items: [] }, plural);
      assert.match(textOf(metadata?.['resourceVersion']), /^\d+$/);
    }
  });

  void test('that make no sense are refused in upstream’s words', async () => {
    const table: readonly [string, number, string, string][] = [
      ['resourceVersionMatch=Exact', 422, 'Invalid', `${INVALID}${NO_VERSION}`],
      [
        'resourceVersionMatch=Odd',
        422,
        'Invalid',
        `${INVALID}[${NO_VERSION}, resourceVersionMatch: Unsupported value: "Odd": supported values: "Exact", "NotOlderThan", ""]`,
      ],
      [
        'resourceVersionMatch=Exact&resourceVersion=0',
        422,
        'Invalid',
        `${INVALID}resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"`,
      ],
      [
        `resourceVersionMatch=NotOlderThan&resourceVersion=1&${token(1, 'a')}`,
        422,
        'Invalid',
        `${INVALID}resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided`,
      ],
      ['sendInitialEvents=true', 422, 'Invalid', `${INVALID}sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list`],
      ['sendInitialEvents=false', 422, 'Invalid', `${INVALID}sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list`],
      ['limit=abc', 400, 'BadRequest', 'strconv.ParseInt: parsing "abc": invalid syntax'],
      ['limit=9223372036854775808', 400, 'BadRequest', 'strconv.ParseInt: parsing "9223372036854775808": value out of range'],
      ['timeoutSeconds=abc', 400, 'BadRequest', 'strconv.ParseInt: parsing "abc": invalid syntax'],
      ['resourceVersionMatch=Exact&fieldSelector=no%3Dfield', 422, 'Invalid', `${INVALID}${NO_VERSION}`],
      ['resourceVersionMatch=Exact&fieldSelector=nonsense', 400, 'BadRequest', "invalid selector: 'nonsense'; can't understand 'nonsense'"],
      ['limit=', 400, 'BadRequest', 'strconv.ParseInt: parsing "": invalid syntax'],
      ['resourceVersion=abc', 400, 'BadRequest', `invalid resource version: ${BAD_VERSION}`],
      ['resourceVersion=abc&limit=1', 400, 'BadRequest', `invalid resource version: ${BAD_VERSION}`],
      [
        'resourceVersion=-1',
        400,
        'BadRequest',
        'invalid resource version: resourceVersion: Invalid value: "-1": strconv.ParseUint: parsing "-1": invalid syntax',
      ],
      [
        'resourceVersion=18446744073709551616',
        400,
        'BadRequest',
        'invalid resource version: resourceVersion: Invalid value: "18446744073709551616": strconv.ParseUint: parsing "18446744073709551616": value out of range',
      ],
      [`resourceVersion=5&${token(1, 'a')}`, 400, 'BadRequest', 'specifying resource version is not allowed when using continue'],
      ['continue=$$', 400, 'BadRequest', `${NOT_VALID}: illegal base64 data at input byte 0`],
      ['continue=YWJj%2B', 400, 'BadRequest', `${NOT_VALID}: illegal base64 data at input byte 4`],
      [`continue=${tokenOf('abc')}`, 400, 'BadRequest', `${NOT_VALID}: invalid character 'a' looking for beginning of value`],
      [`continue=${tokenOf('{"v":')}`, 400, 'BadRequest', `${NOT_VALID}: unexpected end of JSON input`],
      [`continue=${tokenOf('[]')}`, 400, 'BadRequest', `${NOT_VALID}: json: cannot unmarshal array into Go value of type storage.continueToken`],
      [token('1', 'a'), 400, 'BadRequest', `${NOT_VALID}: json: cannot unmarshal string into Go struct field continueToken.rv of type int64`],
      [token(1, 'a', 'v2'), 400, 'BadRequest', `${NOT_VALID}: server does not recognize this encoded version v2`],
      [token(0, 'a'), 400, 'BadRequest', `${NOT_VALID}: incorrect encoded start resourceVersion (version meta.k8s.io/v1)`],
      [token(1, ''), 400, 'BadRequest', `${NOT_VALID}: encoded start key empty (version meta.k8s.io/v1)`],
      [token(1, '../secrets/x'), 400, 'BadRequest', `${NOT_VALID}: ../secrets/x`],
      [token(1, 'a//b'), 400, 'BadRequest', `${NOT_VALID}: a//b`],
      ['resourceVersion=99999999', 504, 'Timeout', 'Timeout: Too large resource version: 99999999, current: '],
      ['resourceVersion=99999999&resourceVersionMatch=Exact', 504, 'Timeout', 'Timeout: Too large resource version: 99999999, current: '],
      [token(99999999, 'a'), 504, 'Timeout', 'Timeout: Too large resource version: 99999999, current: '],
    ];
    for (const [query, status, reason, message] of table) {
      const answer = await get(`${CONFIG_MAPS}?${query}`);
      assert.equal(answer.status, status, `${query}: ${answer.text}`);
      assert.equal(answer.json['reason'], reason, query);
      const text = textOf(answer.json['message']);
      assert.equal(reason === 'Timeout' ? text.slice(0, message.length) : text, message, query);
    }
    const late = await get(`${CONFIG_MAPS}?resourceVersion=99999999`);
    assert.deepEqual(late.json['details'], {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    });
    assert.equal(late.headers['retry-after'], '1');
    const invalid = await get(`${CONFIG_MAPS}?resourceVersionMatch=Exact`);
    assert.deepEqual(invalid.json['details'], {
      group: 'meta.k8s.io',
      kind: 'ListOptions',
      causes: [
        {
          reason: 'FieldValueForbidden',
          message: 'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
          field: 'resourceVersionMatch',
        },
      ],
    });
  });

  void test('tokens continue wherever their key leads, also from a negative revision', async () => {
    const table: readonly [string, string][] = [
      [token(-1, 'b'), 'cd'],
      [token(-1, '/b'), 'cd'],
      [token(-1, 'zzz'), ''],
      [`${token(-1, 'b')}&limit=1`, 'c'],
      [`${token(-1, 'b')}&resourceVersion=0`, 'cd'],
      // One object is no list to go through.
      [`${token(-1, 'zzz')}&fieldSelector=metadata.name%3Da`, 'a'],
    ];
    for (const [query, listed] of table) assert.equal(names(await get(`${CONFIG_MAPS}?${query}`)), listed, query);
    const first = await get(`${CONFIG_MAPS}?limit=1`);
    // As upstream's: what follows the prefix of the list, and the least key behind it.
    const text = Buffer.from(metadataOf(first, 'continue'), 'base64url').toString();
    assert.deepEqual(JSON.parse(text), { v: 'meta.k8s.io/v1', rv: Number(metadataOf(first, 'resourceVersion')), start: 'a\0' });
    const all = await get('/api/v1/configmaps?limit=1&fieldSelector=metadata.name%3Da');
    assert.match(Buffer.from(metadataOf(all, 'continue'), 'base64url').toString(), /"start":"default\/a\\u0000"/);
    // The token of one kind names a place in another as well.
    assert.equal(names(await get(`${EVENTS}?continue=${metadataOf(first, 'continue')}`)), 'ef');
  });

  void test('a get waits for the version, and takes a bad one for a failure of the server', async () => {
    const get200 = await get(`${CONFIG_MAPS}/a?resourceVersion=${revisions.first}`);
    assert.equal(get200.status, 200);
    for (const path of [`${CONFIG_MAPS}/a`, '/api/v1/namespaces/default/status']) {
      const bad = await get(`${path}?resourceVersion=abc`);
      assert.deepEqual([bad.status, bad.json['message'], bad.json['reason']], [500, BAD_VERSION, undefined]);
      const late = await get(`${path}?resourceVersion=99999999`);
      assert.equal(late.status, 504);
      assert.match(textOf(late.json['message']), /^Timeout: Too large resource version: 99999999, current: /);
    }
  });

  void test('a deletecollection takes them as well, and answers with what it chose', async () => {
    const remove = (query: string, body?: object): Promise<Answer> => whileTimePasses(clock, api.fetch('DELETE', `${EVENTS}?${query}`, { body }));
    const refused = await remove('resourceVersionMatch=Exact');
    assert.equal(refused.json['message'], `${INVALID}${NO_VERSION}`);
    const dry = await remove('dryRun=All');
    assert.equal(names(dry), 'ef');
    assert.equal(names(await get(EVENTS)), 'ef');
    // A version alone is that very one: what came later stays.
    const between = metadataOf(await get(EVENTS), 'resourceVersion');
    const involvedObject = { kind: 'Pod', name: 'g', namespace: 'default' };
    await api.fetch('POST', EVENTS, { body: { metadata: { name: 'g' }, involvedObject } });
    assert.equal(names(await remove(`resourceVersion=${between}&dryRun=All`)), 'ef');
    assert.equal(names(await remove('resourceVersion=0&limit=1&fieldSelector=involvedObject.name%3Dg')), 'g');
    const other = await remove('', { preconditions: { uid: 'other' } });
    assert.equal(other.status, 409);
    assert.equal(names(await remove('limit=1')), 'e');
    assert.equal(names(await get(EVENTS)), 'f');
    assert.equal(names(await remove('fieldSelector=involvedObject.name%3De')), '');
    assert.equal(names(await remove('fieldSelector=involvedObject.name%3Df')), 'f');
    assert.equal(names(await get(EVENTS)), '');
  });

  void test('an exact version that is forgotten has expired', async () => {
    await api.datastore.compact(api.datastore.revision);
    for (const query of ['resourceVersionMatch=Exact', 'limit=1']) {
      const gone = await get(`${CONFIG_MAPS}?resourceVersion=${revisions.first}&${query}`);
      assert.deepEqual([gone.status, gone.json['reason'], gone.json['message']], [410, 'Expired', TOO_OLD], query);
    }
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secrets } from '#api';
import type { Secret } from '#api/types/core-v1';
import { FakeClock } from '#lib';
import { createFakeReader } from '../testing/fake-reader.ts';
import { startTestServer } from '../testing/test-server.ts';
import { createBootstrapTokenAuthenticator } from './bootstrap-tokens.ts';

const TOKEN = 'abcdef.0123456789abcdef';
const NOW = Date.UTC(2026, 0, 1);
const DATA = { 'token-id': 'abcdef', 'token-secret': '0123456789abcdef', 'usage-bootstrap-authentication': 'true' };
const GROUPS = 'system:bootstrappers system:authenticated';

/** What differs from a good Secret and its token; the answer is the groups, or nobody. */
const CASES: readonly [title: string, data: Record<string, string | undefined>, groups: string, other?: { token?: string; secret?: Partial<Secret> }][] = [
  ['good', {}, GROUPS],
  ['described', { description: 'made by hand' }, GROUPS],
  ['another secret', {}, '', { token: 'abcdef.0123456789abcdeg' }],
  ['a longer secret', { 'token-secret': '0123456789abcdef0' }, ''],
  ['another id in the data', { 'token-id': 'fedcba' }, ''],
  ['no id in the data', { 'token-id': undefined }, ''],
  ['an id that nobody has', {}, '', { token: 'aaaaaa.0123456789abcdef' }],
  ['upper case', {}, '', { token: 'ABCDEF.0123456789abcdef' }],
  ['not of the form', {}, '', { token: 'abcdef' }],
  ['something behind it', {}, '', { token: `${TOKEN}\n` }],
  ['of another type', {}, '', { secret: { type: 'Opaque' } }],
  ['without data', {}, '', { secret: { data: undefined } }],
  ['being deleted', {}, '', { secret: { metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system', deletionTimestamp: '2026-01-01T00:00:00Z' } } }],
  ['elsewhere', {}, '', { secret: { metadata: { name: 'bootstrap-token-abcdef', namespace: 'default' } } }],
  ['not for authentication', { 'usage-bootstrap-authentication': undefined, 'usage-bootstrap-signing': 'true' }, ''],
  ['not exactly true', { 'usage-bootstrap-authentication': 'True' }, ''],
  ['not yet expired', { expiration: '2026-01-01T00:00:01Z' }, GROUPS],
  ['not yet expired elsewhere', { expiration: '2026-01-01T01:00:00.5+00:30' }, GROUPS],
  ['expiring now', { expiration: '2026-01-01T00:00:00Z' }, ''],
  ['expired', { expiration: '2025-12-31T23:59:59Z' }, ''],
  ['without an expiration', { expiration: '' }, GROUPS],
  ['expiring on a day', { expiration: '2030-01-01' }, ''],
  ['expiring without a zone', { expiration: '2030-01-01T00:00:00' }, ''],
  ['expiring some time', { expiration: 'later' }, ''],
  ['expiring on a day that is none', { expiration: '2030-13-01T00:00:00Z' }, ''],
  [
    'with groups, in order and once',
    { 'auth-extra-groups': 'system:bootstrappers:z,system:bootstrappers:a,system:bootstrappers:z' },
    'system:bootstrappers system:bootstrappers:a system:bootstrappers:z system:authenticated',
  ],
  ['with an empty group', { 'auth-extra-groups': 'system:bootstrappers:a,' }, ''],
  ['with a foreign group', { 'auth-extra-groups': 'system:masters' }, ''],
  ['with a group of a foreign form', { 'auth-extra-groups': 'system:bootstrappers:A' }, ''],
];

test('tokens count as their Secrets say', async () => {
  for (const [title, data, groups, { token = TOKEN, secret = {} } = {}] of CASES) {
    const reader = createFakeReader();
    const encoded = Object.entries({ ...DATA, ...data }).flatMap(([key, value]) => (value === undefined ? [] : [[key, Buffer.from(value).toString('base64')]]));
    const metadata = { name: 'bootstrap-token-abcdef', namespace: 'kube-system' };
    reader.put(secrets, { metadata, type: 'bootstrap.kubernetes.io/token', data: Object.fromEntries(encoded), ...secret });
    const user = await createBootstrapTokenAuthenticator(reader, new FakeClock(NOW)).authenticate({ bearerToken: token, headers: {} });
    assert.equal(user?.groups?.join(' ') ?? '', groups, title);
    if (user) assert.equal(user.username, 'system:bootstrap:abcdef', title);
  }
});

test('a token is reviewed, used, and of no use once its Secret is gone', async () => {
  await using api = await startTestServer();
  const SECRETS = '/api/v1/namespaces/kube-system/secrets';
  const metadata = { name: 'bootstrap-token-abcdef' };
  const review = async () => {
    const { json } = await api.fetch('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { body: { spec: { token: TOKEN, audiences: [] } } });
    return JSON.parse(JSON.stringify(json['status']));
  };
  const whoAmI = () =>
    api
      .fetch('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { headers: { authorization: `Bearer ${TOKEN}` }, body: {} })
      .then(({ status }) => status);
  await api.fetch('POST', SECRETS, { body: { metadata, type: 'bootstrap.kubernetes.io/token', stringData: DATA } });
  const { authenticated, user } = await review();
  assert.deepEqual([authenticated, user], [true, { username: 'system:bootstrap:abcdef', groups: GROUPS.split(' ') }]);
  assert.equal(await whoAmI(), 201);
  await api.fetch('DELETE', `${SECRETS}/${metadata.name}`);
  assert.deepEqual(await review(), { user: {}, error: 'invalid bearer token' });
});

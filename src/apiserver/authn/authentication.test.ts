import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { type KubeObject, nodes, pods, secrets, serviceAccounts, type StatusError } from '#api';
import type { TokenReview } from '#api/types/authentication-v1';
import { FakeClock, seededRandom } from '#lib';
import { createFakeReader } from '../testing/fake-reader.ts';
import { ANONYMOUS, createAuthentication, createOpenIdDocuments, createServiceAccountTokens, createTokenRequests, createTokenReviews } from './index.ts';
import { parseJwt, readKey, signJwt } from './jwt.ts';

const ISSUER = 'https://kubernetes.default.svc.cluster.local';
const pem = (type: 'rsa' | 'ec') => {
  const { privateKey } = type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
};
const RSA = pem('rsa');
const EC = pem('ec');

function setUp(signingKeyPem = EC) {
  const reader = createFakeReader();
  const clock = new FakeClock();
  const used: string[] = [];
  const onLegacyUse = ({ metadata }: KubeObject): unknown => used.push(`${metadata.namespace}/${metadata.name}`);
  const keys = { issuer: ISSUER, audiences: [ISSUER, 'k3s'], signingKeyPem, verifyKeysPem: [RSA] };
  const tokens = createServiceAccountTokens({ keys, reader, clock, onLegacyUse });
  const requests = createTokenRequests({ tokens, reader, clock, random: seededRandom(1) });
  const staticTokens = [{ token: 'K10::server:secret', user: { username: 'admin', groups: ['system:masters'] } }];
  const authentication = createAuthentication({ reader, clock, tokens, staticTokens });
  const reviews = createTokenReviews(tokens, (token) => authentication.authenticateToken(token));
  reader.put(serviceAccounts, { metadata: { name: 'bot', namespace: 'n', uid: 'sa-1' } });
  reader.put(nodes, { metadata: { name: 'node1', uid: 'node-1' }, spec: {} });
  reader.put(pods, { metadata: { name: 'p', namespace: 'n', uid: 'pod-1' }, spec: { containers: [], serviceAccountName: 'bot', nodeName: 'node1' } });
  const create = (spec: object, name = 'bot') => requests.create({ namespace: 'n', name }, { metadata: {}, spec } as never);
  const tokenOf = (spec: object) => create(spec).status?.token ?? '';
  const authenticate = (bearerToken: string) => authentication.authenticate({ bearerToken, headers: {} });
  return { reader, clock, tokens, used, requests, authentication, reviews, create, tokenOf, authenticate };
}

describe('service account tokens', () => {
  test('tokens authenticate as upstream names their users, with either kind of key', async () => {
    for (const key of [RSA, EC]) {
      const { tokenOf, authenticate } = setUp(key);
      const user = await authenticate(tokenOf({}));
      assert.equal(user.username, 'system:serviceaccount:n:bot');
      assert.deepEqual(user.groups, ['system:serviceaccounts', 'system:serviceaccounts:n', 'system:authenticated']);
      assert.match(user.extra?.['authentication.kubernetes.io/credential-id']?.[0] ?? '', /^JTI=/);
    }
  });

  test('pod tokens name the pod and its node, and end with the pod', async () => {
    const { tokenOf, authenticate, reader } = setUp();
    const token = tokenOf({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: 'pod-1' } });
    const user = await authenticate(token);
    assert.deepEqual(user.extra?.['authentication.kubernetes.io/pod-name'], ['p']);
    assert.deepEqual(user.extra?.['authentication.kubernetes.io/node-uid'], ['node-1']);
    reader.remove(pods, { namespace: 'n', name: 'p' });
    await assert.rejects(authenticate(token), { reason: 'Unauthorized', message: 'Unauthorized' });
  });

  test('tokens end by time, and with their account', async () => {
    const { tokenOf, authenticate, clock, reader } = setUp();
    const token = tokenOf({ expirationSeconds: 600 });
    await clock.advance(650_000);
    await authenticate(token);
    await clock.advance(20_000);
    await assert.rejects(authenticate(token), { reason: 'Unauthorized' });
    const second = tokenOf({});
    reader.put(serviceAccounts, { metadata: { name: 'bot', namespace: 'n', uid: 'sa-2' } });
    await assert.rejects(authenticate(second), { reason: 'Unauthorized' });
  });

  test('forged, foreign and altered tokens are refused', async () => {
    const { tokenOf, authenticate } = setUp();
    const good = tokenOf({});
    const claims = parseJwt(good)?.claims ?? {};
    const [header = '', , signature = ''] = good.split('.');
    const altered = `${header}.${Buffer.from(JSON.stringify({ ...claims, exp: 9e9 })).toString('base64url')}.${signature}`;
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.`;
    for (const token of [altered, unsigned, signJwt(readKey(pem('ec')), claims), tokenOf({ audiences: ['vault'] }), 'junk', 'a.b.c']) {
      await assert.rejects(authenticate(token), { reason: 'Unauthorized' }, token);
    }
  });

  test('legacy tokens work while their secret holds them', async () => {
    const { authenticate, authentication, reader, tokens, used } = setUp();
    const base = 'kubernetes.io/serviceaccount/';
    const token = signJwt(readKey(RSA), {
      iss: 'kubernetes/serviceaccount',
      [`${base}namespace`]: 'n',
      [`${base}secret.name`]: 's',
      [`${base}service-account.name`]: 'bot',
      [`${base}service-account.uid`]: 'sa-1',
      sub: 'system:serviceaccount:n:bot',
    });
    await assert.rejects(authenticate(token), { reason: 'Unauthorized' });
    const secret = { metadata: { name: 's', namespace: 'n', uid: 's-1' }, data: { token: Buffer.from(token).toString('base64') } };
    reader.put(secrets, secret);
    assert.equal((await authenticate(token)).username, 'system:serviceaccount:n:bot');
    assert.deepEqual(used, ['n/s']);
    const warnings: string[] = [];
    const ask = (): Promise<unknown> => authentication.authenticate({ bearerToken: token, headers: {}, warn: (text) => warnings.push(text) });
    await ask();
    reader.put(serviceAccounts, { metadata: { name: 'bot', namespace: 'n', uid: 'sa-1' }, secrets: [{ name: 's' }] });
    await ask();
    assert.deepEqual(warnings, ['Use tokens from the TokenRequest API or manually created secret-based tokens instead of auto-generated secret-based tokens.']);
    used.length = 1;
    const errorWith = (change: object, other: object = {}): string => {
      reader.put(secrets, { ...secret, ...other, metadata: { ...secret.metadata, ...change } });
      const checked = tokens.check(token, [ISSUER]);
      return checked && 'error' in checked ? checked.error : 'none';
    };
    assert.equal(errorWith({ deletionTimestamp: '2020-01-01T00:00:00Z' }), 'Token has been invalidated');
    assert.equal(errorWith({}, { data: {} }), "Token does not match server's copy");
    assert.equal(
      errorWith({ labels: { 'kubernetes.io/legacy-token-invalid-since': '2020-01-01' } }),
      "the token in secret n/s for service account n/bot has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the 'kubernetes.io/legacy-token-invalid-since' label from the secret to temporarily allow use of this token",
    );
    assert.equal(errorWith({}), 'none');
    reader.put(serviceAccounts, { metadata: { name: 'bot', namespace: 'n', uid: 'sa-2' } });
    assert.equal(errorWith({}), 'ServiceAccount UID (sa-2) does not match claim (sa-1)');
    reader.remove(serviceAccounts, { namespace: 'n', name: 'bot' });
    assert.equal(errorWith({}), 'serviceaccounts "bot" not found');
    assert.equal(used.length, 2);
  });
});

describe('TokenRequest', () => {
  const refusal = (spec: object, name?: string): string => {
    try {
      setUp().create(spec, name);
    } catch (error) {
      return `${(error as StatusError).code} ${(error as StatusError).message}`;
    }
    return 'allowed';
  };

  test('refusals have upstream texts', () => {
    const invalid = '422 TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: ';
    assert.equal(refusal({ expirationSeconds: 5 }), `${invalid}5: may not specify a duration less than 10 minutes`);
    assert.equal(refusal({ expirationSeconds: 99999999999 }), `${invalid}99999999999: may not specify a duration larger than 2^32 seconds`);
    assert.equal(refusal({}, 'none'), '404 serviceaccounts "none" not found');
    assert.equal(refusal({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'nope' } }), '404 pods "nope" not found');
    assert.equal(refusal({ boundObjectRef: { kind: 'Foo', apiVersion: 'v1', name: 'x' } }), '400 cannot bind token to object of type /v1, Kind=Foo');
    assert.equal(refusal({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1' } }), '400 Name parameter required.');
    assert.match(refusal({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: 'other' } }), /^409 .*does not match the UID in record/);
  });

  test('the version of what a token is bound to does not count, its group does', () => {
    assert.equal(refusal({ boundObjectRef: { kind: 'Node', apiVersion: 'v9', name: 'node1' } }), 'allowed');
    assert.equal(refusal({ boundObjectRef: { kind: 'Node', name: 'node1', uid: 'node-1' } }), 'allowed');
    assert.equal(refusal({ boundObjectRef: { kind: 'Pod', apiVersion: 'a/v1', name: 'p' } }), '400 cannot bind token to object of type a/v1, Kind=Pod');
  });

  test('tokens are shortened to what is granted at most, with a warning', () => {
    const { reader, clock, tokens } = setUp();
    const requests = createTokenRequests({ tokens, reader, clock, random: seededRandom(1), maxExpirationSeconds: 1000 });
    const warnings: string[] = [];
    const ask = (expirationSeconds: number) =>
      requests.create({ namespace: 'n', name: 'bot' }, { metadata: {}, spec: { expirationSeconds } } as never, (text) => warnings.push(text));
    assert.equal(ask(2000).spec.expirationSeconds, 1000);
    assert.equal(ask(700).spec.expirationSeconds, 700);
    assert.deepEqual(warnings, ['requested expiration of 2000 seconds shortened to 1000 seconds']);
  });

  test('the answer shows what was granted; pod tokens of the default lifetime live on with a warning', () => {
    const { create } = setUp();
    const plain = create({});
    assert.deepEqual(plain.spec, { audiences: [ISSUER, 'k3s'], expirationSeconds: 3600, boundObjectRef: null });
    assert.equal(plain.status?.expirationTimestamp, '2026-01-01T01:00:00Z');
    const bound = create({ expirationSeconds: 3607, boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p' } });
    const claims = parseJwt(bound.status?.token ?? '')?.claims as { exp: number; iat: number; 'kubernetes.io': { warnafter: number } };
    assert.equal(claims.exp - claims.iat, 365 * 86400);
    assert.equal(claims['kubernetes.io'].warnafter - claims.iat, 3607);
    assert.equal(bound.status?.expirationTimestamp, '2026-01-01T01:00:07Z');
  });
});

describe('TokenReview', () => {
  const statusOf = async (setup: ReturnType<typeof setUp>, spec: object) =>
    ((await setup.reviews.create({ metadata: {}, spec } as never)) as TokenReview).status;

  test('tokens are checked for the audiences asked about', async () => {
    const setup = setUp();
    const token = setup.tokenOf({ audiences: ['aud'] });
    assert.deepEqual((await statusOf(setup, { token, audiences: ['aud', 'other'] }))?.audiences, ['aud']);
    const refused = await statusOf(setup, { token });
    assert.deepEqual(refused?.user, {});
    assert.match(refused?.error ?? '', /invalid bearer token/);
    assert.equal((await statusOf(setup, { token: 'K10::server:secret' }))?.user?.username, 'admin');
    assert.equal((await statusOf(setup, { token: 'junk' }))?.error, 'invalid bearer token');
    await assert.rejects(statusOf(setup, {}), { code: 400, message: 'token is required for TokenReview in authentication' });
  });
});

describe('other authenticators', () => {
  test('certificates, static tokens, bootstrap tokens and nobody', async () => {
    const { authentication, authenticate, reader, clock } = setUp();
    const certificate = { commonName: 'system:node:a', organizations: ['system:nodes'], sha256: 'ab' };
    assert.deepEqual(await authentication.authenticate({ certificate, headers: {} }), {
      username: 'system:node:a',
      groups: ['system:nodes', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': ['X509SHA256=ab'] },
    });
    assert.deepEqual((await authenticate('K10::server:secret')).groups, ['system:masters', 'system:authenticated']);
    assert.equal(await authentication.authenticate({ headers: {} }), ANONYMOUS);
    const data = {
      'token-id': 'abcdef',
      'token-secret': '0123456789abcdef',
      'usage-bootstrap-authentication': 'true',
      expiration: new Date(clock.now() + 1000).toISOString(),
    };
    reader.put(secrets, {
      metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
      type: 'bootstrap.kubernetes.io/token',
      data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
    });
    assert.equal((await authenticate('abcdef.0123456789abcdef')).username, 'system:bootstrap:abcdef');
    await assert.rejects(authenticate('abcdef.0123456789abcdeX'));
    await clock.advance(2000);
    await assert.rejects(authenticate('abcdef.0123456789abcdef'));
  });

  test('the OpenID documents tell others how to verify tokens', () => {
    const documents = createOpenIdDocuments(setUp().tokens);
    const body = (path: string) => JSON.parse(String((documents.handle(path, new URLSearchParams(), {}) as { body: Buffer }).body));
    assert.equal(body('/.well-known/openid-configuration').jwks_uri, `${ISSUER}/openid/v1/jwks`);
    assert.deepEqual(
      body('/openid/v1/jwks').keys.map((key: { alg: string }) => key.alg),
      ['ES256', 'RS256'],
    );
  });
});

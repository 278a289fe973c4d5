/** Whom a request counts for, by its certificate and its X-Remote headers, through real TLS. */
import assert from 'node:assert/strict';
import type http from 'node:http';
import https from 'node:https';
import { after, before, test } from 'node:test';
import type { UserInfo } from '#api/types/authentication-v1';
import { createAuthority, createLeaf, startTestServer, type TestServer } from './testing/test-server.ts';

const validity = { notBeforeMs: Date.now() - 3_600_000, notAfterMs: Date.now() + 86_400_000 };
const clientCa = createAuthority({ commonName: 'clients' }, validity);
const proxyCa = createAuthority({ commonName: 'proxies' }, validity);
const leaf = (authority: typeof clientCa, commonName: string, ...organizations: string[]) =>
  createLeaf(authority, { subject: { commonName, organizations }, usages: ['clientAuth'], ...validity });
const serving = createLeaf(clientCa, { subject: { commonName: 'apiserver' }, usages: ['serverAuth'], altNames: ['127.0.0.1'], ...validity });
const proxy = leaf(proxyCa, 'system:auth-proxy', 'system:masters');
const otherProxy = leaf(proxyCa, 'somebody');
const client = leaf(clientCa, 'jane', 'people');
const pretender = leaf(clientCa, 'system:auth-proxy');

let api: TestServer;
before(async () => {
  const tls = { certPem: serving.certPem, keyPem: serving.keyPem, clientCaPem: clientCa.certPem, requestHeaderCaPem: proxyCa.certPem };
  api = await startTestServer({ tls });
});
after(() => api[Symbol.asyncDispose]());

interface Asked {
  readonly certPem: string;
  readonly keyPem: string;
}
/** What the server takes the caller for: name, uid, groups and extra, or the status of a refusal. */
function whoAmI(caller: Asked | undefined, headers: Record<string, string | string[]> = {}): Promise<string> {
  const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
  const identity = caller ? { cert: caller.certPem, key: caller.keyPem } : {};
  return new Promise((resolve, reject) => {
    const url = `${api.url}/apis/authentication.k8s.io/v1/selfsubjectreviews`;
    const options = { method: 'POST', ca: clientCa.certPem, agent: false as const, headers: { 'content-type': 'application/json', ...headers }, ...identity };
    const request = https.request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(response.statusCode === 201 ? described(text) : String(response.statusCode)));
    });
    request.on('error', reject);
    request.end(body);
  });
}
function described(text: string): string {
  const { userInfo } = (JSON.parse(text) as { status: { userInfo: UserInfo } }).status;
  const others = Object.entries(userInfo.extra ?? {}).filter(([key]) => key !== 'authentication.kubernetes.io/credential-id');
  return [userInfo.username, userInfo.uid ?? '-', ...(userInfo.groups ?? []), JSON.stringify(Object.fromEntries(others))].join(' ');
}
const REMOTE = { 'x-remote-user': 'joe', 'x-remote-group': ['a', 'b'], 'x-remote-uid': '7', 'x-remote-extra-scope%2fx': ['r', 'w'] };

test('a proxy speaks for whom its headers name', async () => {
  assert.equal(await whoAmI(proxy, REMOTE), 'joe 7 a b system:authenticated {"scope/x":["r","w"]}');
  assert.equal(await whoAmI(proxy, { 'x-remote-user': 'joe' }), 'joe - system:authenticated {}');
});

test("a proxy's certificate alone is nobody's, whatever its subject says", async () => {
  assert.equal(await whoAmI(proxy), await whoAmI(undefined));
  assert.equal(await whoAmI(proxy, { 'x-remote-group': 'system:masters' }), await whoAmI(undefined));
  assert.equal(await whoAmI(otherProxy, REMOTE), await whoAmI(undefined), 'its name is not among the allowed ones');
});

test('headers of others do not count', async () => {
  assert.equal(await whoAmI(client, REMOTE), 'jane - people system:authenticated {}');
  assert.equal(await whoAmI(pretender, REMOTE), 'system:auth-proxy - system:authenticated {}');
  assert.equal(await whoAmI(undefined, REMOTE), await whoAmI(undefined));
});

test("a foreign certificate behind one's own lends nothing", async () => {
  const joined = { certPem: pretender.certPem + proxy.certPem, keyPem: pretender.keyPem };
  assert.equal(await whoAmI(joined, REMOTE), 'system:auth-proxy - system:authenticated {}');
  const reversed = { certPem: proxy.certPem + client.certPem, keyPem: proxy.keyPem };
  assert.equal(await whoAmI(reversed), await whoAmI(undefined));
});

test('a bearer token is the word after one space', async () => {
  const { warning } = await new Promise<http.IncomingHttpHeaders>((resolve, reject) => {
    const options = { ca: clientCa.certPem, agent: false as const, headers: { authorization: 'Bearer  junk' } };
    https.get(`${api.url}/version`, options, (response) => resolve(response.resume().headers)).on('error', reject);
  });
  assert.equal(warning, '299 - "the provided Authorization header contains extra space before the bearer token, and is ignored"');
  assert.equal(await whoAmI(undefined, { authorization: 'bearer junk' }), '401');
  for (const authorization of ['Bearer  junk', 'Bearer', 'Basic junk', 'Bearerjunk']) {
    assert.equal(await whoAmI(undefined, { authorization }), await whoAmI(undefined), authorization);
  }
});

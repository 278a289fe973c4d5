import assert from 'node:assert/strict';
import http2 from 'node:http2';
import https from 'node:https';
import { test } from 'node:test';
import { type Answer, startTestServer, type TestServer, textOf } from './testing/test-server.ts';

const SECRETS = '/api/v1/namespaces/default/secrets';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** A server where `limited` may do everything with the Secret `mine`, and nothing else. */
async function start(): Promise<TestServer> {
  const api = await startTestServer();
  for (const name of ['mine', 'other']) await created(api, SECRETS, { metadata: { name }, stringData: { key: `of ${name}` } });
  const rules = [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['mine'], verbs: ['*'] }];
  await created(api, `${RBAC}/clusterroles`, { metadata: { name: 'limited' }, rules });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'limited' };
  await created(api, `${RBAC}/clusterrolebindings`, { metadata: { name: 'limited' }, roleRef, subjects: [{ kind: 'User', name: 'limited' }] });
  return api;
}
async function created(api: TestServer, path: string, body: object): Promise<void> {
  const answer = await api.fetch('POST', path, { body });
  assert.equal(answer.status, 201, answer.text);
}
const asLimited = (api: TestServer, method: string, path: string): Promise<Answer> => api.fetch(method, path, { headers: { 'impersonate-user': 'limited' } });

test('who may read one object by name learns of no other, however the request is put', async () => {
  await using api = await start();
  const own = await asLimited(api, 'GET', `${SECRETS}?fieldSelector=metadata.name%3Dmine`);
  assert.equal(own.status, 200, own.text);
  assert.equal(own.json['items']?.length, 1);
  const refused: [string, string][] = [
    ['GET', SECRETS],
    ['GET', `${SECRETS}/other`],
    ['GET', `${SECRETS}/`],
    ['GET', '/api/v1/secrets'],
    ['GET', '/api/v1//secrets'],
    ['GET', '//api/v1/secrets'],
    ['GET', '/api/v1/namespaces//secrets'],
    ['GET', `${SECRETS}/mine/../other`],
    ['GET', `${SECRETS}/mine%2F..%2Fother`],
    ['GET', `${SECRETS}//other`],
    ['GET', `/API/v1/namespaces/default/secrets/other`],
    ['GET', `/api/v1/namespaces/default/Secrets/other`],
    ['GET', `/api/v1/watch/namespaces/default/secrets`],
    ['GET', `/api/v1/watch/namespaces/default/secrets/other`],
    ['GET', `/api/v1/proxy/namespaces/default/secrets/other`],
    // A comma that is escaped for the list must not be one for the authorizer.
    ['GET', `${SECRETS}?fieldSelector=${encodeURIComponent('metadata.namespace!=a\\,metadata.name=mine')}`],
    ['GET', `${SECRETS}?fieldSelector=${encodeURIComponent('metadata.name!=a\\,metadata.name=mine')}`],
    ['GET', `${SECRETS}?watch=1&fieldSelector=${encodeURIComponent('type!=a\\,metadata.name=mine')}`],
    ['DELETE', `${SECRETS}?fieldSelector=${encodeURIComponent('type!=a\\,metadata.name=mine')}`],
    ['HEAD', `${SECRETS}/other`],
    ['constructor', `${SECRETS}/other`],
    ['__proto__', `${SECRETS}/other`],
  ];
  for (const [method, path] of refused) {
    const answer = await asLimited(api, method, path);
    assert.ok(answer.status === 403 || answer.status === 404, `${method} ${path}: ${answer.status} ${answer.text}`);
    assert.doesNotMatch(answer.text, /of other|b2Ygb3RoZXI/, `${method} ${path}`);
  }
});

test('a watch by the deprecated prefix shows the one object that it names', async () => {
  await using api = await start();
  const answer = await asLimited(api, 'GET', '/api/v1/watch/namespaces/default/secrets/mine?timeoutSeconds=-1');
  assert.equal(answer.status, 200, answer.text);
  assert.match(answer.text, /"name":"mine"/);
  assert.doesNotMatch(answer.text, /"name":"other"/);
  for (const method of ['POST', 'DELETE', 'PUT']) {
    const refused = await api.fetch(method, '/api/v1/watch/namespaces/default/secrets/mine');
    assert.equal(refused.status, 405, `${method}: ${refused.text}`);
  }
});

test('names of JavaScript’s own are no resources, subresources, fields or identities', async () => {
  await using api = await start();
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    for (const path of [`/api/v1/${name}`, `${SECRETS}/mine/${name}`, `/apis/${name}/v1/x`, `/api/v1/namespaces/default/pods/x/${name}`]) {
      const answer = await api.fetch('GET', path);
      assert.equal(answer.status, 404, `${path}: ${answer.status} ${answer.text}`);
    }
    const selected = await api.fetch('GET', `/api/v1/pods?fieldSelector=${name}%3Dx`);
    assert.equal(selected.status, 400, selected.text);
    const review = await api.fetch('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      headers: { 'impersonate-user': 'x', [`impersonate-extra-${name}`]: 'v' },
      body: {},
    });
    assert.equal(review.status, 201, review.text);
    assert.match(review.text, new RegExp(`"extra":\\{"${name}":\\["v"\\]\\}`, 'i'));
  }
});

test('names with commas are one user and one group each, and repeated groups are several', async () => {
  await using api = await startTestServer();
  const identity = { ca: api.caPem, cert: api.admin.certPem, key: api.admin.keyPem };
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const groups = ['CN=g, O=b, system:masters', 'h'];
  const headers = { 'content-type': 'application/json', 'impersonate-user': 'CN=a, O=b', 'impersonate-group': groups, 'impersonate-extra-acme.io%2fx': 'y, z' };
  const allOf = async (stream: AsyncIterable<unknown>): Promise<string> => {
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    return text;
  };
  const session = http2.connect(api.url, identity);
  const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
  stream.end('{}');
  const overHttp2 = await allOf(stream);
  session.close();
  const overHttp1 = await new Promise<string>((resolve, reject) => {
    const request = https.request(
      `${api.url}${path}`,
      { ...identity, agent: false, method: 'POST', headers },
      (response) => void allOf(response).then(resolve, reject),
    );
    request.on('error', reject);
    request.end('{}');
  });
  for (const text of [overHttp1, overHttp2]) {
    const { userInfo } = (JSON.parse(text) as { status: { userInfo: unknown } }).status;
    assert.deepEqual(userInfo, { username: 'CN=a, O=b', groups: [...groups, 'system:authenticated'], extra: { 'acme.io/x': ['y, z'] } });
  }
});

test('what nobody may grant is refused before it is judged, under the name that it has by then', async () => {
  await using api = await startTestServer();
  const rules = [{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles', 'rolebindings'], verbs: ['create', 'update'] }];
  await created(api, `${RBAC}/clusterroles`, { metadata: { name: 'maker' }, rules });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'maker' };
  await created(api, `${RBAC}/clusterrolebindings`, { metadata: { name: 'maker' }, roleRef, subjects: [{ kind: 'User', name: 'maker' }] });
  const roles = `${RBAC}/namespaces/default/roles`;
  await created(api, roles, { metadata: { name: 'there' } });
  const headers = { 'impersonate-user': 'maker' };
  const rule = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };
  const ask = async (method: string, path: string, body: object): Promise<string> => {
    const { status, text, json } = await api.fetch(method, path, { headers, body });
    return text.startsWith('{') ? `${status} ${textOf(json['message']).split(':')[0]}` : text;
  };
  const refused = (name: string): string => `403 roles.rbac.authorization.k8s.io ${name}is forbidden`;
  assert.equal(await ask('POST', roles, { metadata: { name: 'a%' }, rules: [rule] }), refused('"a%" '));
  assert.equal(await ask('POST', roles, { metadata: { generateName: 'a-' }, rules: [rule] }), refused(''));
  assert.equal(await ask('POST', roles, { metadata: { name: 'there' }, rules: [rule] }), refused('"there" '));
  assert.equal(await ask('PUT', `${roles}/there`, { metadata: { name: 'there', resourceVersion: '1' }, rules: [rule, {}] }), refused('"there" '));
  const binding = { metadata: { name: 'b' }, roleRef: { kind: 'Role', name: 'none' }, subjects: [{ kind: 'Foo', name: '' }] };
  assert.equal(await ask('POST', `${RBAC}/namespaces/default/rolebindings`, binding), '404 roles.rbac.authorization.k8s.io "none" not found');
});

test('who may not is told so in a way that no browser takes for something else', async () => {
  await using api = await startTestServer();
  const answer = await api.fetch('GET', '/api/v1/pods', { headers: { 'impersonate-user': 'nobody', accept: 'application/yaml' } });
  assert.deepEqual([answer.status, answer.headers['x-content-type-options']], [403, 'nosniff']);
  assert.match(answer.text, /^apiVersion: v1\ncode: 403\ndetails:\n {2}kind: pods\nkind: Status\nmessage: /);
  const found = await api.fetch('GET', '/api/v1/pods/x', { headers: {} });
  assert.equal(found.headers['x-content-type-options'], undefined);
  const namespaced = await api.fetch('GET', '/api/v1/namespaces/default', { headers: { accept: 'application/yaml' } });
  assert.match(namespaced.text, /\nspec:\n {2}finalizers:\n {2}- kubernetes\nstatus:/);
});

/** Who may ask, and who they are; and what anyone may ask. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ControlPlane, type Identity, kubeconfigData, startControlPlane, textOf } from './control-plane.ts';

let plane: ControlPlane;
before(async () => {
  plane = await startControlPlane({ datastoreEndpoint: 'memory', writeKubeconfigMode: '640' });
  await plane.becomes('/api/v1/namespaces/kube-system/serviceaccounts/default', ({ status }) => status === 200);
});
after(() => plane[Symbol.asyncDispose]());

const REVIEWS = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

async function whoAmI(as: Identity): Promise<[unknown, unknown]> {
  const { json } = await plane.ok('POST', REVIEWS, { as, body: {} });
  const { username, groups } = json['status']?.['userInfo'] ?? {};
  return [username, groups];
}
async function tokenOf(name: string, spec: object = {}): Promise<string> {
  const { json } = await plane.ok('POST', `/api/v1/namespaces/kube-system/serviceaccounts/${name}/token`, { body: { spec } });
  return textOf(json['status']?.['token']);
}

test("the kubeconfig's certificate is the administrator's", async () => {
  assert.deepEqual(await whoAmI('admin'), ['system:admin', ['system:masters', 'system:authenticated']]);
});
test('so is the admin token', async () => {
  const token = readFileSync(join(plane.dataDir, 'server/cred/admin-token'), 'utf8').trim();
  assert.deepEqual(await whoAmI({ token }), ['system:admin', ['system:masters', 'system:authenticated']]);
});
test("a service account's token is the account's, until the account goes", async () => {
  await plane.ok('POST', '/api/v1/namespaces/kube-system/serviceaccounts', { body: { metadata: { name: 'short' } } });
  const token = await tokenOf('short');
  assert.deepEqual(await whoAmI({ token }), [
    'system:serviceaccount:kube-system:short',
    ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
  ]);
  await plane.ok('DELETE', '/api/v1/namespaces/kube-system/serviceaccounts/short');
  assert.equal((await plane.request('POST', REVIEWS, { as: { token }, body: {} })).status, 401);
});
test('a token for another audience is nobody here', async () => {
  const token = await tokenOf('default', { audiences: ['elsewhere'] });
  assert.equal((await plane.request('POST', REVIEWS, { as: { token }, body: {} })).status, 401);
  const review = { spec: { token, audiences: ['elsewhere'] } };
  const { json } = await plane.ok('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { body: review });
  assert.deepEqual([json['status']?.['authenticated'], json['status']?.['audiences']], [true, ['elsewhere']]);
});
test('wrong tokens are refused, and nobody is someone too', async () => {
  const wrong = await plane.request('GET', '/api/v1/pods', { as: { token: 'wrong' } });
  assert.deepEqual([wrong.status, wrong.json['message'], wrong.json['reason']], [401, 'Unauthorized', 'Unauthorized']);
  const nobody = await plane.request('GET', '/api/v1/pods', { as: 'anonymous' });
  assert.deepEqual(
    [nobody.status, nobody.json['message']],
    [403, 'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope'],
  );
});
test('an administrator may act as others', async () => {
  const headers = { 'Impersonate-User': 'jane', 'Impersonate-Group': 'developers' };
  const { json } = await plane.ok('POST', REVIEWS, { headers, body: {} });
  assert.deepEqual(json['status']?.['userInfo'], { username: 'jane', groups: ['developers', 'system:authenticated'] });
  const token = await tokenOf('default');
  assert.equal((await plane.request('GET', '/api', { as: { token }, headers })).status, 403);
});

void describe('what anyone may ask', () => {
  for (const [path, wanted] of [
    ['/ping', /^pong$/],
    ['/livez', /^ok$/],
    ['/readyz', /^ok$/],
    ['/healthz', /^ok$/],
    ['/version', /"gitVersion": ?"v1\.36\.\d+\+k3ts1"/],
  ] as const) {
    test(path, async () => {
      const answer = await plane.request('GET', path, { as: 'anonymous' });
      assert.equal(answer.status, 200);
      assert.match(answer.text, wanted);
    });
  }
  test('/cacerts is the authority of the kubeconfig', async () => {
    const { text } = await plane.ok('GET', '/cacerts', { as: 'anonymous' });
    assert.equal(text, kubeconfigData(plane.cluster.kubeconfigText, 'certificate-authority-data'));
    assert.equal(text, readFileSync(join(plane.dataDir, 'server/tls/server-ca.crt'), 'utf8'));
  });
  test('not what only clients of the cluster may', async () => {
    for (const path of ['/api', '/metrics', '/openapi/v3', '/healthz/etcd', '/nothing']) {
      assert.equal((await plane.request('GET', path, { as: 'anonymous' })).status, 403, path);
    }
  });
});

test('nobody gets in where anonymous requests are refused', async () => {
  await using strict = await startControlPlane({ kubeApiserverArgs: ['anonymous-auth=false'] });
  assert.equal((await strict.request('GET', '/readyz', { as: 'anonymous' })).status, 401);
  assert.equal((await strict.request('GET', '/ping', { as: 'anonymous' })).status, 200, "the supervisor's own paths are for all");
  assert.equal((await strict.request('GET', '/readyz')).status, 200);
});

test('the kubeconfig has the mode that was asked for, 600 where none was', async () => {
  assert.equal(statSync(plane.cluster.kubeconfig).mode & 0o777, 0o640);
  await using other = await startControlPlane({ datastoreEndpoint: 'memory' });
  assert.equal(statSync(other.cluster.kubeconfig).mode & 0o777, 0o600);
  assert.match(readFileSync(other.cluster.kubeconfig, 'utf8'), new RegExp(`server: https://127\\.0\\.0\\.1:${other.cluster.port}`));
});

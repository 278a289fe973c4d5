/** What a server that is started again on the same data dir still has. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { kubeconfigData, startControlPlane, textOf } from './control-plane.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'k3ts-restart-'));
after(() => rmSync(dataDir, { recursive: true, force: true }));

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const TOKEN = '/api/v1/namespaces/default/serviceaccounts/default/token';
const KEPT = [
  'server/token',
  'server/cred/passwd',
  'server/cred/admin-token',
  'server/tls/server-ca.crt',
  'server/tls/client-ca.crt',
  'server/tls/service.key',
];
const read = (file: string): string => readFileSync(join(dataDir, file), 'utf8');

test('objects, revisions, tokens and certificates outlive a restart', async () => {
  let saved: { uid: unknown; version: number; files: string[]; token: string; client: string; service: unknown };
  {
    await using plane = await startControlPlane({ dataDir });
    await plane.becomes('/api/v1/namespaces/default/serviceaccounts/default', ({ status }) => status === 200);
    const { json } = await plane.ok('POST', CONFIG_MAPS, { body: { metadata: { name: 'kept' }, data: { a: '1' } } });
    const { json: token } = await plane.ok('POST', TOKEN, { body: { spec: {} } });
    saved = {
      uid: json['metadata']?.['uid'],
      version: Number(json['metadata']?.['resourceVersion']),
      files: KEPT.map(read),
      token: textOf(token['status']?.['token']),
      client: kubeconfigData(plane.cluster.kubeconfigText, 'client-certificate-data'),
      service: (await plane.ok('GET', '/api/v1/namespaces/default/services/kubernetes')).json['metadata']?.['uid'],
    };
  }
  await using plane = await startControlPlane({ dataDir });
  assert.deepEqual(KEPT.map(read), saved.files);
  assert.equal(kubeconfigData(plane.cluster.kubeconfigText, 'client-certificate-data'), saved.client);
  const { json } = await plane.ok('GET', `${CONFIG_MAPS}/kept`);
  assert.deepEqual([json['metadata']?.['uid'], Number(json['metadata']?.['resourceVersion']), json['data']], [saved.uid, saved.version, { a: '1' }]);
  const next = await plane.ok('POST', CONFIG_MAPS, { body: { metadata: { name: 'next' } } });
  assert.ok(Number(next.json['metadata']?.['resourceVersion']) > saved.version);
  assert.equal((await plane.ok('GET', '/api/v1/namespaces/default/services/kubernetes')).json['metadata']?.['uid'], saved.service);
  const review = await plane.ok('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', { as: { token: saved.token }, body: {} });
  assert.equal(review.json['status']?.['userInfo']?.['username'], 'system:serviceaccount:default:default');
});

test('a watch from before the restart is told to list anew, a later one goes on', async () => {
  let from: string;
  {
    await using plane = await startControlPlane({ dataDir });
    from = textOf((await plane.ok('GET', CONFIG_MAPS)).json['metadata']?.['resourceVersion']);
    await plane.ok('POST', CONFIG_MAPS, { body: { metadata: { name: 'before' } } });
  }
  await using plane = await startControlPlane({ dataDir });
  const old = await plane.ok('GET', `${CONFIG_MAPS}?watch=true&timeoutSeconds=10&resourceVersion=${from}`);
  assert.equal(old.json['type'], 'ERROR');
  assert.deepEqual([old.json['object']?.['code'], old.json['object']?.['reason']], [410, 'Expired']);
  const now = textOf((await plane.ok('GET', CONFIG_MAPS)).json['metadata']?.['resourceVersion']);
  await plane.ok('POST', CONFIG_MAPS, { body: { metadata: { name: 'after' } } });
  const events = await plane.watch(`${CONFIG_MAPS}?watch=true&timeoutSeconds=10&resourceVersion=${now}`, ({ length }) => length > 0);
  assert.deepEqual(events, ['ADDED after']);
});

test('another token than that of the first start is refused, and nothing is left running', async () => {
  await assert.rejects(startControlPlane({ dataDir, token: 'another' }), /Cannot use the given token/);
  await using plane = await startControlPlane({ dataDir });
  assert.equal((await plane.request('GET', '/readyz')).text, 'ok');
});

test('secrets are readable by their owner alone', () => {
  for (const file of ['server/token', 'server/cred/admin-token', 'server/tls/service.key', 'server/db/state.db']) {
    assert.equal(statSync(join(dataDir, file)).mode & 0o077, 0, file);
  }
});

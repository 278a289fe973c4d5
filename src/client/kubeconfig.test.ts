import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadKubeconfig } from './index.ts';

const config = (user: string, extra = '') => `
apiVersion: v1
kind: Config
current-context: default
clusters: [{name: default, cluster: {server: 'https://127.0.0.1:6443', certificate-authority-data: ${btoa('CA')}${extra}}}]
contexts: [{name: default, context: {cluster: default, user: default, namespace: apps}}, {name: broken, context: {cluster: none, user: default}}]
users: [{name: default, user: ${user}}]
`;

void test('a kubeconfig says how to reach the server', async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
  context.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'config');
  const load = (text: string, name?: string) => {
    writeFileSync(path, text);
    return loadKubeconfig(path, { context: name });
  };
  const withData = await load(config(`{client-certificate-data: ${btoa('CERT')}, client-key-data: ${btoa('KEY')}}`));
  assert.deepEqual(
    [withData.server, withData.caPem, withData.certPem, withData.keyPem, withData.namespace],
    ['https://127.0.0.1:6443', 'CA', 'CERT', 'KEY', 'apps'],
  );
  writeFileSync(join(directory, 'token'), 'secret\n');
  assert.equal((await load(config('{tokenFile: token}', ', tls-server-name: k3s'))).token, 'secret');
  assert.equal((await load(config('{token: t}', ', tls-server-name: k3s'))).serverName, 'k3s');
  await assert.rejects(load(config('{client-key: none.pem}')), /file ".*none.pem" is not readable/);
  await assert.rejects(load(config('{}'), 'broken'), /its cluster "none" has no server/);
  await assert.rejects(load(config('{}'), 'missing'), /it has no context "missing"/);
  await assert.rejects(load(''), /it is empty/);
  await assert.rejects(load('a: [b'), /it is not YAML/);
  await assert.rejects(loadKubeconfig(join(directory, 'none')), /Cannot read kubeconfig/);
});

/** Other people's clients, unchanged: @kubernetes/client-node and Debian's python3-kubernetes. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { IMAGE, useCluster } from './cluster.ts';

const cluster = useCluster({ name: 'clients' });
const here = import.meta.dirname;

test('a Pod to talk to', async () => {
  const script = 'mkdir -p /www; echo served > /www/index.html; echo started; exec httpd -f -p 8080 -h /www';
  const spec = { terminationGracePeriodSeconds: 0, containers: [{ name: 'web', image: IMAGE, command: ['sh', '-c', script] }] };
  await cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', labels: { app: 'web' } }, spec }));
  await cluster.kubectl('wait', 'pod/web', '--for=condition=Ready', '--timeout=60s');
});

test('@kubernetes/client-node: typed CRUD, watch, informer, exec, log, port-forward', async () => {
  // The client runs on the machine: its port-forward and exec are sockets there.
  const { stdout } = await cluster.machine.run([process.execPath, join(here, 'client-node-program.ts')], { env: { KUBECONFIG: cluster.node.kubeconfig } });
  assert.deepEqual(stdout.trim().split('\n'), [
    'created first=1',
    'replaced first=2',
    'patched first=3',
    'listed program',
    'conflict 409 Conflict',
    'watched ADDED MODIFIED DELETED',
    'informer add program-2',
    'deleted 404 NotFound',
    'exec out=hello err=oops status=Success',
    'exec failed exit=7',
    'log started',
    'port-forward HTTP/1.1 200 OK served',
  ]);
});

test("Debian's python3-kubernetes: CRUD, watch, exec, log", async () => {
  const { stdout } = await cluster.machine.run(['/usr/bin/python3', join(here, 'python-program.py')], { env: { KUBECONFIG: cluster.node.kubeconfig } });
  assert.deepEqual(stdout.trim().split('\n'), [
    'created 1',
    'patched 2',
    'listed python-program',
    'watched ADDED',
    'deleted 404 NotFound',
    'exec hello',
    'log started',
    'deployment 2',
  ]);
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { createLog, waitFor } from '#lib';
import { HealthCheckServers } from './health-check-servers.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('a load balancer hears whether this node has endpoints, until the service is gone', async () => {
  const servers = new HealthCheckServers(createLog('test'));
  const port = await freePort();
  const check = (localEndpoints: number) => ({ port, namespace: 'default', name: 'web', localEndpoints });
  const ask = () => fetch(`http://127.0.0.1:${port}/healthz`, { headers: { connection: 'close' } });
  servers.set('default/web', check(2));
  const there = await waitFor('the server', () => ask().catch(() => undefined));
  assert.equal(there.status, 200);
  assert.equal(there.headers.get('x-load-balancing-endpoint-weight'), '2');
  assert.deepEqual(await there.json(), { service: { namespace: 'default', name: 'web' }, localEndpoints: 2, serviceProxyHealthy: true });
  servers.set('default/web', check(0));
  assert.equal((await ask()).status, 503);
  servers.set('default/web', undefined);
  await assert.rejects(ask());
  await servers.close();
});

test('a health check moves to another port with its service', async () => {
  const servers = new HealthCheckServers(createLog('test'));
  const [first, second] = [await freePort(), await freePort()];
  const check = { namespace: 'default', name: 'web', localEndpoints: 1 };
  servers.set('default/web', { ...check, port: first });
  servers.set('default/web', { ...check, port: second });
  const ask = (port: number) => fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
  assert.equal((await waitFor('the new port', () => ask(second).catch(() => undefined))).status, 200);
  await assert.rejects(ask(first));
  await servers.close();
  await assert.rejects(ask(second));
});

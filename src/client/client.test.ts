import { type TestContext } from 'node:test';
import { startTestServer, type TestServer } from '../apiserver/testing/test-server.ts';
import { testClient } from './conformance.ts';
import { createLocalClient, createRemoteClient } from './index.ts';

/** A server for one test, with everyone allowed everything and no admission, so that only the client is tested. */
async function serverFor(context: TestContext): Promise<TestServer> {
  const api = await startTestServer({ overrides: { authorize: () => ({ decision: 'allow', reason: '' }), admission: [] } });
  context.after(() => api[Symbol.asyncDispose]());
  return api;
}

testClient('LocalClient', async (context) => {
  const api = await serverFor(context);
  return createLocalClient(api.server.local, { username: 'admin', groups: ['system:masters', 'system:authenticated'] });
});
testClient('RemoteClient', async (context) => {
  const api = await serverFor(context);
  const client = createRemoteClient({ server: api.url, caPem: api.caPem, certPem: api.admin.certPem, keyPem: api.admin.keyPem });
  context.after(() => client.close());
  return client;
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { allResources } from '#api';
import { compareVersions } from './groups.ts';
import { createDiscovery } from './index.ts';

interface ResourceRow {
  name: string;
  storageVersionHash?: string;
  verbs: string[];
  shortNames?: string[];
}

const discovery = createDiscovery({ resources: () => allResources, serverAddress: '10.0.0.1:6443', paths: ['/openapi/v3'] });
const get = async (path: string, headers: Record<string, string> = {}) => discovery.handle(path, new URLSearchParams(), headers);
const json = async (path: string, headers: Record<string, string> = {}) => JSON.parse(String((await get(path, headers))?.body));
const ACCEPT =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';

describe('discovery', () => {
  test('/api/v1 lists resources by name with the storage hash that upstream has', async () => {
    const list = await json('/api/v1');
    assert.equal(list.groupVersion, 'v1');
    const rows: ResourceRow[] = list.resources;
    assert.deepEqual(
      rows.map((row) => row.name),
      rows.map((row) => row.name).sort(),
    );
    const pods = rows.find((row) => row.name === 'pods');
    assert.equal(pods?.storageVersionHash, 'xPOwRZ+Yhw8=');
    assert.deepEqual(pods?.shortNames, ['po']);
    assert.ok(rows.some((row) => row.name === 'pods/eviction'));
  });

  test('/apis lists groups in upstream order, each with its preferred version first', async () => {
    const { groups } = await json('/apis');
    const names: string[] = groups.map((group: { name: string }) => group.name);
    assert.ok(names.indexOf('apps') < names.indexOf('batch') && names.indexOf('batch') < names.indexOf('storage.k8s.io'));
    const autoscaling = groups.find((group: { name: string }) => group.name === 'autoscaling');
    assert.equal(autoscaling.preferredVersion.version, 'v2');
    assert.deepEqual(await json('/apis/apps/'), {
      kind: 'APIGroup',
      apiVersion: 'v1',
      name: 'apps',
      versions: [{ groupVersion: 'apps/v1', version: 'v1' }],
      preferredVersion: { groupVersion: 'apps/v1', version: 'v1' },
    });
  });

  test('aggregated discovery answers with an ETag and 304', async () => {
    const first = await get('/apis', { accept: ACCEPT });
    assert.equal(first?.headers['content-type'], 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
    const again = await get('/apis', { accept: ACCEPT, 'if-none-match': first?.headers['etag'] ?? '' });
    assert.deepEqual([again?.status, again?.body, again?.headers], [304, '', { etag: first?.headers['etag'], vary: 'Accept', 'cache-control': 'public' }]);
    for (const format of ['yaml', 'vnd.kubernetes.protobuf', 'json;pretty=1']) {
      const accept = ACCEPT.replace('application/json', `application/${format}`);
      assert.equal((await get('/apis', { accept }))?.headers['etag'], first?.headers['etag'], format);
      assert.equal((await get('/apis', { accept, 'if-none-match': first?.headers['etag'] ?? '' }))?.status, 304, format);
    }
    const list = JSON.parse(String(first?.body));
    const apps = list.items.find((item: { metadata: { name: string } }) => item.metadata.name === 'apps');
    const deployments = apps.versions[0].resources.find((row: { resource: string }) => row.resource === 'deployments');
    assert.deepEqual(deployments.subresources[0], {
      subresource: 'scale',
      responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      verbs: ['get', 'patch', 'update'],
    });
    assert.equal((await get('/api/v1', { accept: ACCEPT }))?.headers['content-type'], 'application/json');
  });

  test('other answers: yaml, 406, unknown paths, /version and /', async () => {
    assert.match(String((await get('/apis/apps', { accept: 'application/yaml' }))?.body), /^kind: APIGroup\n/);
    await assert.rejects(async () => get('/apis/apps', { accept: 'application/xml' }), { reason: 'NotAcceptable' });
    assert.equal(await get('/apis/apps/v2'), undefined);
    assert.equal(await get('/api/v1/pods'), undefined);
    assert.equal((await json('/version')).minor, '36');
    const { paths } = await json('/');
    assert.ok(paths.includes('/apis/apps/v1') && paths.includes('/openapi/v3') && !paths.includes('/'));
    assert.deepEqual((await json('/index.html')).paths, paths);
  });

  test('versions are preferred as upstream prefers them', () => {
    const sorted = ['v1alpha1', 'v10', 'foo', 'v2', 'v1beta2', 'v11beta1', 'bar', 'v1'].sort((a, b) => compareVersions(b, a));
    assert.deepEqual(sorted, ['v10', 'v2', 'v1', 'v11beta1', 'v1beta2', 'v1alpha1', 'bar', 'foo']);
  });
});

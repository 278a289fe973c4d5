import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { allResources, type CustomResourceDefinition, customResources, type JsonObject } from '#api';
import { createOpenApi } from './index.ts';

const openApi = createOpenApi({ resources: () => allResources });
const get = async (path: string, headers: Record<string, string> = {}, query = '') => openApi.handle(path, new URLSearchParams(query), headers);
const SCALE = { specReplicasPath: '.spec.a', statusReplicasPath: '.status.a' };
const PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

interface Content {
  content?: JsonObject;
}
interface Operation {
  operationId: string;
  description: string;
  parameters: { name: string }[];
  requestBody?: Content;
  responses: Record<string, Content>;
  'x-kubernetes-group-version-kind': JsonObject;
}
interface Document {
  info: JsonObject;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties: Record<string, JsonObject>; required?: string[] } & JsonObject> };
  definitions: Record<string, { properties: Record<string, JsonObject> } & JsonObject>;
}
const document = async (path: string): Promise<Document> => JSON.parse(String((await get(path))?.body));

describe('OpenAPI 3', () => {
  test('the index leads to documents that clients may keep', async () => {
    const index = JSON.parse(String((await get('/openapi/v3'))?.body));
    const url = new URL(index.paths['apis/apps/v1'].serverRelativeURL, 'https://x');
    const answer = await get(url.pathname, {}, url.search);
    assert.equal(answer?.headers['cache-control'], 'public, immutable');
    assert.equal((await get(url.pathname, { 'if-none-match': answer?.headers['etag'] ?? '' }))?.status, 304);
    const zipped = await get(url.pathname, { 'accept-encoding': 'gzip' });
    assert.equal(String(gunzipSync(zipped?.body as Buffer)), String(answer?.body));
    assert.ok(Date.parse(answer?.headers['expires'] ?? '') > Date.now() + 360 * 86_400_000);
    const outdated = await get(url.pathname, {}, 'hash=OLD');
    assert.deepEqual([outdated?.status, outdated?.headers['location'], outdated?.body], [301, url.pathname + url.search, '']);
  });

  test('what there is not, and what is not taken, is answered without a body', async () => {
    const table: [path: string, accept: string, status: number][] = [
      ['/openapi/v3/apis/none/v1', '*/*', 404],
      ['/openapi/v3/', '*/*', 404],
      ['/openapi/v3/apis/apps/v1', 'text/html', 406],
      ['/openapi/v2', 'application/xml', 406],
    ];
    for (const [path, accept, status] of table) {
      const answer = await get(path, { accept });
      assert.deepEqual([answer?.status, answer?.body], [status, ''], path);
    }
    const index = await get('/openapi/v3', { accept: 'application/xml' });
    assert.deepEqual([index?.status, index?.headers['content-type']], [200, 'text/plain; charset=utf-8']);
  });

  test('schemas say how fields merge, default and are required', async () => {
    const { schemas } = (await document('/openapi/v3/api/v1')).components;
    const port = schemas['io.k8s.api.core.v1.ContainerPort'];
    assert.deepEqual(port?.required, ['containerPort']);
    assert.equal(port?.properties['protocol']?.['default'], 'TCP');
    assert.deepEqual(port?.properties['protocol']?.['enum'], ['SCTP', 'TCP', 'UDP']);
    const spec = schemas['io.k8s.api.core.v1.PodSpec'];
    const { description, ...containers } = spec?.properties['containers'] ?? {};
    assert.match(JSON.stringify(description), /^"List of containers belonging to the pod/);
    assert.deepEqual(containers, {
      type: 'array',
      items: { allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.Container' }], default: {} },
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    });
    assert.equal(spec?.properties['nodeSelector']?.['x-kubernetes-map-type'], 'atomic');
    assert.deepEqual(schemas['io.k8s.api.core.v1.Pod']?.['x-kubernetes-group-version-kind'], [{ group: '', kind: 'Pod', version: 'v1' }]);
  });

  test('operations are named as upstream names them, and writes take fieldValidation', async () => {
    const { paths } = await document('/openapi/v3/apis/apps/v1');
    const item = paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'];
    assert.equal(item?.['patch']?.operationId, 'patchAppsV1NamespacedDeployment');
    assert.deepEqual(item?.['patch']?.['x-kubernetes-group-version-kind'], { group: 'apps', kind: 'Deployment', version: 'v1' });
    assert.ok(item?.['patch']?.parameters.some(({ name }) => name === 'fieldValidation'));
    assert.equal(paths['/apis/apps/v1/deployments']?.['get']?.operationId, 'listAppsV1DeploymentForAllNamespaces');
    const core = (await document('/openapi/v3/api/v1')).paths;
    const pod = '/api/v1/namespaces/{namespace}/pods/{name}';
    assert.equal(core[`${pod}/exec`]?.['post']?.operationId, 'connectCoreV1PostNamespacedPodExec');
    assert.equal(core[`${pod}/eviction`]?.['post']?.operationId, 'createCoreV1NamespacedPodEviction');
    assert.equal(core[`${pod}/log`]?.['get']?.operationId, 'readCoreV1NamespacedPodLog');
    const rbac = (await document('/openapi/v3/apis/rbac.authorization.k8s.io/v1')).paths;
    assert.equal(rbac['/apis/rbac.authorization.k8s.io/v1/clusterroles']?.['post']?.operationId, 'createRbacAuthorizationV1ClusterRole');
  });

  test('operations on custom kinds are as upstream builds them for each', async () => {
    const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } }, subresources: { scale: SCALE } };
    const spec = { group: 'example.com', scope: 'Namespaced', names: { plural: 'axes', kind: 'Axe' }, versions: [version] };
    const resources = customResources({ metadata: { name: 'axes.example.com' }, spec } as CustomResourceDefinition);
    const answer = await createOpenApi({ resources: () => resources }).handle('/openapi/v3/apis/example.com/v1', new URLSearchParams(), {});
    const { info, components, paths } = JSON.parse(String(answer?.body)) as Document;
    assert.deepEqual(info, { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' });
    assert.equal(components.schemas['io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent'], undefined);
    const path = '/apis/example.com/v1/namespaces/{namespace}/axes';
    const operation = (own: string, method: string) => paths[`${path}${own}`]?.[method];
    const names = (own: string, method: string): string => (operation(own, method)?.parameters ?? []).map(({ name }) => name).join(' ');
    assert.equal(names('/{name}', 'get'), 'resourceVersion');
    assert.equal(names('', 'delete'), names('', 'get'));
    assert.equal(operation('', 'delete')?.requestBody, undefined);
    assert.deepEqual(Object.keys(operation('', 'post')?.requestBody?.content ?? {}), ['application/json', 'application/yaml']);
    assert.deepEqual(Object.keys(operation('', 'get')?.responses['200']?.content ?? {}), ['application/json', 'application/yaml']);
    assert.deepEqual(Object.keys(operation('/{name}', 'patch')?.responses ?? {}), ['200', '401']);
    assert.deepEqual(operation('/{name}/scale', 'patch')?.['x-kubernetes-group-version-kind'], { group: 'example.com', kind: 'Axe', version: 'v1' });
    assert.equal(operation('/{name}/scale', 'patch')?.description, 'partially update scale of the specified Axe');
    assert.equal(operation('', 'post')?.description, 'create an Axe');
  });

  test('every reference of every document leads somewhere', async () => {
    const index = JSON.parse(String((await get('/openapi/v3'))?.body));
    for (const name of Object.keys(index.paths)) {
      const text = String((await get(`/openapi/v3/${name}`))?.body);
      const { schemas } = (JSON.parse(text) as Document).components;
      const missing = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, ref = '']) => ref).filter((ref) => !schemas[ref]);
      assert.deepEqual(missing, [], name);
    }
  });
});

describe('OpenAPI 2', () => {
  test('definitions are plain: references beside texts, no defaults', async () => {
    const { definitions } = await document('/openapi/v2');
    const deployment = definitions['io.k8s.api.apps.v1.Deployment'];
    assert.equal(deployment?.properties['spec']?.['$ref'], '#/definitions/io.k8s.api.apps.v1.DeploymentSpec');
    const port = definitions['io.k8s.api.core.v1.ContainerPort'];
    assert.equal(port?.properties['protocol']?.['default'], undefined);
    assert.deepEqual(definitions['io.k8s.apimachinery.pkg.util.intstr.IntOrString']?.['format'], 'int-or-string');
  });

  test('protobuf holds the same document', async () => {
    const answer = await get('/openapi/v2', { accept: PROTOBUF });
    const body = answer?.body as Buffer;
    // Field 1 (swagger), three bytes.
    assert.equal(body.subarray(0, 5).toString('latin1'), '\n\x032.0');
    const json = String((await get('/openapi/v2'))?.body);
    for (const text of ['io.k8s.api.apps.v1.DeploymentSpec', 'patchAppsV1NamespacedDeployment', 'x-kubernetes-patch-merge-key']) {
      assert.ok(body.includes(text) && json.includes(text), text);
    }
  });
});

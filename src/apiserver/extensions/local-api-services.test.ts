import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allResources } from '#api';
import { openDatastore } from '#datastore';
import { waitFor } from '#lib';
import { type Json, startTestServer, type TestServer } from '../testing/test-server.ts';
import { AUTOMANAGED, type ApiService, planApiServices, wantedApiServices } from './api-service-plan.ts';

const PATH = '/apis/apiregistration.k8s.io/v1/apiservices';

test('there is one for each built-in group version, but for the group that serves them', () => {
  const wanted = wantedApiServices(allResources);
  assert.deepEqual(
    wanted.filter(({ spec }) => spec.group === 'autoscaling').map(({ metadata, spec }) => [metadata.name, spec.groupPriorityMinimum, spec.versionPriority]),
    [
      ['v2.autoscaling', 17500, 30],
      ['v1.autoscaling', 17500, 15],
    ],
  );
  assert.deepEqual(wanted.find(({ metadata }) => metadata.name === 'v1.')?.spec, { version: 'v1', groupPriorityMinimum: 18000, versionPriority: 1 });
  assert.equal(
    wanted.some(({ spec }) => spec.group === 'apiregistration.k8s.io'),
    false,
  );
  // Each group has its place of its own: the default is for those that clients define.
  assert.deepEqual(
    wanted.filter(({ spec }) => spec.groupPriorityMinimum === 1000),
    [],
  );
});

test('those of custom kinds are always looked after, the others at the start, and what nobody labelled never', () => {
  const service = (name: string, label: string | undefined, versionPriority = 1): ApiService => ({
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name, ...(label ? { labels: { [AUTOMANAGED]: label } } : {}) },
    spec: { group: 'g', version: 'v1', groupPriorityMinimum: 1, versionPriority },
  });
  const wanted = [service('new', 'true'), service('newer', 'onstart'), service('a', 'true'), service('b', 'onstart'), service('c', 'true')];
  const live = [
    service('a', 'true', 2),
    service('b', 'onstart', 2),
    service('c', undefined, 2),
    service('d', 'true'),
    service('e', 'onstart'),
    service('f', undefined),
  ];
  const names = ({ create, update, remove }: ReturnType<typeof planApiServices>) => [
    create.map(({ metadata }) => metadata.name),
    update.map(({ metadata, spec }) => `${metadata.name} ${spec.versionPriority}`),
    remove,
  ];
  assert.deepEqual(names(planApiServices(wanted, live, { isFirst: true })), [
    ['new', 'newer'],
    ['a 1', 'b 1'],
    ['d', 'e'],
  ]);
  assert.deepEqual(names(planApiServices(wanted, live, { isFirst: false })), [['new'], ['a 1'], ['d']]);
});

test('they are there when the server is, local and available, and a later start writes nothing', async () => {
  const datastore = await openDatastore({ endpoint: 'memory' });
  const first = await startTestServer({ datastore });
  const before = await list(first);
  assert.equal(before.length, wantedApiServices(allResources).length);
  const apps = before.find((each) => nameOf(each) === 'v1.apps');
  assert.deepEqual(apps?.['metadata']?.['labels'], { [AUTOMANAGED]: 'onstart' });
  assert.equal(apps?.['status']?.['conditions']?.[0]?.['reason'], 'Local');
  await first.server.stop();
  await using second = await startTestServer({ datastore });
  assert.deepEqual(await list(second), before);
});

test('those of custom kinds come and go with them, and come back', async () => {
  await using api = await startTestServer();
  const definition = {
    metadata: { name: 'gears.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Cluster',
      names: { plural: 'gears', kind: 'Gear' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  };
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  await api.fetch('POST', definitions, { body: definition });
  const made = await appears(api, 'v1.example.com');
  assert.deepEqual(made['spec'], { group: 'example.com', version: 'v1', groupPriorityMinimum: 1000, versionPriority: 100 });
  await api.fetch('DELETE', `${PATH}/v1.example.com`);
  const again = await waitFor('another one', async () => {
    const { status, json } = await api.fetch('GET', `${PATH}/v1.example.com`);
    return status === 200 && json['metadata']?.['uid'] !== made['metadata']?.['uid'] ? json : undefined;
  });
  assert.deepEqual(again['spec'], made['spec']);
  await api.fetch('DELETE', `${definitions}/gears.example.com`);
  await waitFor('it to go', async () => ((await api.fetch('GET', `${PATH}/v1.example.com`)).status === 404 ? true : undefined));
});

async function list(api: TestServer): Promise<Json[]> {
  const { json } = await api.fetch('GET', PATH);
  return json['items'] as unknown as Json[];
}
function nameOf(object: Json): string {
  return object['metadata']?.['name'] as unknown as string;
}
async function appears(api: TestServer, name: string): Promise<Json> {
  return await waitFor(name, async () => {
    const { status, json } = await api.fetch('GET', `${PATH}/${name}`);
    return status === 200 ? json : undefined;
  });
}

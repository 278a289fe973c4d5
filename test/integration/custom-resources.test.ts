/** Kinds that clients define, in a whole control plane: who owns whom, what ends with a namespace, what ends with the definition. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ControlPlane, startControlPlane, textOf } from './control-plane.ts';

let plane: ControlPlane;
before(async () => {
  plane = await startControlPlane({ datastoreEndpoint: 'memory' });
  await plane.becomes('/api/v1/namespaces/default/serviceaccounts/default', ({ status }) => status === 200);
  await plane.ok('POST', CRDS, { body: definition('boxes', 'Box') });
  await plane.becomes(boxes('default'), ({ status }) => status === 200);
});
after(() => plane[Symbol.asyncDispose]());

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const boxes = (namespace: string): string => `/apis/things.example.com/v1/namespaces/${namespace}/boxes`;
const isGone = ({ status }: { status: number }): boolean => status === 404;

function definition(plural: string, kind: string): object {
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } } };
  return {
    metadata: { name: `${plural}.things.example.com` },
    spec: {
      group: 'things.example.com',
      scope: 'Namespaced',
      names: { plural, kind },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}
function box(name: string, ownerReferences: object[] = []): object {
  return { apiVersion: 'things.example.com/v1', kind: 'Box', metadata: { name, ownerReferences } };
}
async function owner(path: string, body: object): Promise<object> {
  const { json } = await plane.ok('POST', path, { body });
  const { name, uid } = json['metadata'] ?? {};
  const [apiVersion, kind] = [json['apiVersion'], json['kind']].map(textOf);
  return { apiVersion, kind, name: textOf(name), uid: textOf(uid), blockOwnerDeletion: true };
}

test('what a custom resource owns goes with it, whatever it is', async () => {
  const parent = await owner(boxes('default'), box('parent'));
  await plane.ok('POST', boxes('default'), { body: box('child', [parent]) });
  await plane.ok('POST', CONFIG_MAPS, { body: { metadata: { name: 'of-parent', ownerReferences: [parent] } } });
  await plane.ok('DELETE', `${boxes('default')}/parent`);
  await plane.becomes(`${boxes('default')}/child`, isGone);
  await plane.becomes(`${CONFIG_MAPS}/of-parent`, isGone);
});

test('a custom resource goes with its owner', async () => {
  const parent = await owner(CONFIG_MAPS, { metadata: { name: 'holder' } });
  await plane.ok('POST', boxes('default'), { body: box('held', [parent]) });
  await plane.ok('DELETE', `${CONFIG_MAPS}/holder`);
  await plane.becomes(`${boxes('default')}/held`, isGone);
});

test('orphans stay, and owners in the foreground wait', async () => {
  const parent = await owner(boxes('default'), box('leaving'));
  await plane.ok('POST', boxes('default'), { body: box('orphan', [parent]) });
  await plane.ok('DELETE', `${boxes('default')}/leaving?propagationPolicy=Orphan`);
  await plane.becomes(`${boxes('default')}/leaving`, isGone);
  const { json } = await plane.ok('GET', `${boxes('default')}/orphan`);
  assert.equal(json['metadata']?.['ownerReferences'], undefined);

  const slow = await owner(boxes('default'), box('slow'));
  await plane.ok('POST', boxes('default'), { body: { ...box('last'), metadata: { name: 'last', ownerReferences: [slow], finalizers: ['example.com/wait'] } } });
  await plane.ok('DELETE', `${boxes('default')}/slow?propagationPolicy=Foreground`);
  await plane.becomes(`${boxes('default')}/last`, ({ json: last }) => last['metadata']?.['deletionTimestamp'] !== undefined);
  assert.equal((await plane.request('GET', `${boxes('default')}/slow`)).status, 200);
  const headers = { 'content-type': 'application/merge-patch+json' };
  await plane.ok('PATCH', `${boxes('default')}/last`, { headers, body: { metadata: { finalizers: null } } });
  await plane.becomes(`${boxes('default')}/slow`, isGone);
});

test('a namespace takes its custom resources with it', async () => {
  await plane.ok('POST', '/api/v1/namespaces', { body: { metadata: { name: 'ending' } } });
  await plane.ok('POST', boxes('ending'), { body: box('inside') });
  await plane.ok('DELETE', '/api/v1/namespaces/ending');
  await plane.becomes('/api/v1/namespaces/ending', isGone);
  assert.equal((await plane.request('GET', `${boxes('ending')}/inside`)).status, 404);
});

test('kinds come back without what they had', async () => {
  await plane.ok('POST', CRDS, { body: definition('crates', 'Crate') });
  const crates = boxes('default').replace('boxes', 'crates');
  await plane.becomes(crates, ({ status }) => status === 200);
  await plane.ok('POST', crates, { body: { apiVersion: 'things.example.com/v1', kind: 'Crate', metadata: { name: 'old' } } });
  await plane.ok('DELETE', `${CRDS}/crates.things.example.com`);
  await plane.becomes(`${CRDS}/crates.things.example.com`, isGone);
  await plane.becomes(crates, isGone);
  await plane.ok('POST', CRDS, { body: definition('crates', 'Crate') });
  await plane.becomes(crates, ({ status }) => status === 200);
  const { json } = await plane.ok('GET', crates);
  assert.deepEqual(json['items'], []);
  // Garbage collection follows the kind that came back.
  const parent = await owner(CONFIG_MAPS, { metadata: { name: 'crate-owner' } });
  await plane.ok('POST', crates, { body: { apiVersion: 'things.example.com/v1', kind: 'Crate', metadata: { name: 'new', ownerReferences: [parent] } } });
  await plane.ok('DELETE', `${CONFIG_MAPS}/crate-owner`);
  await plane.becomes(`${crates}/new`, isGone);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configMaps, type KubeObject, pods, replicaSets, type ResourceDefinition } from '#api';
import { OwnerGraph } from './graph.ts';
import { judge, type OwnerState } from './plan.ts';

function setup() {
  const shown: KubeObject[] = [];
  const asked: string[] = [];
  const kinds: Record<string, ResourceDefinition> = { ReplicaSet: replicaSets, Pod: pods, ConfigMap: configMaps };
  const graph = new OwnerGraph(
    {
      typeOf: ({ kind }) => kinds[kind],
      find: (_, __, name) => shown.find((o) => o.metadata.name === name),
    },
    { check: (node) => asked.push(`check ${node.name}`), orphan: (node) => asked.push(`orphan ${node.name}`) },
  );
  /** What the graph asked for since the last call. */
  const work = (): string[] => asked.splice(0);
  return { graph, shown, work, kinds };
}

interface ObjectOptions {
  owners?: string[];
  blocking?: boolean;
  deleting?: boolean;
  finalizers?: string[];
}
function object(name: string, { owners = [], blocking = false, deleting = false, finalizers = [] }: ObjectOptions = {}): KubeObject {
  const ownerReferences = owners.map((owner) => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: owner,
    uid: `uid-${owner}`,
    blockOwnerDeletion: blocking,
  }));
  return { metadata: { name, namespace: 'default', uid: `uid-${name}`, ownerReferences, finalizers, ...(deleting ? { deletionTimestamp: 'x' } : {}) } };
}

describe('the graph of owners', () => {
  test('leaves out what neither owns nor is owned', () => {
    const { graph } = setup();
    graph.put(configMaps, object('a'));
    assert.equal(graph.size, 0);
  });
  test('asks for the dependents of what is gone', () => {
    const { graph, shown, work } = setup();
    shown.push(object('rs'));
    graph.put(pods, object('a', { owners: ['rs'] }));
    graph.put(pods, object('b', { owners: ['rs'] }));
    assert.deepEqual(work(), []);
    graph.remove('uid-rs');
    assert.deepEqual(work(), ['check a', 'check b']);
  });
  test('asks for owners of a kind when it becomes known', () => {
    const { graph, work, kinds } = setup();
    delete kinds['ReplicaSet'];
    graph.put(pods, object('a', { owners: ['rs'] }));
    graph.relink();
    assert.deepEqual(work(), []);
    kinds['ReplicaSet'] = replicaSets;
    graph.relink();
    graph.relink();
    assert.deepEqual(work(), ['check rs']);
    graph.remove('uid-rs');
    assert.deepEqual(work(), ['check a']);
  });
  test('asks for an owner that no cache shows', () => {
    const { graph, work } = setup();
    graph.put(pods, object('a', { owners: ['rs'] }));
    assert.deepEqual(work(), ['check rs']);
    assert.equal(graph.get('uid-rs')?.isObserved, false);
    graph.put(replicaSets, object('rs'));
    assert.equal(graph.get('uid-rs')?.isObserved, true);
  });
  test('asks for an owner of the same name that is another object', () => {
    const { graph, shown, work } = setup();
    shown.push({ metadata: { name: 'rs', namespace: 'default', uid: 'new' } });
    graph.put(pods, object('a', { owners: ['rs'] }));
    assert.deepEqual(work(), ['check rs']);
  });
  test('asks for the dependents of what waits for them, and then for it when they are gone or do not block any more', () => {
    const { graph, shown, work } = setup();
    shown.push(object('rs'));
    graph.put(pods, object('a', { owners: ['rs'], blocking: true }));
    graph.put(pods, object('b', { owners: ['rs'], blocking: true }));
    graph.put(replicaSets, object('rs', { deleting: true, finalizers: ['foregroundDeletion'] }));
    assert.deepEqual(work(), ['check a', 'check b', 'check rs']);
    graph.remove('uid-a');
    assert.deepEqual(work(), ['check rs']);
    graph.put(pods, object('b', { owners: ['rs'], blocking: false }));
    assert.deepEqual(work(), ['check rs']);
  });
  test('asks to orphan once', () => {
    const { graph, work } = setup();
    const deleting = object('rs', { deleting: true, finalizers: ['orphan'] });
    graph.put(replicaSets, deleting);
    graph.put(replicaSets, deleting);
    assert.deepEqual(work(), ['orphan rs']);
  });
  test('forgets what nothing links any more', () => {
    const { graph, shown } = setup();
    shown.push(object('rs'));
    graph.put(pods, object('a', { owners: ['rs'] }));
    assert.equal(graph.size, 2);
    graph.put(pods, object('a'));
    graph.put(replicaSets, object('rs'));
    assert.equal(graph.size, 0);
  });
});

describe('what becomes of an object', () => {
  const none = { count: 0, isOneWaiting: false };
  const two = object('a', { owners: ['x', 'y'] });
  const table: { name: string; object: KubeObject; states: OwnerState[]; dependents?: { count: number; isOneWaiting: boolean }; verdict: object }[] = [
    { name: 'it stays while its owners do', object: two, states: ['solid', 'solid'], verdict: { do: 'keep' } },
    { name: 'it stays without owners', object: object('a'), states: [], verdict: { do: 'keep' } },
    {
      name: 'it loses the references to owners that are gone',
      object: two,
      states: ['solid', 'absent'],
      verdict: { do: 'drop-references', uids: new Set(['uid-y']) },
    },
    {
      name: 'it goes with its last owner',
      object: two,
      states: ['absent', 'absent'],
      verdict: { do: 'delete', propagationPolicy: 'Background', unblocksOwners: false },
    },
    {
      name: 'it goes in the foreground for an owner that waits',
      object: two,
      states: ['absent', 'waiting'],
      dependents: { count: 1, isOneWaiting: false },
      verdict: { do: 'delete', propagationPolicy: 'Foreground', unblocksOwners: false },
    },
    {
      name: 'a circle is broken',
      object: two,
      states: ['absent', 'waiting'],
      dependents: { count: 1, isOneWaiting: true },
      verdict: { do: 'delete', propagationPolicy: 'Foreground', unblocksOwners: true },
    },
    {
      name: 'it keeps the policy that it has',
      object: object('a', { owners: ['x'], finalizers: ['orphan'] }),
      states: ['absent'],
      verdict: { do: 'delete', propagationPolicy: 'Orphan', unblocksOwners: false },
    },
  ];
  for (const row of table) test(row.name, () => assert.deepEqual(judge(row.object, row.states, row.dependents ?? none), row.verdict));
});

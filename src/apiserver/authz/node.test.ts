import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { persistentVolumeClaims, persistentVolumes, pods } from '#api';
import type { Attributes, Decision } from '../contract.ts';
import { createFakeReader } from '../testing/fake-reader.ts';
import { createNodeAuthorizer } from './node.ts';
import { attributesOf } from './rbac.ts';

const USER = { username: 'system:node:a', groups: ['system:nodes', 'system:authenticated'] };

function setUp() {
  const reader = createFakeReader();
  const authorizer = createNodeAuthorizer(reader);
  reader.put(pods, {
    metadata: { name: 'p', namespace: 'n' },
    spec: {
      nodeName: 'a',
      serviceAccountName: 'bot',
      imagePullSecrets: [{ name: 'pull' }],
      containers: [{ name: 'c', env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 'env', key: 'k' } } }], envFrom: [{ configMapRef: { name: 'from' } }] }],
      volumes: [
        { name: 'v', projected: { sources: [{ configMap: { name: 'kube-root-ca.crt' } }] } },
        { name: 'd', persistentVolumeClaim: { claimName: 'claim' } },
      ],
    },
  });
  reader.put(persistentVolumeClaims, { metadata: { name: 'claim', namespace: 'n' }, spec: { volumeName: 'pv' } });
  reader.put(persistentVolumes, {
    metadata: { name: 'pv' },
    spec: { claimRef: { namespace: 'n', name: 'claim' }, csi: { driver: 'd', volumeHandle: 'h', nodePublishSecretRef: { name: 'csi', namespace: 'n' } } },
  });
  const ask = (verb: string, resource: string, options: Partial<Attributes> = {}): Decision => {
    const [plural = '', ...group] = resource.split('.');
    const attributes = attributesOf(USER, verb, { group: group.join('.'), version: 'v1', plural }, { namespace: 'n', name: 'x' });
    return authorizer.authorize({ ...attributes, ...options }) as Decision;
  };
  return { reader, authorizer, ask };
}

describe('Node authorizer', () => {
  test('a node reads what its pods name, and nothing else', () => {
    const { ask, reader } = setUp();
    const reads: [string, string, boolean][] = [
      ['secrets', 'pull', true],
      ['secrets', 'env', true],
      ['secrets', 'csi', true],
      ['secrets', 'other', false],
      ['configmaps', 'from', true],
      ['configmaps', 'kube-root-ca.crt', true],
      ['configmaps', 'other', false],
      ['persistentvolumeclaims', 'claim', true],
      ['persistentvolumeclaims', 'other', false],
      ['pods', 'p', true],
      ['pods', 'other', false],
    ];
    for (const [resource, name, expected] of reads) assert.equal(ask('get', resource, { name }).decision === 'allow', expected, `${resource} ${name}`);
    assert.equal(ask('get', 'persistentvolumes', { namespace: '', name: 'pv' }).decision, 'allow');
    assert.equal(ask('create', 'serviceaccounts', { name: 'bot', subresource: 'token' }).decision, 'allow');
    assert.equal(ask('get', 'secrets', { name: 'pull', namespace: 'm' }).reason, "no relationship found between node 'a' and this object");
    reader.remove(pods, { namespace: 'n', name: 'p' });
    assert.equal(ask('get', 'secrets', { name: 'pull' }).decision, 'no-opinion');
  });

  test('a node writes its own lease, node and pods, and lists by selector', () => {
    const { ask } = setUp();
    const lease = 'leases.coordination.k8s.io';
    assert.equal(ask('update', lease, { namespace: 'kube-node-lease', name: 'a' }).decision, 'allow');
    assert.equal(
      ask('update', lease, { namespace: 'kube-node-lease', name: 'b' }).reason,
      'can only access node lease with the same name as the requesting node',
    );
    assert.equal(ask('get', lease, { name: 'a' }).reason, 'can only access leases in the "kube-node-lease" system namespace');
    assert.equal(ask('patch', 'nodes', { namespace: '', name: 'a', subresource: 'status' }).decision, 'allow');
    assert.equal(ask('get', 'nodes', { namespace: '', name: 'b' }).reason, "node 'a' cannot read 'b', only its own Node object");
    assert.equal(ask('list', 'pods', { namespace: '', name: '', fieldSelector: 'spec.nodeName=a' }).decision, 'allow');
    assert.equal(ask('list', 'pods', { namespace: '', name: '', fieldSelector: '' }).reason, 'can only list/watch pods with spec.nodeName field selector');
    assert.equal(ask('list', 'services', { namespace: '', name: '' }).decision, 'allow');
    assert.equal(ask('delete', 'nodes', { namespace: '', name: 'a' }).decision, 'no-opinion');
  });

  test('others are none of its business', () => {
    const { authorizer } = setUp();
    const ask = (user: { username: string; groups: string[] }) => authorizer.authorize({ ...attributesOf(user, 'get', pods, { name: 'x' }) }) as Decision;
    assert.deepEqual(ask({ username: 'system:node:a', groups: [] }), { decision: 'no-opinion', reason: '' });
    assert.equal(ask({ username: 'system:node:', groups: ['system:nodes'] }).reason, 'unknown node for user "system:node:"');
  });
});

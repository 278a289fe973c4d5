import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pod, ResourceQuotaSpec } from '#api/types/core-v1';
import type { KubeObject } from '../machinery/object.ts';
import { formatAmounts, quotaEvaluatorFor, quotaEvaluatorsOf, quotaUsage } from './index.ts';

const NOW_MS = Date.parse('2026-01-01T00:01:00Z');

function usage(group: string, plural: string, object: object): string {
  const evaluator = quotaEvaluatorFor({ group, plural });
  return evaluator ? formatAmounts(evaluator.usage({ metadata: {}, ...object } as KubeObject, NOW_MS)) : 'unknown kind';
}
function pod(spec: object, rest: object = {}): Pod & KubeObject {
  return { metadata: { name: 'p' }, spec: { containers: [{ name: 'c' }], ...spec }, ...rest } as Pod & KubeObject;
}
function container(name: string, requests: object, limits: object = {}): object {
  return { name, resources: { requests, limits } };
}

describe('usage', () => {
  const rows: readonly [string, string, string, object, string][] = [
    ['a Pod that asks for nothing', '', 'pods', pod({}), 'count/pods=1,pods=1'],
    [
      'requests and limits, with those of extended resources and huge pages',
      '',
      'pods',
      pod({ containers: [container('a', { cpu: '1', 'example.com/gpu': '2', 'hugepages-2Mi': '4Mi' }, { cpu: '2', memory: '1Gi' })] }),
      'count/pods=1,cpu=1,hugepages-2Mi=4Mi,limits.cpu=2,limits.memory=1Gi,pods=1,requests.cpu=1,requests.example.com/gpu=2,requests.hugepages-2Mi=4Mi',
    ],
    [
      'devices of a class asked for as a resource',
      '',
      'pods',
      pod({ containers: [container('a', { 'deviceclass.resource.kubernetes.io/gpu': '2' })] }),
      'count/pods=1,pods=1,requests.deviceclass.resource.kubernetes.io/gpu=2',
    ],
    [
      'an init container that needs more than the others',
      '',
      'pods',
      pod({ containers: [container('a', { cpu: '1' }), container('b', { cpu: '1' })], initContainers: [container('i', { cpu: '3' })] }),
      'count/pods=1,cpu=3,pods=1,requests.cpu=3',
    ],
    [
      'overhead',
      '',
      'pods',
      pod({ containers: [container('a', { memory: '1Mi' }, { memory: '2Mi' })], overhead: { memory: '1Mi', cpu: '10m' } }),
      'count/pods=1,cpu=10m,limits.memory=3Mi,memory=2Mi,pods=1,requests.cpu=10m,requests.memory=2Mi',
    ],
    [
      'what is asked for the Pod as a whole',
      '',
      'pods',
      pod({ resources: { requests: { cpu: '5' } }, containers: [container('a', { cpu: '1', 'ephemeral-storage': '1Gi' })] }),
      'count/pods=1,cpu=5,ephemeral-storage=1Gi,pods=1,requests.cpu=5,requests.ephemeral-storage=1Gi',
    ],
    [
      'a resize that has not happened yet',
      '',
      'pods',
      pod(
        { containers: [container('a', { cpu: '1' })] },
        { status: { containerStatuses: [{ name: 'a', resources: { requests: { cpu: '2' } }, allocatedResources: { cpu: '2' } }] } },
      ),
      'count/pods=1,cpu=2,pods=1,requests.cpu=2',
    ],
    ['a Pod that has ended', '', 'pods', pod({ containers: [container('a', { cpu: '1' })] }, { status: { phase: 'Succeeded' } }), 'count/pods=1'],
    ['a Pod that is overdue', '', 'pods', pod({}, { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 30 } }), 'count/pods=1'],
    [
      'a Pod that still has time',
      '',
      'pods',
      pod({}, { metadata: { deletionTimestamp: '2026-01-01T00:00:45Z', deletionGracePeriodSeconds: 30 } }),
      'count/pods=1,pods=1',
    ],
    ['a Service', '', 'services', { spec: { ports: [{ port: 1 }] } }, 'count/services=1,services=1,services.loadbalancers=0,services.nodeports=0'],
    [
      'node ports',
      '',
      'services',
      { spec: { type: 'NodePort', ports: [{ port: 1 }, { port: 2 }] } },
      'count/services=1,services=1,services.loadbalancers=0,services.nodeports=2',
    ],
    [
      'a load balancer',
      '',
      'services',
      { spec: { type: 'LoadBalancer', ports: [{ port: 1 }, { port: 2 }] } },
      'count/services=1,services=1,services.loadbalancers=1,services.nodeports=2',
    ],
    [
      'a load balancer that takes one port by itself',
      '',
      'services',
      { spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port: 1, nodePort: 30000 }, { port: 2 }] } },
      'count/services=1,services=1,services.loadbalancers=1,services.nodeports=1',
    ],
    [
      'a claim, rounded to bytes',
      '',
      'persistentvolumeclaims',
      { spec: { storageClassName: 'gold', resources: { requests: { storage: '1500m' } } } },
      'count/persistentvolumeclaims=1,gold.storageclass.storage.k8s.io/persistentvolumeclaims=1,gold.storageclass.storage.k8s.io/requests.storage=2,persistentvolumeclaims=1,requests.storage=2',
    ],
    [
      'a claim whose volume is growing',
      '',
      'persistentvolumeclaims',
      { spec: { resources: { requests: { storage: '1Gi' } } }, status: { allocatedResources: { storage: '2Gi' } } },
      'count/persistentvolumeclaims=1,persistentvolumeclaims=1,requests.storage=2Gi',
    ],
    [
      'devices by class',
      'resource.k8s.io',
      'resourceclaims',
      {
        spec: {
          devices: {
            requests: [
              { name: 'a', exactly: { deviceClassName: 'gpu', allocationMode: 'ExactCount', count: 2 } },
              { name: 'b', exactly: { deviceClassName: 'gpu', allocationMode: 'All' } },
              {
                name: 'c',
                firstAvailable: [
                  { deviceClassName: 'nic', allocationMode: 'ExactCount', count: 1 },
                  { deviceClassName: 'nic', allocationMode: 'ExactCount', count: 4 },
                ],
              },
            ],
          },
        },
      },
      'count/resourceclaims.resource.k8s.io=1,gpu.deviceclass.resource.k8s.io/devices=34,nic.deviceclass.resource.k8s.io/devices=4',
    ],
    ['a Secret, by both its names', '', 'secrets', {}, 'count/secrets=1,secrets=1'],
    ['a Deployment', 'apps', 'deployments', {}, 'count/deployments.apps=1'],
    ['a custom resource', 'example.com', 'widgets', {}, 'count/widgets.example.com=1'],
    ['events are never counted', '', 'events', {}, 'unknown kind'],
  ];
  for (const [name, group, plural, object, expected] of rows) test(name, () => assert.equal(usage(group, plural, object), expected));
});

test('which kinds a quota counts', () => {
  const kinds = (...names: string[]) => quotaEvaluatorsOf(names).map(({ group, plural }) => (group ? `${plural}.${group}` : plural));
  assert.deepEqual(kinds('cpu', 'requests.example.com/gpu', 'secrets', 'count/widgets.example.com'), ['pods', 'secrets', 'widgets.example.com']);
  assert.deepEqual(kinds('gold.storageclass.storage.k8s.io/requests.storage', 'services.nodeports'), ['services', 'persistentvolumeclaims']);
  assert.deepEqual(kinds('count/events', 'nonsense'), []);
});

describe('scopes', () => {
  const burstable = { containers: [container('c', { cpu: '1' })] };
  const affinity = (term: object) => ({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'k', ...term }] } } });
  const selector = (scopeName: string, operator: string, ...values: string[]) => ({ scopeSelector: { matchExpressions: [{ scopeName, operator, values }] } });
  const rows: readonly [object, object, boolean][] = [
    [{ scopes: ['BestEffort'] }, {}, true],
    [{ scopes: ['BestEffort'] }, burstable, false],
    [{ scopes: ['NotBestEffort'] }, burstable, true],
    [{ scopes: ['Terminating'] }, { activeDeadlineSeconds: 0 }, true],
    [{ scopes: ['Terminating'] }, {}, false],
    [{ scopes: ['NotTerminating', 'NotBestEffort'] }, burstable, true],
    [{ scopes: ['NotTerminating', 'BestEffort'] }, burstable, false],
    [{ scopes: ['PriorityClass'] }, {}, false],
    [selector('PriorityClass', 'In', 'high', 'low'), { priorityClassName: 'low' }, true],
    [selector('PriorityClass', 'In', 'high'), { priorityClassName: 'low' }, false],
    [selector('PriorityClass', 'NotIn', 'high'), {}, true],
    [selector('PriorityClass', 'DoesNotExist'), { priorityClassName: 'low' }, false],
    [{ scopes: ['CrossNamespacePodAffinity'] }, affinity({ namespaces: ['x'] }), true],
    [{ scopes: ['CrossNamespacePodAffinity'] }, affinity({ namespaceSelector: {} }), true],
    [{ scopes: ['CrossNamespacePodAffinity'] }, affinity({}), false],
    [{ scopes: ['VolumeAttributesClass'] }, {}, false],
  ];
  for (const [scopes, spec, isIn] of rows) {
    test(`${JSON.stringify(scopes)} ${isIn ? 'has' : 'has not'} ${JSON.stringify(spec)}`, () => {
      const quota = { hard: { pods: '1' }, ...scopes } as ResourceQuotaSpec;
      assert.equal(formatAmounts(quotaUsage(quota, { nowMs: NOW_MS, objectsOf: () => [pod(spec)] })), `pods=${isIn ? 1 : 0}`);
    });
  }

  test('claims have attributes classes', () => {
    const quota = { hard: { persistentvolumeclaims: '1' }, ...selector('VolumeAttributesClass', 'In', 'fast') } as ResourceQuotaSpec;
    const claim = (spec: object, status: object) => ({ metadata: {}, spec, status }) as KubeObject;
    const count = (object: KubeObject) => formatAmounts(quotaUsage(quota, { nowMs: NOW_MS, objectsOf: () => [object] }));
    assert.equal(count(claim({ volumeAttributesClassName: 'fast' }, {})), 'persistentvolumeclaims=1');
    assert.equal(count(claim({ volumeAttributesClassName: 'slow' }, { currentVolumeAttributesClassName: 'fast' })), 'persistentvolumeclaims=1');
    assert.equal(count(claim({}, {})), 'persistentvolumeclaims=0');
  });
});

test('kinds that do not exist have no usage, not none', () => {
  const quota = { hard: { 'count/widgets.example.com': '1', pods: '1' } };
  assert.equal(formatAmounts(quotaUsage(quota, { nowMs: NOW_MS, objectsOf: ({ plural }) => (plural === 'pods' ? [] : undefined) })), 'pods=0');
});

test('the containers that say too little', () => {
  const evaluator = quotaEvaluatorFor({ group: '', plural: 'pods' });
  const says = (required: string[], object: Pod) => evaluator?.constraints?.(required, object);
  const two = pod({ containers: [{ name: 'b' }, { name: 'a' }], initContainers: [container('i', { cpu: '1' }, { memory: '1' })] });
  assert.equal(says(['limits.memory', 'cpu', 'pods', 'ephemeral-storage'], two), 'must specify cpu for: a,b; limits.memory for: a,b');
  assert.equal(says(['pods', 'ephemeral-storage'], two), undefined);
  assert.equal(says(['cpu'], pod({ resources: { requests: { memory: '1' } } })), undefined);
});

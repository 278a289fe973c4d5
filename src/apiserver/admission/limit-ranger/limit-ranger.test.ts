import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type KubeObject, limitRanges, persistentVolumeClaims, pods, type ResourceDefinition } from '#api';
import type { LimitRange, LimitRangeItem, Pod, PodSpec } from '#api/types/core-v1';
import type { AdmissionRequest } from '../../contract.ts';
import { createFakeReader } from '../../testing/fake-reader.ts';
import { claimProblems, podProblems } from './constraints.ts';
import { createLimitRanger } from './limit-ranger.ts';

function range(...limits: LimitRangeItem[]): LimitRange & KubeObject {
  return { metadata: { name: 'r', namespace: 'n' }, spec: { limits } };
}
function podOf(spec: object): Pod & KubeObject {
  return { metadata: { name: 'p', namespace: 'n' }, spec: spec as PodSpec };
}
function one(resources: object): Pod & KubeObject {
  return podOf({ containers: [{ name: 'c', resources }] });
}

describe('constraints', () => {
  const rows: readonly [LimitRangeItem, Pod, readonly string[]][] = [
    [{ type: 'Container', max: { cpu: '1' } }, one({ limits: { cpu: '2' } }), ['maximum cpu usage per Container is 1, but limit is 2']],
    [{ type: 'Container', max: { cpu: '1' } }, one({}), ['maximum cpu usage per Container is 1.  No limit is specified']],
    [
      { type: 'Container', max: { cpu: '1' } },
      one({ limits: { cpu: '1' }, requests: { cpu: '1001m' } }),
      ['maximum cpu usage per Container is 1, but request is 1001m'],
    ],
    [{ type: 'Container', max: { cpu: '1' } }, one({ limits: { cpu: '1000m' } }), []],
    [{ type: 'Container', min: { memory: '1Gi' } }, one({}), ['minimum memory usage per Container is 1Gi.  No request is specified']],
    [{ type: 'Container', min: { memory: '1Gi' } }, one({ requests: { memory: '1Mi' } }), ['minimum memory usage per Container is 1Gi, but request is 1Mi']],
    [
      { type: 'Container', min: { memory: '1Gi' } },
      one({ requests: { memory: '1Gi' }, limits: { memory: '1G' } }),
      ['minimum memory usage per Container is 1Gi, but limit is 1G'],
    ],
    [
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      one({ requests: { cpu: '1' }, limits: { cpu: '3' } }),
      ['cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000'],
    ],
    [
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      one({ limits: { cpu: '3' } }),
      ['cpu max limit to request ratio per Container is 2, but no request is specified or request is 0'],
    ],
    [
      { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
      one({ requests: { cpu: '3' } }),
      ['cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0'],
    ],
    [
      { type: 'Container', max: { cpu: '1' } },
      podOf({ containers: [{ name: 'c', resources: { limits: { cpu: '1' } } }], initContainers: [{ name: 'i', resources: { limits: { cpu: '2' } } }] }),
      ['maximum cpu usage per Container is 1, but limit is 2'],
    ],
    [
      { type: 'Pod', max: { cpu: '1' } },
      podOf({
        containers: [
          { name: 'a', resources: { limits: { cpu: '600m' } } },
          { name: 'b', resources: { limits: { cpu: '600m' } } },
        ],
      }),
      ['maximum cpu usage per Pod is 1, but limit is 1200m'],
    ],
    [
      { type: 'Pod', max: { cpu: '1' } },
      podOf({
        resources: { limits: { cpu: '1' } },
        containers: [
          { name: 'a', resources: { limits: { cpu: '600m' } } },
          { name: 'b', resources: { limits: { cpu: '600m' } } },
        ],
      }),
      [],
    ],
    [{ type: 'PersistentVolumeClaim', max: { storage: '1' } }, one({}), []],
  ];
  for (const [item, pod, expected] of rows) test(expected[0] ?? JSON.stringify(item), () => assert.deepEqual(podProblems(range(item), pod), expected));

  test('claims: only what they request counts', () => {
    const item: LimitRangeItem = { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } };
    const claim = (storage: string) => ({ metadata: {}, spec: { resources: { requests: { storage } } } });
    assert.deepEqual(claimProblems(range(item), claim('1Gi')), []);
    assert.deepEqual(claimProblems(range(item), claim('3Gi')), ['maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi']);
    assert.deepEqual(claimProblems(range(item), claim('1')), ['minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1']);
  });
});

describe('LimitRanger', () => {
  function setUp(...ranges: (LimitRange & KubeObject)[]) {
    const reader = createFakeReader();
    for (const each of ranges) reader.put(limitRanges, each);
    const plugin = createLimitRanger(reader);
    return (resource: ResourceDefinition, object: KubeObject, change: Partial<AdmissionRequest> = {}): void => {
      const base = { operation: 'CREATE', resource, subresource: '', namespace: 'n', name: 'p', user: {}, isDryRun: false, warn: () => {}, object } as const;
      void plugin.admit?.({ ...base, ...change });
      void plugin.validate?.({ ...base, ...change });
    };
  }

  test('sets what containers do not say, and tells', () => {
    const admit = setUp(range({ type: 'Container', defaultRequest: { memory: '1Mi', cpu: '1m' }, default: { cpu: '2' } }), {
      ...range({ type: 'Container', default: { cpu: '9', memory: '2Mi' } }),
      metadata: { name: 's', namespace: 'n' },
    });
    const pod = podOf({ containers: [{ name: 'c', resources: { limits: { cpu: '3' } } }, { name: 'd' }], initContainers: [{ name: 'i' }] });
    admit(pods, pod);
    assert.deepEqual(pod.spec.containers[0]?.resources, { limits: { cpu: '3', memory: '2Mi' }, requests: { memory: '1Mi', cpu: '1m' } });
    assert.deepEqual(pod.spec.initContainers?.[0]?.resources, { requests: { memory: '1Mi', cpu: '1m' }, limits: { cpu: '2', memory: '2Mi' } });
    // The last range that set something tells what it was.
    assert.equal(
      pod.metadata.annotations?.['kubernetes.io/limit-ranger'],
      'LimitRanger plugin set: memory limit for container c; memory limit for container d; memory limit for init container i',
    );
    const alone = podOf({ containers: [{ name: 'c' }] });
    setUp(range({ type: 'Container', defaultRequest: { memory: '1Mi', cpu: '1m' }, default: { cpu: '2' } }))(pods, alone);
    assert.equal(
      alone.metadata.annotations?.['kubernetes.io/limit-ranger'],
      'LimitRanger plugin set: cpu, memory request for container c; cpu limit for container c',
    );
  });

  test('refuses with all problems', () => {
    const admit = setUp(range({ type: 'Container', max: { cpu: '1', memory: '1Mi' } }));
    assert.throws(() => admit(pods, one({ limits: { cpu: '2' } })), {
      message:
        'pods "p" is forbidden: [maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Mi.  No limit is specified]',
    });
  });

  test('looks at resizes and claim updates, not at other updates', () => {
    const admit = setUp(range({ type: 'Container', max: { cpu: '1' } }, { type: 'PersistentVolumeClaim', max: { storage: '1Gi' } }));
    const big = one({ limits: { cpu: '2' } });
    admit(pods, big, { operation: 'UPDATE', oldObject: big });
    admit(pods, big, { operation: 'UPDATE', oldObject: big, subresource: 'status' });
    assert.throws(() => admit(pods, big, { operation: 'UPDATE', oldObject: big, subresource: 'resize' }), /limit is 2/);
    const claim = { metadata: { name: 'v' }, spec: { resources: { requests: { storage: '2Gi' } } } } as KubeObject;
    assert.throws(() => admit(persistentVolumeClaims, claim, { operation: 'UPDATE', oldObject: claim }), /request is 2Gi/);
    const ending = { ...claim, metadata: { name: 'v', deletionTimestamp: '2020-01-01T00:00:00Z' } };
    admit(persistentVolumeClaims, claim, { operation: 'UPDATE', oldObject: ending });
  });
});

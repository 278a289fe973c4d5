import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HorizontalPodAutoscaler as V1 } from '#api/types/autoscaling-v1';
import { created, describeCreates, describeUpdates, statusErrors, stored } from '../testing/kind-cases.ts';
import { horizontalPodAutoscalersV1 } from './autoscalers-v1.ts';
import { horizontalPodAutoscalers } from './horizontal-pod-autoscalers.ts';

const TARGET = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' };
const hpa = (spec: object = {}) => ({ spec: { maxReplicas: 3, scaleTargetRef: TARGET, ...spec } });
const metric = (...metrics: object[]) => hpa({ metrics });
const VALUE = { type: 'Value', value: '1' };
const scaleUp = (rules: object) => hpa({ behavior: { scaleUp: rules } });
const SOURCES = '"ContainerResource", "External", "Object", "Pods", "Resource"';

describeCreates(horizontalPodAutoscalers, [
  ['right', hpa(), []],
  [
    'nothing',
    { spec: {} },
    [
      'spec.maxReplicas: Required value: must be set and greater than 0',
      'spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`',
      'spec.scaleTargetRef.kind: Required value',
      'spec.scaleTargetRef.name: Required value',
      'spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group',
    ],
  ],
  [
    'replicas',
    hpa({ minReplicas: 0, maxReplicas: -1 }),
    [
      'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
      'spec.maxReplicas: Invalid value: -1: must be greater than 0',
      'spec.maxReplicas: Invalid value: -1: must be greater than or equal to `minReplicas`',
      'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
    ],
  ],
  ['a replication controller', hpa({ scaleTargetRef: { apiVersion: 'v1', kind: 'ReplicationController', name: 'r' } }), []],
  [
    'a bad reference',
    hpa({ scaleTargetRef: { apiVersion: 'a/b/c', kind: 'a/b', name: '..' } }),
    [
      'spec.scaleTargetRef.kind: Invalid value: "a/b": may not contain \'/\'',
      'spec.scaleTargetRef.name: Invalid value: "..": may not be \'..\'',
      'spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
    ],
  ],
  [
    'a metric without a type',
    metric({}),
    [
      'spec.metrics[0].type: Required value: must specify a metric source type',
      `spec.metrics[0].type: Unsupported value: "": supported values: ${SOURCES}`,
      `spec.metrics[0].type: Unsupported value: "": supported values: ${SOURCES}`,
    ],
  ],
  ['a metric without its source', metric({ type: 'Pods' }), ['spec.metrics[0].pods: Required value: must populate information for the given metric source']],
  [
    'two sources',
    metric({ type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '1' } }, external: {} }),
    [
      'spec.metrics[0].external.metric.name: Required value: must specify a metric name',
      'spec.metrics[0].external.target.type: Required value: must specify a metric target type',
      'spec.metrics[0].external.target.type: Invalid value: "": must be either Utilization, Value, or AverageValue',
      'spec.metrics[0].external.target.averageValue: Required value: must set either a target value for metric or a per-pod target',
      'spec.metrics[0].external: Forbidden: must populate the given metric source only',
    ],
  ],
  [
    'an object',
    metric({ type: 'Object', object: { describedObject: { kind: '', name: 'n', apiVersion: 'v1' }, metric: { name: 'a/b' }, target: { type: 'Value' } } }),
    [
      'spec.metrics[0].object.describedObject.kind: Required value',
      'spec.metrics[0].object.metric.name: Invalid value: "a/b": may not contain \'/\'',
      'spec.metrics[0].object.target.averageValue: Required value: must set either a target value or averageValue',
    ],
  ],
  [
    'an external metric with two targets',
    metric({ type: 'External', external: { metric: { name: 'm' }, target: { ...VALUE, averageValue: '0' } } }),
    [
      'spec.metrics[0].external.target.averageValue: Invalid value: "0": must be positive',
      'spec.metrics[0].external.target.value: Forbidden: may not set both a target value for metric and a per-pod target',
    ],
  ],
  [
    'a metric of Pods',
    metric({ type: 'Pods', pods: { metric: { name: 'm' }, target: VALUE } }),
    ['spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target averageValue'],
  ],
  [
    'a resource',
    metric({ type: 'Resource', resource: { target: { type: 'Utilization', averageUtilization: 0, averageValue: '1' } } }),
    [
      'spec.metrics[0].resource.name: Required value: must specify a resource name',
      'spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0',
      'spec.metrics[0].resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization',
    ],
  ],
  [
    'the resource of a container',
    metric({ type: 'ContainerResource', containerResource: { name: '', container: '', target: { type: 'Utilization' } } }),
    [
      'spec.metrics[0].containerResource.name: Required value: must specify a resource name',
      'spec.metrics[0].containerResource.container: Required value: must specify a container',
      'spec.metrics[0].containerResource.target.averageUtilization: Required value: must set either a target raw value or a target utilization',
    ],
  ],
  [
    'a bad container',
    metric({ type: 'ContainerResource', containerResource: { name: 'cpu', container: 'a.b', target: { type: 'Utilization', averageUtilization: 1 } } }),
    ['spec.metrics[0].containerResource.container: Invalid value: "a.b": must not contain dots'],
  ],
  [
    'a window',
    scaleUp({ stabilizationWindowSeconds: -1, selectPolicy: 'X', tolerance: '-1' }),
    [
      'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: -1: must be greater than or equal to zero',
      'spec.behavior.scaleUp.selectPolicy: Unsupported value: "X": supported values: "Disabled", "Max", "Min"',
      'spec.behavior.scaleUp.tolerance: Invalid value: "-1": must be greater than or equal to 0',
    ],
  ],
  [
    'a long window',
    scaleUp({ stabilizationWindowSeconds: 3601 }),
    ['spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600'],
  ],
  [
    'a policy',
    scaleUp({
      policies: [
        { type: 'X', value: 0, periodSeconds: 0 },
        { type: 'Pods', value: 1, periodSeconds: 1801 },
      ],
    }),
    [
      'spec.behavior.scaleUp.policies[0].type: Unsupported value: "X": supported values: "Percent", "Pods"',
      'spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero',
      'spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 0: must be greater than zero',
      'spec.behavior.scaleUp.policies[1].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
    ],
  ],
]);

const BAD_TARGET = hpa({ scaleTargetRef: { kind: 'Deployment', name: 'd' } });
const badObject = (name: string) =>
  metric({ type: 'Object', object: { describedObject: { kind: 'K', name, apiVersion: 'a/b/c' }, metric: { name: 'm' }, target: VALUE } });
describeUpdates(horizontalPodAutoscalers, [
  ['a target without a group stays', BAD_TARGET, BAD_TARGET, []],
  ['a target without a group comes', BAD_TARGET, hpa(), ['spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group']],
  ['a bad version of an object stays', badObject('b'), badObject('a'), []],
  [
    'zero replicas stay',
    hpa({ minReplicas: 0, metrics: [{ type: 'External', external: { metric: { name: 'm' }, target: VALUE } }] }),
    hpa({ minReplicas: 0 }),
    [],
  ],
]);
test('the status of an autoscaler', () => {
  assert.deepEqual(statusErrors(horizontalPodAutoscalers, { ...hpa(), status: { currentReplicas: -1, desiredReplicas: -2 } }, hpa()), [
    'status.currentReplicas: Invalid value: -1: must be greater than or equal to 0',
    'status.desiredReplicas: Invalid value: -2: must be greater than or equal to 0',
  ]);
});

void describe('defaults', () => {
  test('of the least replicas and the metric', () => {
    const { spec } = created(horizontalPodAutoscalers, hpa());
    assert.equal(spec.minReplicas, 1);
    assert.deepEqual(spec.metrics, [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }]);
  });
  test('of both directions, where one is given', () => {
    const { behavior } = created(horizontalPodAutoscalers, scaleUp({ stabilizationWindowSeconds: 5, tolerance: '0.1' })).spec;
    assert.deepEqual([behavior?.scaleUp?.stabilizationWindowSeconds, behavior?.scaleUp?.tolerance, behavior?.scaleUp?.policies?.length], [5, '100m', 2]);
    assert.deepEqual(behavior?.scaleDown, { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] });
  });
});

void describe('autoscaling/v1', () => {
  const full = stored(horizontalPodAutoscalers, {
    metadata: { name: 'x', annotations: { a: 'b' } },
    spec: {
      maxReplicas: 3,
      scaleTargetRef: TARGET,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
        { type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '1' } } },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 1 } },
    },
    status: { currentReplicas: 1, desiredReplicas: 2, conditions: [{ type: 'AbleToScale', status: 'True' }] },
  });
  test('says in annotations what it has no fields for', () => {
    const { metadata, spec } = horizontalPodAutoscalersV1.fromStored(full) as V1;
    assert.equal(spec.targetCPUUtilizationPercentage, 50);
    assert.deepEqual(Object.keys(metadata.annotations ?? {}).sort(), [
      'a',
      'autoscaling.alpha.kubernetes.io/behavior',
      'autoscaling.alpha.kubernetes.io/conditions',
      'autoscaling.alpha.kubernetes.io/metrics',
    ]);
  });
  test('writes annotations as upstream does', () => {
    const selector = { matchLabels: { a: 'b' } };
    const { annotations } = horizontalPodAutoscalersV1.fromStored({
      ...full,
      spec: {
        ...full.spec,
        metrics: [
          { type: 'Pods', pods: { metric: { name: 'm', selector }, target: { type: 'AverageValue', averageValue: '1' } } },
          { type: 'Object', object: { describedObject: { apiVersion: 'v1', kind: 'Service', name: 's' }, metric: { name: 'o', selector }, target: VALUE } },
          { type: 'ContainerResource', containerResource: { container: 'c', name: 'cpu', target: { type: 'Utilization', averageUtilization: 2 } } },
        ],
      },
    } as never).metadata;
    const metrics = [
      '{"type":"Pods","pods":{"metricName":"m","targetAverageValue":"1","selector":{"matchLabels":{"a":"b"}}}}',
      '{"type":"Object","object":{"target":{"kind":"Service","name":"s","apiVersion":"v1"},"metricName":"o","targetValue":"1","selector":{"matchLabels":{"a":"b"}}}}',
      '{"type":"ContainerResource","containerResource":{"name":"cpu","targetAverageUtilization":2,"container":"c"}}',
    ];
    assert.equal(annotations?.['autoscaling.alpha.kubernetes.io/metrics'], `[${metrics.join(',')}]`);
    const rules = (direction: string, window: number, policies: string) =>
      `"${direction}":{"StabilizationWindowSeconds":${window},"SelectPolicy":"Max","Policies":[${policies}],"Tolerance":null}`;
    const percent = '{"Type":"Percent","Value":100,"PeriodSeconds":15}';
    const behavior = `{${rules('ScaleUp', 0, `{"Type":"Pods","Value":4,"PeriodSeconds":15},${percent}`)},${rules('ScaleDown', 1, percent)}}`;
    assert.equal(annotations?.['autoscaling.alpha.kubernetes.io/behavior'], behavior);
    assert.equal(annotations?.['autoscaling.alpha.kubernetes.io/conditions'], '[{"type":"AbleToScale","status":"True","lastTransitionTime":null}]');
  });
  test('takes the CPU that its status tells where there is no annotation', () => {
    const { status } = horizontalPodAutoscalersV1.toStored({
      metadata: {},
      spec: { maxReplicas: 1, scaleTargetRef: TARGET },
      status: { currentReplicas: 1, desiredReplicas: 1, currentCPUUtilizationPercentage: 7 },
    } as never);
    assert.deepEqual(status?.currentMetrics, [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 7 } } }]);
  });
  test('comes back as it went', () => {
    const back = horizontalPodAutoscalersV1.toStored(horizontalPodAutoscalersV1.fromStored(full));
    assert.deepEqual(back.metadata.annotations, { a: 'b' });
    assert.deepEqual(back.spec.behavior, full.spec.behavior);
    assert.deepEqual(new Set(back.spec.metrics?.map(({ type }) => type)), new Set(['Resource', 'Pods']));
    assert.deepEqual(back.status?.conditions, full.status?.conditions);
  });
});

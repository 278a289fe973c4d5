import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeClock } from '#lib';
import {
  codecFor,
  configMaps,
  cronJobs,
  daemonSets,
  deployments,
  endpoints,
  type FieldError,
  formatFieldError,
  horizontalPodAutoscalers,
  ingresses,
  jobs,
  limitRanges,
  type JsonObject,
  type KubeObject,
  namespaces,
  networkPolicies,
  nodes,
  persistentVolumeClaims,
  type ResourceDefinition,
  resourceQuotas,
  roleBindings,
  roles,
  secrets,
  services,
  statefulSets,
  storageClasses,
} from './index.ts';

const CONTEXT = { user: { username: 'u' }, clock: new FakeClock(), isDryRun: false, subresource: '' };

/** A body as the API server takes it in, up to and including prepareForCreate. */
function created<T extends KubeObject>(definition: ResourceDefinition<T>, body: object): T {
  const { object } = codecFor<T>(definition.schema).decode({ metadata: { name: 'x', namespace: 'n', uid: 'u1' }, ...structuredClone(body) });
  definition.defaults?.(object);
  definition.prepareForCreate?.(object, CONTEXT);
  return object;
}
function updated<T extends KubeObject>(definition: ResourceDefinition<T>, body: object, old: T): { object: T; errors: string[] } {
  const { object } = codecFor<T>(definition.schema).decode({ metadata: { ...old.metadata, resourceVersion: '1' }, ...structuredClone(body) } as JsonObject);
  definition.defaults?.(object);
  definition.prepareForUpdate?.(object, old, CONTEXT);
  return { object, errors: texts([...(definition.validate?.(object, CONTEXT) ?? []), ...(definition.validateUpdate?.(object, old, CONTEXT) ?? [])]) };
}
const texts = (errors: readonly FieldError[]) => errors.map(formatFieldError);

const TEMPLATE = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const BAD_SELECTOR = { matchExpressions: [{ key: 'a', operator: 'Foo' }] };
const BAD_OPERATOR = 'spec.selector.matchExpressions[0].operator: Invalid value: "Foo": not a valid selector operator';
const SELECTOR = { matchLabels: { app: 'a' } };

// From recorded answers of upstream.
void describe('validation of new objects', () => {
  const cases: [ResourceDefinition, string, object, string[]][] = [
    [deployments as ResourceDefinition, 'right', { spec: { selector: SELECTOR, template: TEMPLATE } }, []],
    [
      deployments as ResourceDefinition,
      'mismatch',
      { spec: { selector: { matchLabels: { app: 'z' } }, template: TEMPLATE } },
      ['spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`'],
    ],
    [
      deployments as ResourceDefinition,
      'restart policy',
      { spec: { selector: SELECTOR, template: { ...TEMPLATE, spec: { ...TEMPLATE.spec, restartPolicy: 'Never' } } } },
      ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    ],
    [
      deployments as ResourceDefinition,
      'negative replicas',
      { spec: { replicas: -1, selector: SELECTOR, template: TEMPLATE } },
      ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      statefulSets as ResourceDefinition,
      'no selector',
      { spec: { template: TEMPLATE } },
      ['spec.selector: Required value', 'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`'],
    ],
    [
      daemonSets as ResourceDefinition,
      'minReadySeconds',
      { spec: { minReadySeconds: -1, selector: SELECTOR, template: TEMPLATE } },
      ['spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      jobs as ResourceDefinition,
      'restart policy',
      { spec: { template: TEMPLATE } },
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      cronJobs as ResourceDefinition,
      'schedule',
      { spec: { schedule: '* * *', jobTemplate: { spec: { template: { ...TEMPLATE, spec: { ...TEMPLATE.spec, restartPolicy: 'Never' } } } } } },
      ['spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]'],
    ],
    [
      deployments as ResourceDefinition,
      'unreadable selector',
      { spec: { selector: BAD_SELECTOR, template: { spec: {} } } },
      [BAD_OPERATOR, 'spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"Foo"}]}: invalid label selector'],
    ],
    [
      statefulSets as ResourceDefinition,
      'unreadable selector',
      { spec: { selector: BAD_SELECTOR, template: TEMPLATE } },
      [BAD_OPERATOR, 'spec.selector: Invalid value: {"matchExpressions":[{"key":"a","operator":"Foo"}]}'],
    ],
    [
      daemonSets as ResourceDefinition,
      'strategy',
      { spec: { updateStrategy: { type: 'X' }, selector: SELECTOR, template: TEMPLATE } },
      ['spec.updateStrategy: Unsupported value: {"Type":"X","RollingUpdate":null}: supported values: "RollingUpdate", "OnDelete"'],
    ],
    [services as ResourceDefinition, 'right', { spec: { ports: [{ port: 80 }] } }, []],
    [services as ResourceDefinition, 'no ports', { spec: {} }, ['spec.ports: Required value']],
    [
      services as ResourceDefinition,
      'node port',
      { spec: { ports: [{ port: 80, nodePort: 30000 }] } },
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
    [
      services as ResourceDefinition,
      'names of ports',
      { spec: { ports: [{ port: 80 }, { port: 81 }] } },
      ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
    ],
    [services as ResourceDefinition, 'external name', { spec: { type: 'ExternalName' } }, ['spec.externalName: Required value']],
    [secrets as ResourceDefinition, 'tls', { type: 'kubernetes.io/tls' }, ['data[tls.crt]: Required value', 'data[tls.key]: Required value']],
    [
      configMaps as ResourceDefinition,
      'key in both',
      { data: { a: 'x' }, binaryData: { a: 'eA==' } },
      ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
    ],
    [
      roles as ResourceDefinition,
      'no verbs',
      { rules: [{ apiGroups: [''], resources: ['pods'] }] },
      ['rules[0].verbs: Required value: verbs must contain at least one value'],
    ],
    [
      roleBindings as ResourceDefinition,
      'no reference',
      { roleRef: {} },
      ['roleRef.kind: Unsupported value: "": supported values: "Role", "ClusterRole"', 'roleRef.name: Required value'],
    ],
    [endpoints as ResourceDefinition, 'no addresses', { subsets: [{}] }, ['subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`']],
    [
      ingresses as ResourceDefinition,
      'path',
      { spec: { rules: [{ http: { paths: [{ path: 'x', pathType: 'Exact', backend: { service: { name: 's', port: { number: 80 } } } }] } }] } },
      ['spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute path'],
    ],
    [
      networkPolicies as ResourceDefinition,
      'port',
      { spec: { ingress: [{ ports: [{ port: 0 }] }] } },
      ['spec.ingress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive'],
    ],
    [
      networkPolicies as ResourceDefinition,
      'holes',
      { spec: { ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16', '11.0.0.0/16', '10.0.0.0/8', 'x'] } }] }] } },
      [
        'spec.ingress[0].from[0].ipBlock.except[1]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
        'spec.ingress[0].from[0].ipBlock.except[2]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
        'spec.ingress[0].from[0].ipBlock.except[3]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      ],
    ],
    [
      networkPolicies as ResourceDefinition,
      'holes of IPv6',
      { spec: { ingress: [{ from: [{ ipBlock: { cidr: 'fd00::/16', except: ['fd00:1::/32', '10.0.0.0/24'] } }] }] } },
      ['spec.ingress[0].from[0].ipBlock.except[1]: Invalid value: "10.0.0.0/24": must be a strict subset of `cidr`'],
    ],
    [
      persistentVolumeClaims as ResourceDefinition,
      'empty',
      {},
      ['spec.accessModes: Required value: at least 1 access mode is required', 'spec.resources[storage]: Required value'],
    ],
    [
      limitRanges as ResourceDefinition,
      'amounts',
      { spec: { limits: [{ type: 'Container', min: { cpu: '2' }, max: { cpu: '1' } }] } },
      [
        'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1',
        'spec.limits[0].default[cpu]: Invalid value: "2": min value 2 is greater than default value 1',
      ],
    ],
    [
      limitRanges as ResourceDefinition,
      'types',
      { spec: { limits: [{ type: 'Pod', default: { cpu: '1' } }, { type: 'Pod' }, { type: 'Foo' }, { type: 'PersistentVolumeClaim' }] } },
      [
        "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
        'spec.limits[1].type: Duplicate value: "Pod"',
        'spec.limits[2].type: Invalid value: "Foo": must be a standard limit type or fully qualified',
        'spec.limits[3].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
      ],
    ],
    [
      limitRanges as ResourceDefinition,
      'ratio',
      { spec: { limits: [{ type: 'Pod', maxLimitRequestRatio: { cpu: '5' }, min: { cpu: '1' }, max: { cpu: '2' } }] } },
      ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "5": ratio 5 is greater than max/min = 2.000000'],
    ],
    [
      resourceQuotas as ResourceDefinition,
      'amounts',
      { spec: { hard: { pods: '-1', services: '1.5', foo: '1', 'requests.cpu': '1', 'count/things.x.test': '2' } } },
      [
        'spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0',
        'spec.hard[services]: Invalid value: "1500m": must be an integer',
        'spec.hard[foo]: Invalid value: "foo": must be a standard resource type or fully qualified',
        'spec.hard[foo]: Invalid value: "foo": must be a standard resource for quota',
      ],
    ],
    [
      resourceQuotas as ResourceDefinition,
      'scopes',
      {
        spec: {
          hard: { cpu: '1' },
          scopes: ['BestEffort', 'NotBestEffort'],
          scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'X' }] },
        },
      },
      [
        'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: unsupported scope applied to resource',
        'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes',
        'spec.scopeSelector.matchExpressions.operator: Invalid value: "X": not a valid selector operator',
      ],
    ],
    [storageClasses as ResourceDefinition, 'provisioner', {}, ['provisioner: Required value']],
  ];
  for (const [definition, name, body, expected] of cases) {
    void test(`${definition.kind}: ${name}`, () => {
      const object = created(definition, body);
      assert.deepEqual(texts(definition.validate?.(object, CONTEXT) ?? []), expected);
    });
  }
});

void describe('updates', () => {
  void test('a selector is for ever', () => {
    const old = created(deployments, { spec: { selector: SELECTOR, template: TEMPLATE } });
    const labels = { app: 'b' };
    const { errors } = updated(deployments, { spec: { selector: { matchLabels: labels }, template: { ...TEMPLATE, metadata: { labels } } } }, old);
    assert.deepEqual(errors, ['spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable']);
  });

  void test('immutable configuration stays', () => {
    const old = created(configMaps, { immutable: true, data: { a: 'x' } });
    const text = 'Forbidden: field is immutable when `immutable` is set';
    assert.deepEqual(updated(configMaps, { data: { a: 'y' } }, old).errors, [`immutable: ${text}`, `data: ${text}`]);
  });

  void test('a binding binds to the same role', () => {
    const old = created(roleBindings, { roleRef: { kind: 'ClusterRole', name: 'view' } });
    const { errors } = updated(roleBindings, { roleRef: { kind: 'ClusterRole', name: 'edit' } }, old);
    assert.match(errors[0] ?? '', /^roleRef: Invalid value: .*: cannot change roleRef$/);
  });

  void test('a Service keeps its address and node ports', () => {
    const old = created(services, { spec: { type: 'NodePort', clusterIP: '10.43.0.9', ports: [{ port: 80, nodePort: 30080 }] } });
    const kept = updated(services, { spec: { type: 'NodePort', ports: [{ port: 80 }] } }, old);
    assert.deepEqual(kept.errors, []);
    assert.deepEqual([kept.object.spec.clusterIP, kept.object.spec.clusterIPs, kept.object.spec.ports?.[0]?.nodePort], ['10.43.0.9', ['10.43.0.9'], 30080]);
    assert.deepEqual(updated(services, { spec: { type: 'NodePort', clusterIP: '10.43.0.8', ports: [{ port: 80 }] } }, old).errors, [
      'spec.clusterIPs[0]: Invalid value: ["10.43.0.8"]: may not change once set',
    ]);
  });

  void test('what only the old type of a Service has goes', () => {
    const old = created(services, { spec: { type: 'NodePort', clusterIP: '10.43.0.9', ports: [{ port: 80, nodePort: 30080 }] } });
    const { object, errors } = updated(services, { spec: { ...old.spec, type: 'ClusterIP' } }, old);
    assert.deepEqual(errors, []);
    assert.deepEqual([object.spec.ports?.[0]?.nodePort, object.spec.externalTrafficPolicy, object.spec.clusterIP], [undefined, undefined, '10.43.0.9']);
  });

  void test('annotations of a Deployment count as a change', () => {
    const old = created(deployments, { spec: { selector: SELECTOR, template: TEMPLATE } });
    old.metadata.generation = 1;
    const { object } = updated(deployments, { metadata: { ...old.metadata, annotations: { a: 'b' } }, spec: old.spec }, old);
    assert.equal(object.metadata.generation, 2);
  });
});

void describe('strategies', () => {
  void test('a Secret takes stringData for data', () => {
    const secret = created(secrets, { data: { a: 'eA==' }, stringData: { a: 'y', b: 'z' } });
    assert.deepEqual([secret.data, secret.stringData, secret.type], [{ a: 'eQ==', b: 'eg==' }, undefined, 'Opaque']);
  });

  void test('a namespace is active, finalized and labelled', () => {
    const { metadata, spec, status } = created(namespaces, { metadata: { name: 'x' } });
    assert.deepEqual([metadata.labels, spec, status], [{ 'kubernetes.io/metadata.name': 'x' }, { finalizers: ['kubernetes'] }, { phase: 'Active' }]);
  });

  void test('a node registers with its status', () => {
    assert.deepEqual(created(nodes, { status: { capacity: { cpu: '2' } } }).status?.allocatable, { cpu: '2' });
  });

  void test('a Job selects its own Pods', () => {
    const { spec, metadata } = created(jobs, { spec: { template: TEMPLATE } });
    assert.deepEqual(spec.selector, { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u1' } });
    assert.equal(spec.template.metadata?.labels?.['batch.kubernetes.io/job-name'], 'x');
    // Its own labels are those of its template, and go on being them.
    assert.deepEqual(metadata.labels, spec.template.metadata?.labels);
  });

  void test('a claim says in both fields where its data come from, unless the older one cannot', () => {
    const kept = created(persistentVolumeClaims, { spec: { dataSource: { kind: 'PersistentVolumeClaim', name: 'c' } } });
    assert.deepEqual(kept.spec.dataSourceRef, kept.spec.dataSource);
    const snapshot = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' };
    assert.deepEqual(created(persistentVolumeClaims, { spec: { dataSourceRef: snapshot } }).spec.dataSource, snapshot);
    const dropped = created(persistentVolumeClaims, { spec: { dataSource: { kind: 'X', name: 'y' } } });
    assert.deepEqual([dropped.spec.dataSource, dropped.spec.dataSourceRef], [undefined, undefined]);
  });

  void test('a DaemonSet counts its templates', () => {
    const old = created(daemonSets, { spec: { selector: SELECTOR, template: TEMPLATE } });
    assert.equal(old.metadata.annotations?.['deprecated.daemonset.template.generation'], '1');
    const template = { ...TEMPLATE, spec: { containers: [{ name: 'c', image: 'j' }] } };
    assert.equal(
      updated(daemonSets, { spec: { selector: SELECTOR, template } }, old).object.metadata.annotations?.['deprecated.daemonset.template.generation'],
      '2',
    );
  });
});

void describe('other versions', () => {
  void test('autoscaling/v1 says the CPU target as a field and the rest in annotations', () => {
    const [v1] = horizontalPodAutoscalers.alsoServedAs ?? [];
    assert.ok(v1);
    const external = { type: 'External', external: { metric: { name: 'q' }, target: { type: 'Value', value: '5' } } };
    const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } };
    const scaleTargetRef = { kind: 'Deployment', name: 'd' };
    const stored = created(horizontalPodAutoscalers, { spec: { scaleTargetRef, maxReplicas: 3, metrics: [external, cpu] } });
    const shown = v1.fromStored(stored) as KubeObject & { spec: object };
    assert.deepEqual(JSON.parse(JSON.stringify(shown.spec)), { scaleTargetRef, minReplicas: 1, maxReplicas: 3, targetCPUUtilizationPercentage: 80 });
    assert.deepEqual(JSON.parse(shown.metadata.annotations?.['autoscaling.alpha.kubernetes.io/metrics'] ?? ''), [
      { type: 'External', external: { metricName: 'q', targetValue: '5' } },
    ]);
    assert.deepEqual(JSON.parse(JSON.stringify(v1.toStored(shown).spec)), JSON.parse(JSON.stringify(stored.spec)));
  });
});

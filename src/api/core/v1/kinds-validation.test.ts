import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Endpoints, Node, ResourceQuota, Secret, Service } from '#api/types/core-v1';
import { type FieldError, formatFieldError } from '../../machinery/field-error.ts';
import { endpointsWarnings, validateEndpoints } from './endpoints-validation.ts';
import { limitRanges } from './limit-ranges.ts';
import { validateFinalizer, validateFinalizers } from './namespace-finalizers.ts';
import { nodes } from './nodes.ts';
import { nodeWarnings, validateNode, validateNodeChange, validateNodeUpdate } from './node-validation.ts';
import { resourceQuotas } from './resource-quotas.ts';
import { validateResourceQuota, validateResourceQuotaStatus, validateResourceQuotaUpdate } from './resource-quota-validation.ts';
import { serviceAccounts } from './service-accounts.ts';
import { serviceWarnings } from './service/warnings.ts';
import { validateSecret, validateSecretUpdate } from './secret-validation.ts';

/** Without the explanations of names' forms, which machinery/names.ts' tests check. */
function textsOf(errors: readonly FieldError[]): string[] {
  return errors.map((error) => formatFieldError(error).replace(/ must consist of .*/, ' …'));
}
type Row = readonly [string, object, string[]];
type ChangeRow = readonly [string, object, object, string[]];

const TAINTS = 'scheduler.alpha.kubernetes.io/taints';
const AVOIDS = 'scheduler.alpha.kubernetes.io/preferAvoidPods';
const node = (fields: object): Node => ({ metadata: { name: 'n' }, ...fields }) as Node;

void describe('a Node is refused for', () => {
  const rows: readonly Row[] = [
    [
      'taints',
      {
        spec: {
          taints: [
            { key: 'a b', value: 'c d', effect: 'X' },
            { key: 'a', effect: '' },
            { key: 'b', effect: 'NoSchedule' },
            { key: 'b', value: 'c', effect: 'NoSchedule' },
          ],
        },
      },
      [
        'metadata.taints[0].key: Invalid value: "a b": name part …',
        "metadata.taints[0].value: Invalid value: \"c d\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        'metadata.taints[0].effect: Unsupported value: "X": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
        'metadata.taints[1].effect: Required value',
        'metadata.taints[3]: Duplicate value: {"Key":"b","Value":"c","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
      ],
    ],
    [
      'resources',
      { status: { capacity: { cpu: '-1' }, allocatable: { 'example.com/gpu': '500m' } } },
      [
        'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
        'status.allocatable.example.com/gpu: Invalid value: "500m": must be an integer',
      ],
    ],
    [
      'swap space of nothing',
      { status: { nodeInfo: { swap: { capacity: 0 } } } },
      ['metadata.nodeSwapStatus.capacity: Invalid value: 0: must be greater than zero'],
    ],
    [
      'features that are none, or in no order',
      { status: { declaredFeatures: ['b', 'A/b', 'A/b', 'C'] } },
      [
        'status.declaredFeatures[0]: Invalid value: "b": invalid feature name "b": must start with an UpperCamelCase segment, with subsequent segments separated by \'/\' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes',
        'status.declaredFeatures[1]: Invalid value: "A/b": list must be sorted alphabetically',
        'status.declaredFeatures[2]: Duplicate value: "A/b"',
      ],
    ],
    [
      'addresses of Pods',
      { spec: { podCIDRs: ['10.0.0.0/8', '10.0.0.0/8'] } },
      [
        'spec.podCIDRs: Invalid value: ["10.0.0.0/8","10.0.0.0/8"]: may specify no more than one CIDR for each IP family',
        'spec.podCIDRs[1]: Duplicate value: "10.0.0.0/8"',
      ],
    ],
    [
      'an address that is none',
      { spec: { podCIDRs: ['x'] } },
      ['spec.podCIDRs[0]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
    ],
    [
      'two addresses of which one is none',
      { spec: { podCIDRs: ['x', 'fd00::/64'] } },
      [
        'spec.podCIDRs[0]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
        'spec.podCIDRs: Internal error: invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[0]: <nil> (invalid CIDR address: x)',
        'spec.podCIDRs: Invalid value: ["x","fd00::/64"]: may specify no more than one CIDR for each IP family',
      ],
    ],
    ['nothing', { spec: { podCIDRs: ['10.0.0.0/24', 'fd00::/64'] } }, []],
  ];
  for (const [name, fields, expected] of rows) void test(name, () => assert.deepEqual(textsOf(validateNode(node(fields))), expected));
});

void describe('a changed Node is refused for', () => {
  const fixed = 'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid';
  const rows: readonly ChangeRow[] = [
    ['more addresses of Pods', { spec: { podCIDRs: ['10.0.0.0/24'] } }, { spec: {} }, [fixed]],
    ['others', { spec: { podCIDRs: ['10.0.0.0/24'] } }, { spec: { podCIDRs: ['10.0.1.0/24'] } }, [fixed]],
    [
      'another provider',
      { spec: { providerID: 'a' } },
      { spec: { providerID: 'b' } },
      ['spec.providerID: Forbidden: node updates may not change providerID except from "" to valid'],
    ],
    ['an external id', { spec: {} }, { spec: { externalID: 'x' } }, ['spec.externalID: Forbidden: may not be updated']],
    [
      'addresses given twice',
      {},
      { status: { addresses: ['1', '1'].map((address) => ({ type: 'InternalIP', address })) } },
      ['status.addresses[1]: Duplicate value: {"Type":"InternalIP","Address":"1"}'],
    ],
    [
      'features in no order',
      {},
      { status: { declaredFeatures: ['B', 'A'] } },
      ['status.declaredFeatures[1]: Invalid value: "A": list must be sorted alphabetically'],
    ],
    [
      'no source of configuration',
      {},
      { spec: { configSource: {} } },
      ['spec.configSource: Invalid value: {"ConfigMap":null}: exactly one reference subfield must be non-nil'],
    ],
    [
      'a source of configuration',
      {},
      { spec: { configSource: { configMap: { uid: 'u', resourceVersion: '1', namespace: '', name: 'A_', kubeletConfigKey: '' } } } },
      [
        'spec.configSource.configMap.uid: Forbidden: uid must not be set in spec',
        'spec.configSource.configMap.resourceVersion: Forbidden: resourceVersion must not be set in spec',
        'spec.configSource.configMap.namespace: Required value: namespace must be set',
        'spec.configSource.configMap.name: Invalid value: "A_": a lowercase RFC 1123 subdomain …',
        'spec.configSource.configMap.kubeletConfigKey: Required value: kubeletConfigKey must be set',
      ],
    ],
    [
      'what configures it',
      {},
      { status: { config: { active: { configMap: { namespace: 'n', name: 'm', kubeletConfigKey: 'k' } } } } },
      [
        'status.config.active.configMap.uid: Required value: uid must be set in status',
        'status.config.active.configMap.resourceVersion: Required value: resourceVersion must be set in status',
      ],
    ],
  ];
  for (const [name, old, fields, expected] of rows) void test(name, () => assert.deepEqual(textsOf(validateNodeChange(node(fields), node(old))), expected));
  const annotated: readonly (readonly [string, string, string, string[]])[] = [
    ['taints that are none', TAINTS, 'x', [`metadata.annotations: Invalid value: "${TAINTS}": invalid character 'x' looking for beginning of value`]],
    ['one taint', TAINTS, '{}', [`metadata.annotations: Invalid value: "${TAINTS}": json: cannot unmarshal object into Go value of type []v1.Taint`]],
    ['an odd taint', TAINTS, '[{"key":"a"}]', [`metadata.annotations.${TAINTS}[0].effect: Required value`]],
    [
      'a taint of other types',
      TAINTS,
      '[{"key":1}]',
      [`metadata.annotations: Invalid value: "${TAINTS}": json: cannot unmarshal number into Go struct field Taint.key of type string`],
    ],
    ['right taints', TAINTS, '[{"key":"a","effect":"NoExecute"}]', []],
    ['Pods to avoid that are none', AVOIDS, '{', [`metadata.annotations.AvoidPods: Invalid value: "${AVOIDS}": unexpected end of JSON input`]],
    ['Pods of nobody', AVOIDS, '{"preferAvoidPods":[{}]}', [`metadata.annotations.${AVOIDS}[0].PodSignature: Required value`]],
    [
      'Pods of no controller',
      AVOIDS,
      '{"preferAvoidPods":[{"podSignature":{"podController":{"controller":false}}}]}',
      [`metadata.annotations.${AVOIDS}[0].PodSignature.PodController.Controller: Invalid value: false: must point to a controller`],
    ],
    ['Pods of a controller', AVOIDS, '{"preferAvoidPods":[{"podSignature":{"podController":{"controller":true}}}]}', []],
  ];
  for (const [name, annotation, value, expected] of annotated) {
    void test(`${name}, as an annotation`, () => {
      const machine = node({ metadata: { annotations: { [annotation]: value } } });
      assert.deepEqual(textsOf(validateNode(machine)), expected);
      assert.deepEqual(textsOf(validateNodeChange(machine, node({}))), expected);
    });
  }
  void test('its taints, twice as upstream counts', () => {
    assert.equal(validateNodeUpdate(node({ spec: { taints: [{ key: 'a', effect: '' }] } }), node({})).length, 2);
  });
  void test('nothing, but told of old fields and odd ranges', () => {
    assert.deepEqual(nodeWarnings(node({ spec: { externalID: 'x', configSource: {}, podCIDRs: ['10.0.0.0/24', 'FD00::/64'] } })), [
      'spec.configSource: the feature is removed',
      'spec.externalID: this field is deprecated, and is unused by Kubernetes',
      'spec.podCIDRs[1]: IPv6 CIDR value "FD00::/64" should be in RFC 5952 canonical format ("fd00::/64")',
    ]);
  });
});

const secret = (fields: object): Secret => ({ metadata: { name: 's' }, ...fields }) as Secret;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

void describe('a Secret is refused for', () => {
  const docker = 'kubernetes.io/dockerconfigjson';
  const config = (text: string) => ({ type: docker, data: { '.dockerconfigjson': base64(text) } });
  const redacted = 'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": ';
  const rows: readonly Row[] = [
    ['no account', { type: 'kubernetes.io/service-account-token' }, ['metadata.annotations[kubernetes.io/service-account.name]: Required value']],
    ['no configuration', { type: docker, data: {} }, ['data[.dockerconfigjson]: Required value']],
    ['an empty configuration', config(''), [`${redacted}unexpected end of JSON input`]],
    ['a configuration that is none', config('x'), [`${redacted}invalid character 'x' looking for beginning of value`]],
    ['a list', config('[]'), [`${redacted}json: cannot unmarshal array into Go value of type map[string]interface {}`]],
    ['no user', { type: 'kubernetes.io/basic-auth', data: {} }, ['data[username]: Required value', 'data[password]: Required value']],
    ['an empty key', { type: 'kubernetes.io/ssh-auth', data: { 'ssh-privatekey': '' } }, ['data[ssh-privatekey]: Required value']],
    ['no certificate', { type: 'kubernetes.io/tls', data: {} }, ['data[tls.crt]: Required value', 'data[tls.key]: Required value']],
    ['half a configuration', config('{"auths":'), [`${redacted}unexpected end of JSON input`]],
    ['a configuration with more behind it', config('{} {}'), [`${redacted}invalid character '{' after top-level value`]],
    ['nothing', config('{}'), []],
  ];
  for (const [name, fields, expected] of rows) void test(name, () => assert.deepEqual(textsOf(validateSecret(secret(fields))), expected));
  void test('changes, before what is wrong with it', () => {
    const now = secret({ type: 'kubernetes.io/tls', data: {} });
    assert.deepEqual(textsOf(validateSecretUpdate(now, secret({ type: 'Opaque', immutable: true, data: { a: '' } }))), [
      'type: Invalid value: "kubernetes.io/tls": field is immutable',
      'immutable: Forbidden: field is immutable when `immutable` is set',
      'data: Forbidden: field is immutable when `immutable` is set',
      'data[tls.crt]: Required value',
      'data[tls.key]: Required value',
    ]);
  });
});

const quota = (spec: object, status: object = {}): ResourceQuota => ({ metadata: { name: 'q' }, spec, status }) as ResourceQuota;

void describe('a ResourceQuota is refused for', () => {
  const selector = (...matchExpressions: object[]) => ({ scopeSelector: { matchExpressions } });
  const path = 'spec.scopeSelector.matchExpressions';
  const rows: readonly Row[] = [
    [
      'a name',
      { hard: { x: '1' } },
      [
        'spec.hard[x]: Invalid value: "x": must be a standard resource type or fully qualified',
        'spec.hard[x]: Invalid value: "x": must be a standard resource for quota',
      ],
    ],
    [
      'an amount',
      { hard: { pods: '-500m' } },
      ['spec.hard[pods]: Invalid value: "-500m": must be greater than or equal to 0', 'spec.hard[pods]: Invalid value: "-500m": must be an integer'],
    ],
    ['a scope', { scopes: ['X'] }, ['spec.scopes: Invalid value: ["X"]: unsupported scope']],
    [
      'a scope of other resources',
      { hard: { services: '1' }, scopes: ['BestEffort'] },
      ['spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource'],
    ],
    [
      'scopes that exclude each other',
      { scopes: ['Terminating', 'NotTerminating'] },
      ['spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes'],
    ],
    [
      'a selector',
      { hard: { services: '1' }, ...selector({ scopeName: 'X', operator: 'Y' }, { scopeName: 'BestEffort', operator: 'In' }) },
      [
        `${path}.scopeName: Invalid value: "X": unsupported scope`,
        `${path}.operator: Invalid value: "Y": not a valid selector operator`,
        `${path}: Invalid value: {"MatchExpressions":[{"ScopeName":"X","Operator":"Y","Values":null},{"ScopeName":"BestEffort","Operator":"In","Values":null}]}: unsupported scope applied to resource`,
        `${path}.operator: Invalid value: "In": must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity`,
        `${path}.values: Required value: must be at least one value when \`operator\` is 'In' or 'NotIn' for scope selector`,
      ],
    ],
    [
      'values of what only exists, and selectors that exclude each other',
      selector({ scopeName: 'BestEffort', operator: 'Exists', values: ['a'] }, { scopeName: 'NotBestEffort', operator: 'Exists' }),
      [
        `${path}.values: Invalid value: ["a"]: must be no value when \`operator\` is 'Exist' or 'DoesNotExist' for scope selector`,
        `${path}: Invalid value: null: conflicting scopes`,
      ],
    ],
  ];
  for (const [name, spec, expected] of rows) void test(name, () => assert.deepEqual(textsOf(validateResourceQuota(quota(spec))), expected));
  void test('other scopes', () => {
    assert.deepEqual(textsOf(validateResourceQuotaUpdate(quota({}), quota({ scopes: ['BestEffort'] }))), [
      'spec.scopes: Invalid value: null: field is immutable',
    ]);
  });
  void test('its status', () => {
    assert.deepEqual(textsOf(validateResourceQuotaStatus(quota({}, { hard: { cpu: '-1' }, used: { pods: '500m' } }))), [
      'status.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0',
      'status.used[pods]: Invalid value: "500m": must be an integer',
    ]);
  });
});

void test("finalizers of Namespaces are upstream's or have a domain", () => {
  assert.deepEqual(textsOf(validateFinalizer('a b', 'spec.finalizers')), ['spec.finalizers: Invalid value: "a b": name part …']);
  assert.deepEqual(textsOf(validateFinalizer('a', 'spec.finalizers')), [
    'spec.finalizers: Invalid value: "a": name is neither a standard finalizer name nor is it fully qualified',
  ]);
  assert.deepEqual(validateFinalizer('a/b', 'spec.finalizers'), []);
  const namespace = { metadata: {}, spec: { finalizers: ['a/b', 'a'] } };
  const text = 'Invalid value: "a": name is neither a standard finalizer name nor is it fully qualified';
  assert.deepEqual(textsOf(validateFinalizers(namespace, false)), [`spec.finalizers: ${text}`]);
  assert.deepEqual(textsOf(validateFinalizers(namespace, true)), [`spec.finalizers[1]: ${text}`]);
});

void test('nothing is counted finer than in thousandths', () => {
  const machine = node({ status: { capacity: { cpu: '1500u' } } });
  nodes.defaults?.(machine);
  assert.deepEqual(machine.status, { capacity: { cpu: '2m' }, allocatable: { cpu: '2m' } });
  const range = { metadata: {}, spec: { limits: [{ type: 'Container', max: { cpu: '1500u' }, maxLimitRequestRatio: { cpu: '1500u' } }] } };
  limitRanges.defaults?.(range);
  const cpu = { cpu: '2m' };
  assert.deepEqual(range.spec.limits, [{ type: 'Container', max: cpu, maxLimitRequestRatio: cpu, default: cpu, defaultRequest: cpu }]);
  const limit = quota({}, { hard: { cpu: '1500u' }, used: { cpu: '1n' } });
  resourceQuotas.defaults?.(limit);
  assert.deepEqual(limit.status, { hard: { cpu: '2m' }, used: { cpu: '1m' } });
});

void describe('Endpoints', () => {
  const at = (ip: string): Endpoints => ({ metadata: { name: 'e' }, subsets: [{ addresses: [{ ip }] }] }) as Endpoints;
  const path = 'subsets[0].addresses[0].ip: ';
  void test('have addresses, of which odd ones stay', () => {
    assert.deepEqual(textsOf(validateEndpoints(at('x'))), [
      `${path}Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)`,
      `${path}Invalid value: "x": must be a valid IP address`,
    ]);
    assert.deepEqual(textsOf(validateEndpoints(at('010.1.1.1'))), [`${path}Invalid value: "010.1.1.1": must not have leading 0s`]);
    assert.deepEqual(textsOf(validateEndpoints(at('010.1.1.1'), at('010.1.1.1'))), []);
  });
  void test('are told of odd addresses', () => {
    const warning = `${path}non-standard IP address "010.1.1.1" will be considered invalid in a future Kubernetes release: use "10.1.1.1"`;
    assert.deepEqual(endpointsWarnings(at('010.1.1.1'), undefined), [warning]);
    assert.deepEqual(endpointsWarnings(at('010.1.1.1'), at('010.1.1.1')), []);
  });
});

void describe('a Service', () => {
  const warnings = (spec: object, annotations = {}) =>
    serviceWarnings({ metadata: { annotations }, spec: { type: 'ClusterIP', sessionAffinity: 'None', ...spec } } as Service);
  void test('is told what its type ignores', () => {
    assert.deepEqual(warnings({ clusterIP: 'None', clusterIPs: ['None'], loadBalancerIP: '1.1.1.1', externalIPs: ['1.1.1.1'], sessionAffinity: 'ClientIP' }), [
      'spec.loadBalancerIP is ignored for headless services',
      'spec.externalIPs is ignored for headless services',
      'spec.SessionAffinity is ignored for headless services',
    ]);
    assert.deepEqual(warnings({ type: 'ExternalName', externalIPs: ['1.1.1.1'] }), ['spec.externalIPs is ignored when spec.type is "ExternalName"']);
    assert.deepEqual(warnings({ externalName: 'x' }), ['spec.externalName is ignored when spec.type is not "ExternalName"']);
  });
  void test('is told of old and odd values', () => {
    assert.deepEqual(warnings({ trafficDistribution: 'PreferClose' }, { 'service.kubernetes.io/topology-aware-hints': 'Auto' }), [
      'annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead',
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ]);
    const odd = { clusterIPs: ['FD00::1'], externalIPs: ['01.1.1.1'], loadBalancerIP: '::ffff:1.1.1.1', loadBalancerSourceRanges: ['10.1.1.1/8'] };
    assert.deepEqual(warnings(odd), [
      'spec.clusterIPs[0]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")',
      'spec.externalIPs[0]: non-standard IP address "01.1.1.1" will be considered invalid in a future Kubernetes release: use "1.1.1.1"',
      'spec.externalIPs is deprecated',
      'spec.loadBalancerIP: non-standard IP address "::ffff:1.1.1.1" will be considered invalid in a future Kubernetes release: use "1.1.1.1"',
      'spec.loadBalancerSourceRanges[0]: CIDR value "10.1.1.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.1.1.1/32"?)',
    ]);
  });
});

void test('a ServiceAccount that newly asks for mountable secrets alone is warned', () => {
  const account = { metadata: { name: 'a', annotations: { 'kubernetes.io/enforce-mountable-secrets': 'false' } } };
  assert.deepEqual(serviceAccounts.warnings?.(account, { metadata: {} }), [
    'metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets',
  ]);
  assert.deepEqual([serviceAccounts.warnings?.(account, account), serviceAccounts.warnings?.({ metadata: {} }, undefined)], [[], []]);
});

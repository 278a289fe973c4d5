import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codecFor } from './codec.ts';
import type { JsonValue } from './json.ts';
import { cloneJson } from './json-value.ts';

const pods = codecFor({ groupVersion: 'core/v1', struct: 'Pod' });
const deployments = codecFor({ groupVersion: 'apps/v1', struct: 'Deployment' });

test('zero is what Go encodes of an empty struct', () => {
  assert.deepEqual(pods.zero(), { metadata: {}, spec: { containers: null }, status: {} });
  assert.deepEqual(deployments.zero(), {
    metadata: {},
    spec: { selector: null, template: { metadata: {}, spec: { containers: null } }, strategy: {} },
    status: {},
  });
});

test('decoding is a round trip through the Go structs', () => {
  const table: { name: string; struct: [string, string]; sent: JsonValue; kept: JsonValue }[] = [
    {
      name: 'nulls, empty strings, zeros and empty lists of omitempty fields go',
      struct: ['core/v1', 'PodSpec'],
      sent: {
        containers: [],
        nodeName: '',
        volumes: null,
        hostNetwork: false,
        tolerations: [],
        nodeSelector: {},
        priority: 0,
        terminationGracePeriodSeconds: 0,
      },
      kept: { containers: [], priority: 0, terminationGracePeriodSeconds: 0 },
    },
    {
      name: 'structs appear',
      struct: ['core/v1', 'Container'],
      sent: { name: 'a' },
      kept: { name: 'a', resources: {} },
    },
    {
      name: 'fields without omitempty are written',
      struct: ['core/v1', 'PodCondition'],
      sent: { type: 'Ready' },
      kept: { type: 'Ready', status: '', lastProbeTime: null, lastTransitionTime: null },
    },
    {
      name: 'quantities are canonical, numbers or not',
      struct: ['core/v1', 'ResourceRequirements'],
      sent: { limits: { cpu: 1, memory: '1024Mi' }, requests: { cpu: '1000m', memory: 0.5 } },
      kept: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1', memory: '500m' } },
    },
    {
      name: 'times lose their zone and fraction',
      struct: ['meta/v1', 'ObjectMeta'],
      sent: { creationTimestamp: '2026-01-02T03:04:05.5+01:00', deletionTimestamp: null },
      kept: { creationTimestamp: '2026-01-02T02:04:05Z' },
    },
    {
      name: 'the zero time is no time',
      struct: ['core/v1', 'PodTemplateSpec'],
      sent: { metadata: { creationTimestamp: '0001-01-01T00:00:00Z' }, spec: { containers: [] } },
      kept: { metadata: {}, spec: { containers: [] } },
    },
    {
      name: 'inlined structs are flat',
      struct: ['core/v1', 'Volume'],
      sent: { name: 'v', emptyDir: {}, bogus: 1 },
      kept: { name: 'v', emptyDir: {} },
    },
    {
      name: 'null items are zero values',
      struct: ['core/v1', 'Container'],
      sent: { name: 'a', args: ['x', null] },
      kept: { name: 'a', args: ['x', ''], resources: {} },
    },
    { name: 'non-pointer IntOrString and Quantity are written', struct: ['core/v1', 'ServicePort'], sent: { port: 1 }, kept: { port: 1, targetPort: 0 } },
    {
      name: 'bytes lose line breaks',
      struct: ['core/v1', 'Secret'],
      sent: { data: { a: 'aGVs\nbG8=' } },
      kept: { metadata: {}, data: { a: 'aGVsbG8=' } },
    },
    {
      name: 'raw JSON stays',
      struct: ['apps/v1', 'ControllerRevision'],
      sent: { data: { a: [null, ''] }, revision: 1 },
      kept: { metadata: {}, data: { a: [null, ''] }, revision: 1 },
    },
  ];
  for (const { name, struct, sent, kept } of table) {
    const { object } = codecFor({ groupVersion: struct[0], struct: struct[1] }).convert(cloneJson(sent));
    assert.deepEqual(object, kept, name);
    assert.deepEqual(codecFor({ groupVersion: struct[0], struct: struct[1] }).convert(cloneJson(kept)).object, kept, `${name}: twice`);
  }
});

test('the input is reused', () => {
  const sent = { metadata: { name: 'a', labels: { x: 'y' } }, spec: { containers: [] }, status: {} };
  const { object } = pods.decode(sent);
  assert.equal(object as unknown, sent);
});

test('wrong types are refused with Go’s text', () => {
  const table: [JsonValue, string][] = [
    [{ spec: { replicas: 'x' } }, 'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [{ spec: { replicas: 1.5 } }, 'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [{ spec: { replicas: 9999999999 } }, 'json: cannot unmarshal number 9999999999 into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [{ spec: 5 }, 'json: cannot unmarshal number into Go struct field Deployment.spec of type v1.DeploymentSpec'],
    [{ metadata: { labels: [] } }, 'json: cannot unmarshal array into Go struct field ObjectMeta.metadata.labels of type map[string]string'],
    [{ metadata: { labels: { a: 1 } } }, 'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string'],
    [{ metadata: { name: 5 } }, 'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.name of type string'],
    [{ spec: { paused: 'yes' } }, 'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.paused of type bool'],
    [
      { spec: { template: { spec: { containers: [{ name: 'a' }, { name: true }] } } } },
      'json: cannot unmarshal bool into Go struct field Container.spec.template.spec.containers.name of type string',
    ],
    [
      { spec: { template: { spec: { containers: [1] } } } },
      'json: cannot unmarshal number into Go struct field PodSpec.spec.template.spec.containers of type v1.Container',
    ],
    [[], 'json: cannot unmarshal array into Go value of type v1.Deployment'],
  ];
  for (const [sent, cause] of table) {
    assert.throws(() => deployments.decode(sent), { reason: 'BadRequest', message: `Deployment in version "v1" cannot be handled as a Deployment: ${cause}` });
  }
  const secrets = codecFor({ groupVersion: 'core/v1', struct: 'Secret' });
  assert.throws(() => secrets.decode({ data: { a: 'x' } }), /illegal base64 data at input byte 0$/);
  assert.throws(() => secrets.decode({ data: { a: '%%%%' } }), /illegal base64 data at input byte 0$/);
});

test('unknown fields are dropped, told or refused', () => {
  const sent = (): JsonValue => ({
    bogus: 1,
    metadata: { name: 'a' },
    spec: { foo: 1, containers: [{ name: 'c' }, { name: 'd', bar: {} }], nodeSelector: { any: 'x' } },
  });
  const texts = ['unknown field "bogus"', 'unknown field "spec.foo"', 'unknown field "spec.containers[1].bar"'];
  const ignored = pods.decode(sent());
  assert.deepEqual(ignored.warnings, []);
  assert.ok(!('bogus' in ignored.object));
  assert.deepEqual(pods.decode(sent(), { fieldValidation: 'Warn' }).warnings, texts);
  assert.throws(() => pods.decode(sent(), { fieldValidation: 'Strict', duplicateFields: ['duplicate field "kind"'] }), {
    message: `Pod in version "v1" cannot be handled as a Pod: strict decoding error: duplicate field "kind", ${texts.join(', ')}`,
  });
});

test('unknown fields within schemas of items and values are not told: Go decodes these by themselves', () => {
  const definitions = codecFor({ groupVersion: 'apiextensions/v1', struct: 'JSONSchemaProps' });
  const sent = { type: 'array', bogus: 1, items: { type: 'string', foo: 1 }, properties: { a: { bar: 1, additionalProperties: { foo: 1 } } } };
  const { object, warnings } = definitions.decode(sent, { fieldValidation: 'Warn' });
  assert.deepEqual(object, { type: 'array', items: { type: 'string' }, properties: { a: { additionalProperties: {} } } });
  assert.deepEqual(warnings, ['unknown field "bogus"', 'unknown field "properties.a.bar"']);
});

test('field names are case-sensitive, and keys of maps are anything', () => {
  const { object } = pods.convert(JSON.parse('{"Spec":{},"metadata":{"labels":{"__proto__":"x","constructor":"y"},"NAME":"q"}}') as JsonValue);
  assert.deepEqual(Object.keys(object.metadata.labels ?? {}), ['__proto__', 'constructor']);
  assert.equal(object.metadata.name, undefined);
});

test('schemas that refer to themselves are decoded', () => {
  const schemas = codecFor({ groupVersion: 'apiextensions/v1', struct: 'JSONSchemaProps' });
  const { object, unknownFields } = schemas.convert({ properties: { a: { properties: { b: { type: 'string', nope: 1 } } } } });
  assert.deepEqual(object, { properties: { a: { properties: { b: { type: 'string' } } } } });
  assert.deepEqual(unknownFields, ['unknown field "properties.a.properties.b.nope"']);
});

test('where a schema may stand with something else, nothing else may', () => {
  const schemas = codecFor({ groupVersion: 'apiextensions/v1', struct: 'JSONSchemaProps' });
  const { object } = schemas.convert({ items: [null, { type: 'string' }], dependencies: { a: ['b', null], c: null }, additionalProperties: false });
  assert.deepEqual(object, { items: [{}, { type: 'string' }], dependencies: { a: ['b', ''], c: null }, additionalProperties: false });
  assert.throws(() => schemas.convert({ additionalProperties: 'x' }), /boolean or JSON schema expected/);
  assert.throws(() => schemas.convert({ dependencies: { a: [3] } }), /cannot unmarshal number into .* of type string/);
});

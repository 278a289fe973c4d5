import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiFacts } from './facts.ts';
import { formatFieldError } from './field-error.ts';
import { type ListSchema, schemaOf, type TypeSchema } from './schema.ts';
import { validateBySchema } from './schema-validation.ts';

test('every struct of the facts has a schema', () => {
  for (const [groupVersion, group] of Object.entries(apiFacts())) {
    if (groupVersion === 'runtime' || groupVersion === 'intstr' || /alpha|beta/.test(groupVersion)) continue;
    for (const struct of Object.keys(group.structs)) assert.doesNotThrow(() => schemaOf({ groupVersion, struct }).fields, `${groupVersion} ${struct}`);
  }
});

test('schemas are shared, and refer to themselves', () => {
  const schema = schemaOf({ groupVersion: 'apiextensions/v1', struct: 'JSONSchemaProps' });
  assert.equal(schemaOf({ groupVersion: 'apiextensions/v1', struct: 'JSONSchemaProps' }), schema);
  assert.equal(schema.fields.get('not')?.type, schema);
  assert.throws(() => schemaOf({ groupVersion: 'core/v1', struct: 'Nope' }), /No API facts for Nope in core\/v1/);
});

test('fields know their type, lists their keys', () => {
  const field = (struct: string, name: string): TypeSchema | undefined => schemaOf({ groupVersion: 'core/v1', struct }).fields.get(name)?.type;
  const ports = field('Container', 'ports') as ListSchema;
  assert.deepEqual([ports.listType, ports.keys, ports.goType], ['map', ['containerPort', 'protocol'], '[]v1.ContainerPort']);
  assert.deepEqual(schemaOf({ groupVersion: 'core/v1', struct: 'ContainerPort' }).fields.get('protocol')?.default, 'TCP');
  const requests = field('ResourceRequirements', 'requests');
  assert.ok(requests?.kind === 'map' && requests.value.kind === 'scalar' && requests.value.scalar === 'quantity');
  const pullPolicy = field('Container', 'imagePullPolicy');
  assert.deepEqual(pullPolicy, { kind: 'scalar', scalar: 'string', goType: 'v1.PullPolicy', enum: ['Always', 'Never', 'IfNotPresent'] });
  assert.ok(schemaOf({ groupVersion: 'core/v1', struct: 'Volume' }).fields.has('emptyDir'), 'inlined');
  assert.deepEqual(schemaOf({ groupVersion: 'core/v1', struct: 'PodSpec' }).fields.get('volumes')?.patchStrategies, ['merge', 'retainKeys']);
});

test('atomic structs are one value, but where a field says otherwise', () => {
  assert.ok(schemaOf({ groupVersion: 'core/v1', struct: 'ObjectReference' }).isAtomic);
  const claimRef = schemaOf({ groupVersion: 'core/v1', struct: 'PersistentVolumeSpec' }).fields.get('claimRef')?.type;
  assert.ok(claimRef?.kind === 'object' && !claimRef.isAtomic && claimRef.fields.has('uid'));
});

test('validation by schema knows enums and required fields', () => {
  const texts = (groupVersion: string, struct: string, object: object): string[] =>
    validateBySchema(schemaOf({ groupVersion, struct }), object).map(formatFieldError);
  assert.deepEqual(texts('core/v1', 'Pod', { spec: { containers: [{ name: 'a', imagePullPolicy: 'Sometimes' }] } }), [
    'spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"',
  ]);
  assert.deepEqual(texts('storage/v1', 'StorageClass', { metadata: {}, provisioner: '' }), ['provisioner: Required value']);
  assert.deepEqual(texts('storage/v1', 'StorageClass', { metadata: {}, provisioner: 'x' }), []);
});

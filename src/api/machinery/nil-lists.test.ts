import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyListsToNull } from './nil-lists.ts';
import { schemaOf, type SchemaRef } from './schema.ts';

const ref = (groupVersion: string, struct: string): SchemaRef => ({ groupVersion, struct });
const cases: [string, SchemaRef, object, object][] = [
  ['a required list', ref('rbac/v1', 'Role'), { rules: [] }, { rules: null }],
  [
    'one deep down',
    ref('core/v1', 'Pod'),
    { spec: { containers: [{}], volumes: [{ projected: { sources: [] } }] } },
    { spec: { containers: [{}], volumes: [{ projected: { sources: null } }] } },
  ],
  ['one that has items', ref('rbac/v1', 'Role'), { rules: [{ verbs: [] }] }, { rules: [{ verbs: null }] }],
  ['one that is not there', ref('core/v1', 'LimitRange'), { spec: {} }, { spec: {} }],
  ['bytes that are null', ref('core/v1', 'Secret'), { data: { a: null, b: 'YQ==' } }, { data: { a: '', b: 'YQ==' } }],
  ['kinds without any', ref('core/v1', 'ConfigMap'), { data: {} }, { data: {} }],
  ['definitions that are kept as JSON', ref('apiextensions/v1', 'CustomResourceDefinition'), { spec: { versions: [] } }, { spec: { versions: [] } }],
];
for (const [name, schema, object, expected] of cases) {
  test(`emptyListsToNull: ${name}`, () => {
    emptyListsToNull(schemaOf(schema), object);
    assert.deepEqual(object, expected);
  });
}

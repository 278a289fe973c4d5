import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goValue } from './go-value.ts';
import type { SchemaRef } from './schema.ts';

const resource = (struct: string): SchemaRef => ({ groupVersion: 'resource/v1', struct });
const rows: readonly (readonly [string, SchemaRef, object, string])[] = [
  [
    'embedded structs have no name, lists and pointers may be null',
    resource('ResourceClaimTemplateSpec'),
    { metadata: { labels: { a: 'b' } }, spec: { devices: { config: [{ opaque: { driver: 'd', parameters: { x: 1 } } }] } } },
    '{"labels":{"a":"b"},"Spec":{"Devices":{"Requests":null,"Constraints":null,"Config":[{"Requests":null,"Opaque":{"Driver":"d","Parameters":{"x":1}}}]}}}',
  ],
  [
    'what is not there is zero',
    resource('DeviceRequest'),
    { name: 'a', exactly: { deviceClassName: 'c', selectors: [{ cel: { expression: 'true' } }] } },
    '{"Name":"a","Exactly":{"DeviceClassName":"c","Selectors":[{"CEL":{"Expression":"true"}}],"AllocationMode":"","Count":0,"AdminAccess":null,"Tolerations":null,"Capacity":null},"FirstAvailable":null}',
  ],
  [
    'structs of meta/v1 keep their names',
    { groupVersion: 'policy/v1', struct: 'PodDisruptionBudgetSpec' },
    { minAvailable: 1, selector: { matchLabels: { a: 'b' } } },
    '{"MinAvailable":1,"Selector":{"matchLabels":{"a":"b"}},"MaxUnavailable":null,"UnhealthyPodEvictionPolicy":null}',
  ],
];
for (const [name, ref, value, expected] of rows) void test(name, () => assert.equal(JSON.stringify(goValue(ref, value)), expected));

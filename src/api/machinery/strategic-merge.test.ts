import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject, JsonValue } from './json.ts';
import { schemaOf } from './schema.ts';
import { strategicMergePatch } from './strategic-merge.ts';

const podSpec = schemaOf({ groupVersion: 'core/v1', struct: 'PodSpec' });
const deploymentSpec = schemaOf({ groupVersion: 'apps/v1', struct: 'DeploymentSpec' });
const meta = schemaOf({ groupVersion: 'meta/v1', struct: 'ObjectMeta' });

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}
const live = frozen({
  containers: [
    {
      name: 'a',
      image: '1',
      env: [
        { name: 'X', value: '1' },
        { name: 'Y', value: '2' },
      ],
      ports: [{ containerPort: 80, protocol: 'TCP' }],
      args: ['x'],
    },
    { name: 'b', image: '2' },
  ],
  volumes: [{ name: 'v', emptyDir: {} }],
  tolerations: [{ key: 'a' }],
  securityContext: { runAsUser: 1, fsGroup: 2 },
});
const [a, b] = live.containers;

test('lists are merged by their key, in the right order', () => {
  const table: { name: string; patch: JsonObject; expected: JsonObject }[] = [
    { name: 'an item is changed', patch: { containers: [{ name: 'a', image: '9' }] }, expected: { ...live, containers: [{ ...a, image: '9' }, { ...b }] } },
    {
      name: 'an item is added, before the ones it does not name',
      patch: { containers: [{ name: 'z', image: '3' }] },
      expected: { ...live, containers: [{ name: 'z', image: '3' }, { ...a }, { ...b }] },
    },
    { name: 'an item is deleted', patch: { containers: [{ name: 'a', $patch: 'delete' }] }, expected: { ...live, containers: [{ ...b }] } },
    { name: 'the list is replaced', patch: { containers: [{ $patch: 'replace' }, { name: 'o' }] }, expected: { ...live, containers: [{ name: 'o' }] } },
    {
      name: 'nested lists are merged',
      patch: {
        containers: [
          {
            name: 'a',
            env: [
              { name: 'Y', $patch: 'delete' },
              { name: 'X', value: '7' },
            ],
          },
        ],
      },
      expected: { ...live, containers: [{ ...a, env: [{ name: 'X', value: '7' }] }, { ...b }] },
    },
    {
      name: 'the order is stated',
      patch: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'n' }, { name: 'a' }], containers: [{ name: 'n', image: 'n' }] },
      expected: { ...live, containers: [{ ...b }, { name: 'n', image: 'n' }, { ...a }] },
    },
    { name: 'atomic lists are replaced', patch: { tolerations: [{ key: 'b' }] }, expected: { ...live, tolerations: [{ key: 'b' }] } },
    {
      name: 'keys are retained',
      patch: { volumes: [{ name: 'v', $retainKeys: ['name', 'configMap'], configMap: { name: 'c' } }] },
      expected: { ...live, volumes: [{ name: 'v', configMap: { name: 'c' } }] },
    },
    { name: 'a map is replaced', patch: { securityContext: { $patch: 'replace', runAsUser: 5 } }, expected: { ...live, securityContext: { runAsUser: 5 } } },
    { name: 'a map is emptied', patch: { securityContext: { $patch: 'delete' } }, expected: { ...live, securityContext: {} } },
    {
      name: 'null deletes',
      patch: { volumes: null, securityContext: { fsGroup: null } },
      expected: { containers: live.containers, tolerations: live.tolerations, securityContext: { runAsUser: 1 } },
    },
    {
      name: 'directives in what is added are dropped',
      patch: {
        hostAliases: [
          { ip: 'x', hostnames: null },
          { ip: 'y', $patch: 'delete' },
        ],
      },
      expected: { ...live, hostAliases: [{ ip: 'x' }] },
    },
  ];
  for (const { name, patch, expected } of table) assert.deepEqual(strategicMergePatch(live as JsonObject, frozen(patch), podSpec), expected, name);
});

test('lists of scalars are sets where the schema says so', () => {
  const object: JsonObject = frozen({ finalizers: ['a/a', 'b/b'] });
  assert.deepEqual(strategicMergePatch(object, { finalizers: ['c/c', 'b/b'] }, meta), { finalizers: ['c/c', 'a/a', 'b/b'] });
  assert.deepEqual(strategicMergePatch(object, { '$deleteFromPrimitiveList/finalizers': ['a/a'] }, meta), { finalizers: ['b/b'] });
  assert.deepEqual(strategicMergePatch(object, { '$deleteFromPrimitiveList/finalizers': 'a/a', '$deleteFromPrimitiveList/none': ['x'] }, meta), object);
  assert.deepEqual(
    strategicMergePatch(object, { '$deleteFromPrimitiveList/finalizers': ['a/a'], '$setElementOrder/finalizers': ['c/c', 'b/b'], finalizers: ['c/c'] }, meta),
    {
      finalizers: ['c/c', 'b/b'],
    },
  );
});

test('retainKeys rules a struct', () => {
  const object: JsonObject = frozen({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } });
  assert.deepEqual(strategicMergePatch(object, { strategy: { $retainKeys: ['type'], type: 'Recreate' } }, deploymentSpec), { strategy: { type: 'Recreate' } });
});

test('what cannot be applied is refused with upstream’s texts', () => {
  const table: [JsonValue, string, number][] = [
    [{ containers: [{ image: 'x' }] }, 'map: map[image:x] does not contain declared merge key: name', 500],
    [{ containers: [{ name: 'a', $patch: 'bogus' }] }, 'unknown patch type: bogus in map: map[$patch:bogus name:a]', 500],
    [{ $patch: 'bogus' }, 'unknown patch type: bogus in map: map[$patch:bogus]', 500],
    [
      { '$setElementOrder/containers': [{ name: 'b' }], containers: [{ name: 'a', image: '7' }] },
      "The order in patch list:\n[map[image:7 name:a]]\n doesn't match $setElementOrder list:\n[map[name:b]]\n",
      500,
    ],
    [{ '$setElementOrder/containers': 'b' }, 'expected a []interface {}, but received a string', 500],
    [{ '$setElementOrder/containers': [], containers: {} }, 'expected a []interface {}, but received a map[string]interface {}', 500],
    [{ volumes: ['x'] }, 'list element types are not identical: [[map[emptyDir:map[] name:v]] [x]]', 500],
    [{ volumes: [[]] }, 'list element types are not identical: [[map[emptyDir:map[] name:v]] [[]]]', 500],
    [{ volumes: [{ $patch: 'replace' }, { emptyDir: {} }] }, 'map: map[emptyDir:map[]] does not contain declared merge key: name', 500],
    [{ '$setElementOrder/containers': ['a'] }, 'value for key 0 is not a map', 500],
    [{ '$setElementOrder/none': [] }, 'unable to find api field in struct PodSpec for the json field "none"', 500],
    [{ '$setElementOrder/hostIPC': [] }, 'expected slice or array type, but got: bool', 500],
    [{ '$setElementOrder/hostAliases': [], hostAliases: [] }, 'no elements in any of the given slices', 500],
    [{ $setElementOrder: [] }, 'invalid patch format of setElementOrder list', 400],
    [{ $deleteFromPrimitiveList: [] }, 'invalid patch format of primitive list', 400],
    [{ volumes: [{ name: 'v', $retainKeys: ['name'], secret: {} }] }, 'invalid patch format of retainKeys', 400],
  ];
  for (const [patch, message, code] of table) assert.throws(() => strategicMergePatch(live as JsonObject, patch, podSpec), { message, code });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  type KubeObject,
  mutatingAdmissionPolicies,
  type ResourceDefinition,
  StatusError,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
} from '#api';
import { createFakeReader } from '../testing/fake-reader.ts';
import { createAuthorization, createPolicyParamCheck } from './index.ts';

const USER = { username: 'u', uid: '1', groups: ['g', 'h'], extra: { b: ['2'], a: ['1', '3'] } };
const WHO = 'user &{u 1 [g h] map[a:[1 3] b:[2]]}';
const KIND = { apiVersion: 'v1', kind: 'ConfigMap' };
const EVERYTHING = 'permission for all groups, versions and resources';

/** What is said to a user with a role of these verbs on these resources. */
async function refusal(type: ResourceDefinition, spec: object, old: object | undefined, rules: readonly object[] = [], user = USER): Promise<string> {
  const reader = createFakeReader();
  reader.put(clusterRoles, { metadata: { name: 'r' }, rules } as never);
  reader.put(clusterRoleBindings, { metadata: { name: 'r' }, roleRef: { kind: 'ClusterRole', name: 'r' }, subjects: [{ kind: 'User', name: 'u' }] } as never);
  for (const [name, paramKind] of Object.entries({ p: KIND, odd: { apiVersion: 'a/b/c', kind: 'K' }, unknown: { apiVersion: 'a/v1', kind: 'K' } })) {
    reader.put(validatingAdmissionPolicies, { metadata: { name }, spec: { paramKind } } as never);
  }
  const check = createPolicyParamCheck({ authorization: createAuthorization(reader), reader, kinds: () => [configMaps as unknown as ResourceDefinition] });
  const object = (body: object): KubeObject => ({ metadata: { name: 'x' }, spec: body }) as KubeObject;
  try {
    await check.check(type, object(spec), old && object(old), user);
    return '';
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return error.message.replace(`${type.kind}.admissionregistration.k8s.io "x" is invalid: `, '');
  }
}

const GET = [{ verbs: ['get'], apiGroups: [''], resources: ['configmaps'] }];
const policy = validatingAdmissionPolicies as unknown as ResourceDefinition;
const mutating = mutatingAdmissionPolicies as unknown as ResourceDefinition;
const binding = validatingAdmissionPolicyBindings as unknown as ResourceDefinition;
const bound = (policyName: string): object => ({ policyName, paramRef: { name: 'c' } });
const KIND_TEXT = `spec.paramKind: Forbidden: ${WHO} must have "get" permission on all objects of the referenced paramKind (kind=ConfigMap, apiVersion=v1)`;

void describe('who refers to parameters', () => {
  const cases: [string, ResourceDefinition, object, object | undefined, readonly object[], string][] = [
    ['may read them', policy, { paramKind: KIND }, undefined, GET, ''],
    ['and may not read them is refused', policy, { paramKind: KIND }, undefined, [], KIND_TEXT],
    ['and may not read them is refused, in mutating policies too', mutating, { paramKind: KIND }, undefined, [], KIND_TEXT],
    ['to none needs nothing', policy, {}, undefined, [], ''],
    ['as before needs nothing', policy, { paramKind: KIND }, { paramKind: KIND }, [], ''],
    ['in a binding may read them', binding, bound('p'), undefined, GET, ''],
    [
      'in a binding and may not read them is refused',
      binding,
      bound('p'),
      undefined,
      [],
      `spec.paramRef: Forbidden: ${WHO} does not have "get" permission on the object referenced by paramRef`,
    ],
    [
      'in a binding by a selector has to be allowed to list',
      binding,
      { policyName: 'p', paramRef: { selector: {} } },
      undefined,
      GET,
      `spec.paramRef: Forbidden: ${WHO} does not have "list" permission on the object referenced by paramRef`,
    ],
    ['in a binding as before needs nothing', binding, bound('p'), bound('p'), [], ''],
    [
      'in a binding of no policy may read everything, or is refused',
      binding,
      bound('none'),
      undefined,
      GET,
      `spec.paramRef: Forbidden: unable to get policy none to determine minimum required permissions and ${WHO} does not have "get" ${EVERYTHING}`,
    ],
    [
      'in a binding of a policy that cannot be read is refused',
      binding,
      bound('odd'),
      undefined,
      GET,
      `spec.paramRef: Forbidden: unable to parse paramKind &{a/b/c K} to determine minimum required permissions and ${WHO} does not have "get" ${EVERYTHING}`,
    ],
    [
      'in a binding of a policy with unknown parameters is refused',
      binding,
      bound('unknown'),
      undefined,
      GET,
      `spec.paramRef: Forbidden: unable to resolve paramKind &{a/v1 K} to determine minimum required permissions and ${WHO} does not have "get" ${EVERYTHING}`,
    ],
  ];
  for (const [title, type, spec, old, rules, text] of cases) test(title, async () => assert.equal(await refusal(type, spec, old, rules), text));

  test('and may do everything is not asked', async () => {
    assert.equal(await refusal(policy, { paramKind: KIND }, undefined, [], { ...USER, groups: ['system:masters'] }), '');
  });
});

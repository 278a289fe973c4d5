import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  clusterRoleBindings,
  clusterRoles,
  type KubeObject,
  namespaces,
  type ResourceDefinition,
  resourceClaims,
  resourceClaimTemplates,
  StatusError,
} from '#api';
import { createFakeReader } from '../testing/fake-reader.ts';
import { createAuthorization, createClaimAccessCheck } from './index.ts';

const CLAIMS = resourceClaims as unknown as ResourceDefinition;
const TEMPLATES = resourceClaimTemplates as unknown as ResourceDefinition;
const DRIVER = { username: 'system:serviceaccount:n:driver', groups: [], extra: { 'authentication.kubernetes.io/node-name': ['node1'] } };

/** What is said to a driver with these rules. */
async function refusal(
  type: ResourceDefinition,
  subresource: string,
  object: object,
  old: object | undefined,
  rules: readonly object[] = [],
  namespace = 'n',
): Promise<string> {
  const reader = createFakeReader();
  reader.put(namespaces, { metadata: { name: 'n' } } as never);
  reader.put(namespaces, { metadata: { name: 'admin', labels: { 'resource.kubernetes.io/admin-access': 'true' } } } as never);
  reader.put(clusterRoles, { metadata: { name: 'r' }, rules } as never);
  const subjects = [{ kind: 'User', name: DRIVER.username }];
  reader.put(clusterRoleBindings, { metadata: { name: 'r' }, roleRef: { kind: 'ClusterRole', name: 'r' }, subjects } as never);
  const named = (body: object): KubeObject => ({ metadata: { name: 'x' }, ...body }) as KubeObject;
  const check = createClaimAccessCheck({ authorization: createAuthorization(reader), reader });
  try {
    await check.check({ type, subresource, namespace, object: named(object), old: old && named(old), user: DRIVER });
    return '';
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return error.message.replace(`${type.kind}.resource.k8s.io "x" is invalid: `, '');
  }
}

const ADMIN = { devices: { requests: [{ name: 'a' }, { name: 'r', exactly: { deviceClassName: 'c', adminAccess: true } }] } };
const NEEDS = 'admin access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing namespace';
const grant = (resource: string, ...verbs: string[]): object => ({ verbs, apiGroups: ['resource.k8s.io'], resources: [resource] });
const BINDING = [grant('resourceclaims/binding', 'update')];
const SELECTOR = { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node1'] }] }] };
const ALLOCATED = { status: { allocation: { nodeSelector: SELECTOR } } };
const REPORTED = { status: { allocation: { nodeSelector: SELECTOR }, devices: [{ driver: 'd', pool: 'p', device: 'x' }] } };
const who = (verb: string, what: string, where: string): string =>
  `User "${DRIVER.username}" cannot ${verb} resource "resourceclaims/${what}" in API group "resource.k8s.io" ${where}`;

void describe('a claim', () => {
  const cases: [string, ResourceDefinition, string, object, object | undefined, readonly object[], string, string?][] = [
    ["without privileges is anyone's", CLAIMS, '', { spec: {} }, undefined, [], ''],
    [
      'for an administrator is refused where nobody said so',
      CLAIMS,
      '',
      { spec: ADMIN },
      undefined,
      [],
      `spec.devices.requests[1].adminAccess: Forbidden: ${NEEDS}`,
    ],
    ['for an administrator is let through where someone said so', CLAIMS, '', { spec: ADMIN }, undefined, [], '', 'admin'],
    [
      'for an administrator in a template is refused too',
      TEMPLATES,
      '',
      { spec: { spec: ADMIN } },
      undefined,
      [],
      `spec.devices.requests[1].adminAccess: Forbidden: ${NEEDS}`,
    ],
    [
      'for an administrator is refused where there is no namespace',
      CLAIMS,
      '',
      { spec: ADMIN },
      undefined,
      [],
      'spec.devices.requests[1].adminAccess: Internal error: could not retrieve namespace to verify admin access: namespaces "gone" not found',
      'gone',
    ],
    ['that was let through stays', CLAIMS, '', { spec: ADMIN }, { spec: ADMIN }, [], ''],
    [
      'is not allocated to an administrator where nobody said so',
      CLAIMS,
      'status',
      { status: { allocation: { devices: { results: [{ adminAccess: true }] } } } },
      {},
      BINDING,
      `status.allocation.devices.results[0].adminAccess: Forbidden: ${NEEDS}`,
    ],
    ['is allocated by who may', CLAIMS, 'status', ALLOCATED, {}, BINDING, ''],
    [
      'is not allocated by others',
      CLAIMS,
      'status',
      ALLOCATED,
      {},
      [],
      `status: Forbidden: changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", verb="update" permission: resourceclaims.resource.k8s.io is forbidden: ${who('update', 'binding', 'at the cluster scope')}`,
    ],
    ['that is allocated as before needs nothing', CLAIMS, 'status', ALLOCATED, ALLOCATED, [], ''],
    ["is reported on by the node's driver", CLAIMS, 'status', REPORTED, ALLOCATED, [grant('resourceclaims/driver', 'associated-node:update')], ''],
    ['is reported on by a driver of all nodes', CLAIMS, 'status', REPORTED, ALLOCATED, [grant('resourceclaims/driver', 'arbitrary-node:patch')], ''],
    [
      'is not reported on by others, nor is a report taken back',
      CLAIMS,
      'status',
      ALLOCATED,
      REPORTED,
      [],
      `status.devices: Forbidden: changing status.devices requires resource="resourceclaims/driver", verb="[associated-node:update arbitrary-node:update]" permission: resourceclaims.resource.k8s.io "d" is forbidden: ${who('associated-node:update', 'driver', 'in the namespace "n"')}`,
    ],
    [
      'of another node is not reported on by this one',
      CLAIMS,
      'status',
      { status: { devices: REPORTED.status.devices } },
      {},
      [grant('resourceclaims/driver', 'associated-node:update')],
      `status.devices: Forbidden: changing status.devices requires resource="resourceclaims/driver", verb="[arbitrary-node:update]" permission: resourceclaims.resource.k8s.io "d" is forbidden: ${who('arbitrary-node:update', 'driver', 'in the namespace "n"')}`,
    ],
  ];
  for (const [title, type, subresource, object, old, rules, text, namespace] of cases) {
    test(title, async () => assert.equal(await refusal(type, subresource, object, old, rules, namespace), text));
  }
});

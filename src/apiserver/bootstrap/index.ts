import { type ApiRequest, isStatus, type KubeList, type KubeObject, keyOf, type ResourceType } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import type { Log } from '#lib';
import {
  type ExpectedObjects,
  expectedClusterRoleBindings,
  expectedClusterRoles,
  expectedNamespaces,
  expectedPriorityClasses,
  expectedRoleBindings,
  expectedRoles,
} from './objects.ts';
import { type AuthenticationTrust, expectedAuthenticationConfig } from './authentication-config.ts';
import { expectedFlowSchemas, expectedPriorityLevels } from './flow-control.ts';
import { type Reconciliation, reconcile } from './reconcile.ts';

export { SYSTEM_NAMESPACES } from './objects.ts';

/** What bootstrapping needs of the API server in the same process. */
export interface RequestRunner {
  request(request: ApiRequest): Promise<KubeObject | KubeList>;
}

/** The API server itself, when it writes what it needs. */
export const APISERVER_USER: UserInfo = Object.freeze({ username: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] });

/**
 * Makes what every cluster has: namespaces first, since roles live in them, then roles, bindings and priority classes, all at once so that they share
 * commits. Only what is missing or incomplete is written: a later start writes nothing. Throws StatusError.
 */
export async function bootstrapObjects(local: RequestRunner, log: Log, trust?: AuthenticationTrust): Promise<void> {
  await ensure(local, expectedNamespaces());
  const counts = await Promise.all([
    ensure(local, expectedClusterRoles()),
    ensure(local, expectedClusterRoleBindings()),
    ensure(local, expectedRoles()),
    ensure(local, expectedRoleBindings()),
    ensure(local, expectedPriorityClasses()),
    // Schemas without their level would be dangling.
    ensure(local, expectedPriorityLevels()).then(async (written) => written + (await ensure(local, expectedFlowSchemas()))),
    trust ? ensure(local, expectedAuthenticationConfig(trust)) : 0,
  ]);
  const written = counts.reduce((sum, count) => sum + count, 0);
  if (written > 0) log.info('Wrote default roles, bindings, priority classes and flow control', { objects: written });
}

async function ensure<T extends KubeObject>(local: RequestRunner, expected: ExpectedObjects<T>): Promise<number> {
  const { type, objects, namespace } = expected;
  const list = (await local.request({ verb: 'list', resource: type, user: APISERVER_USER, options: { namespace } })) as KubeList;
  const existing = new Map(list.items.map((item) => [keyOf(item), item]));
  const written = await Promise.all(objects.map((object) => ensureObject(local, type, (expected.reconcile ?? reconcile)(object, existing.get(keyOf(object))))));
  return written.filter(Boolean).length;
}

async function ensureObject(local: RequestRunner, resource: ResourceType, { action, ...plan }: Reconciliation): Promise<boolean> {
  if (action === 'none' || !('object' in plan)) return false;
  const { object } = plan;
  const ref = { namespace: object.metadata.namespace, name: object.metadata.name ?? '' };
  try {
    if (action === 'update') await local.request({ verb: 'update', resource, user: APISERVER_USER, ref, body: object });
    if (action === 'recreate') await local.request({ verb: 'delete', resource, user: APISERVER_USER, ref });
    if (action !== 'update') await local.request({ verb: 'create', resource, user: APISERVER_USER, namespace: ref.namespace, body: object });
  } catch (error) {
    // Another server of the same cluster was quicker.
    if (!isStatus(error, 'AlreadyExists', 'Conflict')) throw error;
  }
  return true;
}

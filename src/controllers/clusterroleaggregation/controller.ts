import { clusterRoles, isStatus, type JsonValue, keyOf, SelectorError } from '#api';
import { type Controller, TerminalError } from '../controller.ts';
import { planRules } from './plan.ts';

/** Fills roles that are put together from others. Follows pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go. */
export const clusterRoleAggregationController: Controller = {
  name: 'clusterroleaggregation',
  account: 'clusterrole-aggregation-controller',
  connect({ client, informers, enqueue }) {
    const roles = informers.informer(clusterRoles);
    // Any role may be part of any other, by its labels; few are put together.
    const enqueueAll = (): void => {
      for (const role of roles.store.list()) if (role.aggregationRule) enqueue(keyOf(role));
    };
    roles.on({ added: enqueueAll, updated: enqueueAll, deleted: enqueueAll });
    return async (key) => {
      const role = roles.store.get(key);
      if (!role?.aggregationRule) return 'done';
      const rules = rulesOf(role, roles.store.list());
      if (!rules) return 'done';
      const patch = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: key }, rules };
      try {
        await client.patch(clusterRoles, { name: key }, patch as unknown as JsonValue, {
          type: 'apply',
          force: true,
          fieldManager: 'clusterrole-aggregation-controller',
        });
      } catch (error) {
        if (!isStatus(error, 'NotFound')) throw error;
      }
      return 'done';
    };
  },
};

function rulesOf(...args: Parameters<typeof planRules>): ReturnType<typeof planRules> {
  try {
    return planRules(...args);
  } catch (error) {
    if (error instanceof SelectorError) throw new TerminalError(error.message, { cause: error });
    throw error;
  }
}

import { isStatus, keyOf, namespaces, refOf, serviceAccounts } from '#api';
import type { Controller } from '../controller.ts';
import { isNamespaceEnding } from '../refusals.ts';

// Every namespace has this account: Pods that name none run as it.
const NAME = 'default';

/** Keeps the ServiceAccount `default` in every namespace. Follows pkg/controller/serviceaccount/serviceaccounts_controller.go. */
export const serviceAccountController: Controller = {
  name: 'serviceaccount',
  account: 'service-account-controller',
  connect({ client, informers, enqueue }) {
    const namespaceInformer = informers.informer(namespaces);
    const accountInformer = informers.informer(serviceAccounts);
    namespaceInformer.on({ added: (ns) => enqueue(keyOf(ns)), updated: (ns) => enqueue(keyOf(ns)) });
    accountInformer.on({
      deleted: ({ metadata }) => {
        if (metadata.name === NAME && metadata.namespace) enqueue(metadata.namespace);
      },
    });
    return async (key) => {
      const namespace = namespaceInformer.store.get(key);
      if (!namespace || namespace.metadata.deletionTimestamp !== undefined || namespace.status?.phase === 'Terminating') return 'done';
      const ref = { namespace: refOf(key).name, name: NAME };
      if (accountInformer.store.get(keyOf(ref))) return 'done';
      try {
        await client.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: ref });
      } catch (error) {
        // Made meanwhile, or the namespace ends: both are fine.
        if (!isStatus(error, 'AlreadyExists') && !isNamespaceEnding(error)) throw error;
      }
      return 'done';
    };
  },
};

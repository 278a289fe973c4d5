import { isStatus, keyOf, refOf, secrets, serviceAccounts } from '#api';
import type { Secret, ServiceAccount } from '#api/types/core-v1';
import type { Client } from '#client';
import type { Controller, Outcome } from '../controller.ts';
import { byNamespace } from '../indexes.ts';
import { accountOf, belongsTo, filledSecret } from './plan.ts';

/** Signs the token of a legacy Secret: it names account and Secret and does not expire. */
export type IssueLegacyToken = (secret: Secret, account: ServiceAccount) => string | Promise<string>;

/** Fills Secrets of type service-account-token and removes those whose account is gone. Follows pkg/controller/serviceaccount/tokens_controller.go. */
export function serviceAccountTokenController(rootCaPem: string, issue: IssueLegacyToken): Controller {
  return {
    name: 'serviceaccount-token',
    account: 'tokens-controller',
    connect({ client, informers, enqueue }) {
      const secretInformer = informers.informer(secrets);
      const accountInformer = informers.informer(serviceAccounts);
      const secretsIn = byNamespace(secretInformer);
      const enqueueToken = (secret: Secret): void => {
        if (accountOf(secret)) enqueue(keyOf(secret));
      };
      secretInformer.on({ added: enqueueToken, updated: enqueueToken });
      const enqueueSecretsOf = ({ metadata }: ServiceAccount): void => {
        for (const secret of secretsIn(metadata.namespace ?? '')) if (accountOf(secret)?.name === metadata.name) enqueue(keyOf(secret));
      };
      accountInformer.on({ added: enqueueSecretsOf, deleted: enqueueSecretsOf });
      return async (key): Promise<Outcome> => {
        const secret = secretInformer.store.get(key);
        const wanted = secret && accountOf(secret);
        if (!wanted || secret.metadata.deletionTimestamp !== undefined) return 'done';
        // Past the cache: a Secret is not to be lost because its account is not shown yet.
        const account = await liveAccount(client, { namespace: secret.metadata.namespace, name: wanted.name });
        if (!account || !belongsTo(secret, account)) return remove(client, secret);
        const token = secret.data?.['token'] ? '' : await issue(secret, account);
        const filled = filledSecret(secret, account, { rootCaPem, token: () => token });
        if (filled) await client.update(secrets, filled);
        return 'done';
      };
    },
  };
}

async function liveAccount(client: Client, ref: { namespace: string | undefined; name: string }): Promise<ServiceAccount | undefined> {
  try {
    return await client.get(serviceAccounts, ref);
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}

async function remove(client: Client, secret: Secret): Promise<Outcome> {
  const { uid, resourceVersion } = secret.metadata;
  try {
    await client.delete(secrets, refOf(keyOf(secret)), { preconditions: { uid, resourceVersion } });
  } catch (error) {
    // Gone, or changed: then it is looked at again.
    if (!isStatus(error, 'NotFound', 'Conflict')) throw error;
  }
  return 'done';
}

import type { ServiceAccount } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';

/** The definition of ServiceAccount. */
export const serviceAccounts: ResourceDefinition<ServiceAccount> = defineResource<ServiceAccount>({
  group: '',
  version: 'v1',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  kind: 'ServiceAccount',
  listKind: 'ServiceAccountList',
  namespaced: true,
  shortNames: ['sa'],
  verbs: ALL_VERBS,
  storage: 'serviceaccounts',
  schema: { groupVersion: 'core/v1', struct: 'ServiceAccount' },
  prepareForCreate: keepSecretNames,
  prepareForUpdate: keepSecretNames,
  warnings: warnAboutMountableSecrets,
  revalidatesMetadata: true,
  columns: [nameColumn(), column('Secrets', 'string', 'ServiceAccount.secrets', (account) => account.secrets?.length ?? 0), ageColumn()],
  subresources: {
    special: {
      token: { kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] },
    },
  },
});

/** Of Secrets only the name means anything. */
function keepSecretNames(account: ServiceAccount): void {
  if (account.secrets) account.secrets = account.secrets.map(({ name }) => ({ name }));
}

const ENFORCE_MOUNTABLE = 'kubernetes.io/enforce-mountable-secrets';

function warnAboutMountableSecrets({ metadata }: ServiceAccount, old: ServiceAccount | undefined): string[] {
  const isNew = metadata.annotations?.[ENFORCE_MOUNTABLE] !== undefined && old?.metadata.annotations?.[ENFORCE_MOUNTABLE] === undefined;
  return isNew ? [`metadata.annotations[${ENFORCE_MOUNTABLE}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`] : [];
}

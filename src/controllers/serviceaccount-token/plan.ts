import type { Secret, ServiceAccount } from '#api/types/core-v1';

/** The type of Secrets that hold a token. */
export const TOKEN_TYPE = 'kubernetes.io/service-account-token';
const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const ACCOUNT_UID = 'kubernetes.io/service-account.uid';

/** The account a token Secret is for: its name, and its uid where the Secret says it. */
export function accountOf(secret: Secret): { readonly name: string; readonly uid: string } | undefined {
  const { annotations = {} } = secret.metadata;
  const name = annotations[ACCOUNT_NAME] ?? '';
  return secret.type === TOKEN_TYPE && name !== '' ? { name, uid: annotations[ACCOUNT_UID] ?? '' } : undefined;
}

/** Whether the account still is the one that the Secret was made for. */
export function belongsTo(secret: Secret, account: ServiceAccount | undefined): boolean {
  const wanted = accountOf(secret);
  if (!wanted || !account) return false;
  return account.metadata.name === wanted.name && (wanted.uid === '' || wanted.uid === account.metadata.uid);
}

/** The Secret with what it lacks; undefined when it lacks nothing. `token` is asked for only where there is none. */
export function filledSecret(secret: Secret, account: ServiceAccount, options: { rootCaPem: string; token: () => string }): Secret | undefined {
  const { data = {}, metadata } = secret;
  const caData = Buffer.from(options.rootCaPem).toString('base64');
  const namespaceData = Buffer.from(metadata.namespace ?? '').toString('base64');
  const hasUid = metadata.annotations?.[ACCOUNT_UID] === account.metadata.uid;
  if (data['token'] && data['ca.crt'] === caData && data['namespace'] && hasUid) return undefined;
  return {
    ...secret,
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, [ACCOUNT_NAME]: account.metadata.name ?? '', [ACCOUNT_UID]: account.metadata.uid ?? '' },
    },
    data: {
      ...data,
      'ca.crt': caData,
      namespace: data['namespace'] || namespaceData,
      token: data['token'] || Buffer.from(options.token()).toString('base64'),
    },
  };
}

import type { Secret } from '#api/types/core-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { validateSecret, validateSecretUpdate } from './secret-validation.ts';

/** The definition of Secret. */
export const secrets: ResourceDefinition<Secret> = defineResource<Secret>({
  group: '',
  version: 'v1',
  plural: 'secrets',
  singular: 'secret',
  kind: 'Secret',
  listKind: 'SecretList',
  namespaced: true,
  verbs: ALL_VERBS,
  storage: 'secrets',
  schema: { groupVersion: 'core/v1', struct: 'Secret' },
  selectableFields: {
    type: ({ type }) => type ?? '',
  },
  validate: validateSecret,
  validateUpdate: validateSecretUpdate,
  validatesUpdatesWhole: true,
  revalidatesMetadata: true,
  columns: [
    nameColumn(),
    column('Type', 'string', 'Secret.type', (secret) => secret.type ?? ''),
    column('Data', 'string', 'Secret.data', (secret) => Object.keys(secret.data ?? {}).length),
    ageColumn(),
  ],
  defaults: (secret) => {
    secret.type ||= 'Opaque';
    encodeStringData(secret);
  },
});

/** `stringData` is for writing only: its values become `data`, and win there. */
function encodeStringData(secret: Secret): void {
  if (!secret.stringData) return;
  const encoded = Object.entries(secret.stringData).map(([key, value]) => [key, Buffer.from(value).toString('base64')] as const);
  if (encoded.length) secret.data = { ...secret.data, ...Object.fromEntries(encoded) };
  delete secret.stringData;
}

import type { ValidatingWebhookConfiguration } from '#api/types/admissionregistration-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { isUpdate } from '../../machinery/is-update.ts';
import { validateWebhooks, validateWebhooksUpdate } from './webhook-validation.ts';
import { loadExpressions } from './expressions.ts';
import { staticNameWarnings } from './static-name.ts';
import { defaultWebhook } from './defaults.ts';

/** The definition of ValidatingWebhookConfiguration. */
export const validatingWebhookConfigurations: ResourceDefinition<ValidatingWebhookConfiguration> = defineResource<ValidatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'validatingwebhookconfigurations',
  singular: 'validatingwebhookconfiguration',
  kind: 'ValidatingWebhookConfiguration',
  listKind: 'ValidatingWebhookConfigurationList',
  namespaced: false,
  categories: ['api-extensions'],
  verbs: ALL_VERBS,
  storage: 'validatingwebhookconfigurations',
  schema: { groupVersion: 'admissionregistration/v1', struct: 'ValidatingWebhookConfiguration' },
  requiresResourceVersion: true,
  hasGeneration: true,
  load: ({ webhooks }) => (webhooks?.some(({ matchConditions }) => matchConditions?.length) ? loadExpressions() : undefined),
  validate: (configuration) => (isUpdate(configuration) ? [] : validateWebhooks(configuration)),
  validateUpdate: validateWebhooksUpdate,
  revalidatesMetadata: true,
  warnings: staticNameWarnings,
  columns: [
    nameColumn(),
    column(
      'Webhooks',
      'integer',
      { text: 'Webhooks indicates the number of webhooks registered in this configuration' },
      ({ webhooks }) => webhooks?.length ?? 0,
    ),
    ageColumn(),
  ],
  defaults: ({ webhooks }) => {
    for (const webhook of webhooks ?? []) defaultWebhook(webhook);
  },
});

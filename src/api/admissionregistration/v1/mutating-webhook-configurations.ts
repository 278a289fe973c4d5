import type { MutatingWebhookConfiguration } from '#api/types/admissionregistration-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';
import { ageColumn, column, nameColumn } from '../../printing/columns.ts';
import { isUpdate } from '../../machinery/is-update.ts';
import { validateWebhooks, validateWebhooksUpdate } from './webhook-validation.ts';
import { loadExpressions } from './expressions.ts';
import { staticNameWarnings } from './static-name.ts';
import { defaultWebhook } from './defaults.ts';

/** The definition of MutatingWebhookConfiguration. */
export const mutatingWebhookConfigurations: ResourceDefinition<MutatingWebhookConfiguration> = defineResource<MutatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'mutatingwebhookconfigurations',
  singular: 'mutatingwebhookconfiguration',
  kind: 'MutatingWebhookConfiguration',
  listKind: 'MutatingWebhookConfigurationList',
  namespaced: false,
  categories: ['api-extensions'],
  verbs: ALL_VERBS,
  storage: 'mutatingwebhookconfigurations',
  schema: { groupVersion: 'admissionregistration/v1', struct: 'MutatingWebhookConfiguration' },
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
    for (const webhook of webhooks ?? []) {
      defaultWebhook(webhook);
      webhook.reinvocationPolicy ??= 'Never';
    }
  },
});

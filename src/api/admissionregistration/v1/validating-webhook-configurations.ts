import type { ValidatingWebhookConfiguration } from '#api/types/admissionregistration-v1';
import { ALL_VERBS, defineResource, type ResourceDefinition } from '../../machinery/resource.ts';

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
});

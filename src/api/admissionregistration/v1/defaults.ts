import type { MatchResources, MutatingWebhook, ParamRef, ValidatingWebhook } from '#api/types/admissionregistration-v1';

/** The defaults that both sorts of webhooks share. */
export function defaultWebhook(webhook: MutatingWebhook | ValidatingWebhook): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= 10;
  for (const rule of webhook.rules ?? []) rule.scope ??= '*';
  if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443;
}

/** The defaults of what a policy or a binding matches. */
export function defaultMatchResources(match: MatchResources | undefined): void {
  if (!match) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]) rule.scope ??= '*';
}

/** A binding whose parameters are missing denies. */
export function defaultParamRef(reference: ParamRef | undefined): void {
  if (reference) reference.parameterNotFoundAction ??= 'Deny';
}

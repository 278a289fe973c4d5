/** Webhook configurations. Follows ValidateValidatingWebhookConfiguration and ValidateMutatingWebhookConfiguration of pkg/apis/admissionregistration/validation. */
import type { MutatingWebhook, ValidatingWebhook } from '#api/types/admissionregistration-v1';
import { duplicate, type FieldError, index, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { isDns1035Label, isDns1123Subdomain } from '../../machinery/names.ts';
import type { KubeObject } from '../../machinery/object.ts';
import { validateLabelSelector } from '../../machinery/selector.ts';
import { webhookClientErrors } from '../../machinery/webhook-client.ts';
import { matchConditionErrors } from './condition-validation.ts';
import { ruleErrors } from './rules-validation.ts';

type Webhook = ValidatingWebhook & Partial<Pick<MutatingWebhook, 'reinvocationPolicy'>>;
export interface WebhookConfiguration extends KubeObject {
  webhooks?: Webhook[] | undefined;
}

const FAILURE_POLICIES = ['Fail', 'Ignore'];
const MATCH_POLICIES = ['Equivalent', 'Exact'];
const SIDE_EFFECTS = ['None', 'NoneOnDryRun', 'Some', 'Unknown'];
const NO_SIDE_EFFECTS = ['None', 'NoneOnDryRun'];
const REINVOCATION_POLICIES = ['IfNeeded', 'Never'];
const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const MAX_TIMEOUT = 30;
const MIN_SEGMENTS = 3;

/** What an update may keep. */
interface Leniency {
  readonly allowSideEffects?: boolean;
  readonly allowUnknownVersions?: boolean;
  readonly allowDuplicateNames?: boolean;
  readonly allowInvalidValues?: boolean;
  readonly ignoreConditions?: boolean;
}

/** What is wrong with a new configuration. */
export function validateWebhooks({ webhooks }: WebhookConfiguration): FieldError[] {
  return errorsOf(webhooks ?? [], {});
}

/** What is wrong with a configuration in the place of an old one: it may keep what was accepted once. */
export function validateWebhooksUpdate({ webhooks }: WebhookConfiguration, old: WebhookConfiguration): FieldError[] {
  const before = old.webhooks ?? [];
  return errorsOf(webhooks ?? [], {
    allowSideEffects: before.some(({ sideEffects }) => sideEffects === undefined || sideEffects === null || !NO_SIDE_EFFECTS.includes(sideEffects)),
    allowUnknownVersions: before.some((webhook) => !hasKnownVersion(webhook)),
    allowDuplicateNames: new Set(before.map(({ name }) => name)).size < before.length,
    allowInvalidValues: before.some(({ namespaceSelector, objectSelector }) => [namespaceSelector, objectSelector].some(hasInvalidValues)),
    ignoreConditions: jsonEqual(conditionsOf(webhooks ?? []), conditionsOf(before)),
  });
}

function hasInvalidValues(selector: Webhook['objectSelector']): boolean {
  return validateLabelSelector(selector, '').length > 0;
}
function conditionsOf(webhooks: readonly Webhook[]): JsonValue {
  return webhooks.map(({ matchConditions }) => (matchConditions ?? []) as unknown as JsonValue);
}
function hasKnownVersion({ admissionReviewVersions }: Webhook): boolean {
  return ((admissionReviewVersions ?? []) as readonly string[]).some((version) => REVIEW_VERSIONS.includes(version));
}

function errorsOf(webhooks: readonly Webhook[], leniency: Leniency): FieldError[] {
  const seen = new Set<string>();
  return webhooks.flatMap((webhook, i) => {
    const at = index('webhooks', i);
    const errors = [...webhookErrors(webhook, at, leniency), ...versionErrors(webhook, `${at}.admissionReviewVersions`, leniency)];
    if (!leniency.allowDuplicateNames && seen.has(webhook.name)) errors.push(duplicate(`${at}.name`, webhook.name));
    seen.add(webhook.name);
    return errors;
  });
}

function webhookErrors(webhook: Webhook, path: string, leniency: Leniency): FieldError[] {
  const { rules, failurePolicy, matchPolicy, timeoutSeconds, namespaceSelector, objectSelector, reinvocationPolicy } = webhook;
  const errors = [
    ...fullyQualified(webhook.name, `${path}.name`),
    ...(rules ?? []).flatMap((rule, i) => ruleErrors(rule, index(`${path}.rules`, i))),
    ...oneOf(failurePolicy, `${path}.failurePolicy`, FAILURE_POLICIES),
    ...oneOf(matchPolicy, `${path}.matchPolicy`, MATCH_POLICIES),
    ...sideEffectErrors(webhook, `${path}.sideEffects`, leniency),
  ];
  if (timeoutSeconds !== undefined && (timeoutSeconds < 1 || timeoutSeconds > MAX_TIMEOUT)) {
    errors.push(invalid(`${path}.timeoutSeconds`, timeoutSeconds, 'the timeout value must be between 1 and 30 seconds'));
  }
  errors.push(
    ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`, leniency),
    ...validateLabelSelector(objectSelector, `${path}.objectSelector`, leniency),
    ...oneOf(reinvocationPolicy, `${path}.reinvocationPolicy`, REINVOCATION_POLICIES),
    ...webhookClientErrors(webhook.clientConfig, `${path}.clientConfig`),
  );
  if (leniency.ignoreConditions) return errors;
  return [...errors, ...matchConditionErrors(webhook.matchConditions, `${path}.matchConditions`, false)];
}

function oneOf(value: string | undefined, path: string, supported: readonly string[]): FieldError[] {
  return value === undefined || supported.includes(value) ? [] : [notSupported(path, value, supported)];
}

function sideEffectErrors({ sideEffects }: Webhook, path: string, { allowSideEffects }: Leniency): FieldError[] {
  const supported = allowSideEffects ? SIDE_EFFECTS : NO_SIDE_EFFECTS;
  if ((sideEffects as string | null | undefined) === undefined || sideEffects === null) {
    return [required(path, `must specify one of ${supported.join(', ')}`)];
  }
  return oneOf(sideEffects, path, supported);
}

function fullyQualified(name: string, path: string): FieldError[] {
  if (!name) return [required(path)];
  const faults = isDns1123Subdomain(name);
  if (faults.length > 0) return [invalid(path, name, faults.join(','))];
  if (name.split('.').length >= MIN_SEGMENTS) return [];
  return [invalid(path, name, 'should be a domain with at least three segments separated by dots')];
}

function versionErrors(webhook: Webhook, path: string, { allowUnknownVersions }: Leniency): FieldError[] {
  const versions = (webhook.admissionReviewVersions as string[] | null) ?? [];
  if (versions.length === 0) return [required(path, `must specify one of ${REVIEW_VERSIONS.join(', ')}`)];
  const errors = versions.flatMap((version, i) => {
    const at = index(path, i);
    if (versions.indexOf(version) < i) return [invalid(at, version, 'duplicate version')];
    return isDns1035Label(version).map((message) => invalid(at, version, message));
  });
  if (!allowUnknownVersions && !hasKnownVersion(webhook)) {
    errors.push(invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`));
  }
  return errors;
}

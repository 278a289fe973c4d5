import type { PodTemplateSpec } from '#api/types/core-v1';
import type { LabelSelector } from '#api/types/meta-v1';
import { validatePodTemplate } from '../core/v1/pod/validation.ts';
import { child, type FieldError, forbidden, invalid, notSupported, required } from '../machinery/field-error.ts';
import { isValidPercent, percentOf } from '../machinery/int-or-string.ts';
import { selectorOf, validateLabelSelector } from '../machinery/selector.ts';

/** How a kind's selector and template are judged. */
export interface WorkloadRules {
  /** As upstream names it in texts: `deployment`. */
  readonly noun: string;
  /** Where the selector may be missing without an error of its own. */
  readonly mayLackSelector?: boolean;
}

interface WithTemplate {
  selector?: LabelSelector | undefined;
  template: PodTemplateSpec;
}

/** The selector of a workload: there, not empty, well formed. */
export function validateWorkloadSelector({ selector }: WithTemplate, rules: WorkloadRules): FieldError[] {
  if (!selector) return rules.mayLackSelector ? [] : [required('spec.selector')];
  const errors = validateLabelSelector(selector, 'spec.selector');
  if (Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0) === 0) {
    errors.push(invalid('spec.selector', printedSelector(selector), `empty selector is invalid for ${rules.noun}`));
  }
  return errors;
}

/** The selector selects the template's own Pods. */
export function validateSelectorMatch({ selector, template }: WithTemplate): FieldError[] {
  const labels = template.metadata?.labels;
  return matches(selector, labels)
    ? []
    : [invalid('spec.template.metadata.labels', printedLabels(labels) ?? null, '`selector` does not match template `labels`')];
}
/** The selector in errors, as Go prints it: labels in order. */
export function printedSelector({ matchLabels, matchExpressions }: LabelSelector): LabelSelector {
  return { matchLabels: printedLabels(matchLabels), matchExpressions };
}
function printedLabels(labels: Readonly<Record<string, string>> | undefined): Record<string, string> | undefined {
  return labels && Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
function matches(selector: LabelSelector | undefined, labels: Readonly<Record<string, string>> | undefined): boolean {
  if (!selector) return false;
  try {
    const parsed = selectorOf(selector);
    return parsed.isEmpty || parsed.matches(labels);
  } catch {
    // A malformed selector has errors of its own.
    return true;
  }
}

/** The template of a kind that first needs to know whom it selects: a selector that cannot be read leaves the template unjudged. */
export function validateSelectedTemplate({ selector, template }: WithTemplate, kind: string, unreadable: string, old?: PodTemplateSpec): FieldError[] {
  if (selector && !isReadableSelector(selector)) return [invalid('spec.selector', printedSelector(selector), unreadable)];
  return [...validateSelectorMatch({ selector, template }), ...validateLongRunningTemplate(template, kind, old)];
}
/** Whether the selector has a meaning at all. */
export function isReadableSelector(selector: LabelSelector): boolean {
  try {
    selectorOf(selector);
    return true;
  } catch {
    return false;
  }
}

/** A template whose Pods run for ever; `old` is the stored one. */
export function validateLongRunningTemplate(template: PodTemplateSpec, kind: string, old?: PodTemplateSpec): FieldError[] {
  return [...validatePodTemplate(template, 'spec.template', old), ...longRunningErrors(template, kind)];
}
/** Pods that run for ever are started again, and have no end. */
export function longRunningErrors(template: PodTemplateSpec, kind: string): FieldError[] {
  const errors: FieldError[] = [];
  const policy = template.spec?.restartPolicy;
  if (policy !== 'Always') errors.push(notSupported('spec.template.spec.restartPolicy', policy ?? '', ['Always']));
  if (template.spec?.activeDeadlineSeconds !== undefined) {
    errors.push(forbidden('spec.template.spec.activeDeadlineSeconds', `activeDeadlineSeconds in ${kind} is not Supported`));
  }
  return errors;
}

/** A count or a percentage of not more than all. */
export function validateCountOrPercent(path: string, value: number | string | undefined): FieldError[] {
  if (value === undefined) return [];
  if (typeof value === 'number') return value < 0 ? [invalid(path, value, 'must be greater than or equal to 0')] : [];
  return isValidPercent(value).map((message) => invalid(path, value, message));
}
/** A percentage is not more than 100%. */
export function notMoreThanAll(path: string, value: number | string | undefined): FieldError[] {
  const percent = typeof value === 'string' && isValidPercent(value).length === 0 ? percentOf(value) : undefined;
  return percent !== undefined && percent > 100 ? [invalid(path, value, 'must not be greater than 100%')] : [];
}

/** Counts in a status are 0 or more. */
export function countErrors<T extends object>(status: T | undefined, fields: readonly (keyof T & string)[]): FieldError[] {
  return fields.flatMap((field) => {
    const value = status?.[field];
    return typeof value === 'number' && value < 0 ? [invalid(child('status', field), value, 'must be greater than or equal to 0')] : [];
  });
}
/** None of these is more than there are replicas. */
export function moreThanReplicas<T extends { replicas?: number | undefined }>(status: T | undefined, fields: readonly (keyof T & string)[]): FieldError[] {
  return fields.flatMap((field) => {
    const value = (status?.[field] as number | undefined) ?? 0;
    return value > (status?.replicas ?? 0) ? [invalid(child('status', field), value, 'cannot be greater than status.replicas')] : [];
  });
}
interface WithCollisions {
  readonly collisionCount?: number | undefined;
}
/** Collisions are counted up. */
export function collisionErrors(status: WithCollisions | undefined, old: WithCollisions | undefined): FieldError[] {
  const [now, before] = [status?.collisionCount, old?.collisionCount];
  const isLess = before !== undefined && (now === undefined || now < before);
  return isLess ? [invalid('status.collisionCount', now ?? 0, 'cannot be decremented')] : [];
}

/** The number is 0 or more, under `spec`. */
export function specNotNegative(field: string, value: number | undefined): FieldError[] {
  return value !== undefined && value < 0 ? [invalid(child('spec', field), value, 'must be greater than or equal to 0')] : [];
}

/** What is wrong with access reviews. Follows pkg/apis/authorization/validation. */
import { type FieldError, forbidden, invalid, isLabelValue, isQualifiedName, type KubeObject, required } from '#api';
import type { NonResourceAttributes, ResourceAttributes } from '#api/types/authorization-v1';

/** What a review asks about: a resource or a path. */
export interface Question {
  readonly resourceAttributes?: ResourceAttributes | null | undefined;
  readonly nonResourceAttributes?: NonResourceAttributes | null | undefined;
}
interface Subject {
  readonly user?: string | undefined;
  readonly groups?: readonly string[] | undefined;
}

/** What is wrong with the question, and with the subject where the review names one. */
export function questionErrors({ resourceAttributes, nonResourceAttributes }: Question, subject?: Subject): FieldError[] {
  const errors: FieldError[] = [];
  if (resourceAttributes && nonResourceAttributes) {
    errors.push(invalid('spec.nonResourceAttributes', asGo(nonResourceAttributes), 'cannot be specified in combination with resourceAttributes'));
  }
  if (!resourceAttributes && !nonResourceAttributes) {
    // Upstream shows the missing pointer as the word in quotes.
    errors.push(invalid('spec.resourceAttributes', 'null', 'exactly one of nonResourceAttributes or resourceAttributes must be specified'));
  }
  if (subject && !subject.user && !subject.groups?.length) {
    errors.push(invalid('spec.user', subject.user ?? '', 'at least one of user or group must be specified'));
  }
  return [...errors, ...selectorErrors(resourceAttributes, 'fieldSelector'), ...selectorErrors(resourceAttributes, 'labelSelector')];
}

/** Reviews are not stored: they have no names. */
export function metadataErrors(metadata: KubeObject['metadata'] | undefined): FieldError[] {
  return hasOnly(metadata, []) ? [] : [invalid('metadata', metadata, 'must be empty')];
}

/** A review of one namespace is about things in it. */
export function localErrors(spec: Question, metadata: KubeObject['metadata'] | undefined): FieldError[] {
  const errors: FieldError[] = [];
  if (!hasOnly(metadata, ['namespace'])) errors.push(invalid('metadata', metadata, 'must be empty except for namespace'));
  const namespace = spec.resourceAttributes?.namespace ?? '';
  if (spec.resourceAttributes && namespace !== (metadata?.namespace ?? '')) {
    errors.push(invalid('spec.resourceAttributes.namespace', namespace, 'must match metadata.namespace'));
  }
  if (spec.nonResourceAttributes) errors.push(invalid('spec.nonResourceAttributes', asGo(spec.nonResourceAttributes), 'disallowed on this kind of request'));
  return errors;
}

/** As upstream's internal struct prints. */
function asGo({ path = '', verb = '' }: NonResourceAttributes): object {
  return { Path: path, Verb: verb };
}

function hasOnly(metadata: KubeObject['metadata'] | undefined, allowed: readonly string[]): boolean {
  return Object.entries(metadata ?? {}).every(([key, value]) => !value || key === 'managedFields' || allowed.includes(key));
}

interface Requirement {
  readonly key?: string | undefined;
  readonly operator?: string | undefined;
  readonly values?: readonly string[] | undefined;
}

function selectorErrors(attributes: ResourceAttributes | null | undefined, which: 'fieldSelector' | 'labelSelector'): FieldError[] {
  const selector = attributes?.[which];
  if (!selector) return [];
  const path = `spec.resourceAttributes.${which}`;
  const { rawSelector } = selector;
  const requirements: readonly Requirement[] = selector.requirements ?? [];
  const errors: FieldError[] = [];
  if (rawSelector && requirements.length > 0) {
    errors.push(invalid(`${path}.rawSelector`, rawSelector, 'may not specified at the same time as requirements'));
  }
  if (!rawSelector && requirements.length === 0) {
    errors.push(required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`));
  }
  const check = which === 'fieldSelector' ? fieldRequirementErrors : labelRequirementErrors;
  return [...errors, ...requirements.flatMap((requirement, i) => check(requirement, `${path}.requirements[${i}]`))];
}

function fieldRequirementErrors(requirement: Requirement, path: string): FieldError[] {
  const errors = requirement.key ? [] : [required(`${path}.key`, 'must be specified')];
  return [...errors, ...operatorErrors(requirement, path)];
}

function labelRequirementErrors(requirement: Requirement, path: string): FieldError[] {
  const { key = '', values } = requirement;
  return [
    ...operatorErrors(requirement, path),
    ...isQualifiedName(key).map((message) => invalid(`${path}.key`, key, message)),
    ...(values ?? []).flatMap((value, i) => isLabelValue(value).map((message) => invalid(`${path}.values[${i}]`, value, message))),
  ];
}

/** Operators that are not known are let through: they come from newer clients, and are overlooked. */
function operatorErrors({ operator, values }: Requirement, path: string): FieldError[] {
  const count = values?.length ?? 0;
  const needsValues = operator === 'In' || operator === 'NotIn';
  if (needsValues && count === 0) return [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
  const hasNone = operator === 'Exists' || operator === 'DoesNotExist';
  return hasNone && count > 0 ? [forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")] : [];
}

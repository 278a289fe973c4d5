import { lookupTable } from '#lib';
import type { ResourceList, ResourceQuota, ResourceQuotaSpec, ScopeSelector } from '#api/types/core-v1';
import { child, type FieldError, invalid, key, required } from '../../machinery/field-error.ts';
import { compareQuantity } from '../../machinery/quantity.ts';
import { NOT_NEGATIVE } from './pod/checks.ts';
import { isInteger } from './pod/container-resources.ts';
import { isCounted, isStandardForQuota, resourceName } from './resource-names.ts';

const OF_PODS = ['pods', ...['cpu', 'memory'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`])];
/** The standard resources that each scope may be combined with. */
const SCOPES = lookupTable<readonly string[]>({
  Terminating: OF_PODS,
  NotTerminating: OF_PODS,
  BestEffort: ['pods'],
  NotBestEffort: OF_PODS,
  PriorityClass: OF_PODS,
  CrossNamespacePodAffinity: OF_PODS,
  VolumeAttributesClass: ['persistentvolumeclaims', 'requests.storage'],
});
const EXCLUSIVE = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;
const ONLY_EXISTS =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

/** What is wrong with a ResourceQuota. */
export function validateResourceQuota({ spec }: ResourceQuota): FieldError[] {
  return spec ? [...listErrors('spec.hard', spec.hard), ...scopeErrors(spec), ...selectorErrors(spec)] : [];
}
/** What is wrong with what a ResourceQuota says to be used. */
export function validateResourceQuotaStatus({ status }: ResourceQuota): FieldError[] {
  return [...listErrors('status.hard', status?.hard), ...listErrors('status.used', status?.used)];
}
function listErrors(path: string, list: ResourceList | undefined): FieldError[] {
  return Object.entries(list ?? {}).flatMap(([name, quantity]) => amountErrors(key(path, name), name, quantity));
}
/** Scopes are for ever. */
export function validateResourceQuotaUpdate({ spec }: ResourceQuota, old: ResourceQuota): FieldError[] {
  const scopes = (quota: ResourceQuotaSpec | undefined): string => [...new Set(quota?.scopes)].sort().join();
  return scopes(spec) === scopes(old.spec) ? [] : [invalid('spec.scopes', spec?.scopes ?? null, 'field is immutable')];
}

function amountErrors(path: string, name: string, quantity: string): FieldError[] {
  const errors = resourceName(path, name);
  if (!name.includes('/') && !isStandardForQuota(name)) errors.push(invalid(path, name, 'must be a standard resource for quota'));
  if (compareQuantity(quantity, '0') < 0) errors.push(invalid(path, quantity, NOT_NEGATIVE));
  if (isCounted(name) && !isInteger(quantity)) errors.push(invalid(path, quantity, 'must be an integer'));
  return errors;
}

function fits(scope: string, { hard }: ResourceQuotaSpec): boolean[] {
  return Object.keys(hard ?? {})
    .filter(isStandardForQuota)
    .map((name) => SCOPES[scope]?.includes(name) ?? true);
}
function conflicts(scopes: readonly string[], path: string, value: unknown): FieldError[] {
  return EXCLUSIVE.filter((pair) => pair.every((scope) => scopes.includes(scope))).map(() => invalid(path, value, 'conflicting scopes'));
}

function scopeErrors(spec: ResourceQuotaSpec): FieldError[] {
  const scopes = spec.scopes ?? [];
  const errors = scopes.flatMap((scope) => [
    ...(SCOPES[scope] ? [] : [invalid('spec.scopes', scopes, 'unsupported scope')]),
    ...fits(scope, spec).flatMap((fit) => (fit ? [] : [invalid('spec.scopes', scopes, 'unsupported scope applied to resource')])),
  ]);
  return [...errors, ...conflicts(scopes, 'spec.scopes', scopes)];
}

function selectorErrors(spec: ResourceQuotaSpec): FieldError[] {
  const path = 'spec.scopeSelector.matchExpressions';
  const { scopeSelector } = spec;
  const requirements = scopeSelector?.matchExpressions ?? [];
  const errors = requirements.flatMap(({ scopeName, operator, values }) => [
    ...(SCOPES[scopeName] ? [] : [invalid(child(path, 'scopeName'), scopeName, 'unsupported scope')]),
    ...fits(scopeName, spec).flatMap((fit) => (fit ? [] : [invalid(path, printed(scopeSelector), 'unsupported scope applied to resource')])),
    ...(SCOPES[scopeName] && operator !== 'Exists' && !['PriorityClass', 'VolumeAttributesClass'].includes(scopeName)
      ? [invalid(child(path, 'operator'), operator, ONLY_EXISTS)]
      : []),
    ...operatorErrors(operator, values ?? [], path),
  ]);
  return [
    ...errors,
    ...conflicts(
      requirements.map(({ scopeName }) => scopeName),
      path,
      // Upstream prints the other list here.
      spec.scopes ?? null,
    ),
  ];
}
/** Upstream prints its internal struct, whose members have Go's names. */
function printed(selector: ScopeSelector | undefined): object {
  const expressions = selector?.matchExpressions ?? [];
  return { MatchExpressions: expressions.map(({ scopeName, operator, values }) => ({ ScopeName: scopeName, Operator: operator, Values: values ?? null })) };
}
function operatorErrors(operator: string, values: readonly string[], path: string): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length ? [] : [required(child(path, 'values'), "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector")];
    case 'Exists':
    case 'DoesNotExist':
      return values.length ? [invalid(child(path, 'values'), values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector")] : [];
    default:
      return [invalid(child(path, 'operator'), operator, 'not a valid selector operator')];
  }
}

import type { LimitRange, LimitRangeItem } from '#api/types/core-v1';
import { child, duplicate, type FieldError, forbidden, index, invalid, key, required } from '../../machinery/field-error.ts';
import { isQualifiedName } from '../../machinery/names.ts';
import { compareQuantity, scaledValue } from '../../machinery/quantity.ts';
import { invalidEach } from './pod/checks.ts';
import { containerResourceName, isOvercommitAllowed } from './pod/container-resources.ts';
import { resourceName } from './resource-names.ts';

const TYPES = ['Pod', 'Container', 'PersistentVolumeClaim'];
const LISTS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

/** What is wrong with a LimitRange. */
export function validateLimitRange({ spec }: LimitRange): FieldError[] {
  const seen = new Set<string>();
  return (spec?.limits ?? []).flatMap((item, i) => {
    const path = index('spec.limits', i);
    const errors = typeErrors(child(path, 'type'), item.type);
    if (seen.has(item.type)) errors.push(duplicate(child(path, 'type'), item.type));
    seen.add(item.type);
    return [...errors, ...listErrors(item, path), ...amountErrors(item, path)];
  });
}

function typeErrors(path: string, type: string): FieldError[] {
  const errors = invalidEach(path, type, isQualifiedName(type));
  if (errors.length || type.includes('/') || TYPES.includes(type)) return errors;
  return [invalid(path, type, 'must be a standard limit type or fully qualified')];
}

function listErrors(item: LimitRangeItem, path: string): FieldError[] {
  const isContainer = item.type === 'Pod' || item.type === 'Container';
  return LISTS.flatMap((list) => {
    const at = child(path, list);
    const names = Object.keys(item[list] ?? {});
    if (item.type === 'Pod' && (list === 'default' || list === 'defaultRequest')) {
      return names.length ? [forbidden(at, "may not be specified when `type` is 'Pod'")] : [];
    }
    const errors = names.flatMap((name) => (isContainer ? containerResourceName(name, key(at, name)) : resourceName(key(at, name), name)));
    if (list === 'defaultRequest' && item.type === 'PersistentVolumeClaim' && item.min?.['storage'] === undefined && item.max?.['storage'] === undefined) {
      errors.push(required(child(path, 'limits'), 'either minimum or maximum storage value is required, but neither was provided'));
    }
    return errors;
  });
}

/** Which amounts contradict each other: `low` is more than `high`; the value of `shown` is printed, below the field `at`. */
const ORDER = [
  { low: 'min', high: 'max', at: 'min', shown: 'min', text: ['min value', 'max value'] },
  { low: 'min', high: 'defaultRequest', at: 'defaultRequest', shown: 'defaultRequest', text: ['min value', 'default request value'] },
  { low: 'defaultRequest', high: 'max', at: 'defaultRequest', shown: 'defaultRequest', text: ['default request value', 'max value'] },
  { low: 'defaultRequest', high: 'default', at: 'defaultRequest', shown: 'defaultRequest', text: ['default request value', 'default limit value'] },
  { low: 'min', high: 'default', at: 'default', shown: 'min', text: ['min value', 'default value'] },
  { low: 'default', high: 'max', at: 'default', shown: 'max', text: ['default value', 'max value'] },
] as const;

function amountErrors(item: LimitRangeItem, path: string): FieldError[] {
  const names = new Set(LISTS.flatMap((list) => Object.keys(item[list] ?? {})));
  return [...names].flatMap((name) => {
    const amount = (list: (typeof LISTS)[number]): string | undefined =>
      item.type === 'Pod' && (list === 'default' || list === 'defaultRequest') ? undefined : item[list]?.[name];
    const errors: FieldError[] = [];
    for (const { low, high, at, shown, text } of ORDER) {
      const [less, more] = [amount(low), amount(high)];
      if (less === undefined || more === undefined || compareQuantity(less, more) <= 0) continue;
      errors.push(invalid(key(child(path, at), name), amount(shown), `${text[0]} ${less} is greater than ${text[1]} ${more}`));
    }
    const [fallback, wanted] = [amount('default'), amount('defaultRequest')];
    const ratios = ratioErrors(key(child(path, 'maxLimitRequestRatio'), name), amount('maxLimitRequestRatio'), amount('min'), amount('max'));
    if (isOvercommitAllowed(name) || fallback === undefined || wanted === undefined || compareQuantity(fallback, wanted) === 0) return [...errors, ...ratios];
    const text = `default value ${fallback} must equal to defaultRequest value ${wanted} in ${name}`;
    return [...errors, ...ratios, invalid(key(child(path, 'defaultRequest'), name), wanted, text)];
  });
}

function ratioErrors(path: string, ratio: string | undefined, min: string | undefined, max: string | undefined): FieldError[] {
  if (ratio === undefined) return [];
  const errors = compareQuantity(ratio, '1') < 0 ? [invalid(path, ratio, `ratio ${ratio} is less than 1`)] : [];
  if (min === undefined || max === undefined) return errors;
  const milli = (quantity: string): number => Number(scaledValue(quantity, -3));
  const most = milli(max) / milli(min);
  return milli(ratio) / 1000 > most ? [...errors, invalid(path, ratio, `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`)] : errors;
}

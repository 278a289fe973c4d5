/** The request a review asks about. Follows pkg/registry/authorization/util. */
import { lookupTable } from '#lib';
import { escapeFieldValue, newRequirement, parseFieldSelector, parseSelector, type SelectorOperator } from '#api';
import type { UserInfo } from '#api/types/authentication-v1';
import type { ResourceAttributes } from '#api/types/authorization-v1';
import type { Attributes } from '../contract.ts';
import type { Question } from './review-validation.ts';

/** The request, and which parts of it could not be understood and were overlooked. */
export function attributesOfQuestion(user: UserInfo, { resourceAttributes, nonResourceAttributes }: Question): { attributes: Attributes; faults: string[] } {
  if (!resourceAttributes)
    return { attributes: { ...NOTHING, user, verb: nonResourceAttributes?.verb ?? '', path: nonResourceAttributes?.path ?? '' }, faults: [] };
  const { verb = '', group = '', version, resource = '', subresource = '', namespace = '', name = '' } = resourceAttributes;
  const fields = fieldsOf(resourceAttributes.fieldSelector);
  const attributes = {
    user,
    verb,
    isResourceRequest: true,
    apiGroup: group,
    apiVersion: version || '*',
    resource,
    subresource,
    namespace,
    name,
    path: '',
    fieldSelector: fields.understood.join(','),
  };
  return { attributes, faults: [...faultsOf('fieldSelector', fields), ...faultsOf('labelSelector', labelsOf(resourceAttributes.labelSelector))] };
}

const NOTHING = { isResourceRequest: false, apiGroup: '', apiVersion: '', resource: '', subresource: '', namespace: '', name: '' };

/** The requirements of a selector that mean something here, and whether others do not. */
interface Understood {
  readonly understood: readonly string[];
  readonly hasFaults: boolean;
}

function faultsOf(selector: string, { understood, hasFaults }: Understood): string[] {
  return hasFaults ? [`spec.resourceAttributes.${selector} ${understood.length > 0 ? 'partially ' : ''}ignored due to parse error`] : [];
}

function fieldsOf(selector: ResourceAttributes['fieldSelector'] | null): Understood {
  const requirements = selector?.requirements ?? [];
  if (requirements.length === 0) return attempt(() => parseFieldSelector(selector?.rawSelector ?? '').requirements.map(fieldText));
  const understood = requirements.flatMap(({ key, operator, values }) => {
    const [value] = values ?? [];
    if (values?.length !== 1 || value === undefined || (operator !== 'In' && operator !== 'NotIn')) return [];
    return [fieldText({ field: key, operator: operator === 'In' ? '=' : '!=', value })];
  });
  return { understood, hasFaults: understood.length < requirements.length };
}
function fieldText({ field, operator, value }: { field: string; operator: string; value: string }): string {
  return `${field}${operator}${escapeFieldValue(value)}`;
}

const OPERATORS = lookupTable<SelectorOperator>({ In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' });

function labelsOf(selector: ResourceAttributes['labelSelector'] | null): Understood {
  const requirements = selector?.requirements ?? [];
  if (requirements.length === 0) return attempt(() => [parseSelector(selector?.rawSelector ?? '').toString()].filter(Boolean));
  const understood = requirements.flatMap(({ key, operator, values }) => {
    const known = OPERATORS[operator];
    return known ? attempt(() => [newRequirement(key, known, values ?? []).key]).understood : [];
  });
  return { understood, hasFaults: understood.length < requirements.length };
}

function attempt(parse: () => string[]): Understood {
  try {
    return { understood: parse(), hasFaults: false };
  } catch {
    return { understood: [], hasFaults: true };
  }
}

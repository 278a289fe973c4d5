import type { MatchCondition } from '#api/types/admissionregistration-v1';
import { duplicate, type FieldError, index, invalid, required, tooMany } from '../../machinery/field-error.ts';
import { isQualifiedName } from '../../machinery/names.ts';
import { checkExpression } from './expressions.ts';

const MAX_CONDITIONS = 64;

/** What is wrong with the conditions under which a webhook is called or a policy applies. */
export function matchConditionErrors(conditions: readonly MatchCondition[] | undefined, path: string, hasParams: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  if (conditions && conditions.length > MAX_CONDITIONS) errors.push(tooMany(path, conditions.length, MAX_CONDITIONS));
  conditions?.forEach(({ name, expression }, i) => {
    const at = index(path, i);
    const text = expression.trim();
    if (text) errors.push(...checkExpression(text, `${at}.expression`, { place: 'matchCondition', hasParams }));
    else errors.push(required(`${at}.expression`));
    if (!name) errors.push(required(`${at}.name`));
    if (!name) return;
    errors.push(...isQualifiedName(name).map((message) => invalid(`${at}.name`, name, message)));
    if (seen.has(name)) errors.push(duplicate(`${at}.name`, name));
    seen.add(name);
  });
  return errors;
}

/** What claims, classes and allocations have in common. Follows pkg/apis/resource/validation. */
import type { DeviceConfiguration, DeviceSelector, DeviceTaint, DeviceToleration } from '#api/types/resource-v1';
import { duplicate, type FieldError, index, invalid, notSupported, required, tooLong } from '../../machinery/field-error.ts';
import { isLabelValue } from '../../machinery/names.ts';
import { validateDriverName } from '../../storage/v1/csi-driver-validation.ts';
import { invalidEach } from '../../core/v1/pod/checks.ts';
import { listErrors } from './collections.ts';
import { qualifiedLabelErrors } from './name-validation.ts';
import { checkDeviceExpression } from './selector-expression.ts';

export const MAX_SELECTORS = 32;
export const MAX_CONFIGS = 32;
const MAX_EXPRESSION = 10 * 1024;
const MAX_PARAMETERS = 10 * 1024;
const MAX_TOLERATIONS = 16;
const MAX_BINDING_CONDITIONS = 4;
const EFFECTS = ['NoExecute', 'NoSchedule', 'None'];
const OPERATORS = ['Equal', 'Exists'];

export function selectorsErrors(selectors: readonly DeviceSelector[] | undefined, path: string): FieldError[] {
  return listErrors(selectors, MAX_SELECTORS, path, ({ cel }, at) => {
    if (!cel) return [required(`${at}.cel`)];
    const where = `${at}.cel.expression`;
    // One that is too long is not compiled.
    if (Buffer.byteLength(cel.expression) > MAX_EXPRESSION) return [tooLong(where, MAX_EXPRESSION)];
    return checkDeviceExpression(cel.expression, where);
  });
}

export function configurationErrors({ opaque }: DeviceConfiguration, path: string, isStored = false): FieldError[] {
  if (!opaque) return [required(`${path}.opaque`)];
  const at = `${path}.opaque`;
  return [
    ...validateDriverName(opaque.driver, `${at}.driver`),
    ...rawObjectErrors(opaque.parameters, `${at}.parameters`, isStored ? Number.POSITIVE_INFINITY : MAX_PARAMETERS),
  ];
}

/** A JSON object of a driver's own making. */
export function rawObjectErrors(value: unknown, path: string, longest: number): FieldError[] {
  if (value === undefined || value === null) return [required(path)];
  if (Buffer.byteLength(JSON.stringify(value)) > longest) return [tooLong(path, longest)];
  return typeof value === 'object' && !Array.isArray(value) ? [] : [invalid(path, '<value omitted>', 'must be a valid JSON object')];
}

export function taintErrors({ key, value, effect }: DeviceTaint, path: string): FieldError[] {
  const errors = qualifiedLabelErrors(key, `${path}.key`);
  if (value) errors.push(...invalidEach(`${path}.value`, value, isLabelValue(value)));
  if (!effect) errors.push(required(`${path}.effect`));
  else if (!EFFECTS.includes(effect)) errors.push(notSupported(`${path}.effect`, effect, EFFECTS));
  return errors;
}

export function tolerationsErrors(tolerations: readonly DeviceToleration[] | undefined, path: string): FieldError[] {
  return listErrors(tolerations, MAX_TOLERATIONS, path, tolerationErrors);
}

function tolerationErrors({ key, operator, value = '', effect }: DeviceToleration, path: string): FieldError[] {
  const errors = key ? qualifiedLabelErrors(key, `${path}.key`) : [];
  if (!operator) errors.push(required(`${path}.operator`));
  else if (!OPERATORS.includes(operator)) errors.push(notSupported(`${path}.operator`, operator, OPERATORS));
  else if (operator === 'Equal') errors.push(...invalidEach(`${path}.value`, value, isLabelValue(value)));
  else if (value) errors.push(invalid(`${path}.value`, value, 'must be empty for operator `Exists`'));
  if (effect && !EFFECTS.includes(effect)) errors.push(notSupported(`${path}.effect`, effect, EFFECTS));
  return errors;
}

/** Conditions that a device waits for before its Pod is bound. */
export function bindingErrors(
  { bindingConditions, bindingFailureConditions }: { bindingConditions?: string[] | undefined; bindingFailureConditions?: string[] | undefined },
  path: string,
): FieldError[] {
  const conditions = bindingConditions ?? [];
  const failures = bindingFailureConditions ?? [];
  const at = `${path}.bindingConditions`;
  const failuresAt = `${path}.bindingFailureConditions`;
  const errors = [
    ...listErrors(conditions, MAX_BINDING_CONDITIONS, at, qualifiedLabelErrors),
    ...listErrors(failures, MAX_BINDING_CONDITIONS, failuresAt, qualifiedLabelErrors),
    ...conditions.flatMap((condition, i) => (conditions.indexOf(condition) < i ? [duplicate(index(at, i), condition)] : [])),
  ];
  failures.forEach((condition, i) => {
    if (failures.indexOf(condition) < i) errors.push(duplicate(index(failuresAt, i), condition));
    if (conditions.includes(condition)) {
      errors.push(invalid(index(failuresAt, i), condition, 'bindingFailureConditions must not overlap with bindingConditions'));
    }
  });
  if (conditions.length === 0 && failures.length > 0)
    errors.push(invalid(at, bindingConditions ?? null, 'bindingConditions are required to use bindingFailureConditions'));
  if (failures.length === 0 && conditions.length > 0) {
    errors.push(invalid(failuresAt, bindingFailureConditions ?? null, 'bindingFailureConditions are required to use bindingConditions'));
  }
  return errors;
}

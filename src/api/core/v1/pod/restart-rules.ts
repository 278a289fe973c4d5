import type { Container, ContainerRestartRule } from '#api/types/core-v1';
import { child, type FieldError, index, invalid, notSupported, required, tooMany } from '../../../machinery/field-error.ts';

const POLICIES = ['Always', 'Never', 'OnFailure'];
const ACTIONS = ['Restart', 'RestartAllContainers'];
const OPERATORS = ['In', 'NotIn'];
const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;

/** What a container does when it ends, where it is not what its Pod says (KEP-5307). */
export function validateRestartRules({ restartPolicy, restartPolicyRules = [] }: Container, path: string): FieldError[] {
  const at = child(path, 'restartPolicyRules');
  if (restartPolicy === undefined)
    return restartPolicyRules.length ? [required(child(path, 'restartPolicy'), 'must specify restartPolicy when restart rules are used')] : [];
  const errors: FieldError[] = [];
  if (!POLICIES.includes(restartPolicy)) errors.push(notSupported(child(path, 'restartPolicy'), restartPolicy, POLICIES));
  if (restartPolicyRules.length > MAX_RULES) errors.push(tooMany(at, restartPolicyRules.length, MAX_RULES));
  return [...errors, ...restartPolicyRules.flatMap((rule, i) => validateRule(rule, index(at, i)))];
}

function validateRule({ action, exitCodes }: ContainerRestartRule, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!ACTIONS.includes(action)) errors.push(notSupported(child(path, 'action'), action ?? '', ACTIONS));
  if (!exitCodes) return [...errors, required(child(path, 'exitCodes'), 'must be specified')];
  const { operator, values = [] } = exitCodes;
  const at = child(path, 'exitCodes');
  if (!OPERATORS.includes(operator)) errors.push(notSupported(child(at, 'operator'), operator ?? '', OPERATORS));
  if (!values.length) errors.push(invalid(child(at, 'values'), values, 'must have at least one value'));
  else if (values.length > MAX_EXIT_CODES) errors.push(tooMany(child(at, 'values'), values.length, MAX_EXIT_CODES));
  return errors;
}

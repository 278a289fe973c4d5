import type {
  ExemptPriorityLevelConfiguration,
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from '#api/types/flowcontrol-v1';
import { child, type FieldError, forbidden, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { goValue } from '../../machinery/go-value.ts';
import { jsonEqual } from '../../machinery/json-value.ts';
import type { JsonValue } from '../../machinery/json.ts';
import { validateConditionTypes } from './flow-schema-validation.ts';
import { mandatoryPriorityLevels } from './mandatory.ts';

const MAX_QUEUES = 10_000_000;
/** What of a request's hash chooses queues. */
const MAX_HASH_BITS = 60;
const NOT_NEGATIVE = 'must be a non-negative integer';

/** What is wrong with a PriorityLevelConfiguration; follows pkg/apis/flowcontrol/validation. */
export function validatePriorityLevel({ metadata: { name = '' }, spec, status }: PriorityLevelConfiguration): FieldError[] {
  const errors = spec ? validateSpec(name, spec) : [];
  const fixed = mandatoryPriorityLevels[name];
  if (fixed && !jsonEqual(comparable(name, spec), comparable(name, fixed))) {
    const part = name === 'exempt' ? " except the 'spec.exempt' field" : '';
    errors.push(
      invalid(
        'spec',
        goValue({ groupVersion: 'flowcontrol/v1', struct: 'PriorityLevelConfigurationSpec' }, spec),
        `spec of '${name}'${part} must equal the fixed value`,
      ),
    );
  }
  return [...errors, ...validateConditionTypes(status?.conditions)];
}

/** What the exempt level lends is for administrators to say. */
function comparable(name: string, spec: PriorityLevelConfigurationSpec | undefined): JsonValue {
  return (name === 'exempt' ? { ...spec, exempt: undefined } : spec) as unknown as JsonValue;
}

function validateSpec(name: string, { type, limited, exempt }: PriorityLevelConfigurationSpec): FieldError[] {
  const errors: FieldError[] = [];
  if ((name === 'exempt') !== (type === 'Exempt')) errors.push(invalid('spec.type', type, "type must be 'Exempt' if and only if name is 'exempt'"));
  switch (type) {
    case 'Exempt':
      if (limited) errors.push(forbidden('spec.limited', 'must be nil if the type is not Limited'));
      if (exempt) errors.push(...validateExempt(exempt, 'spec.exempt'));
      return errors;
    case 'Limited':
      if (exempt) errors.push(forbidden('spec.exempt', 'must be nil if the type is Limited'));
      if (limited) errors.push(...validateLimited(limited, 'spec.limited'));
      else errors.push(required('spec.limited', 'must not be empty when type is Limited'));
      return errors;
    default:
      return [...errors, notSupported('spec.type', type, ['Exempt', 'Limited'])];
  }
}

function validateExempt({ nominalConcurrencyShares: shares, lendablePercent }: ExemptPriorityLevelConfiguration, path: string): FieldError[] {
  const errors = shares !== undefined && shares < 0 ? [invalid(child(path, 'nominalConcurrencyShares'), shares, NOT_NEGATIVE)] : [];
  return [...errors, ...percent(lendablePercent, child(path, 'lendablePercent'))];
}

function validateLimited(limited: LimitedPriorityLevelConfiguration, path: string): FieldError[] {
  const { nominalConcurrencyShares: shares = 0, lendablePercent, borrowingLimitPercent: borrowing, limitResponse } = limited;
  const errors = shares < 0 ? [invalid(child(path, 'nominalConcurrencyShares'), shares, NOT_NEGATIVE)] : [];
  errors.push(...validateResponse(limitResponse, child(path, 'limitResponse')), ...percent(lendablePercent, child(path, 'lendablePercent')));
  if (borrowing === undefined || borrowing >= 0) return errors;
  return [...errors, invalid(child(path, 'borrowingLimitPercent'), borrowing, `if specified, ${NOT_NEGATIVE}`)];
}

function percent(value: number | undefined, path: string): FieldError[] {
  return value !== undefined && (value < 0 || value > 100) ? [invalid(path, value, 'must be between 0 and 100, inclusive')] : [];
}

function validateResponse(response: LimitResponse | undefined, path: string): FieldError[] {
  const { type = '', queuing } = response ?? {};
  const at = child(path, 'queuing');
  switch (type) {
    case 'Reject':
      return queuing ? [forbidden(at, 'must be nil if limited.limitResponse.type is not Limited')] : [];
    case 'Queue':
      return queuing ? validateQueuing(queuing, at) : [required(at, 'must not be empty if limited.limitResponse.type is Limited')];
    default:
      return [notSupported(child(path, 'type'), type, ['Queue', 'Reject'])];
  }
}

function validateQueuing({ queues = 0, handSize = 0, queueLengthLimit = 0 }: QueuingConfiguration, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (queueLengthLimit <= 0) errors.push(invalid(child(path, 'queueLengthLimit'), queueLengthLimit, 'must be positive'));
  if (queues <= 0) errors.push(invalid(child(path, 'queues'), queues, 'must be positive'));
  else if (queues > MAX_QUEUES) errors.push(invalid(child(path, 'queues'), queues, `must not be greater than ${MAX_QUEUES}`));
  const at = child(path, 'handSize');
  if (handSize <= 0) errors.push(invalid(at, handSize, 'must be positive'));
  else if (handSize > queues) errors.push(invalid(at, handSize, `should not be greater than queues (${queues})`));
  else if (Math.ceil(Math.log2(queues) * handSize) > MAX_HASH_BITS) {
    const text = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${MAX_HASH_BITS}`;
    errors.push(invalid(at, handSize, text));
  }
  return errors;
}

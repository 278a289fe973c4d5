import type { Lease } from '#api/types/coordination-v1';
import { invalidEach } from '../../core/v1/pod/checks.ts';
import { type FieldError, forbidden, invalid, notSupported } from '../../machinery/field-error.ts';
import { isQualifiedName } from '../../machinery/names.ts';

const STRATEGIES = ['OldestEmulationVersion'];

/** What is wrong with a Lease; follows pkg/apis/coordination/validation. */
export function validateLease({ spec }: Lease): FieldError[] {
  const { leaseDurationSeconds: duration, leaseTransitions: transitions, strategy, preferredHolder } = spec;
  const errors: FieldError[] = [];
  if (duration !== undefined && duration <= 0) errors.push(invalid('spec.leaseDurationSeconds', duration, 'must be greater than 0'));
  if (transitions !== undefined && transitions < 0) errors.push(invalid('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'));
  if (strategy !== undefined) errors.push(...validateStrategy(strategy));
  if (preferredHolder && !strategy) errors.push(forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined'));
  return errors;
}

function validateStrategy(strategy: string): FieldError[] {
  // Upstream names the field twice.
  const path = 'spec.strategy.strategy';
  if (strategy.includes('/')) return invalidEach(path, strategy, isQualifiedName(strategy));
  return STRATEGIES.includes(strategy) ? [] : [notSupported(path, strategy, STRATEGIES)];
}

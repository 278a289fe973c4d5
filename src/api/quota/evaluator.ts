import type { ScopedResourceSelectorRequirement } from '#api/types/core-v1';
import type { KubeObject } from '../machinery/object.ts';
import type { Amounts } from './amounts.ts';

/** A write that quota might have to pay for. */
export interface QuotaWrite {
  readonly operation: string;
  readonly subresource: string;
  readonly object: KubeObject;
  readonly oldObject?: KubeObject | undefined;
}

/** Measures what objects of one kind take of a namespace's quota. Follows k8s.io/apiserver/pkg/quota/v1/interfaces.go. */
export interface QuotaEvaluator {
  readonly group: string;
  readonly plural: string;
  /** Whether such a write can change what is used. */
  handles(write: QuotaWrite): boolean;
  /** Those of the resources that objects of the kind use. */
  matchingResources(names: readonly string[]): string[];
  /** What the object lacks to be counted in these resources. */
  constraints?(required: readonly string[], object: KubeObject): string | undefined;
  usage(object: KubeObject, nowMs: number): Amounts;
  /** Whether the object is in this scope; absent: objects of the kind are in no scope. */
  inScope?(requirement: ScopedResourceSelectorRequirement, object: KubeObject): boolean;
}

/** Whether a named thing of the object (its priority class, …) fits the requirement; '' when it names none. */
export function valueInScope({ operator, values = [] }: ScopedResourceSelectorRequirement, value: string): boolean {
  switch (operator) {
    case 'In':
      return value !== '' && values.includes(value);
    case 'NotIn':
      return value === '' || !values.includes(value);
    case 'Exists':
      return value !== '';
    case 'DoesNotExist':
      return value === '';
    default:
      return false;
  }
}

import type { ParamRef } from '#api/types/admissionregistration-v1';
import { formatSelector } from '../../workload/scale.ts';

/** What a binding's parameters are, as tables show it: `namespace/name`, a selector, or `<unset>`. */
export function paramText(reference: ParamRef | undefined): string {
  // Without a namespace it is not known here whether the parameter has one.
  if (reference?.name) return `${reference.namespace || '*'}/${reference.name}`;
  return reference?.selector ? formatSelector(reference.selector) : '<unset>';
}

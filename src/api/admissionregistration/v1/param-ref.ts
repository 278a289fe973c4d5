import type { ParamRef } from '#api/types/admissionregistration-v1';
import type { LabelSelector } from '#api/types/meta-v1';

/** What a binding's parameters are, as tables show it: `namespace/name`, a selector, or `<unset>`. */
export function paramText(reference: ParamRef | undefined): string {
  // Without a namespace it is not known here whether the parameter has one.
  if (reference?.name) return `${reference.namespace || '*'}/${reference.name}`;
  return reference?.selector ? goText(reference.selector) : '<unset>';
}

/** A selector as Go prints its struct. */
function goText({ matchLabels, matchExpressions }: LabelSelector): string {
  const labels = Object.entries(matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const expressions = (matchExpressions ?? []).map(
    ({ key, operator, values }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values?.join(' ') ?? ''}],},`,
  );
  const map = `map[string]string{${labels.map(([name, value]) => `${name}: ${value},`).join('')}}`;
  return `&LabelSelector{MatchLabels:${map},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}

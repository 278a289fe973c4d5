import type { Node } from '#api/types/core-v1';
import { child, type FieldError, forbidden, index, invalid, notSupported, required } from '../../machinery/field-error.ts';
import { isCidr, isLabelValue, isQualifiedName } from '../../machinery/names.ts';

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** What is wrong with a Node; upstream counts its taints to the metadata. */
export function validateNode({ spec }: Node): FieldError[] {
  const seen = new Set<string>();
  const errors = (spec?.taints ?? []).flatMap(({ key, value = '', effect }, i) => {
    const at = index('metadata.taints', i);
    const found = isQualifiedName(key).map((message) => invalid(child(at, 'key'), key, message));
    const messages = isLabelValue(value);
    if (messages.length) found.push(invalid(child(at, 'value'), value, messages.join(';')));
    if (!effect) found.push(required(child(at, 'effect')));
    else if (!EFFECTS.includes(effect)) found.push(notSupported(child(at, 'effect'), effect, EFFECTS));
    const pair = `${key}:${effect}`;
    if (seen.has(pair)) {
      const shown = JSON.stringify({ key, ...(value ? { value } : {}), effect });
      found.push({ type: 'FieldValueDuplicate', field: at, message: `Duplicate value: ${shown}: taints must be unique by key and effect pair` });
    }
    seen.add(pair);
    return found;
  });
  const cidrs = spec?.podCIDRs ?? [];
  if (cidrs.length > 2) errors.push(invalid('spec.podCIDRs', cidrs, 'may specify no more than one CIDR for each IP family'));
  for (const [i, cidr] of cidrs.entries()) errors.push(...isCidr(cidr).map((message) => invalid(index('spec.podCIDRs', i), cidr, message)));
  return errors;
}

/** The addresses of a Node's Pods are given once, and so is the cloud's name for it. */
export function validateNodeUpdate({ spec }: Node, old: Node): FieldError[] {
  const [cidrs, before] = [spec?.podCIDRs ?? [], old.spec?.podCIDRs ?? []];
  if (before.length && cidrs.join() !== before.join()) return [forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid')];
  const isRenamed = Boolean(old.spec?.providerID) && spec?.providerID !== old.spec?.providerID;
  return isRenamed ? [forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid')] : [];
}

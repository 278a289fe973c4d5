import type { ServiceCIDR } from '#api/types/networking-v1';
import { type FieldError, index, invalid, required } from '../../machinery/field-error.ts';
import { parseCidr, validateCidr } from '../../machinery/ip-address.ts';

const PATH = 'spec.cidrs';
const IMMUTABLE = 'field is immutable';
const ONE_EACH = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';

/** What is wrong with a ServiceCIDR: one range, or one of each family. */
export function validateServiceCidr({ spec }: ServiceCIDR): FieldError[] {
  const cidrs = spec?.cidrs ?? [];
  if (cidrs.length === 0) return [required(PATH, 'at least one CIDR required')];
  // Upstream prints the Go struct here.
  if (cidrs.length > 2) return [invalid(PATH, { CIDRs: cidrs }, 'may only hold up to 2 values')];
  const errors = cidrs.flatMap((cidr, i) => validateCidr(index(PATH, i), cidr));
  const [first, second] = cidrs.map((cidr) => parseCidr(cidr)?.address.family);
  return cidrs.length === 2 && first !== undefined && first === second ? [...errors, invalid(PATH, cidrs, ONE_EACH)] : errors;
}

/** Ranges stay as they are, but a single one may be joined by one of the other family. */
export function validateServiceCidrUpdate(object: ServiceCIDR, old: ServiceCIDR): FieldError[] {
  const now = object.spec?.cidrs ?? [];
  const before = old.spec?.cidrs ?? [];
  const changed = (i: number) => (now[i] === before[i] ? [] : [invalid(index(PATH, i), now[i], IMMUTABLE)]);
  if (now.length === before.length) return before.flatMap((_, i) => changed(i));
  if (before.length === 1 && now.length === 2) return [...changed(0), ...validateServiceCidr(object)];
  return [invalid(PATH, now.length ? now : null, IMMUTABLE)];
}

import { isIPv6 } from 'node:net';
import type { ServiceSpec } from '#api/types/core-v1';
import { duplicate, type FieldError, index, invalid, notSupported, required } from '../../../machinery/field-error.ts';
import { validateLegacyIp } from '../../../machinery/ip-address.ts';

/** Whether a Service has no address on purpose: its name leads to its Pods. */
export function isHeadless({ clusterIPs }: ServiceSpec): boolean {
  return clusterIPs?.length === 1 && clusterIPs[0] === 'None';
}

const FAMILIES = ['IPv4', 'IPv6'];
const POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const ADDRESSES = 'spec.clusterIPs';

/** What is wrong with a Service's addresses and families among each other; also asked before addresses are allocated. */
export function clusterIpErrors(spec: ServiceSpec, old?: ServiceSpec): FieldError[] {
  const { type, clusterIP = '', clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  if (type === 'ExternalName') return [];
  const errors: FieldError[] = [];
  if (clusterIP) {
    if (!clusterIPs.length) errors.push(required(ADDRESSES));
    else if (clusterIPs[0] !== clusterIP) errors.push(invalid(ADDRESSES, clusterIPs, 'first value must match `clusterIP`'));
  } else if (clusterIPs.length) errors.push(invalid(ADDRESSES, clusterIPs, 'must be empty when `clusterIP` is not specified'));
  for (const [i, family] of ipFamilies.entries()) {
    if (!FAMILIES.includes(family)) errors.push(notSupported(index('spec.ipFamilies', i), family, FAMILIES));
    if (ipFamilies.indexOf(family) < i) errors.push(duplicate(index('spec.ipFamilies', i), family));
  }
  if (ipFamilyPolicy !== undefined && !POLICIES.includes(ipFamilyPolicy)) errors.push(notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, POLICIES));
  const ofList = listErrors(clusterIPs, old?.clusterIPs);
  errors.push(...ofList.errors);
  return ofList.isReadable ? [...errors, ...familyErrors(spec)] : errors;
}

function listErrors(clusterIPs: readonly string[], known: readonly string[] | undefined): { errors: FieldError[]; isReadable: boolean } {
  const errors: FieldError[] = [];
  let isReadable = true;
  for (const [i, ip] of clusterIPs.entries()) {
    if (i === 0 && ip === 'None') {
      if (clusterIPs.length === 1) continue;
      errors.push(invalid(ADDRESSES, clusterIPs, "'None' must be the first and only value"));
      isReadable = false;
      continue;
    }
    const ofIp = validateLegacyIp(index(ADDRESSES, i), ip, known);
    if (ofIp.length) isReadable = false;
    errors.push(...ofIp);
  }
  if (clusterIPs.length > 2) errors.push(invalid(ADDRESSES, clusterIPs, 'may only hold up to 2 values'));
  return { errors, isReadable };
}

function familyErrors(spec: ServiceSpec): FieldError[] {
  const { clusterIPs = [], ipFamilies = [] } = spec;
  const errors: FieldError[] = [];
  const isMixed = clusterIPs.some((ip) => isIPv6(ip)) && clusterIPs.some((ip) => !isIPv6(ip));
  if (clusterIPs.length > 1 && !isMixed) errors.push(invalid(ADDRESSES, clusterIPs, 'may specify no more than one IP for each IP family'));
  if (isHeadless(spec)) return errors;
  for (const [i, ip] of clusterIPs.entries()) {
    const family = ipFamilies[i];
    if (family === 'IPv4' && isIPv6(ip)) errors.push(invalid(index(ADDRESSES, i), ip, `expected an IPv4 value as indicated by \`ipFamilies[${i}]\``));
    if (family === 'IPv6' && !isIPv6(ip)) errors.push(invalid(index(ADDRESSES, i), ip, `expected an IPv6 value as indicated by \`ipFamilies[${i}]\``));
  }
  return errors;
}

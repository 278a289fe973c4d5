import { isIPv6 } from 'node:net';
import { clusterIpErrors, type FieldError, invalid } from '#api';
import type { ServiceSpec } from '#api/types/core-v1';
import type { IpFamily } from './ip-range.ts';

const POLICY = 'spec.ipFamilyPolicy';

/**
 * Fills in which families a Service has, as far as `configured` (the default family first) and the stored form `old` say. Returns what is wrong, after which
 * nothing may be allocated. Follows initIPFamilyFields of pkg/registry/core/service/storage/alloc.go.
 */
export function fillIpFamilies(spec: ServiceSpec, old: ServiceSpec | undefined, configured: readonly IpFamily[]): FieldError[] {
  if (spec.type === 'ExternalName' || isSettled(spec, old)) return [];
  const isOpen = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= old?.ipFamilyPolicy ?? (isOpen ? 'RequireDualStack' : 'SingleStack');
  const loose = clusterIpErrors(spec);
  if (loose.length) return loose;
  const errors = [...(old ? reductionErrors(spec, old) : []), ...singleStackErrors(spec), ...inferFamilies(spec, configured)];
  if (errors.length) return errors;
  const fallback = configured[0] as IpFamily;
  if (isOpen) {
    // Nobody knows what its endpoints will be: every family goes, configured or not.
    if (!spec.ipFamilies?.length) spec.ipFamilies = [fallback];
    addSecondFamily(spec);
    return [];
  }
  const missing = configuredErrors(spec, configured);
  if (missing.length) return missing;
  if (!spec.ipFamilies?.length) spec.ipFamilies = [fallback];
  if (configured.length === 2) addSecondFamily(spec);
  return [];
}

/** A Service that only prefers two families keeps what it has, whatever the cluster has come to have, until its author changes one of these fields. */
export function isSettled(spec: ServiceSpec, old: ServiceSpec | undefined): boolean {
  if (!old || spec.ipFamilyPolicy !== 'PreferDualStack' || old.ipFamilyPolicy !== 'PreferDualStack') return false;
  return spec.type === old.type && sameList(spec.clusterIPs, old.clusterIPs) && sameList(spec.ipFamilies, old.ipFamilies);
}

/** The policy SingleStack gives the second ones up; with another policy they may not just be left out. */
function reductionErrors(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (spec.clusterIPs && sameList(spec.clusterIPs, old.clusterIPs)) spec.clusterIPs = spec.clusterIPs.slice(0, 1);
    if (spec.ipFamilies && sameList(spec.ipFamilies, old.ipFamilies)) spec.ipFamilies = spec.ipFamilies.slice(0, 1);
    return [];
  }
  const errors: FieldError[] = [];
  const because = (what: string) => invalid(POLICY, spec.ipFamilyPolicy, `must be 'SingleStack' to release the secondary ${what}`);
  if (isReduced(spec.clusterIPs, old.clusterIPs)) errors.push(because('cluster IP'));
  if (isReduced(spec.ipFamilies, old.ipFamilies)) errors.push(because('IP family'));
  return errors;
}
/** Leaving all out does not count: they are filled in again. */
function isReduced(list: readonly string[] | undefined, old: readonly string[] | undefined): boolean {
  return list?.length === 1 && old?.length === 2 && list[0] === old[0];
}

function singleStackErrors({ ipFamilyPolicy, clusterIPs, ipFamilies }: ServiceSpec): FieldError[] {
  if (ipFamilyPolicy !== 'SingleStack') return [];
  const because = (what: string) => invalid(POLICY, ipFamilyPolicy, `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`);
  return [...(clusterIPs?.length === 2 ? [because('cluster IPs')] : []), ...(ipFamilies?.length === 2 ? [because('IP families')] : [])];
}

/** An address says its family. */
function inferFamilies(spec: ServiceSpec, configured: readonly IpFamily[]): FieldError[] {
  const errors: FieldError[] = [];
  const families = [...(spec.ipFamilies ?? [])];
  for (const [i, ip] of (spec.clusterIPs ?? []).entries()) {
    if (ip === 'None') break;
    const family = isIPv6(ip) ? 'IPv6' : 'IPv4';
    if (i < families.length) continue;
    if (configured.includes(family)) families.push(family);
    else errors.push(invalid(`spec.clusterIPs[${i}]`, spec.clusterIPs, `${family} is not configured on this cluster`));
  }
  if (families.length) spec.ipFamilies = families;
  return errors;
}

function configuredErrors({ ipFamilyPolicy, ipFamilies = [] }: ServiceSpec, configured: readonly IpFamily[]): FieldError[] {
  const errors: FieldError[] = [];
  if (ipFamilyPolicy === 'RequireDualStack' && configured.length < 2)
    errors.push(invalid(POLICY, ipFamilyPolicy, 'this cluster is not configured for dual-stack services'));
  for (const [i, family] of ipFamilies.entries())
    if (!configured.includes(family as IpFamily)) errors.push(invalid(`spec.ipFamilies[${i}]`, family, 'not configured on this cluster'));
  return errors;
}

function addSecondFamily(spec: ServiceSpec): void {
  const [first, second] = spec.ipFamilies ?? [];
  if (spec.ipFamilyPolicy !== 'SingleStack' && first && !second) spec.ipFamilies = [first, first === 'IPv4' ? 'IPv6' : 'IPv4'];
}

function sameList(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return (a ?? []).join() === (b ?? []).join();
}

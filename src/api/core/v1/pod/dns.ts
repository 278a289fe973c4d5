import type { HostAlias, PodSpec } from '#api/types/core-v1';
import { child, type FieldError, index, invalid, notSupported, required } from '../../../machinery/field-error.ts';
import { validateLegacyIp } from '../../../machinery/ip-address.ts';
import { isDns1123Subdomain, isDns1123SubdomainWithUnderscore } from '../../../machinery/names.ts';
import { invalidEach } from './checks.ts';

// In upstream's order.
const POLICIES = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARACTERS = 2048;

export function validateDnsPolicy(policy: string | undefined, path: string): FieldError[] {
  if (!policy) return [required(path)];
  return POLICIES.includes(policy) ? [] : [notSupported(path, policy, POLICIES)];
}

/** The Pod's own resolver settings; with the policy None there must be some. */
export function validateDnsConfig({ dnsPolicy, dnsConfig }: PodSpec, path: string): FieldError[] {
  if (dnsPolicy === 'None') {
    if (!dnsConfig) return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if (!dnsConfig.nameservers?.length) return [required(child(path, 'nameservers'), 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
  }
  if (!dnsConfig) return [];
  const { nameservers = [], searches = [], options = [] } = dnsConfig;
  const errors: FieldError[] = [];
  if (nameservers.length > MAX_NAMESERVERS) {
    errors.push(invalid(child(path, 'nameservers'), nameservers, `must not have more than ${MAX_NAMESERVERS} nameservers`));
  }
  for (const [i, server] of nameservers.entries()) errors.push(...validateLegacyIp(index(child(path, 'nameservers'), i), server));
  if (searches.length > MAX_SEARCHES) errors.push(invalid(child(path, 'searches'), searches, `must not have more than ${MAX_SEARCHES} search paths`));
  if (searches.join(' ').length > MAX_SEARCH_CHARACTERS) {
    errors.push(
      invalid(child(path, 'searches'), searches, `must not have more than ${MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list`),
    );
  }
  for (const [i, search] of searches.entries()) {
    // A single dot asks for names as they are.
    if (search === '.') continue;
    const name = search.replace(/\.$/, '');
    errors.push(...invalidEach(index(child(path, 'searches'), i), name, isDns1123SubdomainWithUnderscore(name)));
  }
  for (const [i, { name }] of options.entries()) if (!name) errors.push(required(index(child(path, 'options'), i), 'must not be empty'));
  return errors;
}

/** Entries for the Pod's hosts file. */
export function validateHostAliases(aliases: readonly HostAlias[] | undefined, path: string): FieldError[] {
  return (aliases ?? []).flatMap(({ ip, hostnames }, i) => {
    const at = index(path, i);
    const names = (hostnames ?? []).flatMap((name, j) => invalidEach(index(child(at, 'hostnames'), j), name, isDns1123Subdomain(name)));
    return [...validateLegacyIp(child(at, 'ip'), ip ?? ''), ...names];
  });
}

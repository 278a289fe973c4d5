import { configMaps, type KubeObject } from '#api';
import type { ConfigMap } from '#api/types/core-v1';
import type { RequestHeaderOptions } from '../authn/request-header.ts';
import type { ExpectedObjects } from './objects.ts';
import type { Reconciliation } from './reconcile.ts';

/** Whose certificates this server trusts: clients' own, and proxies' that speak for others. */
export interface AuthenticationTrust {
  readonly clientCaPem: string;
  readonly requestHeaderCaPem?: string | undefined;
  readonly requestHeader: RequestHeaderOptions;
}

/** The ConfigMap from which aggregated API servers learn whom to trust, as upstream's cluster-authentication-trust controller writes it. */
export function expectedAuthenticationConfig({ clientCaPem, requestHeaderCaPem, requestHeader }: AuthenticationTrust): ExpectedObjects<ConfigMap> {
  const data: Record<string, string> = { 'client-ca-file': clientCaPem };
  if (requestHeaderCaPem) {
    const headers = (names: readonly string[]) => JSON.stringify(names.map(canonicalHeader));
    data['requestheader-allowed-names'] = JSON.stringify(requestHeader.allowedNames);
    data['requestheader-client-ca-file'] = requestHeaderCaPem;
    data['requestheader-extra-headers-prefix'] = headers(requestHeader.extraHeaderPrefixes);
    data['requestheader-group-headers'] = headers(requestHeader.groupHeaders);
    data['requestheader-uid-headers'] = headers(requestHeader.uidHeaders);
    data['requestheader-username-headers'] = headers(requestHeader.usernameHeaders);
  }
  const metadata = { name: 'extension-apiserver-authentication', namespace: 'kube-system' };
  return { type: configMaps, objects: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }], namespace: metadata.namespace, reconcile: reconcileTrust };
}

/** `x-remote-user` as Go writes it: `X-Remote-User`. */
function canonicalHeader(name: string): string {
  return name.replaceAll(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}

/** Authorities that another server of the cluster trusts stay trusted: certificates are rotated one server after the other. */
export function reconcileTrust(expected: KubeObject, existing: KubeObject | undefined): Reconciliation {
  if (!existing) return { action: 'create', object: expected };
  const [wanted = {}, found = {}] = [(expected as ConfigMap).data, (existing as ConfigMap).data];
  const data = { ...found, ...wanted };
  for (const name of ['client-ca-file', 'requestheader-client-ca-file']) {
    const both = joined(wanted[name], found[name]);
    if (both) data[name] = both;
  }
  const isSame = Object.entries(data).every(([name, value]) => found[name] === value);
  return isSame ? { action: 'none' } : { action: 'update', object: { ...existing, data } as KubeObject };
}

function joined(wanted = '', found = ''): string {
  const blocks = (text: string) => text.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? [];
  const missing = blocks(found).filter((block) => !wanted.includes(block));
  if (missing.length === 0) return wanted;
  // What is there in full is left as it is.
  return blocks(wanted).every((block) => found.includes(block)) ? found : [wanted.trimEnd(), ...missing, ''].join('\n');
}

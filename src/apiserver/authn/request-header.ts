import type { UserInfo } from '#api/types/authentication-v1';
import type { Authenticator } from '../contract.ts';
import { headerValues, unescapeHeaderKey, wholeHeader } from '../listener/header-values.ts';
import type { Headers } from '../listener/http-message.ts';
import { withAuthenticated } from './certificate.ts';

/** Which proxies may say for whom they speak, and in which headers (lower case). */
export interface RequestHeaderOptions {
  /** Common names of their certificates; empty: any that the request-header authority has signed. */
  readonly allowedNames: readonly string[];
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraHeaderPrefixes: readonly string[];
}

/** What k3s tells kube-apiserver. */
export const REQUEST_HEADER_DEFAULTS: RequestHeaderOptions = {
  allowedNames: ['system:auth-proxy'],
  usernameHeaders: ['x-remote-user'],
  uidHeaders: ['x-remote-uid'],
  groupHeaders: ['x-remote-group'],
  extraHeaderPrefixes: ['x-remote-extra-'],
};

/**
 * Requests that a trusted proxy passes on, an aggregating API server's say: the headers tell the user, the proxy's certificate makes them count.
 * Follows k8s.io/apiserver/pkg/authentication/request/headerrequest/requestheader.go.
 */
export function createRequestHeaderAuthenticator(options: RequestHeaderOptions): Authenticator {
  const { allowedNames } = options;
  return {
    name: 'requestheader',
    async authenticate({ proxyName, headers }) {
      if (proxyName === undefined) return undefined;
      if (allowedNames.length > 0 && !allowedNames.includes(proxyName)) return undefined;
      return userOf(headers, options);
    },
  };
}

function userOf(headers: Headers, options: RequestHeaderOptions): UserInfo | undefined {
  const username = firstOf(headers, options.usernameHeaders);
  if (!username) return undefined;
  const groups = options.groupHeaders.flatMap((name) => headerValues(headers, name));
  const uid = firstOf(headers, options.uidHeaders);
  const extra = extraOf(headers, options.extraHeaderPrefixes);
  return { username, ...(uid ? { uid } : {}), groups: withAuthenticated(groups), ...(Object.keys(extra).length > 0 ? { extra } : {}) };
}

/** The value of the first of these headers that has one. */
function firstOf(headers: Headers, names: readonly string[]): string | undefined {
  return names.map((name) => wholeHeader(headers, name)?.trim()).find(Boolean);
}

function extraOf(headers: Headers, prefixes: readonly string[]): Record<string, string[]> {
  const extra: Record<string, string[]> = {};
  for (const header of Object.keys(headers)) {
    const prefix = prefixes.find((each) => header.startsWith(each));
    if (prefix === undefined) continue;
    const key = unescapeHeaderKey(header.slice(prefix.length));
    extra[key] = [...(extra[key] ?? []), ...headerValues(headers, header)];
  }
  return extra;
}

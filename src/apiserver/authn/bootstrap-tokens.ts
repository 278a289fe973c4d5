import { timingSafeEqual } from 'node:crypto';
import { secrets } from '#api';
import type { Secret } from '#api/types/core-v1';
import type { Clock } from '#lib';
import type { Authenticator, ObjectReader } from '../contract.ts';

const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const DEFAULT_GROUP = 'system:bootstrappers';
/** What Go's time.Parse takes for RFC 3339; `Date.parse` alone takes more. */
const TIME = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:\d\d)$/;

/**
 * Accepts `id.secret` tokens that kube-system Secrets of type `bootstrap.kubernetes.io/token` allow for authentication.
 * Follows plugin/pkg/auth/authenticator/token/bootstrap: whatever is wrong with a Secret, its token is merely unknown.
 */
export function createBootstrapTokenAuthenticator(reader: ObjectReader, clock: Clock): Authenticator {
  return {
    name: 'bootstrap-token',
    async authenticate({ bearerToken }) {
      const [, id, secret] = TOKEN.exec(bearerToken ?? '') ?? [];
      if (!id || !secret) return undefined;
      const stored = reader.get(secrets, { namespace: 'kube-system', name: `bootstrap-token-${id}` });
      if (!stored?.data || stored.metadata.deletionTimestamp || stored.type !== 'bootstrap.kubernetes.io/token') return undefined;
      const field = fieldsOf(stored);
      if (!isSame(field('token-secret'), secret) || field('token-id') !== id) return undefined;
      if (isExpired(field('expiration'), clock.now()) || field('usage-bootstrap-authentication') !== 'true') return undefined;
      const groups = groupsOf(field('auth-extra-groups'));
      return groups && { username: `system:bootstrap:${id}`, groups: [...groups, 'system:authenticated'] };
    },
  };
}

function fieldsOf({ data = {} }: Secret): (name: string) => string {
  return (name) => Buffer.from(data[name] ?? '', 'base64').toString();
}

/** Takes as long whichever character differs. */
function isSame(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** A time that cannot be read counts as passed. */
function isExpired(expiration: string, nowMs: number): boolean {
  if (expiration === '') return false;
  return !TIME.test(expiration) || !(Date.parse(expiration.replace(',', '.')) > nowMs);
}

/** The groups, each once and in order; undefined where one of them is none for bootstrapping. */
function groupsOf(extra: string): string[] | undefined {
  const groups = extra === '' ? [] : extra.split(',');
  if (!groups.every((group) => GROUP.test(group))) return undefined;
  return Array.from(new Set([DEFAULT_GROUP, ...groups])).sort((a, b) => (a < b ? -1 : 1));
}

import { timingSafeEqual } from 'node:crypto';
import { secrets } from '#api';
import type { Clock } from '#lib';
import type { Authenticator, ObjectReader } from '../contract.ts';

const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

/** Accepts `id.secret` tokens that kube-system Secrets of type `bootstrap.kubernetes.io/token` allow for authentication. */
export function createBootstrapTokenAuthenticator(reader: ObjectReader, clock: Clock): Authenticator {
  return {
    name: 'bootstrap-token',
    async authenticate({ bearerToken }) {
      const [, id, secret] = TOKEN.exec(bearerToken ?? '') ?? [];
      if (!id || !secret) return undefined;
      const stored = reader.get(secrets, { namespace: 'kube-system', name: `bootstrap-token-${id}` });
      if (stored?.type !== 'bootstrap.kubernetes.io/token' || stored.metadata.deletionTimestamp) return undefined;
      const field = (name: string) => Buffer.from(stored.data?.[name] ?? '', 'base64').toString();
      if (field('token-id') !== id || field('usage-bootstrap-authentication') !== 'true') return undefined;
      const [expected, given] = [Buffer.from(field('token-secret')), Buffer.from(secret)];
      if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined;
      const expiration = field('expiration');
      // A time that cannot be read counts as passed.
      if (expiration && !(Date.parse(expiration) > clock.now())) return undefined;
      const extraGroups = field('auth-extra-groups').split(',').filter(Boolean);
      if (!extraGroups.every((group) => GROUP.test(group))) return undefined;
      return { username: `system:bootstrap:${id}`, groups: ['system:bootstrappers', ...extraGroups, 'system:authenticated'] };
    },
  };
}

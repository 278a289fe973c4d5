import type { UserInfo } from '#api/types/authentication-v1';
import type { Authenticator, Credentials } from '../contract.ts';

/** Client certificates: the common name is the user, the organizations are the groups. The TLS layer has verified them. */
export function createCertificateAuthenticator(): Authenticator {
  // A connection shows the same certificate object with every request.
  const users = new WeakMap<object, UserInfo>();
  return {
    name: 'x509',
    async authenticate({ certificate }) {
      if (!certificate?.commonName) return undefined;
      let user = users.get(certificate);
      if (!user) users.set(certificate, (user = userOf(certificate)));
      return user;
    },
  };
}

function userOf(certificate: NonNullable<Credentials['certificate']>): UserInfo {
  const user: UserInfo = { username: certificate.commonName, groups: withAuthenticated(certificate.organizations) };
  return certificate.sha256 ? { ...user, extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${certificate.sha256}`] } } : user;
}

/** The groups, with `system:authenticated` last unless they already say who this is. */
export function withAuthenticated(groups: readonly string[]): string[] {
  return groups.includes('system:authenticated') ? [...groups] : [...groups, 'system:authenticated'];
}

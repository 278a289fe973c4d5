/** For tests: certificates of a throw-away authority. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestPapers {
  readonly caPem: string;
  readonly server: { readonly certPem: string; readonly keyPem: string };
  readonly client: { readonly certPem: string; readonly keyPem: string };
  /** Signed by nobody we know. */
  readonly stranger: { readonly certPem: string; readonly keyPem: string };
}

/** A CA, a certificate for 127.0.0.1, one for `kube-apiserver` and one of somebody else. */
export function makeTestPapers(): TestPapers {
  const dir = mkdtempSync(join(tmpdir(), 'k3ts-papers-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
  const key = (name: string) => openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`);
  const read = (name: string) => ({ certPem: readFileSync(join(dir, `${name}.crt`), 'utf8'), keyPem: readFileSync(join(dir, `${name}.key`), 'utf8') });
  const issue = (name: string, subject: string) => {
    key(name);
    openssl('req', '-new', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`);
    writeFileSync(join(dir, 'ext'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n');
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      'ext',
      '-out',
      `${name}.crt`,
    );
    return read(name);
  };
  try {
    key('ca');
    openssl('req', '-x509', '-new', '-key', 'ca.key', '-subj', '/CN=test-ca', '-days', '2', '-out', 'ca.crt');
    key('stranger');
    openssl('req', '-x509', '-new', '-key', 'stranger.key', '-subj', '/CN=kube-apiserver', '-days', '2', '-out', 'stranger.crt');
    const caPem = read('ca').certPem;
    return { caPem, server: issue('server', '/CN=node'), client: issue('client', '/O=system:masters/CN=kube-apiserver'), stranger: read('stranger') };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
